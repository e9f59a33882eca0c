# SPDX-License-Identifier: GPL-2.0-or-later
"""The trace: what each option adds to its lines, JSON against its schema, the
file for Perfetto, the summary, and the dry run. The same program with the same
rules must show the same calls in all of them.
"""

import collections
import json
import os
import re
import signal
import socket
import time

import paths
import sandbox
from rig import Skip, calls as kernel_calls, check, kill, same, soon, test, text_of

CLOCK_NANOSLEEP = {"230", "115"}  # x86-64 and asm-generic

THREADS = """
import threading
def read():
    for _ in range(3):
        open("/etc/passwd").read()
tasks = [threading.Thread(target=read) for _ in range(2)]
[t.start() for t in tasks]; [t.join() for t in tasks]
"""

LINE = re.compile(r"(?P<tid>\d+) (?P<time>[\d:.]+ )?(?P<since>\(\+ *-?[\d.]+\) | *-?\d+\.\d+ )?"
                  r"(?P<name>\w+)\((?P<args>.*)\) "
                  r"= (?P<ret>.*?)(?: <(?P<took>[\d.]+)>)? \[(?P<side>[a-z -]+)\]$")


def traced(rig, *options, program=None, status=0, **more):
    """The trace of cat of a file of the server's, as text."""
    log = rig.path(f"trace{rig.number()}")
    program = program or ("/bin/cat", rig.write("file"))
    run = rig.trace("-q", "-o", log, *options, "--", *program, **more)
    run.ended(status, None)
    return text_of(log)


def calls(text):
    """Lines of calls, parsed; others must be of signals and exits."""
    found = []
    for line in text.splitlines():
        match = LINE.match(line)
        check(match or re.match(r"\d+ ([\d:.]+ )?(---|\+\+\+) .* (---|\+\+\+)$", line),
              f"not a line of a trace: {line}")
        if match:
            found.append(match)
    return found


def of(rig, text, name="openat", path=None):
    """The one call of a name with this path."""
    path = path or rig.path("file")
    hits = [c for c in calls(text) if c["name"] == name and path in c["args"]]
    check(len(hits) == 1, f"{len(hits)} calls of {name} with {path}:\n{text}")
    return hits[0]


# --- lines ---

@test()
def lines(rig):
    text = traced(rig)
    call = of(rig, text)
    same("side, result", (call["side"], call["ret"], call["time"], call["took"]),
         ("remote", "3", None, None))
    first = text.splitlines()[0]
    check("execve(" in first and '["/bin/cat", ' in first and " vars */" in first, first)
    check(text.splitlines()[-1].endswith(" +++ exited with 0 +++"), text)
    same("sides", {c["side"] for c in calls(text)}, {"local", "remote", "both"})


@test()
def lines_to_stderr(rig):
    run = rig.trace("-q", "-v", "--", "/bin/cat", rig.write("file"))
    same("stdout", run.out, "hello\n")
    of(rig, run.err)


@test()
def absolute_times(rig):
    began = time.time()
    for option, pattern in (("-t", r"\d\d:\d\d:\d\d "), ("-tt", r"\d\d:\d\d:\d\d\.\d{6} "),
                            ("-ttt", r"\d{10,}\.\d{6} ")):
        found = calls(traced(rig, option))
        check(found and all(c["time"] and re.fullmatch(pattern, c["time"]) for c in found),
              f"{option}: {[c['time'] for c in found]}")
    stamps = [float(c["time"]) for c in found]
    check(began <= stamps[0] and stamps[-1] <= time.time(), f"not now: {stamps}")
    same("order", stamps, sorted(stamps))


@test()
def relative_times(rig):
    found = calls(traced(rig, "-r", "-ttt"))
    stamps = [float(c["time"]) for c in found]
    steps = [float(c["since"].strip("(+) ")) for c in found]
    same("first", steps[0], 0.0)
    for before, now, step in zip(stamps, stamps[1:], steps[1:]):
        check(abs(now - before - step) < 0.0005, f"{before} {now} {step}")
    alone = [line.split(" ", 1)[1] for line in traced(rig, "-r").splitlines() if "+++" not in line]
    check(all(re.match(r" +-?\d+\.\d{6} \w+\(", line) for line in alone), alone)


