# SPDX-License-Identifier: GPL-2.0-or-later
"""How a program ends is how rsx-trace ends; the terminal's signals are the
program's; the kernel's EFAULT is ours.
"""

import concurrent.futures
import fcntl
import os
import pty
import signal
import termios

import sandbox
from rig import Failure, alive, check, same, soon, test

# --- exit codes and signals ---


@test()
def exit_status_7(rig):
    rig.trace("-q", "--", "sh", "-c", "exit 7").ended(7, "")
    rig.trace("-q", "--", "true").ended(0, "")


@test()
def all_exit_codes(rig):
    server = rig.serve("unix")

    def run(code):
        return rig.trace("--", "/bin/sh", "-c", f"exit {code}", server=server)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for code, ended in enumerate(pool.map(run, range(256))):
            same(f"exit {code}", (ended.status, ended.out, ended.err), (code, "", ""))


@test()
def fatal_signals(rig):
    server = rig.serve("tcp")
    for sig in (signal.SIGSEGV, signal.SIGTERM, signal.SIGKILL, signal.SIGABRT, signal.SIGHUP,
                signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGALRM, signal.SIGUSR1,
                signal.SIGXCPU, signal.SIGSYS, signal.SIGTRAP, signal.SIGBUS, signal.SIGRTMIN,
                signal.SIGRTMAX):
        rig.trace("--", rig.victim, "die", str(int(sig)), server=server).ended(-sig, "")


@test()
def lives_as_long_as_its_last_tracee(rig):
    """The status is the first program's, though others end later and otherwise."""
    fifo = rig.fifo()
    done = rig.path("done")
    trace = rig.start("-q", "--", "sh", "-c",
                      f"(read x <{fifo}; echo $x >{done}; exit 3) </dev/null >/dev/null & exit 9")
    with open(fifo, "w", encoding="utf-8") as file:  # the child waits for this
        soon("the shell is gone",
             lambda: len(sandbox.descendants(trace.pid)) and trace.popen.poll() is None)
        file.write("late\n")
    trace.finish().ended(9, "")
    with open(done, encoding="utf-8") as file:
        same("what the late one wrote", file.read(), "late\n")


# --- the terminal ---

class Terminal:
    """rsx-trace in the foreground of a terminal of its own."""

    def __init__(self, rig, *args, **options):
        self.master, slave = pty.openpty()
        mode = termios.tcgetattr(slave)
        mode[1] &= ~termios.OPOST
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, mode)
        self.trace = rig.start(*args, stdin=slave, **options,
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.trace.expect("ready")

    def press(self, key):
        os.write(self.master, key)

    def close(self):
        os.close(self.master)


@test(("here",), ("there",))
def control_c(rig, where):
    """The program gets it, handles it, and its status is the end."""
    server = rig.serve("unix")
    terminal = Terminal(rig, "--", rig.victim, "interrupted",
                        "-" if where == "here" else rig.fifo(), server=server)
    if where == "there":
        soon("a twin is in open()", server.opening)
    terminal.press(b"\x03")
    run = terminal.trace.finish()
    same("exit status", run.status, 5)
    same("stderr", run.err, "")
    same("stdout", run.out.splitlines(),
         ["ready", "SIGINT"] + (["open EINTR"] if where == "there" else []))
    terminal.close()


@test(("int", b"\x03", signal.SIGINT), ("quit", b"\x1c", signal.SIGQUIT))
def terminal_kills(rig, _, key, sig):
    """A program that does not handle it dies of it, and rsx-trace alike."""
    terminal = Terminal(rig, "-q", "--", rig.victim, "fifo", rig.fifo())
    terminal.press(key)
    terminal.trace.finish().ended(-sig, "ready\n")
    terminal.close()


@test()
def control_c_spares_the_private_server(rig):
    """It is not in the terminal's session: the program goes on using it."""
    terminal = Terminal(rig, "-q", "--", rig.victim, "interrupted", "-")
    terminal.press(b"\x03")
    terminal.trace.finish().ended(5, "ready\nSIGINT\n")
    terminal.close()


@test()
def terminal_hangs_up(rig):
    terminal = Terminal(rig, "-q", "--", rig.victim, "asleep", rig.write("file"), "100")
    tracees = sandbox.descendants(terminal.trace.pid)
    terminal.close()
    same("exit status", terminal.trace.finish().status, -signal.SIGHUP)
    soon("all are gone", lambda: not any(map(alive, tracees)))


@test()
def signals_to_the_program(rig):
    """kill PID of the program from outside is delivered as natively."""
    trace = rig.start("-q", "--", rig.victim, "fifo", rig.fifo())
    trace.expect("ready")

    def program():
        for pid in sandbox.descendants(trace.pid):
            if sandbox.describe(pid).split()[1] == rig.victim:
                return pid
        raise Failure("no program")

    os.kill(program(), signal.SIGUSR2)
    trace.finish().ended(-signal.SIGUSR2, "ready\n")


# --- memory that cannot be read ---

@test()
def unreadable_memory(rig):
    """The same errors as natively."""
    path = rig.write("file")
    native = rig.run(rig.victim, "efault", path)
    same("native exit status", native.status, 0)
    check("open EFAULT" in native.out, native.out)
    rig.write("file")
    rig.trace("-q", "--", rig.victim, "efault", path).ended(0, native.out)
