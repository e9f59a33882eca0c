# SPDX-License-Identifier: GPL-2.0-or-later
"""-e: which calls go to the server. The server sees other files than rsx-trace,
as in test_policy, so that what a call found says where it ran.
"""

import os
import socket

from rig import NOENT, NOEXEC, USAGE, check, same, test, text_of
from test_policy import Sides


@test()
def one_call_local(rig):
    it = Sides(rig)
    path = f"{it.both}/file"
    it.reads("near", path, "-e", "local=openat")
    it.reads("near", path, "-e", "local=%file")
    it.reads("far", path, "-e", "local=%net")
    it.reads("far", path, "-e", "local=all", "-e", "remote=openat")
    it.reads("near", path, "-e", "remote=openat", "-e", "local=openat")
    it.reads("near", path, "-e", "remote=none")
    it.reads("near", path, "-e", "remote=!openat")
    it.reads("far", path, "-e", "remote=?nosuchcall,/^open")
    # paths that are denied or mapped stay so
    it.denied(path, "-e", "local=openat", "--deny", path)
    it.denied(f"{it.tree}/out", "-e", "local=openat", "--deny", path)
    it.reads("tree", path, "-e", "local=openat", "--map", f"{it.both}={it.tree}")


@test()
def relative_paths_of_local_calls(rig):
    """The working directory is a text: relative is as absolute."""
    it = Sides(rig)
    it.reads("near", "file", "-e", "local=openat", cwd=it.both)
    it.reads("near", "../both/file", "-e", "local=openat", cwd=it.tree)
    it.reads("far", "file", "-e", "local=newfstatat", cwd=it.both)
    # without chdir the program starts here
    os.mkdir(rig.path("both/only-here"))
    run = rig.trace("-e", "remote=%net", "--", "/bin/pwd", server=it.server,
                    cwd=rig.path("both/only-here"))
    run.ended(0, rig.path("both/only-here") + "\n")


PYTHON = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
print(os.stat("file", dir_fd=fd).st_size, os.stat(sys.argv[1] + "/file").st_size,
      os.fstat(fd).st_ino == os.stat(sys.argv[1]).st_ino,
      os.stat(f"/proc/self/fd/{fd}/file").st_size, sorted(os.listdir(fd)))
"""


@test()
def descriptors_decide(rig):
    """What lives on the server is asked there, whatever the set says."""
    it = Sides(rig)
    rig.write("far/file", "far away\n")
    log = rig.path("log")
    run = rig.trace("-q", "-o", log, "-e", "local=%%stat", "--", "/usr/bin/python3", "-c", PYTHON,
                    it.both, server=it.server)
    run.ended(0, "9 5 False 9 ['file', 'near']\n")
    lines = text_of(log).splitlines()
    check(any('"file"' in line and line.endswith("[remote fd]") for line in lines), "no [remote fd]")
    check(any(f'"{it.both[:32]}' in line and line.endswith("[local -e]") for line in lines),
          "no [local -e]")


@test()
def calls_without_a_path(rig):
    it = Sides(rig)
    script = "import os, socket; print(os.uname().nodename, os.getuid())"
    want = f"{socket.gethostname()} {os.getuid()}\n"
    log = rig.path("log")
    run = rig.trace("-q", "-o", log, "-e", "local=uname,%creds", "--", "/usr/bin/python3", "-c",
                    script, server=it.server)
    run.ended(0, want)
    for name in ("uname(", "getuid("):
        check(any(name in line and line.endswith("[local -e]")
                  for line in text_of(log).splitlines()), f"no local {name}")


@test()
def sockets(rig):
    """A socket is where it was made: a port here, not one in the server's network."""
    it = Sides(rig)
    script = ("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();"
              "c = socket.create_connection(s.getsockname()); a, _ = s.accept();"
              "c.sendall(b'x'); print(a.recv(1))")
    log = rig.path("log")
    for options, side in ((("-e", "local=%net"), "[local"), ((), "[remote")):
        run = rig.trace("-q", "-o", log, *options, "--", "/usr/bin/python3", "-c", script,
                        server=it.server)
        run.ended(0, "b'x'\n")
        lines = [line for line in text_of(log).splitlines()
                 if " bind(" in line or " accept" in line or " socket(" in line]
        check(lines and all(side in line for line in lines), f"{options}: {lines}")


WATCH = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(0)
os.chdir(sys.argv[1])
print(libc.inotify_add_watch(fd, b"in", 1) > 0, os.strerror(ctypes.get_errno()),
      libc.inotify_add_watch(fd, b"none", 1), os.strerror(ctypes.get_errno()))
"""


@test()
def paths_beside_local_descriptors(rig):
    """A watch is where its inotify is, from the program's directory there."""
    it = Sides(rig)
    for options in ((), ("-e", "local=inotify_init1"), ("-e", "local=%desc,%file")):
        run = rig.trace("-q", *options, "--", "/usr/bin/python3", "-c", WATCH, it.tree,
                        server=it.server, cwd=it.both)
        run.ended(0, "True Success -1 No such file or directory\n")


