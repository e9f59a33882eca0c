# SPDX-License-Identifier: GPL-2.0-or-later
"""The options that say which side a path is on, and those that show it. The
server sees other files than rsx-trace: in its mount namespace the directory
`both` is another one, so that what was read says where it came from.
"""

import glob
import os
import re
import shutil

import sandbox
from rig import Skip, check, same, test


class Sides:
    """A server whose files in DIR/both are not those here."""

    def __init__(self, rig):
        if os.geteuid():
            raise Skip("needs root, for a mount namespace")
        self.rig = rig
        for name in ("both", "far", "tree"):
            os.mkdir(rig.path(name))
            rig.write(f"{name}/file", f"{name}\n" if name != "both" else "near\n")
        self.both, self.tree = rig.path("both"), rig.path("tree")
        os.symlink(f"{self.both}/file", f"{self.tree}/out")
        os.symlink("../both", f"{self.tree}/up")
        os.symlink("file", f"{self.tree}/in")
        os.symlink(f"{self.tree}/file", rig.path("far/near"))

        def far():
            sandbox.private_mounts()
            sandbox.bind(rig.path("far"), self.both)

        self.server = rig.serve("unix", preexec_fn=far)

    def cat(self, path, *options, cwd=None):
        return self.rig.trace("-q", *options, "--", "/bin/cat", path, server=self.server,
                              cwd=cwd or "/")

    def reads(self, want, path, *options, cwd=None):
        run = self.cat(path, *options, cwd=cwd)
        same(f"cat {path} with {options}", (run.out, run.err, run.status), (want + "\n", "", 0))

    def denied(self, path, *options, cwd=None):
        run = self.cat(path, *options, cwd=cwd)
        same(f"cat {path} with {options}", (run.status, run.out, run.err),
             (1, "", f"/bin/cat: {path}: Permission denied\n"))


@test()
def local_and_remote(rig):
    it = Sides(rig)
    path = f"{it.both}/file"
    it.reads("far", path)
    it.reads("near", path, "--local", it.both)
    it.reads("near", path, "--local", it.both + "/")
    it.reads("near", path, "--local", path)
    it.reads("far", path, "--local", it.both + "/fil")
    it.reads("far", path, "--local", "/", "--remote", it.both)
    it.reads("near", path, "--local", "/")
    it.reads("near", path, "--remote", it.both, "--local", it.both)  # the later one
    it.reads("far", path, "--local", it.both, "--remote", path)


@test()
def denied_paths(rig):
    it = Sides(rig)
    path = f"{it.both}/file"
    it.denied(path, "--deny", it.both)
    it.denied(path, "--deny", path)
    it.denied(f"{it.tree}/../both/./file", "--deny", path)
    it.denied("file", "--deny", path, cwd=it.both)
    it.denied(f"{it.both}/file", "--deny", "/")
    it.denied(f"{it.tree}/file", "--local", it.tree, "--deny", f"{it.tree}/file")
    it.reads("far", path, "--deny", f"{it.both}/fil")
    it.reads("far", path, "--deny", rig.dir, "--remote", it.both)


@test()
def denied_for_every_call(rig):
    it = Sides(rig)
    path = f"{it.both}/file"
    for command in (f"rm {path}", f"stat {path}", f"mv {path} {path}2", f"ln {path} {path}2",
                    f"mkdir {path}", f"chmod 600 {path}", f"ls {path}", f"ln -s x {path}",
                    f"echo >>{path}", f"touch {path}", f"truncate -s 0 {path}"):
        run = rig.trace("-q", "--deny", path, "--", "/bin/sh", "-c", command, server=it.server)
        check(run.status and "ermission denied" in run.err, f"{command}: {run.status} {run.err}")
    run = rig.trace("-q", "--deny", it.both, "--", "/bin/sh", "-c", f"cd {it.both}",
                    server=it.server)
    check(run.status, "a denied directory was entered")
    same("far file", open(rig.path("far/file"), encoding="ascii").read(), "far\n")


