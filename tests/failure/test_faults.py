# SPDX-License-Identifier: GPL-2.0-or-later
"""File systems that are full, read-only, out of quota, very large: what a
program meets there natively (`faults.c`) is what it meets under rsx-trace.

The machine's own limit of open files is everybody's: who is to meet it (ENFILE)
gets a seccomp filter that says so for one call.
"""

import ctypes
import difflib
import errno
import os
import platform
import resource
import struct

import sandbox
from rig import Skip, check, same, test

ENTRIES = 100000
NOBODY = 65534
Q_SETQUOTA, USRQUOTA = 0x800008, 0
QIF_LIMITS = 5


def private(rig):
    """A mount namespace of the test's own, for it and its server."""
    if os.geteuid() != 0:
        raise Skip("mounting needs root")
    sandbox.private_mounts()
    return rig


def both(rig, what, folder, server=None, before=(), **options):
    """The program in a directory, natively and then traced; what it printed."""
    program = os.path.join(os.path.dirname(rig.victim), "failure-faults")
    command = [*before, program, what]
    want = rig.run(*command, cwd=folder, **options)
    same("native status", want.status, 0)
    check(want.out.count("\n") > 3, f"it did nothing: {want.out!r}")
    server = server or rig.serve()
    rig.trace("--", *command, server=server, cwd=folder, **options).ended(0, want.out, None)


@test()
def full_disk(rig):
    folder = private(rig).path("mount")
    os.mkdir(folder)
    sandbox.mount("full", folder, "tmpfs", 0, "size=2560k,nr_inodes=60")
    with open(f"{folder}/source", "wb") as file:
        file.write(bytes(65536))
    both(rig, "full", folder)


@test()
def full_disk_below_a_mapping(rig):
    """msync says so, and what has no room is written when there is some."""
    folder = private(rig).path("mount")
    os.mkdir(folder)
    sandbox.mount("full", folder, "tmpfs", 0, "size=512k,nr_inodes=60")
    program = os.path.join(os.path.dirname(rig.victim), "failure-faults")
    run = rig.trace("--", program, "mapping", server=rig.serve(), cwd=folder)
    synced = [line for line in run.out.splitlines() if line.startswith("msync")]
    same("msync", [line.rpartition(" = ")[2] for line in synced], ["0", "-1 ENOSPC", "0"])
    check(run.out.endswith("hole: \"hole\"\n"), run.out)
    same("status", run.status, 0)
    check("mapped" in run.err and os.strerror(errno.ENOSPC) in run.err, run.err)


@test()
def read_only(rig):
    folder = private(rig).path("mount")
    os.makedirs(f"{folder}/d")
    rig.write("mount/file", "text\n")
    sandbox.bind(folder, folder, readonly=True)
    both(rig, "readonly", folder)


@test()
def out_of_quota(rig):
    """An ext4 file system in a file, and 200 KiB and 20 files for one user."""
    folder, image = private(rig).path("mount"), rig.path("image")
    os.mkdir(folder)
    with open(image, "wb") as file:
        file.truncate(8 << 20)
    run = rig.run("/sbin/mkfs.ext4", "-q", "-O", "quota", "-E", "quotatype=usrquota", image)
    same(f"mkfs.ext4 ({run.err})", run.status, 0)
    run = rig.run("/bin/mount", "-o", "loop,usrquota", image, folder)
    if run.status:
        raise Skip(f"no loop device, or no quotas: {run.err.strip()}")
    try:
        device = next(line.split()[0] for line in open("/proc/self/mounts", encoding="utf-8")
                      if line.split()[1] == folder)
        limits = struct.pack("=8QI4x", 200, 200, 0, 20, 20, 0, 0, 0, QIF_LIMITS)
        libc = ctypes.CDLL(None, use_errno=True)
        same("quotactl", libc.quotactl(ctypes.c_int(Q_SETQUOTA << 8 | USRQUOTA), device.encode(),
                                       NOBODY, limits), 0)
        os.chmod(folder, 0o777)
        user = ("/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
                "--clear-groups")
        both(rig, "quota", folder, before=user)
    finally:
        sandbox.unmount(folder)


