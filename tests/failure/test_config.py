# SPDX-License-Identifier: GPL-2.0-or-later
"""Options from files: which are read, in what order, which are refused."""

import os

from rig import USAGE, Skip, check, same, test

OTHER = 4242  # a user who is not us


def side(rig, path="/etc/passwd", *options, cwd=None, err=""):
    """Which side `path` is on, as --explain says; and nothing else is said."""
    run = rig.trace(*options, "--explain", path, cwd=cwd or rig.dir)
    same("exit status and stderr", (run.status, run.err), (0, err))
    return run.out.split(": ")[1]


def used(path):
    return (f"rsx-trace: with the options of {path} (-q hides this line, --no-config ignores "
            "the file)\n")


@test()
def files_in_order(rig):
    """Defaults, the user's, the project's, environment, command line."""
    os.makedirs(rig.path("config/rsx"))
    os.makedirs(rig.path("project/deep/er"))
    cwd = rig.path("project/deep/er")
    same("default", side(rig), "remote")
    rig.write("config/rsx/config", "# of the user\nlocal = /etc\n")
    same("the user's", side(rig, cwd=cwd), "local")
    same("the user's, --no-config", side(rig, "/etc/passwd", "--no-config", cwd=cwd), "remote")
    project = rig.write("project/.rsx", "deny=/etc\n")
    same("the project's", side(rig, cwd=cwd, err=used(project)), "denied")
    same("the project's, -q", side(rig, "/etc/passwd", "-q", cwd=cwd), "denied")
    same("the command line", side(rig, "/etc/passwd", "-q", "--remote", "/etc", cwd=cwd), "remote")
    near = rig.write("project/deep/.rsx", "map = /etc=/nowhere\n")
    same("the nearest", side(rig, cwd=cwd, err=used(near)), "local")
    only = rig.write("only", "remote = /usr\n")
    same("--config", side(rig, "/usr/x", "--config", only, cwd=cwd), "remote")
    same("--config instead", side(rig, "/etc/passwd", f"--config={only}", cwd=cwd), "remote")
    # the environment comes between
    rig.write("config/rsx/config", "server = nonsense:file\nquiet = yes\n")
    rig.trace("--", "/bin/true", cwd=cwd).refused(USAGE, "nonsense:file")
    rig.env["RSX_SERVER"] = "nonsense:env"
    rig.trace("--", "/bin/true", cwd=cwd).refused(USAGE, "nonsense:env")
    rig.trace("-s", "nonsense:arg", "--", "/bin/true", cwd=cwd).refused(USAGE, "nonsense:arg")


@test()
def home_without_xdg(rig):
    os.makedirs(rig.path("home/.config/rsx"))
    rig.write("home/.config/rsx/config", "local = /etc\n")
    rig.env["HOME"] = rig.path("home")
    same("XDG_CONFIG_HOME is set", side(rig), "remote")
    rig.env["XDG_CONFIG_HOME"] = "relative/is/ignored"
    same("XDG_CONFIG_HOME is relative", side(rig), "local")
    del rig.env["XDG_CONFIG_HOME"]
    same("no XDG_CONFIG_HOME", side(rig), "local")


@test()
def lines_that_are_wrong(rig):
    for text, line, *words in (
            ("nonsense = 1\n", 1, "no such option: nonsense"),
            ("\n# x\n  loca = /etc\n", 3, "no such option: loca"),
            ("local\n", 1, "NAME = VALUE"), ("local = /a\n[rules]\nlocal = /b\n", 2, "sections"),
            ("quiet = perhaps\n", 1, "yes or no", "perhaps"),
            ("help = yes\n", 1, "command line", "help"), ("attach = 1\n", 1, "command line"),
            ("config = x\n", 1, "command line"), ("local =\n", 1, "empty path"),
            ("map = /a\n", 1, "REMOTE=LOCAL"), ("on-disconnect = wait\n", 1, "kill|eio"),
            ("quiet = yes\nexpr = local=opnat\n", 2, "openat"),
            ("local = /" + "x" * 5000 + "\n", 1, "too long")):
        path = rig.write("file", text)
        rig.trace("--config", path, "--", "/bin/true").refused(USAGE, f"{path}:{line}: ", *words)
    rig.trace("--config", rig.path("none"), "--", "/bin/true").refused(USAGE, rig.path("none"))
    rig.trace("--config", rig.dir, "--", "/bin/true").refused(USAGE, "not a regular file")
    # help is there all the same
    os.makedirs(rig.path("config/rsx"))
    rig.write("config/rsx/config", "nonsense = 1\n")
    same("--help", rig.trace("--help").status, 0)
    rig.trace("--", "/bin/true").refused(USAGE, "nonsense")


@test()
def values_of_every_kind(rig):
    log = rig.path("log")
    path = rig.write("file", f"output = {log}\n  time = On\nverbose=no\nchdir : /usr ; a comment\n"
                     "expr = deny=mkdirat,mkdir:EROFS\nexpr = local=uname\nsetenv = A=b=c\n"
                     "env = local\nquiet = 1\non-disconnect = eio\n")
    run = rig.trace("--config", path, "--", "/bin/sh", "-c", "echo $A; pwd; mkdir x 2>/dev/null || uname -s")
    run.ended(0, "b=c\n/usr\nLinux\n")
    with open(log, encoding="utf-8") as file:
        text = file.read()
    for word in ("[denied -e]", "[local -e]", "> ["):
        check(word in text, f"no {word} in the trace")
    # a flag of one file is taken back by the next
    os.makedirs(rig.path("config/rsx"))
    rig.write("config/rsx/config", "quiet = yes\n")
    rig.write(".rsx", "quiet = no\n")
    run = rig.trace("--", "/bin/true", cwd=rig.dir)
    same("lines", len(run.err.splitlines()), 1)
    check("private" in run.err, run.err)


@test()
def paths_relative_to_the_file(rig):
    os.makedirs(rig.path("project/below"))
    rig.write("project/.rsx", "local = data\nmap = far=near\n")
    cwd = rig.path("project/below")
    same("a rule", side(rig, rig.path("project/data/x"), "-q", cwd=cwd), "local")
    same("not of cwd", side(rig, "data", "-q", cwd=cwd), "remote")
    run = rig.trace("-q", "--explain", rig.path("project/far/x"), cwd=cwd)
    check(run.out.endswith(f"(rule {rig.path('project/far')} = {rig.path('project/near')})\n"), run.out)


@test()
def projects_of_strangers(rig):
    """One line says why the file is not taken, and the run goes on."""
    path = rig.write(".rsx", "local = /etc\n")

    def ignored(why):
        same(why, side(rig, err=f"rsx-trace: {path}: ignored: {why}\n"), "remote")
        same(why + ", -q", side(rig, "/etc/passwd", "-q"), "remote")

    same("ours", side(rig, "/etc/passwd", "-q"), "local")
    for mode in (0o664, 0o646, 0o666):
        os.chmod(path, mode)
        ignored("others may write it")
    os.chmod(path, 0o600)
    same("ours alone", side(rig, "/etc/passwd", "-q"), "local")
    os.rename(path, path + ".real")
    os.symlink(".rsx.real", path)
    ignored("it is a symbolic link")
    os.unlink(path)
    os.mkfifo(path)
    ignored("not a regular file")
    os.unlink(path)
    os.mkdir(path)
    ignored("not a regular file")
    os.rmdir(path)
    os.rename(path + ".real", path)
    if os.geteuid():
        raise Skip("needs root, to give files away")
    os.chown(path, OTHER, OTHER)
    ignored("it belongs to another user")
