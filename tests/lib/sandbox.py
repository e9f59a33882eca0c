# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces, mounts and processes for the end-to-end tests.

A `World process` runs with another machine's tree as its root: an overlay
whose upper directory collects what it changes, its own hostname, IPC and
process ids.  A `near process` runs on this machine's own tree, seen through
an overlay too, so that anything it changes here is found afterwards.

Everything lives in namespaces that end with their last process; nothing has
to be unmounted and nothing is left behind when the caller is killed.
"""

import ctypes
import os
import re
import select
import shutil
import signal
import time

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        err = ctypes.get_errno()
        raise OSError(err, f"{what}: {os.strerror(err)}")


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def enter_network(namespace):
    """The calling thread goes to the network namespace of a descriptor."""
    _check(_libc.setns(namespace, CLONE_NEWNET), "setns")


def mount(source, target, fstype=None, flags=0, data=None):
    def enc(s):
        return None if s is None else os.fsencode(s)

    _check(_libc.mount(enc(source), enc(target), enc(fstype),
                       ctypes.c_ulong(flags), enc(data)),
           f"mount {source} on {target}")


def unmount(target):
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def sethostname(name):
    raw = name.encode()
    _check(_libc.sethostname(raw, len(raw)), "sethostname")


def prctl(option, value):
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")


def private_mounts():
    """A mount namespace of the caller's own; nothing propagates out."""
    unshare(CLONE_NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)


def overlay(lowers, target, upper=None, work=None):
    data = "lowerdir=" + ":".join(lowers)
    if upper:
        data += f",upperdir={upper},workdir={work}"
    mount("overlay", target, "overlay", 0 if upper else MS_RDONLY, data)