@test()
def subvolume_out_of_quota(rig):
    """A btrfs file system in a file, and 1 MiB for each of two of its subvolumes."""
    folder, image = private(rig).path("mount"), rig.path("image")
    os.mkdir(folder)
    with open(image, "wb") as file:
        file.truncate(320 << 20)
    run = rig.run("/sbin/mkfs.btrfs", "-q", image)
    same(f"mkfs.btrfs ({run.err})", run.status, 0)
    run = rig.run("/bin/mount", "-o", "loop", image, folder)
    if run.status:
        raise Skip(f"no loop device, or no btrfs: {run.err.strip()}")
    try:
        steps = [("quota", "enable", folder)]
        for name in ("native", "traced"):
            steps += [("subvolume", "create", f"{folder}/{name}"),
                      ("qgroup", "limit", "1M", f"{folder}/{name}")]
        for step in steps:
            run = rig.run("/bin/btrfs", *step)
            if run.status:
                raise Skip(f"btrfs {' '.join(step)}: {run.err.strip()}")
        program = os.path.join(os.path.dirname(rig.victim), "failure-faults")
        want = rig.run(program, "group", cwd=f"{folder}/native")
        check("full: EDQUOT" in want.out and want.status == 0, want.out)
        run = rig.trace("-q", "--", program, "group", server=rig.serve(), cwd=f"{folder}/traced")
        run.ended(0, want.out, None)
    finally:
        sandbox.unmount(folder)


@test(("ext",), ("tmpfs",))
def large_directory(rig, kind):
    folder = rig.path("many")
    os.mkdir(folder)
    if kind == "tmpfs":
        private(rig)
        sandbox.mount("many", folder, "tmpfs")
    rig.write("many/entry-000000", "")
    for i in range(1, ENTRIES):
        if i % 1000:
            os.link(f"{folder}/entry-{i - i % 1000:06}", f"{folder}/entry-{i:06}")
        else:
            rig.write(f"many/entry-{i:06}", "")
    both(rig, "many", folder)


@test()
def file_size_from_the_shell(rig):
    """A limit that rsx-trace was started with is the program's, not rsx-trace's own."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))

    folder = rig.path("work")
    os.mkdir(folder)
    script = "head -c 3000 /dev/zero >file; echo $?; ulimit -S -f unlimited; head -c 3000 /dev/zero " \
             ">file; wc -c <file"
    want = rig.run("/bin/bash", "-c", script, cwd=folder, preexec_fn=limit)
    same("native", (want.status, want.out), (0, "153\n3000\n"))
    for options in ((), ("--all",), ("-q", "-o", rig.path("log"))):
        run = rig.trace(*options, "--", "/bin/bash", "-c", script, server=rig.serve("tcp"),
                        cwd=folder, preexec_fn=limit)
        run.ended(0, want.out, None)
    check(os.path.getsize(rig.path("log")) > 1000, "the log was cut")


@test()
def few_descriptors_there(rig):
    """The server's limit is met as the program's own would be."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    folder = rig.path("work")
    os.mkdir(folder)
    rig.write("work/file", "text\n")
    program = os.path.join(os.path.dirname(rig.victim), "failure-faults")
    want = rig.run(program, "descriptors", cwd=folder, preexec_fn=limit)
    same("native status", want.status, 0)
    check("EMFILE" in want.out, want.out)
    server = rig.serve(preexec_fn=limit)
    rig.trace("--", program, "descriptors", server=server, cwd=folder).ended(0, want.out)
    # ... and the program's, with a server that has room
    rig.trace("--", program, "descriptors", server=rig.serve("tcp"), cwd=folder,
              preexec_fn=limit).ended(0, want.out)


PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7fff0000, 0x00050000
OPENAT, EVENTFD2 = (257, 290) if platform.machine() == "x86_64" else (56, 19)
FIRST_PLACEHOLDER = 0x40000000  # src/tracer/split/split.c