@test()
def mapped_paths(rig):
    it = Sides(rig)
    it.reads("tree", f"{it.both}/file", "--map", f"{it.both}={it.tree}")
    it.reads("tree", f"{it.both}/file", "--map", f"{it.both}/file={it.tree}/file")
    it.reads("tree", "/nowhere/x/file", "--map", f"/nowhere/x={it.tree}")
    it.reads("tree", "x/file", "--map", f"{it.both}/x={it.tree}", cwd=it.both)


@test()
def relative_paths(rig):
    it = Sides(rig)
    local = ("--local", it.tree)
    it.reads("far", "file", cwd=it.both)
    it.reads("far", "./../both//file", cwd=it.both)
    it.reads("tree", "../tree/file", *local, cwd=it.both)
    it.reads("tree", "file", *local, cwd=it.tree)
    it.reads("far", "../both/file", *local, cwd=it.tree)
    run = rig.trace("-q", *local, "--", "/bin/sh", "-c",
                    "cat file; cd ../tree; cat file; cd ..; cat both/file tree/file",
                    server=it.server, cwd=it.both)
    run.ended(0, "far\ntree\nfar\ntree\n")


@test()
def directory_descriptors(rig):
    it = Sides(rig)
    local = ("--local", it.tree)
    for start, name, want in ((it.tree, "file", "tree"), (it.tree, "../both/file", "far"),
                              (it.both, "../tree/file", "tree"), (it.both, "file", "far"),
                              (it.tree, f"{it.both}/file", "far"),
                              (it.tree, "up/file", "far"), (it.tree, "out", "far")):
        rig.trace("-q", *local, "--", rig.victim, "dirfd-up", start, name,
                  server=it.server).ended(0, want + "\n")


@test()
def links_out_of_local_trees(rig):
    it = Sides(rig)
    local = ("--local", it.tree)
    it.reads("far", f"{it.tree}/out", *local)
    it.reads("far", f"{it.tree}/up/file", *local)
    it.reads("tree", f"{it.tree}/in", *local)
    it.reads("far", "out", *local, cwd=it.tree)
    it.denied(f"{it.tree}/out", *local, "--deny", f"{it.both}/file")
    run = rig.trace("-q", *local, "--", "/bin/readlink", f"{it.tree}/out", server=it.server)
    run.ended(0, f"{it.both}/file\n")


@test()
def starting_directory(rig):
    it = Sides(rig)
    same_as = rig.trace("-q", "--chdir", it.both, "--", "/bin/sh", "-c", "pwd; cat file",
                        server=it.server)
    same_as.ended(0, f"{it.both}\nfar\n")
    os.mkdir(rig.path("both/only-here"))
    run = rig.trace("--", "/bin/pwd", server=it.server, cwd=rig.path("both/only-here"))
    same("pwd", (run.status, run.out), (0, "/\n"))
    same("lines", len(run.err.splitlines()), 1)
    check("only-here" in run.err and "starting in /" in run.err, run.err)


@test()
def explained(rig):
    for path, options, want in (
            ("/etc/passwd", (), "/etc/passwd: remote: the world is the server's (rule /)"),
            ("/usr/bin/env", (), "/usr/bin/env: local: programs and libraries are this "
             "machine's (rule /usr)"),
            ("/usrx", (), "/usrx: remote: "), ("/usr/../etc", (), "/etc: remote: "),
            ("/dev/null", (), "/dev/null: local: a device"),
            ("passwd", (), "/etc/passwd: remote: "), ("../usr", (), "/usr: local: "),
            ("/etc/x", ("--local", "/etc"), "/etc/x: local: --local says so (rule /etc)"),
            ("/usr/x", ("--remote", "/usr"), "/usr/x: remote: --remote says so (rule /usr)"),
            ("/etc/x", ("--deny", "/etc/x"), "/etc/x: denied: --deny says so (rule /etc/x)"),
            ("/m/f", ("--map", "/m=/n"), "/m/f: local: --map says so (rule /m = /n)")):
        run = rig.trace(*options, "--explain", path, cwd="/etc")
        same("exit status and stderr", (run.status, run.err), (0, ""))
        same("lines", len(run.out.splitlines()), 1)
        check(run.out.startswith(want), f"{run.out!r}, not {want!r}")


