# SPDX-License-Identifier: GPL-2.0-or-later
"""A root of its own for the sequences.

They unlink, chmod and rename whatever they come by, mostly as root: `..`, `/`
and /dev/null, too. So they get a root that can only be read but for one
directory, devices that nobody else has, and a network of loopback alone. All
of it ends with the last process.
"""

import fcntl
import os
import socket
import stat
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
# pylint: disable=wrong-import-position
import sandbox

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
WORK = "/random"        # the one directory that can be written
FINDINGS = "/findings"  # ... and where scripts are saved
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def _become_root():
    """Namespaces, with a user namespace if that is what it takes."""
    flags = sandbox.CLONE_NEWNS | CLONE_NEWNET
    if os.geteuid() == 0:
        sandbox.unshare(flags)
        return True
    uid, gid = os.geteuid(), os.getegid()
    sandbox.unshare(flags | CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                       ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return False


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def _devices(dev, root):
    sandbox.mount("dev", dev, "tmpfs", sandbox.MS_NOSUID, "mode=755,size=64k")
    for name in sandbox.DEVICES:
        node = f"{dev}/{name}"
        if root:
            st = os.stat(f"/dev/{name}")
            os.mknod(node, stat.S_IFCHR | 0o666, st.st_rdev)
            os.chmod(node, 0o666)
        else:
            os.close(os.open(node, os.O_CREAT | os.O_CLOEXEC, 0o666))
            sandbox.bind(f"/dev/{name}", node)
    for name, target in sandbox.DEVICE_LINKS.items():
        os.symlink(target, f"{dev}/{name}")
    os.mkdir(f"{dev}/shm")
    sandbox.mount(None, dev, None, sandbox.MS_REMOUNT | sandbox.MS_RDONLY | sandbox.MS_NOSUID)


def _bind_at(root, path, readonly=True):
    where = root + path
    os.makedirs(where, exist_ok=True)
    sandbox.bind(path, where, readonly)


def enter(work, findings, shown):
    """Make `work` the only world to write to; `shown` are directories to see."""
    root = _become_root()
    sandbox.mount(None, "/", None, sandbox.MS_REC | sandbox.MS_PRIVATE)
    _loopback_up()
    top = os.path.join(work, "root")
    os.mkdir(top)
    sandbox.mount("root", top, "tmpfs", 0, "mode=755")
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{top}/{name}")
        elif os.path.isdir(f"/{name}"):
            _bind_at(top, f"/{name}")
    for path in ("/usr", "/etc", *shown):
        _bind_at(top, path)
    _bind_at(top, "/proc", False)
    for name in ("dev", WORK[1:], FINDINGS[1:], "tmp"):
        os.makedirs(f"{top}/{name}", exist_ok=True)
    _devices(f"{top}/dev", root)
    os.mkdir(f"{work}/files")
    sandbox.bind(f"{work}/files", top + WORK)
    sandbox.bind(findings, top + FINDINGS)
    sandbox.change_root(top)
    sandbox.mount(None, "/", None, sandbox.MS_REMOUNT | sandbox.MS_BIND | sandbox.MS_RDONLY)