@test()
def denied_calls(rig):
    it = Sides(rig)
    path = f"{it.both}/file"
    log = rig.path("log")
    run = rig.trace("-q", "-o", log, "-e", "deny=unlinkat,rmdir:EROFS", "--", "/bin/rm", path,
                    server=it.server)
    run.ended(1, "", f"/bin/rm: cannot remove '{path}': Read-only file system\n")
    check(any(line.endswith("[denied -e]") for line in text_of(log).splitlines()), "not shown")
    run = rig.trace("-q", "-e", "deny=%net", "--", "/usr/bin/python3", "-c",
                    "import socket; socket.socket()", server=it.server)
    check(run.status == 1 and "PermissionError: [Errno 1]" in run.err, run.err)
    same("far file", text_of(rig.path("far/file")), "far\n")
    # local calls too; and a program can still end
    run = rig.trace("-q", "-e", "deny=getpid,exit_group:28", "--", "/usr/bin/python3", "-c",
                    "import os; print(os.getpid())", server=it.server)
    run.ended(0, "-28\n")  # glibc returns what came


@test()
def wrong_expressions(rig):
    for expr, *words in (("local=opnat", "opnat", "openat"), ("remote=%fiel", "%file"),
                         ("deny=read:EFOO", "EFOO"),
                         ("remote=", "missing"), ("stay=read", "remote=SET")):
        rig.trace("-e", expr, "--", "/bin/true").refused(USAGE, "-e", *words)
    rig.trace("-e", "raed", "--", "/bin/true").refused(USAGE, "--trace", "raed", "read")


@test()
def all_of_it_remote(rig):
    """--all: /usr is the server's as everything else."""
    it = Sides(rig)
    rig.trace("-q", "--all", "--", "no-such-program", server=it.server).refused(
        NOENT, "no-such-program", "on the server")
    rig.trace("-q", "--all", "--", f"{it.tree}/file", server=it.server).refused(NOEXEC, "Permission")
    for path, side in (("/usr/bin/env", "remote"), ("/etc/ld.so.cache", "remote"),
                       ("/dev/null", "local"), ("/proc/self", "local")):
        run = rig.trace("--all", "--explain", path)
        check(run.out.startswith(f"{path}: {side}: "), run.out)
    log = rig.path("log")
    rig.trace("-q", "-o", log, "--all", "--", "cat", f"{it.both}/file", server=it.server).ended(
        0, "far\n")
    opened = [line for line in text_of(log).splitlines() if "openat(" in line]
    check(any("libc.so" in line for line in opened), "no libc was opened")
    check(all(line.endswith("[remote]") for line in opened), f"not remote: {opened}")


def variables(run):
    """What env -0 printed."""
    same("exit status and stderr", (run.status, run.err), (0, ""))
    return dict(var.split("=", 1) for var in run.out.split("\0") if var)


@test()
def environments(rig):
    """--env and -E: whose variables the program has."""
    mine = dict(rig.env)
    far = {"FAR": "1", "BOTH": "far", "TERM": "far", "RSX_FAR": "secret", "PATH": mine["PATH"],
           "LONG": "x" * 60000, "LINE": "a\nb=c",
           **{f"MANY_{n}": f"{n}" * 40 for n in range(2000)}}
    rig.env.clear()
    rig.env.update(far)
    server = rig.serve("unix")
    rig.env.clear()
    rig.env.update(mine, NEAR="1", BOTH="near", TERM="near")
    near = dict(rig.env)
    told = {name: value for name, value in far.items() if name != "RSX_FAR"}

    def env(*options):
        return variables(rig.trace("-q", *options, "--", "/usr/bin/env", "-0", server=server))

    same("--env local", env(), near)
    same("--env remote", env("--env", "remote"), told)
    same("--env merge", env("--env=merge"), {**near, **told, "TERM": "near"})
    same("-E", env("-E", "NEAR", "-E", "NEW=a=b", "-E", "BOTH=", "--setenv", "NONE"),
         {**{n: v for n, v in near.items() if n != "NEAR"}, "NEW": "a=b", "BOTH": ""})
    same("-E after --env", env("-E", "FAR=2", "--env", "remote", "-E", "LONG"),
         {**{n: v for n, v in told.items() if n != "LONG"}, "FAR": "2"})
    for words, *say in ((("--env", "far"), "local|remote|merge"), (("-E", "=x"), "VAR"),
                        (("-E", ""), "VAR")):
        rig.trace(*words, "--", "/bin/true").refused(USAGE, *say)


@test()
def path_of_the_server(rig):
    """--all looks along the PATH that the program will have."""
    it = Sides(rig)
    os.symlink("/usr/bin/env", rig.path("far/only-there"))
    rig.trace("-q", "--all", "-E", f"PATH=/nowhere:{it.both}", "--", "only-there", "-i", "A=1",
              "/usr/bin/env", server=it.server).ended(0, "A=1\n")