@test()
def time_spent(rig):
    found = calls(traced(rig, "-T", program=("/bin/sleep", "0.3")))
    check(all(c["took"] for c in found), "a call without its time")
    slept = [float(c["took"]) for c in found if "nanosleep" in c["name"]]
    check(len(slept) == 1 and 0.3 <= slept[0] < 25, slept)


@test()
def string_limit(rig):
    rig.write("file", "0123456789" * 100)
    for args, shown in (((), 32), (("-s", "5"), 5), (("-s", "0"), 0), (("-s", "400"), 400)):
        text = traced(rig, "--trace=read", *args, program=("/bin/cat", rig.path("file")))
        want = ("0123456789" * 100)[:shown]
        check(f'read(3, "{want}"..., 131072) = 1000 [remote]' in text, f"{args}: {text}")


NET = """
import socket, sys
near = socket.socketpair()
s = socket.socket()
s.bind(("127.0.0.1", 0)); s.listen()
c = socket.create_connection(s.getsockname())
a = s.accept()[0]
c.send(b"x"); a.recv(1); near[0].send(b"y")
d = c.dup(); d.send(b"z")
print(s.getsockname()[1], c.getsockname()[1])
"""


@test()
def names_of_descriptors(rig):
    path = rig.write("file")
    text = traced(rig, "-y", program=("/bin/cat", path))
    check(f"openat(AT_FDCWD<{os.getcwd()}>, \"{path}\", O_RDONLY) = 3<{path}> [remote]" in text,
          text)
    check(f"read(3<{path}>, \"hello\\n\", 131072) = 6 [remote]" in text, text)
    check(f"close(3<{path}>) = 0 [both]" in text, text)
    check(re.search(r"write\(1<pipe:\[\d+\]>, \"hello", text), text)
    check("<char" not in text, "a device without -yy")
    text = traced(rig, "-yy", program=("/bin/sh", "-c", "read x < /dev/null || :"))
    check("</dev/null<char 1:3>>" in text, text)


@test(("unix",), ("tcp",))
def names_of_sockets(rig, transport):
    log = rig.path("log")
    run = rig.trace("-q", "-yy", "-o", log, "--trace=%net", "--", "/usr/bin/python3", "-c", NET,
                    server=rig.serve(transport))
    text = text_of(log)
    port, client = run.out.split()
    there = f"TCP:[127.0.0.1:{port}]"
    check(f"listen(3<{there}>" in text or f"listen(5<{there}>" in text, text)
    check(f"<TCP:[127.0.0.1:{client}->127.0.0.1:{port}]>, \"x\", 1" in text, text)
    check(f"<TCP:[127.0.0.1:{client}->127.0.0.1:{port}]>, \"z\", 1" in text, text)
    check(f"<TCP:[127.0.0.1:{port}->127.0.0.1:{client}]>, \"x\", 1" in text, text)
    check(re.search(r"sendto\(\d+<UNIX-STREAM:\[\d+\]>, \"y\", 1", text), text)


@test()
def only_some_calls(rig):
    found = {c["name"] for c in calls(traced(rig, "--trace=openat,close"))}
    same("--trace=openat,close", found, {"openat", "close"})
    found = {c["name"] for c in calls(traced(rig, "--trace=!%memory,%file,%desc,%process"))}
    check(found and not found & {"mmap", "openat", "read", "execve", "brk"}, found)
    same("--trace=none", calls(traced(rig, "--trace=none")), [])
    # the call's own name or the one it is made as
    for name in ("stat", "newfstatat"):
        text = traced(rig, f"--trace={name}", program=(
            "/usr/bin/python3", "-c", "import ctypes, sys; b = ctypes.create_string_buffer(256);"
            f"ctypes.CDLL(None).syscall(4, {os.fsencode(rig.path('file'))!r}, b)"))
        if os.uname().machine == "x86_64":
            of(rig, text, "newfstatat")
    # what is not shown is made all the same
    log = rig.path("log")
    run = rig.trace("-q", "-o", log, "--trace=none", "--", "/bin/cat", rig.path("file"))
    run.ended(0, "hello\n")


