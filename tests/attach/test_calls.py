# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls and signals of a process that is attached to and detached from."""

import os
import signal
import subprocess
import sys
import threading
import time

import rig as r
from rig import LISTER, PATIENCE, check, detach, test, untraced, wait_for


@test
def calls_go_there_while_attached(rig):
    p = rig.python(LISTER)
    p.say("")
    p.expect("^near$")
    t = rig.attach(p.pid)
    p.say("")
    p.expect("^far fifo$")
    detach(t)
    check(untraced(p.pid), "still traced")
    p.out.clear()
    p.say("")
    p.expect("^near$")
    check(p.end() == 0, "the program's status")


# An instance under two numbers, its first one closed; a third one of its own.
EPOLLS = """
import os, select, sys
one = select.epoll()
two, other = select.epoll.fromfd(os.dup(one.fileno())), select.epoll()
three = select.epoll.fromfd(os.dup(one.fileno()))
one.close()
r, w = os.pipe()
two.register(r, select.EPOLLIN)
print('ready')
sys.stdin.readline()
fd = os.open('fifo', os.O_RDWR)
three.register(fd, select.EPOLLIN)
print(two.poll(0), other.poll(0))
os.write(fd, b'x')
print([e == [(fd, 1)] for e in (two.poll(10), three.poll(10))], other.poll(0))
os.write(w, b'x')
while len(two.poll(10)) < 2: pass
print(sorted(two.poll(10)) == sorted([(r, 1), (fd, 1)]))
two.unregister(fd)
print(three.poll(10) == [(r, 1)])
"""


@test
def epoll_instances_from_before(rig):
    p = rig.python(EPOLLS)
    t = rig.attach(p.pid)
    p.say("go")
    check(p.end() == 0, p.err)
    check(p.out[1:] == ["[] []", "[True, True] []", "True", "True"], p.out)
    check(t.end() == 0, f"rsx-trace ended with {t.child.returncode}: {t.err}")


@test
def fifty_threads_again_and_again(rig):
    p = rig.victim("threads", "50")
    for n in range(r.OPTIONS.rounds):
        t = rig.attach(p.pid)
        p.out.clear()
        p.say(f"are you {n}")
        p.expect("^here$")
        detach(t)
    p.say("end")
    check(p.end() == 0 and p.out[-1] == "idle 0", p.out)


@test
def busy_python_again_and_again(rig):
    p = rig.python("""
import sys, threading
print('ready')
n = [0]
def work():
    while True:
        n[0] += 1
threading.Thread(target=work, daemon=True).start()
for line in sys.stdin:
    print('echo', line.strip())
""")
    for n in range(r.OPTIONS.rounds):
        t = rig.attach(p.pid)
        p.say(f"request {n}")
        p.expect(f"^echo request {n}$")
        detach(t)
    check(p.end() == 0, p.err)


@test
def no_request_is_lost(rig):
    """An echo server on a local socket answers every request, whatever is attached."""
    p = rig.python("""
import socketserver, threading, os
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(b'echo ' + line)
server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Echo)
server.daemon_threads = True
print('port', server.server_address[1])
print('ready')
server.serve_forever()
""")
    port = int([l for l in p.out if l.startswith("port")][0].split()[1])
    stop, answered, wrong = threading.Event(), [0], []

    def client():
        import socket
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
            f = s.makefile("rwb", buffering=0)
            while not stop.is_set():
                f.write(b"%d\n" % answered[0])
                line = f.readline()
                if line != b"echo %d\n" % answered[0]:
                    wrong.append(line)
                    return
                answered[0] += 1

    thread = threading.Thread(target=client)
    thread.start()
    for _ in range(r.OPTIONS.rounds):
        before = answered[0]
        t = rig.attach(p.pid)
        wait_for(lambda: answered[0] > before or wrong, "an answer")
        detach(t)
    stop.set()
    thread.join(PATIENCE)
    check(not wrong and not thread.is_alive(), wrong)


@test
def no_signal_is_lost(rig):
    count = 2000
    p = rig.victim("signals", str(count))
    sender = rig.start(sys.executable, "-c", f"""
import ctypes, time
libc = ctypes.CDLL(None, use_errno=True)
for i in range({count}):
    while libc.sigqueue({p.pid}, {int(signal.SIGRTMIN)}, ctypes.c_void_p(1)):
        time.sleep(.001)
    time.sleep(.0005)
    if i == {count} * 9 // 10:
        print("nearly", flush=True)
""")
    while sum(1 for l in sender.out) == 0 and sender.child.poll() is None:
        detach(rig.attach(p.pid))
    check(p.end() == 0 and p.out[-1] == f"caught {count}", p.out)


@test
def children_and_new_threads(rig):
    p = rig.victim("children")
    for _ in range(10):
        t = rig.attach(p.pid)
        time.sleep(0.05)
        detach(t)
    check(p.end() == 0 and p.out[-1] == "reaped", p.out)


@test
def two_processes_at_once(rig):
    a, b = rig.python(LISTER), rig.python(LISTER)
    t = rig.attach(a.pid, b.pid)
    for p in (a, b):
        p.say("")
        p.expect("^far fifo$")
    detach(t)
    for p in (a, b):
        check(untraced(p.pid), "still traced")
        check(p.end() == 0, p.err)


@test
def the_end_of_the_program_ends_rsx_trace(rig):
    p = rig.python(LISTER)
    t = rig.attach(p.pid)
    check(p.end() == 0, p.err)
    check(t.end() == 0, t.err)
