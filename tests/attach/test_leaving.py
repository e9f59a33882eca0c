# SPDX-License-Identifier: GPL-2.0-or-later
"""What is left behind when rsx-trace goes, by whatever way."""

import os
import signal
import sys
import time

import rig as r
from rig import LISTER, PATIENCE, check, children, detach, state, test, untraced, wait_for


HOLDER = """
import os, socket, sys
print('ready')
def attempt(what, fn):
    try:
        print(what, fn())
    except OSError as e:
        print(what, e.strerror)
for line in sys.stdin:
    if line == 'open\\n':
        r = os.open('far', os.O_RDONLY)
        w = os.open('far', os.O_WRONLY)
        s = socket.create_connection(('127.0.0.1', int(sys.stdin.readline())))
        print('opened')
    else:
        attempt('read', lambda: os.read(r, 10))
        attempt('write', lambda: os.write(w, b'x'))
        attempt('recv', lambda: s.recv(10))
        attempt('send', lambda: s.send(b'x'))
"""


def holder(rig):
    import socket
    listener = socket.create_server(("127.0.0.1", 0))
    p = rig.python(HOLDER)
    return p, listener


@test
def remote_descriptors_fail_after_detach(rig):
    p, listener = holder(rig)
    t = rig.attach(p.pid)
    p.say("open")
    p.say(str(listener.getsockname()[1]))
    p.expect("opened")
    detach(t)
    check(any("still holds" in l and "far" in l and "socket" in l for l in t.err), t.err)
    p.say("try")
    p.expect("send")
    check(p.out[-4:] == ["read Input/output error", "write Bad file descriptor", "recv b''",
                         "send Broken pipe"], p.out)
    check(p.end() == 0, p.err)


@test
def detach_kill(rig):
    p, listener = holder(rig)
    t = rig.attach(p.pid, options=["--detach=kill"])
    p.say("open")
    p.say(str(listener.getsockname()[1]))
    p.expect("opened")
    detach(t)
    check(p.child.wait(PATIENCE) == -signal.SIGKILL, p.child.returncode)


@test
def detach_kill_spares_who_holds_nothing(rig):
    p = rig.python(LISTER)
    detach(rig.attach(p.pid, options=["--detach=kill"]))
    p.say("")
    p.expect("^near$")


READER = """
import os, select, sys
print('ready')
sys.stdin.readline()
fd = os.open('fifo', os.O_RDWR)
print('reading')
try:
    if False:
        ready = select.poll()
        ready.register(fd, select.POLLIN)
        print('polled', ready.poll())
    print('got', os.read(fd, 1))
except OSError as e:
    print('failed', e.strerror)
"""


def reader(rig, text=READER):
    """A program in a read(2) of the server's, or a poll(2), and its rsx-trace."""
    p = rig.python(text)
    t = rig.attach(p.pid)
    p.say("")
    p.expect("reading")
    time.sleep(0.2)
    return p, t


@test
def detach_from_a_blocked_remote_call(rig):
    p, t = reader(rig)
    detach(t)
    p.expect("failed")
    check(p.end() == 0, p.err)


@test
def detach_from_a_blocked_remote_call_while_stopped(rig):
    """It stays stopped, and makes its call again when it goes on."""
    for text in READER, READER.replace("if False", "if True"):
        p, t = reader(rig, text)
        os.kill(p.pid, signal.SIGSTOP)
        wait_for(lambda: state(p.pid) in "tT", "stopped")
        time.sleep(0.2)
        detach(t)
        wait_for(lambda: state(p.pid) == "T", "stopped")
        check(len(p.out) == 2, p.out)
        os.kill(p.pid, signal.SIGCONT)
        p.expect("failed")
        check(p.end() == 0, p.err)


@test
def detach_from_epoll_wait(rig):
    """It waits for both sides, and goes on with this one's."""
    p = rig.python("""
import select, socket, sys
print('ready')
sys.stdin.readline()
there = socket.create_server(('127.0.0.1', 0))
ep = select.epoll()
ep.register(0, select.EPOLLIN)
ep.register(there.fileno(), select.EPOLLIN)
print('waiting')
print('here', ep.poll() == [(0, select.EPOLLIN)])
""")
    t = rig.attach(p.pid)
    p.say("")
    p.expect("waiting")
    time.sleep(0.2)
    detach(t)
    p.say("")
    p.expect("here True")
    check(p.end() == 0, p.err)