@test()
def only_some_paths(rig):
    path, other = rig.write("file"), rig.write("other")
    names = [c["name"] for c in calls(traced(rig, "-P", path, program=("/bin/cat", path, other)))]
    check(names[0] == "openat" and "read" in names and names[-1] == "close", names)
    same("the other one", calls(traced(rig, "-P", path, program=("/bin/cat", other))), [])
    # relative to a directory; the same file by two names; a program
    text = traced(rig, "-P", path, "-P", other, program=(
        "/bin/sh", "-c", "cd $1; /bin/cat ./file ../${PWD##*/}/other", "sh", rig.dir))
    same("opens", [c["name"] for c in calls(text) if c["name"] == "openat"], ["openat"] * 2)
    text = traced(rig, "-P", "/bin/cat", program=("/bin/sh", "-c", f"/bin/cat {path}; :"))
    check("execve" in [c["name"] for c in calls(text)], text)


@test()
def signals_and_ends(rig):
    text = traced(rig, status=-signal.SIGTERM, program=("/bin/sh", "-c", "kill -TERM $$"))
    check(re.search(r"--- SIGTERM \{si_signo=SIGTERM, si_code=SI_USER, si_pid=\d+, "
                    r"si_uid=\d+\} ---", text), text)
    check("+++ killed by SIGTERM +++" in text, text)


@test()
def unfinished_calls(rig):
    """A call that its task does not outlive is shown, too: remote, and local."""
    server, log = rig.serve(), rig.path("log")
    run = rig.start("-q", "-o", log, "--", "/bin/cat", rig.fifo(), server=server)
    soon("it is opened over there", server.opening)
    kill(run.pid, signal.SIGTERM)
    same("status", run.finish().status, -signal.SIGTERM)
    check(re.search(r'openat\(AT_FDCWD, ".*fifo", O_RDONLY <unfinished \.\.\.>\) = \? '
                    r'\[remote\]\n', text_of(log)), text_of(log))
    run = rig.start("-q", "-o", log, "--", "/bin/sleep", "1000", server=server)
    soon("it sleeps", lambda: any(CLOCK_NANOSLEEP & kernel_calls(pid)
                                  for pid in sandbox.descendants(run.pid)))
    kill(run.pid, signal.SIGTERM)
    same("status", run.finish().status, -signal.SIGTERM)
    check(re.search(r"clock_nanosleep\(.* <unfinished \.\.\.>\) = \? \[local\]\n", text_of(log)),
          text_of(log))


# --- JSON ---