# --- what was done ---

@test()
def trace_lines(rig):
    """A line per call: arguments, result, errno name, side, time."""
    server = rig.serve("unix")
    path = rig.write("file", "abc\n")
    script = f"cat {path}; cat {path}.no 2>/dev/null; cat /dev/null"
    log = rig.path("log")
    rig.trace("-T", "-o", log, "--", "/bin/sh", "-c", script, server=server).ended(0, "abc\n")
    with open(log, encoding="utf-8") as file:
        text = file.read()
    shown = re.escape(path[:32])
    for pattern in (rf'^\d+ openat\(AT_FDCWD, "{shown}.*, O_RDONLY.*\) = \d+ <.*> \[remote\]$',
                    r'^\d+ openat\(.*\) = -1 ENOENT.* <\d+\.\d+> \[remote\]$',
                    r'^\d+ openat\(AT_FDCWD, "/dev/null", O_RDONLY.*\) = \d+ <\d.*> \[local\]$',
                    r'^\d+ read\(\d+, "abc\\n", \d+\) = 4 <\d+\.\d+> \[remote\]$',
                    r'^\d+ write\(1, "abc\\n", 4\) = 4 <\d+\.\d+> \[local\]$'):
        check(re.search(pattern, text, re.M), f"no line {pattern} in:\n{text[-3000:]}")
    for line in text.splitlines():
        check(re.fullmatch(r"\d+ (\w+\(.*\) += .*\[(local|remote|both|rsx)\]|--- SIG.* ---|"
                           r"\+\+\+ exited with \d+ \+\+\+)", line), f"odd line: {line}")


@test()
def trace_on_stderr(rig):
    run = rig.trace("-v", "-q", "--", "/bin/cat", rig.write("file", "abc\n"))
    run.ended(0, "abc\n", err=None)
    check(re.search(r'^\d+ read\(\d+, "abc\\n", \d+\) = 4 \[remote\]$', run.err, re.M), run.err)
    check(not re.search(r"<\d+\.\d+>", run.err), "times without -T")


@test()
def listed_syscalls(rig):
    """Every call of this machine's headers has its line."""
    run = rig.trace("--list-syscalls")
    same("exit status and stderr", (run.status, run.err), (0, ""))
    words = set(re.findall(r"\w+", run.out))
    names = {"openat", "read", "mmap", "ptrace", "io_uring_setup", "clone3", "statx", "cachestat"}
    for header in glob.glob("/usr/include/**/asm/unistd_64.h", recursive=True):
        with open(header, encoding="utf-8") as file:
            names |= set(re.findall(r"^#define __NR_(\w+)", file.read(), re.M))
    same("names without a line", sorted(names - words), [])


@test()
def private_server_note(rig):
    """One line says that a private server is used; -q hides it."""
    run = rig.trace("--", "/bin/echo", "ran")
    same("status and stdout", (run.status, run.out), (0, "ran\n"))
    check(re.fullmatch(r"rsx-trace: no server named: .*-q.*\n", run.err), run.err)
    rig.trace("-q", "--", "/bin/echo", "ran").ended(0, "ran\n")
    rig.env["RSX_SERVER"] = rig.serve("unix").address
    rig.trace("--", "/bin/echo", "ran").ended(0, "ran\n")