def refuse(number, argument, value, error):
    """For a new process: that call fails if its argument (from 0) has that value."""
    def apply():
        code = ((LOAD, 0, 0, 0), (EQUAL, 0, 3, number), (LOAD, 0, 0, 16 + 8 * argument),
                (EQUAL, 0, 1, value), (RETURN, 0, 0, ERRNO | error), (RETURN, 0, 0, ALLOW))
        text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line)
                                                    for line in code))
        program = struct.pack("@HxxxxxxP", len(code), ctypes.addressof(text))
        if ctypes.CDLL(None).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
            os._exit(99)
    return apply


@test(("there",), ("here",))
def no_more_files(rig, side):
    """ENFILE on either side: nothing stays open of what failed."""
    if os.geteuid() != 0:
        raise Skip("a filter without no_new_privs needs root")
    folder = rig.path("work")
    os.mkdir(folder)
    command = [os.path.join(os.path.dirname(rig.victim), "failure-faults"), "nofiles"]
    full = refuse(OPENAT, 3, 0o123, errno.ENFILE)
    want = rig.run(*command, cwd=folder, preexec_fn=full)
    check(want.out.count("ENFILE") == 1 and want.status == 0, want.out)
    server = rig.serve(preexec_fn=full if side == "there" else None)
    limit = {} if side == "there" else {
        "preexec_fn": refuse(EVENTFD2, 0, FIRST_PLACEHOLDER + 3, errno.ENFILE)}
    program = rig.start("--", *command, server=server, cwd=folder, **limit)
    program.expect("ready")
    held = [os.readlink(f"/proc/{pid}/fd/{fd}") for pid in server.twins()
            for fd in os.listdir(f"/proc/{pid}/fd")]
    same("open over there", held.count(f"{folder}/file"), 9)
    program.finish().ended(0, want.out)


# What the file system itself has a say in.
ASKED = ("extents", "getdents", "link", "lseek", "rename", "sides", "statfs", "tmpfile",
         "utimensat", "xattr", "xattrspace")


def mounted(rig, kind, folder):
    """A directory below `folder` on a new file system of that kind."""
    if kind == "tmpfs":
        sandbox.mount("new", folder, "tmpfs")
        return folder
    if kind == "overlay":
        sandbox.mount("new", folder, "tmpfs")
        for name in ("lower", "upper", "work", "merged"):
            os.mkdir(f"{folder}/{name}")
        run = rig.run("/bin/mount", "-t", "overlay", "-o", f"lowerdir={folder}/lower,upperdir="
                      f"{folder}/upper,workdir={folder}/work", "new", f"{folder}/merged")
        folder = f"{folder}/merged"
    else:
        image = rig.path("image")
        with open(image, "wb") as file:
            file.truncate(320 << 20)
        run = rig.run(f"/sbin/mkfs.{kind}", "-q", image)
        same(f"mkfs.{kind} ({run.err})", run.status, 0)
        run = rig.run("/bin/mount", "-o", "loop", image, folder)
    if run.status:
        raise Skip(f"no loop device, or no {kind}: {run.err.strip()}")
    return folder


@test(("xfs",), ("btrfs",), ("overlay",), ("tmpfs",))
def file_systems(rig, kind):
    """Conformance programs on other file systems than the tests' own."""
    top = private(rig).path("mount")
    os.mkdir(top)
    folder = mounted(rig, kind, top)
    try:
        for name in ASKED:
            program = os.path.join(os.path.dirname(rig.victim), "../../conformance", name)
            for side in ("native", "traced"):
                os.mkdir(f"{folder}/{name}.{side}")
            native = rig.run(program, cwd=f"{folder}/{name}.native")
            check(native.out.count("\n") > 3, f"{name} did nothing: {native.out!r}")
            if kind in ("xfs", "btrfs") and name == "extents":
                check("ioctl(to, FICLONERANGE, edge) = 0" in native.out and
                      "same fd 0: 8192" in native.out, native.out)
            traced = rig.trace("-q", "--", program, cwd=f"{folder}/{name}.traced")
            changed = list(difflib.unified_diff(native.out.splitlines(), traced.out.splitlines(),
                                                "native", "traced", n=2, lineterm=""))
            check(not changed, f"{name} on {kind}:\n" + "\n".join(changed))
            same(f"status of {name}", traced.status, native.status)
    finally:
        if folder != top:
            sandbox.unmount(folder)
        sandbox.unmount(top)