@test
def detach_after_the_first_thread_has_ended(rig):
    """It is there until all others have ended, and can neither be stopped nor let go."""
    p = rig.victim("headless")
    t = rig.attach(p.pid)
    p.say("end")
    wait_for(lambda: state(p.pid) == "Z", "the first thread's end")
    detach(t)
    p.say("answer")
    p.expect("^near 0$")
    check(p.end() == 0, p.err)


@test
def detach_waits_for_the_end_of_a_vfork(rig):
    """The parent cannot be stopped before its child executes a program; both go on."""
    p = rig.victim("later")
    t = rig.attach(p.pid)
    p.say("now")
    wait_for(lambda: children(p.pid), "the child")
    t.child.send_signal(signal.SIGINT)
    t.expect("vfork", t.err)
    check(p.end() == 0 and p.out[-1] == "child 0", p.out)
    check(t.end() == 0, t.err)


@test
def detach_after(rig):
    p = rig.python(LISTER)
    t = rig.attach(p.pid, options=["--detach-after", "0.5"])
    check(t.end() == 0, t.err)
    check(untraced(p.pid), "still traced")


@test
def sigterm_detaches(rig):
    p = rig.python(LISTER)
    detach(rig.attach(p.pid), signal.SIGTERM)
    p.say("")
    p.expect("^near$")


@test
def sigkill_of_rsx_trace_leaves_the_program(rig):
    p = rig.python(LISTER)
    t = rig.attach(p.pid)
    t.kill()
    wait_for(lambda: untraced(p.pid), "untraced")
    p.say("")
    p.expect("^near$")


@test
def the_server_dies(rig):
    p = rig.python(LISTER)
    t = rig.attach(p.pid, options=["--on-disconnect=eio"])
    rig.server.child.kill()
    rig.server.child.wait()
    t.expect("remote calls fail with EIO", t.err)
    p.say("")
    p.expect("Input/output error")
    t.child.send_signal(signal.SIGINT)
    check(t.end() == 123, t.child.returncode)
    p.say("")
    p.expect("^near$")


def mapper(rig):
    return rig.python("""
import mmap, os, sys
print("ready")
sys.stdin.readline()
with open("big", "w+b") as f:
    f.truncate(32 << 20)
    os.pwrite(f.fileno(), b"mark", 20 << 20)
    m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    n = mmap.mmap(f.fileno(), 0)
n[5:11] = b"stored"
print("mapped")
sys.stdin.readline()
print(m[20 << 20:(20 << 20) + 5], n[20 << 20:(20 << 20) + 5], m[5:11])
""")


@test
def mappings_stay_after_detach(rig):
    p = mapper(rig)
    t = rig.attach(p.pid)
    p.say("go on")
    p.expect("mapped")
    detach(t)
    p.say("go on")
    check(p.end() == 0, p.err)
    check(p.out[-1] == "b'mark\\x00' b'mark\\x00' b'stored'", p.out)


@test
def mappings_outlive_rsx_trace(rig):
    """Pages that only rsx-trace could fill would be zeroes now."""
    p = mapper(rig)
    t = rig.attach(p.pid)
    p.say("go on")
    p.expect("mapped")
    t.kill()
    wait_for(lambda: untraced(p.pid), "the end of tracing")
    p.say("go on")
    check(p.end() == 0, p.err)
    check(p.out[-1] == "b'mark\\x00' b'mark\\x00' b'stored'", p.out)


PAIRS = """
import os, threading
def pair():
    a, b = os.pipe(), os.pipe()
    def echo():
        while byte := os.read(a[0], 1):
            os.write(b[1], byte)
    def ask():
        global turns
        while True:
            os.write(a[1], b'x')
            os.read(b[0], 1)
            turns += 1
    for f in echo, ask:
        threading.Thread(target=f, daemon=True).start()
turns = 0
for _ in range(3):
    pair()
print('ready')
while True:
    input()
    before = turns
    while turns < before + 100:
        os.sched_yield()
    print('went on')
"""


@test
def detach_at_any_time_with_a_trace(rig):
    """Each thread is about to block, for good if another one is stopped already."""
    p = rig.python(PAIRS)
    for i in range(r.OPTIONS.rounds):
        t = rig.start(r.OPTIONS.trace, "--server", rig.address, "-q", "-T", "-o",
                      os.path.join(rig.folder, "log"), "-p", str(p.pid),
                      "--detach-after", str((1 + i % 5) / 50))
        check(t.end() == 0 and not t.err, f"{t.child.returncode} {t.err}")
        check(untraced(p.pid), "still traced")
        p.out.clear()
        p.say("")
        p.expect("went on")