WATCH = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(0o4000)
for path in sys.argv[1:]:
    ctypes.set_errno(0)
    wd = libc.inotify_add_watch(fd, os.fsencode(path), 2)
    print(wd if wd > 0 else os.strerror(ctypes.get_errno()))
"""


@test()
def watches(rig):
    """inotify_add_watch decides its path: what is here cannot be watched from there."""
    it = Sides(rig)

    def watch(want, path, *options, cwd="/"):
        run = rig.trace("-q", *options, "--", "/usr/bin/python3", "-c", WATCH, path,
                        server=it.server, cwd=cwd)
        same(f"watching {path} with {options}", (run.status, run.out), (0, want + "\n"))

    there, missing, local = f"{it.both}/near", "No such file or directory", "Invalid cross-device link"
    watch("1", there)
    watch(missing, f"{it.both}/nothing")
    watch("1", "near", cwd=it.both)
    watch("Permission denied", there, "--deny", it.both)
    watch(local, f"{it.both}/file", "--local", it.both)
    watch(missing, f"{it.both}/nothing", "--local", it.both)
    watch(local, "file", "--local", it.both, cwd=it.both)
    watch(local, f"{it.both}/file", "--map", f"{it.both}={it.tree}")
    watch(missing, there, "--map", f"{it.both}={it.tree}")
    watch("1", there, "-e", "local=inotify_add_watch")


MOVE = """
import errno, os, sys
near, far = sys.argv[1:]
for call in (os.link, os.rename):
    for old, new in ((near + "/file", far + "/new"), (near + "/file", "new"),
                     (far + "/file", near + "/new"), ("file", near + "/new"),
                     (near + "/none", "new")):
        try:
            call(old, new)
            print("done")
        except OSError as err:
            print(errno.errorcode[err.errno])
"""


@test()
def two_sides(rig):
    """link and rename between the sides fail as between file systems, and change nothing."""
    it = Sides(rig)
    places = [it.tree, rig.path("far")]  # the server has both, too, and on one file system
    before = [sorted(os.listdir(place)) for place in places]
    run = rig.trace("-q", "--local", places[0], "--", "/usr/bin/python3", "-c", MOVE, *places,
                    server=it.server, cwd=places[1])
    said = 4 * ["EXDEV"] + ["ENOENT"] + 5 * ["EXDEV"]
    same("link and rename", (run.status, run.out.split()), (0, said))
    same("the files", [sorted(os.listdir(place)) for place in places], before)


@test()
def who_traces_itself_is_told_once(rig):
    """strace and gdb: EPERM, and one line that says why."""
    server = rig.serve("unix")
    for command in (("strace", "-f", "/bin/true"),
                    ("gdb", "-nx", "-batch", "-ex", "run", "--args", "/bin/true")):
        if not shutil.which(command[0]):
            raise Skip(f"needs {command[0]}")
        run = rig.trace("--", *command, server=server)
        same(command[0], [line for line in run.err.splitlines() if line.startswith("rsx-trace:")],
             ["rsx-trace: ptrace fails with EPERM: a process has one tracer, and rsx is it"])
        check("Operation not permitted" in run.err, run.err)


MAKES = r"""
import errno, os, sys
L = sys.argv[1]

def t(what, call):
    try:
        r = call()
    except OSError as e:
        r = errno.errorcode[e.errno]
    print(what, r if isinstance(r, str) else "ok")

def write(name, flags=0):
    fd = os.open(f"{L}/{name}", os.O_WRONLY | os.O_CREAT | flags, 0o644)
    os.write(fd, b"written\n")
    os.close(fd)

def read(name):
    with open(f"{L}/{name}") as file:
        return file.read().strip()