def bind(source, target, readonly=False):
    mount(source, target, None, MS_BIND | MS_REC)
    if readonly:
        mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def change_root(root):
    """pivot_root(2): the old root is gone from the namespace afterwards."""
    os.chdir(root)
    _check(_libc.pivot_root(b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")


def _mount_dev(dev):
    mount("dev", dev, "tmpfs", MS_NOSUID, "mode=755,size=64k")
    for name in DEVICES:
        node = f"{dev}/{name}"
        os.close(os.open(node, os.O_CREAT | os.O_CLOEXEC, 0o666))
        bind(f"/dev/{name}", node)
    for name, target in DEVICE_LINKS.items():
        os.symlink(target, f"{dev}/{name}")
    os.mkdir(f"{dev}/pts")
    os.mkdir(f"{dev}/shm")
    mount("devpts", f"{dev}/pts", "devpts", MS_NOSUID | MS_NOEXEC,
          "newinstance,ptmxmode=0666,mode=620,gid=5")
    mount("shm", f"{dev}/shm", "tmpfs", MS_NOSUID | MS_NODEV,
          "mode=1777,size=256m")


def _submounts():
    """Mount points directly below this namespace's root mount."""
    mounts = []
    root = None
    with open("/proc/self/mountinfo", encoding="utf-8") as info:
        for line in info:
            ident, parent, _, _, point = line.split()[:5]
            if point == "/":
                root = ident
            mounts.append((parent, point.encode().decode("unicode_escape")))
    return [point for parent, point in mounts if parent == root and point != "/"]


class Process:
    """A child that is waited for through its pidfd; status as from wait()."""

    def __init__(self, pid):
        self.pid = pid
        self.status = None

    def wait(self, timeout):
        """Its wait status, or None when it still runs after `timeout` s."""
        if self.status is None:
            fd = os.pidfd_open(self.pid)
            try:
                poll = select.poll()
                poll.register(fd, select.POLLIN)
                if poll.poll(None if timeout is None else timeout * 1000):
                    self.status = os.waitpid(self.pid, 0)[1]
            finally:
                os.close(fd)
        return self.status


    def end(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(None)


class WorldProcess:
    """A program inside a world: killing it ends all that it started."""

    def __init__(self, pid, pipe):
        self._outer = pid
        self._pipe = pipe
        self._text = b""
        self._gone = False
        self.status = None
        self._read_until(lambda: self._said("init") is not None, None)
        self.init = self._said("init")
        if self.init is None:
            os.waitpid(pid, 0)
            raise RuntimeError(f"world: {self._text.decode(errors='replace').strip()}")

    def _said(self, word):
        """The number in a line `WORD NUMBER` from the world, or None."""
        found = re.search(rf"^{word} (\d+)\n", self._text.decode(errors="replace"), re.M)
        return int(found[1]) if found else None

    def _read_until(self, done, deadline):
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        while not done():
            left = None if deadline is None else max(0, deadline - time.monotonic())
            if not poll.poll(None if left is None else left * 1000):
                return False
            data = os.read(self._pipe, 4096)
            if not data:
                self._gone = True
                return False
            self._text += data
        return True

    def fileno(self):
        return self._pipe

    def wait(self, timeout):
        """Its wait status, or None when it still runs after `timeout` s."""
        deadline = None if timeout is None else time.monotonic() + timeout
        if self.status is None:
            self._read_until(lambda: self._said("ended") is not None, deadline)
            self.status = self._said("ended")
            if self.status is None and self._gone:
                self.status = signal.SIGKILL  # the world went away under it
        return self.status

    def members(self):
        """Process ids (as seen here) of everything in it but its init."""
        try:
            mine = os.readlink(f"/proc/{self.init}/ns/pid")
        except OSError:
            return set()
        found = set()
        for pid in all_pids():
            try:
                if os.readlink(f"/proc/{pid}/ns/pid") == mine and pid != self.init:
                    found.add(pid)
            except OSError:
                pass
        return found

    def terminate(self):
        """Asks the program itself, not what it started, to end."""
        for pid, parent in _parents().items():
            if parent == self.init:
                os.kill(pid, signal.SIGTERM)

    def end(self):
        """Kills what is left; returns when the world is really gone."""
        if self._outer is None:
            return
        try:
            os.kill(self.init, signal.SIGKILL)
        except ProcessLookupError:
            pass
        while os.read(self._pipe, 4096):
            pass
        os.close(self._pipe)
        os.waitpid(self._outer, 0)
        self._outer = None


def _start(stdio, env, argv, cwd, user=None):
    """The last step in a child: never returns."""
    for signum in range(1, signal.NSIG):
        if signum not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.umask(0o022)
    for number, fd in enumerate(stdio):
        os.dup2(fd, number)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and os.path.exists(f"/proc/self/fd/{name}"):
            os.set_inheritable(int(name), False)
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    os.chdir(cwd)
    os.environ["PATH"] = env.get("PATH", os.defpath)
    os.execvpe(argv[0], argv, env)


def _child(function, report):
    """fork(2); the child runs `function` and reports what went wrong."""
    pid = os.fork()
    if pid:
        return pid
    try:
        function()
    except BaseException as err:  # pylint: disable=broad-except
        os.write(report, f"{err}\n".encode())
    os._exit(127)
    return 0


def spawn_world(root, argv, *, stdio, env, cwd="/", user=None, hostname="far",
                lowers=(), upper=None, work=None, binds=(), overlays=(),
                tree=None, network=None):
    """Starts argv in a world of its own, below the empty directory `root`.

    binds are (source, path in the world, read-only); overlays are (lower
    directories, path in the world).  Mount points must exist in `lowers`.
    With `tree`, which is mounted already, the world is that and not an overlay
    of its own. `network` is the descriptor of the network namespace to be in.
    """
    read_end, write_end = os.pipe()

    def program():
        os.setsid()
        _start(stdio, env, argv, cwd, user)

    def init():
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        change_root(root)
        first = _child(program, stdio[2])
        for fd in set(stdio):
            os.close(fd)
        while True:
            pid, status = os.wait()
            if pid == first:
                os.write(write_end, f"ended {status}\n".encode())
                os._exit(0)

    def outer():
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.close(read_end)
        unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID)
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        sethostname(hostname)
        if tree:
            bind(tree, root)
        else:
            overlay(lowers, root, upper, work)
        if network is not None:
            enter_network(network)
            mount("sysfs", f"{root}/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        _mount_dev(f"{root}/dev")
        for layers, path in overlays:
            overlay(layers, root + path)
        for source, path, readonly in binds:
            bind(source, root + path, readonly)
        pid = os.fork()
        if pid == 0:
            try:
                init()
            except BaseException as err:  # pylint: disable=broad-except
                os.write(write_end, f"{err}\n".encode())
            os._exit(127)
        os.write(write_end, f"init {pid}\n".encode())
        os.close(write_end)
        os.waitpid(pid, 0)
        os._exit(0)

    pid = _child(outer, write_end)
    os.close(write_end)
    return WorldProcess(pid, read_end)


def spawn_near(root, argv, *, stdio, env, cwd, hostname, layer, upper, work,
               network=None):
    """Starts argv on this machine's tree with `layer` laid over it."""

    def program():
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        unshare(CLONE_NEWNS | CLONE_NEWUTS)
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        sethostname(hostname)
        if network is not None:
            enter_network(network)
        points = _submounts()
        overlay([layer, "/"], root, upper, work)
        for point in points:
            bind(point, root + point)
        change_root(root)
        _start(stdio, env, argv, cwd)

    return Process(_child(program, stdio[2]))


def spawn_beside(argv, *, stdio, env, cwd, network):
    """Starts argv on this machine's own tree, in another network."""

    def program():
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        enter_network(network)
        _start(stdio, env, argv, cwd)

    return Process(_child(program, stdio[2]))


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parents():
    parents = {}
    for pid in all_pids():
        try:
            with open(f"/proc/{pid}/stat", "rb") as stat:
                parents[pid] = int(stat.read().rsplit(b")", 1)[1].split()[1])
        except OSError:
            pass
    return parents


def descendants(of, without=()):
    """Ids of all processes below `of`, not following those in `without`."""
    parents = _parents()
    found, todo = set(), [of]
    while todo:
        parent = todo.pop()
        for pid, its in parents.items():
            if its == parent and pid not in without and pid not in found:
                found.add(pid)
                todo.append(pid)
    return found


def describe(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().replace(b"\0", b" ").strip()
        with open(f"/proc/{pid}/comm", "rb") as file:
            words = words or b"[" + file.read().strip() + b"]"
        return f"{pid} {words.decode(errors='replace')[:120]}"
    except OSError:
        return f"{pid} (gone)"


def reap(pids):
    """Takes the statuses of those adopted children that have ended."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
