# SPDX-License-Identifier: GPL-2.0-or-later
"""--format=chrome: what Perfetto and chrome://tracing find in the file."""

import collections
import json
import signal
import sys

import chrometrace
from rig import check, kill, same, soon, test, text_of
from test_report import THREADS, traced


@test()
def chrome_trace(rig):
    tracks, _, ends = chrometrace.read(traced(rig, "--format=chrome",
                                              program=("/usr/bin/python3", "-c", THREADS)))
    check(len(tracks) == 3 and len({pid for pid, _ in tracks}) == 1, tracks.keys())
    same("ends", sum(e["name"] == "exited with 0" for e in ends), 3)
    all_calls = [call for track in tracks.values() for call in track]
    went = [call for call in all_calls if call.category == "remote"]
    check(len(went) > 9 and all(c.parts[1].parts for c in went if c.name == "read"), went)
    for call in all_calls:
        wires = [p for p in call.parts if p.name == "wire"]
        same(f"wires of {call}", len(wires), call.args["round_trips"])
        check(all(p.name in ("stop", "wire") for p in call.parts), call.parts)
        # a message that is no call, as a thread's new lane, has no time there
        check(all([p.name for p in w.parts] in (["server"], []) for w in wires), wires)
        at = call.begin
        for part in call.parts:  # they fill the call
            same(f"begin of {part} in {call}", part.begin, at)
            at = part.end
        same(f"end of {call}", at if call.parts else call.end, call.end)


def so_far(log):
    """The tracks and names of a file that is being written, and may be read half-way."""
    try:
        return chrometrace.read(text_of(log), unfinished=True)[:2]
    except (OSError, ValueError, chrometrace.Wrong):
        return {}, {}


def slices(tracks):
    return sum(len(track) for track in tracks.values())


@test(("TERM",), ("KILL",))
def chrome_when_killed(rig, name):
    """The file is whole however the run ends."""
    sig = getattr(signal, f"SIG{name}")
    fifo, server, log = rig.fifo(), rig.serve(), rig.path("log")
    run = rig.start("-q", "-o", log, "--format=chrome", "--", "/bin/cat", fifo, server=server)
    soon("it waits over there", server.opening)
    soon("it is written", lambda: slices(so_far(log)[0]) > 9)
    kill(run.pid, sig)
    same("status", run.finish().status, -sig)
    tracks, _, _ = chrometrace.read(text_of(log))
    check(slices(tracks) > 9, "it is empty")


@test()
def chrome_to_a_pipe(rig):
    run = rig.trace("-q", "--format=chrome", "--", "/bin/cat", rig.write("file"))
    check(any(e["name"] == "openat" for e in json.loads(run.err)["traceEvents"]), run.err)


def python(text):
    return (sys.executable, "-B", "-c", text)


NAMES = """
import ctypes, os, threading
go, done = threading.Barrier(3), threading.Barrier(3)
def named():
    ctypes.CDLL(None).prctl(15, b"by itself", 0, 0, 0)
    go.wait(); done.wait()
def renamed():
    go.wait(); done.wait()
def unclear():
    ctypes.CDLL(None).prctl(15, b"\\xc3\\xa9\\xff\\xe2\\x82", 0, 0, 0)
tasks = [threading.Thread(target=f) for f in (named, renamed, unclear)]
[t.start() for t in tasks]
go.wait()
open(f"/proc/self/task/{tasks[1].native_id}/comm", "w").write("by another")
done.wait()
[t.join() for t in tasks]
ctypes.CDLL(None).prctl(15, b"the first", 0, 0, 0)
"""


@test()
def chrome_names(rig):
    """Threads are called what they called themselves last, in UTF-8."""
    text = traced(rig, "--format=chrome", program=python(NAMES))
    _, names, _ = chrometrace.read(text)
    same("threads", sorted(names.values()),
         ["by another", "by itself", "the first", "\u00e9\ufffd\ufffd\ufffd"])
    processes, _ = chrometrace.read_names(json.loads(text)["traceEvents"])
    same("processes", list(processes.values()), ["the first"])


KILLED = """
import os, signal
for i in range(20):
    child = os.fork()
    if not child:
        os.stat("/etc/passwd")
        signal.pause()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@test()
def chrome_killed_children(rig):
    """Each has its name, whether or not it came to make a call."""
    tracks, names, ends = chrometrace.read(traced(rig, "--format=chrome",
                                                  program=python(KILLED)))
    same("processes", len(names), 21)
    how = collections.Counter(e["name"] for e in ends if e["name"] != "SIGCHLD")
    same("ends", how, {"killed by SIGKILL": 20, "exited with 0": 1})
    same("calls' names", {pid for pid, _ in tracks} - {pid for pid, _ in names}, set())


EXEC = """
import os, threading
def run():
    os.execv("/bin/cat", ["cat", "/dev/null"])