def validator():
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError as err:
        raise Skip("needs python3-jsonschema") from err
    with open(f"{paths.PROJECT}/docs/trace.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft201909Validator.check_schema(schema)
    return jsonschema.Draft201909Validator(schema)


def objects(text):
    """Each line is what the schema says."""
    valid = validator()
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        errors = list(valid.iter_errors(one))
        check(not errors, f"{one}: {[c.message for e in errors for c in e.context]}")
    return found


@test()
def json_objects(rig):
    path = rig.write("file")
    found = objects(traced(rig, "--format=json", "-y", "-k", "-C", program=(
        "/bin/sh", "-c", f"cat {path} | cat; kill -USR1 $$"), status=-signal.SIGUSR1))
    same("first", found[0]["type"], "start")
    kinds = collections.Counter(one["type"] for one in found)
    check(kinds["call"] > 50 and kinds["signal"] >= 1, kinds)
    same("ends", (kinds["exit"], kinds["total"]), (3, 1))
    opened = [one for one in found if one["type"] == "call" and one["name"] == "openat" and
              one["args"][1].get("value") == path]
    same("opens", len(opened), 1)
    one = opened[0]
    same("it", (one["side"], one["ret"], one["error"], one["finished"]), ("remote", 3, None, True))
    same("names", (one["ret_names"], one["args"][0]["names"]), (path, os.getcwd()))
    check(one["round_trips"] >= 1 and one["server"] > 0 and one["wire"] > 0, one)
    check(one["bytes_out"] > 0 and one["bytes_in"] > 0, one)
    check(one["server"] + one["wire"] <= one["duration"], one)
    read = [o for o in found if o.get("name") == "read" and o["side"] == "remote"][0]
    same("data", (read["args"][1]["value"], read["args"][1]["length"]), ("hello\n", 6))
    check(any(o.get("name") == "mmap" and str(o["ret"]).startswith("0x") for o in found),
          "no address")
    local = [o for o in found if o["type"] == "call" and o["side"] == "local"]
    check(local and not any(o["round_trips"] or o["bytes_out"] for o in local),
          "a local call that went")


@test()
def json_names_that_are_no_text(rig):
    """Any bytes make a file's name."""
    name = os.fsencode(rig.dir) + b"/\xff\xc3\xa9\x01\"\\ \xed\xa0\x80 \xf0\x9f\x98\x80"
    log = rig.path("log")
    run = rig.trace("-q", "-o", log, "--format=json", "--trace=openat", "--", "/bin/cat", name)
    run.ended(1, "", None)
    last = [o for o in objects(text_of(log)) if o["type"] == "call"]
    values = [os.fsencode(o["args"][1]["value"]) for o in last if o["error"] == "ENOENT"]
    check(name in values, f"{name} is not among {values}")


@test()
def json_when_killed(rig):
    fifo, server = rig.fifo(), rig.serve()
    log = rig.path("log")
    run = rig.start("-q", "-o", log, "--format=json", "--", "/bin/cat", fifo, server=server)
    soon("it waits over there", server.opening)
    kill(run.pid, signal.SIGTERM)
    same("status", run.finish().status, -signal.SIGTERM)
    found = objects(text_of(log))
    last = [o for o in found if o["type"] == "call"][-1]
    same("last", (last["name"], last["finished"], last["ret"]), ("openat", False, None))
    same("end", (found[-1]["type"], found[-1]["signal"]), ("exit", "SIGKILL"))


# --- the summary ---

@test()
def summary_counts(rig):
    """-C: the lines above it are what it counts."""
    text = traced(rig, "-C", "-T")
    above, _, below = text.partition("% time")
    want = collections.Counter((c["name"], c["side"]) for c in calls(above))
    errors = collections.Counter((c["name"], c["side"]) for c in calls(above)
                                 if c["ret"].startswith("-1"))
    spent = sum(float(c["took"]) for c in calls(above))
    rows = {}
    for line in below.splitlines()[2:-3]:
        words = line.split()
        side, name = words[-2:]
        numbers = [float(w) for w in words[:-2]]
        check(len(numbers) in (9, 10), line)
        rows[name, side] = numbers
        share, total, mean, p50, p90, p99, n = numbers[:7]
        same(f"calls of {name}", n, want[name, side])
        same(f"errors of {name}", numbers[7] if len(numbers) == 10 else 0, errors[name, side])
        check(p50 <= p90 <= p99, line)
        check(abs(mean * n - total * 1e6) <= 0.06 * n + 1, line)
        trips = numbers[-2]
        check(trips >= n if side == "remote" else trips == 0, line)
        check(0 <= share <= 100, line)
    same("rows", set(rows), set(want))
    total = below.splitlines()[-2].split()
    same("calls in all", int(total[3]), sum(want.values()))
    check(abs(float(total[1]) - spent) < 0.001 * len(want), f"{total[1]} s, the lines {spent} s")
    last = re.fullmatch(r"round trips: (\d+); saved by calls that ran here: (\d+)",
                        below.splitlines()[-1])
    same("round trips", int(last[1]), int(sum(r[-2] for r in rows.values())))
    same("saved", int(last[2]), sum(n for (_, side), n in want.items() if side in ("local", "rsx")))


@test()
def summary_alone(rig):
    run = rig.trace("-q", "-c", "--", "/bin/cat", rig.write("file"))
    check(run.err.startswith("% time") and not calls_in(run.err), run.err)
    found = objects(traced(rig, "-c", "--format=json"))
    same("types", {o["type"] for o in found}, {"summary", "total"})
    total = found[-1]
    same("calls", total["calls"], sum(o.get("calls", 0) for o in found[:-1]))
    check(total["round_trips"] > 0 and total["round_trips_saved"] > 0, total)
    only = objects(traced(rig, "-c", "--format=json", "--trace=openat"))
    same("--trace", {o["name"] for o in only[:-1]}, {"openat"})
    # beside a file for Perfetto it goes to stderr
    log = rig.path("perfetto")
    run = rig.trace("-q", "-C", "--format=chrome", "-o", log, "--", "/bin/cat", rig.path("file"))
    json.loads(text_of(log))
    check(run.err.startswith("% time"), run.err)


def calls_in(text):
    return [line for line in text.splitlines() if LINE.match(line)]


# --- the dry run ---

DRY = "cd $1 && cat file > copy; mkdir d; ls -l . | wc -l; (echo x; cat copy) | sort; exit 3"


def shape(text):
    """What was called where, without what differs from run to run."""
    names = ("openat", "read", "mkdirat", "newfstatat", "chdir", "execve", "getuid", "fcntl", "dup3",
             "write")
    found = ((c["name"], c["side"] in ("remote", "both", "would go")) for c in calls(text))
    # how often a pipe is read depends on who is quicker
    return collections.Counter((name, went) for name, went in found
                               if name in names and (went or name not in ("read", "write")))


@test()
def dry_run(rig):
    """It does what the program does natively, and says what a real run does."""
    shown, left, texts = [], [], []
    for kind in ("native", "real", "dry"):
        folder = rig.path(f"w{len(kind)}")
        os.mkdir(folder)
        rig.write(f"w{len(kind)}/file")
        shell = ("/bin/sh", "-c", DRY, "sh", folder)
        log = rig.path(f"log-{kind}")
        if kind == "native":
            run = rig.run(*shell)
        elif kind == "real":
            run = rig.trace("-q", "-o", log, "--", *shell)
        else:
            with socket.socket() as nobody:  # a server that would be missed
                nobody.bind(("127.0.0.1", 0))
                run = rig.trace("--dry-run", "-o", log, "--server",
                                f"tcp:127.0.0.1:{nobody.getsockname()[1]}", "--", *shell)
        shown.append((run.status, run.out, run.err))
        left.append(sorted(os.listdir(folder)))
        if kind != "native":
            texts.append(text_of(log))
    same("outputs", shown, [shown[0]] * 3)
    same("status", shown[0][0], 3)
    same("files", left, [["copy", "d", "file"]] * 3)
    same("calls", shape(texts[1]), shape(texts[0]))
    check("[would go]" in texts[1] and "[remote]" not in texts[1], texts[1])
    check("[would go]" not in texts[0], texts[0])


@test()
def dry_run_of_threads_and_sockets(rig):
    text = traced(rig, "--dry-run", program=("/usr/bin/python3", "-c", THREADS + NET))
    went = collections.Counter(c["name"] for c in calls(text) if c["side"] == "would go")
    check(went["openat"] >= 6 and went["read"] >= 6, went)
    check(went["bind"] == went["listen"] == 1 and went["connect"] >= 1, went)
    same("sends", went["sendto"], 2)
    here = collections.Counter(c["name"] for c in calls(text) if c["side"] == "local")
    check(here["socketpair"] == 1 and here["sendto"] == 1, here)


@test()
def dry_run_denies(rig):
    """What rsx-trace refuses it refuses in a dry run as well."""
    path = rig.write("file")
    rig.trace("--dry-run", "-o", rig.path("log"), "--deny", path, "--", "/bin/cat", path).ended(
        1, "", f"/bin/cat: {path}: Permission denied\n")
    check("[rsx]" in text_of(rig.path("log")), text_of(rig.path("log")))


# --- --explain ---

@test()
def explain(rig):
    for args, words in ((("openat",), ("openat: by path", "%file")),
                        (("open",), ("made as openat",)), (("getuid",), ("remote",)),
                        (("getpid",), ("local",)), (("mount",), ("denied", "EPERM")),
                        (("fcntl",), ("descriptor", "cmd")),
                        (("-e", "local=%file", "--explain", "openat"), ("-e keeps it here",)),
                        (("/etc/passwd",), ("/etc/passwd: remote",)),
                        (("./openat",), ("/openat: ",))):
        args = args if "--explain" in args else ("--explain", *args)
        run = rig.trace(*args)
        run.ended(0, None)
        same(f"lines of {args}", run.out.count("\n"), 1)
        check(all(word in run.out for word in words), f"{args}: {run.out}")
