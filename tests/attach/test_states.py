# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes in all states: what they were doing goes on as without a tracer."""

import os
import signal
import subprocess
import sys
import time

import rig as r
from rig import LISTER, Skip, check, detach, state, test, untraced, wait_for


BLOCKED = ["read 120", "poll 16", "epoll 78187493520", "futex 1", "nanosleep 1", "accept 1",
           "flock 1", "open 111", "wait4 0", "sigtimedwait 1", "sigsuspend 1"]


@test
def blocked_calls_resume(rig):
    p = rig.victim("blocked")
    for _ in range(5):
        detach(rig.attach(p.pid))
    t = rig.attach(p.pid)
    p.say("go")
    check(p.end() == 0, p.err)
    check(p.out[1:] == BLOCKED, p.out)
    check(t.end() == 0, f"rsx-trace ended with {t.child.returncode}: {t.err}")


@test
def blocked_calls_resume_after_detach(rig):
    p = rig.victim("blocked")
    detach(rig.attach(p.pid))
    p.say("go")
    check(p.end() == 0, p.err)
    check(p.out[1:] == BLOCKED, p.out)


@test
def a_stopped_process_stays_stopped(rig):
    p = rig.python(LISTER)
    os.kill(p.pid, signal.SIGSTOP)
    wait_for(lambda: state(p.pid) == "T", "stopped")
    t = rig.attach(p.pid)
    p.say("")
    time.sleep(0.3)
    check(len(p.out) == 1, p.out)
    detach(t)
    wait_for(lambda: state(p.pid) == "T", "stopped")
    os.kill(p.pid, signal.SIGCONT)
    p.expect("^near$")


@test
def a_containers_namespaces(rig):
    """Pids are those of the process's own namespace, files those of its own mounts."""
    p = rig.start("unshare", "-U", "-r", "-m", "-p", "-f", "-n", "-i", "-u", "--mount-proc", sys.executable, "-B", "-u",
                  "-c", """
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: print('caught'))
print('ready', os.getpid())
for line in sys.stdin:
    print(' '.join(sorted(os.listdir('.'))))
    pid = os.fork()
    if not pid:
        os.kill(os.getppid(), signal.SIGUSR1)
        os.kill(0, 0)
        os._exit(os.path.exists('/proc/%d/fd' % os.getpid()) + 2 * (os.getppid() == 1))
    print('child', pid, os.waitpid(pid, 0)[1] >> 8)
    try:
        os.kill(4000000, 0)
    except OSError as e:
        print(e.strerror)
""")
    p.expect("^ready 1$")
    inner = int(subprocess.check_output(["pgrep", "-P", str(p.pid)]))
    for attached, seen in ((False, "^near$"), (True, "^far fifo$"), (False, "^near$")):
        t = rig.attach(inner) if attached else None
        p.out.clear()
        p.say("")
        p.expect("No such process")
        p.expect(seen)
        p.expect("^caught$")
        p.expect(r"^child \d+ 3$")
        if t:
            detach(t)
    check(p.end() == 0, p.err)


@test
def a_process_that_takes_no_signals(rig):
    p = rig.victim("deaf")
    for attached in (True, False) * 3:
        t = rig.attach(p.pid) if attached else None
        p.out.clear()
        p.say("")
        p.expect("^here -1$" if attached else "^here 0$")
        if t:
            detach(t)
    check(p.end() == 0, p.err)


@test
def a_parent_in_vfork(rig):
    """It cannot be stopped before its child is gone; nothing is broken by trying."""
    p = rig.victim("vfork")
    time.sleep(0.5)
    t = rig.start(r.OPTIONS.trace, "--server", rig.address, "-p", str(p.pid))
    check(t.end() == 122 and "vfork" in t.err[-1], f"{t.child.returncode} {t.err}")
    check(untraced(p.pid), "still traced")
    check(p.end() == 0 and p.out[-1] == "child 0", p.out)


THREADS = """
import os, sys, threading
def answer():
    for line in sys.stdin:
        print(threading.get_native_id(), os.getpid(), ' '.join(sorted(os.listdir('.'))), flush=True)
task = threading.Thread(target=answer)
task.start()
print(f'ready {task.native_id}')
task.join()
"""


@test
def a_thread_and_more_than_once(rig):
    """Whichever thread is named, and however often: it is the process."""
    p = rig.python(THREADS)
    tid = int(p.out[-1].split()[1])
    check(tid != p.pid, p.out)
    for pids in ([tid], [p.pid, p.pid], [tid, p.pid, tid]):
        t = rig.attach(*pids)
        check(any("attached to 2 tasks" in line for line in t.err), t.err)
        p.out.clear()
        p.say("")
        p.expect(f"^{tid} {p.pid} far fifo$")
        detach(t)
        p.out.clear()
        p.say("")
        p.expect(f"^{tid} {p.pid} near$")
    check(p.end() == 0, p.err)


@test
def the_first_thread_has_ended(rig):
    """The others are the process."""
    p = rig.victim("headless")
    p.say("end")
    wait_for(lambda: state(p.pid) == "Z", "the first thread's end")
    t = rig.attach(p.pid)
    p.say("there")
    p.expect("^near -1$")
    detach(t)
    p.say("here")
    p.expect("^near 0$")
    t = rig.attach(p.pid)
    check(p.end() == 0, p.err)
    check(t.end() == 0, t.err)