task = threading.Thread(target=run)
task.start()
task.join()
"""


@test()
def chrome_exec_of_a_thread(rig):
    """The call is that thread's, what follows is the first thread's: there they would overlap."""
    tracks, names, _ = chrometrace.read(traced(rig, "--format=chrome", program=python(EXEC)))
    (first,) = [t for t in tracks if t[0] == t[1]]
    (other,) = [t for t in tracks if t != first]
    same("name", names[first], "cat")
    last = tracks[other][-1]
    check(last.name == "execve" and last.args["call"].endswith(" = 0"), last.args)
    check(any("/dev/null" in call.args["call"] for call in tracks[first]), tracks[first])


@test()
def chrome_many_round_trips(rig):
    """The first have a slice each, the others one for all; the times count all."""
    path = rig.path("large")
    with open(path, "wb") as file:
        file.truncate(40 << 20)
    tracks, _, _ = chrometrace.read(traced(rig, "--format=chrome", program=(
        "/bin/dd", f"if={path}", "of=/dev/null", "bs=40M", "count=1", "status=none")))
    (call,) = [c for track in tracks.values() for c in track if c.args["round_trips"] > 32]
    count = collections.Counter(part.name for part in call.parts)
    check(count["wire"] == 32 and count["more"] == 1, count)
    (more,) = [part for part in call.parts if part.name == "more"]
    shown = sum(part.duration for part in call.parts if part.name == "wire")
    counted = int((call.args["wire_us"] + call.args["server_us"]) * 1000)
    check(shown < counted <= shown + more.duration, (shown, counted, more))


@test()
def chrome_of_what_hangs(rig):
    """A call that takes long is in the file before its end, and an end that comes fits it."""
    # cat has one of its own: the first one's writer may not have closed it yet
    fifo, other, server, log = rig.fifo(), rig.fifo("other"), rig.serve(), rig.path("log")
    run = rig.start("-q", "-o", log, "--format=chrome", "--", "/bin/sh", "-c",
                    f"read x < {fifo}; cat {other}", server=server)

    def going_on():
        tracks, names = so_far(log)
        return [(thread, names[thread], track[-1]) for thread, track in tracks.items()
                if track[-1].name == "openat" and track[-1].end is None]

    (_, name, call), = soon("it is told that sh waits", going_on, 20)
    check(name == "sh" and fifo in call.args["begun"] and "=" not in call.args["begun"], call.args)
    with open(fifo, "w", encoding="ascii") as file:
        file.write("x\n")
    (thread, name, _), = soon("it is told that cat waits", lambda: [w for w in going_on()
                                                                   if w[1] == "cat"], 20)
    kill(run.pid)
    same("status", run.finish().status, -signal.SIGKILL)
    tracks, _, _ = chrometrace.read(text_of(log), unfinished=True)
    (waited,) = [c for track in tracks.values() for c in track if c.end and "begun" in c.args
                 and fifo in c.args["begun"]]
    check(waited.args["call"].startswith(waited.args["begun"].rstrip(")")) and
          waited.args["side"] == "remote" and [p.name for p in waited.parts][1] == "wire", waited.args)
    check(tracks[thread][-1].end is None and name == "cat", tracks[thread])


@test()
def chrome_signals_in_what_hangs(rig):
    """Handlers make calls while another one waits: nothing is left open or in the wrong place."""
    text = traced(rig, "--format=chrome", program=python("""
import os, signal
r, w = os.pipe()
def handler(number, frame):
    os.stat("/etc/passwd")
signal.signal(signal.SIGALRM, handler)
signal.siginterrupt(signal.SIGALRM, False)
signal.setitimer(signal.ITIMER_REAL, 1.6, 0.2)
if not os.fork():
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.sigtimedwait([], 2.5)
    os.write(w, b"x")
    os._exit(0)
os.read(r, 1)
signal.setitimer(signal.ITIMER_REAL, 0)
"""))
    tracks, _, instants = chrometrace.read(text)
    check(sum(e["name"] == "SIGALRM" for e in instants) >= 2, instants)
    check(any("begun" in c.args for track in tracks.values() for c in track), "nothing took long")