os.umask(0o22)
t("here, read", lambda: read("dir/here"))
t("here, O_CREAT", lambda: write("dir/here", os.O_APPEND))
t("here, O_EXCL", lambda: write("dir/here", os.O_EXCL))
t("here, through a file's link", lambda: write("one", os.O_APPEND))
t("here, O_EXCL of the link", lambda: write("one", os.O_EXCL))
t("here, mkdir", lambda: os.mkdir(f"{L}/dir/here"))
t("here, mknod", lambda: os.mknod(f"{L}/dir/here"))
t("here, symlink", lambda: os.symlink("x", f"{L}/dir/here"))
t("here, link", lambda: os.link(f"{L}/dir/there", f"{L}/dir/here"))
t("here, rename to", lambda: os.rename(f"{L}/dir/there", f"{L}/dir/here"))
t("there, O_EXCL", lambda: write("dir/there", os.O_EXCL))
t("there, O_CREAT", lambda: write("dir/there", os.O_APPEND))
t("there, read", lambda: read("dir/there").replace("\n", " "))
t("there, rename", lambda: os.rename(f"{L}/dir/there", f"{L}/dir/renamed"))
t("nowhere, O_CREAT", lambda: write("dir/new"))
t("nowhere, read", lambda: read("dir/new"))
t("nowhere, a file's link", lambda: write("two"))
t("nowhere, read through it", lambda: read("two"))
t("nowhere, mkdir", lambda: os.mkdir(f"{L}/dir/newdir"))
t("nowhere, rmdir", lambda: os.rmdir(f"{L}/dir/newdir"))
t("nowhere, unlink", lambda: os.unlink(f"{L}/dir/nothing"))
t("nowhere, no directory", lambda: write("dir/no/x"))
t("elsewhere, O_CREAT", lambda: write("plain/x"))
t("elsewhere, mkdir", lambda: os.mkdir(f"{L}/plain/d"))
os.chdir(f"{L}/plain")
os.symlink(".", "dot")
t("relative", lambda: os.rename("dot/x", "dot/y"))
t("removed", lambda: os.unlink(f"{L}/dir/here"))
t("removed, read", lambda: read("dir/here"))
"""


@test()
def makes_through_links(rig):
    """Links over there into a tree that is this machine's: what the server has is the
    server's, what it lacks and is here is here, and what neither has is made where its
    directory is. All calls agree about it."""
    it = Sides(rig)
    os.mkdir(rig.path("links"))
    os.mkdir(rig.path("links/plain.d"))
    rig.write("both/here", "near\n")
    rig.write("far/there", "far\n")
    for name, to in (("dir", it.both), ("one", f"{it.both}/here"), ("two", f"{it.both}/made"),
                     ("plain", "plain.d")):
        os.symlink(to, rig.path(f"links/{name}"))
    script = rig.write("makes.py", MAKES)
    run = rig.trace("-q", "--local", it.both, "--", "/usr/bin/python3", script,
                    rig.path("links"), server=it.server, cwd="/")
    same("lines", run.out.splitlines(), [
        "here, read near", "here, O_CREAT ok", "here, O_EXCL EEXIST",
        "here, through a file's link ok", "here, O_EXCL of the link EEXIST",
        "here, mkdir EEXIST", "here, mknod EEXIST", "here, symlink EEXIST",
        "here, link EXDEV", "here, rename to EXDEV",
        "there, O_EXCL EEXIST", "there, O_CREAT ok", "there, read far written",
        "there, rename ok", "nowhere, O_CREAT ok", "nowhere, read written",
        "nowhere, a file's link ok", "nowhere, read through it written",
        "nowhere, mkdir ok", "nowhere, rmdir ok", "nowhere, unlink ENOENT",
        "nowhere, no directory ENOENT", "elsewhere, O_CREAT ok", "elsewhere, mkdir ok",
        "relative ok", "removed ok", "removed, read ENOENT"])
    same("here", sorted(os.listdir(it.both)), ["file"])
    same("there", sorted(os.listdir(rig.path("far"))),
         ["file", "made", "near", "new", "renamed"])
    same("elsewhere", sorted(os.listdir(rig.path("links/plain.d"))), ["d", "dot", "y"])
