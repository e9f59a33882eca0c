# SPDX-License-Identifier: GPL-2.0-or-later
"""What the failure tests are made of: rsx-trace, rsx-server and a proxy
between them, all of one test's own, and the checks that they share.

A test is a function with the decorator @test, which gets a Rig and raises
Failure or Skip.  It runs in a process of its own, which adopts whatever it
leaves; see `run`.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import time

import sandbox

BOUND = 25        # nothing takes longer, in seconds
SILENCE = 15 + 5  # silence is noticed within 15 s, on a slow machine too
GRACE = 5         # when what ends has ended on the other side too
MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")
USAGE, CONNECT, REFUSED, PTRACE, LOST, FAILED, NOEXEC, NOENT = (
    2, 120, 121, 122, 123, 125, 126, 127)  # include/rsx/exitcode.h

OPEN = {"257", "56"}  # openat, x86-64 and asm-generic

TESTS = {}  # name: (function, arguments)
SLOW = set()


class Failure(Exception):
    """The test found what should not be."""


class Skip(Exception):
    """The test cannot be made here."""


def words(case):
    return [word for word in case if isinstance(word, str) and re.fullmatch("[a-z-]+", word)]


def test(*cases, slow=False):
    """Register a test: once, or once per case, a tuple of arguments."""
    def register(function):
        for case in cases or [()]:
            name = "-".join([function.__name__.replace("_", "-"), *words(case)])
            TESTS[name] = (function, case)
            if slow:
                SLOW.add(name)
        return function
    return register


def check(good, text):
    if not good:
        raise Failure(text)


def same(what, got, want):
    check(got == want, f"{what}: {got!r}, not {want!r}")


def soon(what, condition, bound=GRACE):
    """Wait for a condition; returns what it gave."""
    end = time.monotonic() + bound
    while not (value := condition()):
        check(time.monotonic() < end, f"not within {bound} s: {what}")
        time.sleep(0.01)
    return value


class Run:
    """How a command ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def ended(self, status, out=None, err=""):
        same("exit status", self.status, status)
        if out is not None:
            same("stdout", self.out, out)
        if err is not None:
            same("stderr", self.err, err)

    def refused(self, status, *words, program="rsx-trace", out=""):
        """It ended with one clear line, and ran nothing."""
        same(f"exit status ({self.err.strip()})", self.status, status)
        same("stdout", self.out, out)
        lines = self.err.splitlines()
        check(len(lines) == 1 and lines[0].startswith(f"{program}: "),
              f"not one line of {program}: {self.err!r}")
        for word in words:
            check(word in lines[0], f"no {word!r} in: {lines[0]}")


def text_of(path):
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        return file.read()


def kill(pid, sig=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sig)


class Process:
    """A command that runs; its stderr goes to a file."""

    def __init__(self, rig, command, **options):
        self.log = rig.path(f"stderr.{rig.number()}")
        options.setdefault("stdin", subprocess.PIPE)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("start_new_session", True)
        self.text = b""
        with open(self.log, "ab") as log:
            # pylint: disable-next=consider-using-with
            self.popen = subprocess.Popen(command, env=rig.env, stderr=log, **options)
        self.pid = self.popen.pid

    def expect(self, word, bound=BOUND):
        """Read its stdout until a word comes."""
        end = time.monotonic() + bound
        while word.encode() not in self.text:
            left = end - time.monotonic()
            fd = self.popen.stdout.fileno()
            check(left > 0 and select.select([fd], [], [], left)[0],
                  f"no {word!r} within {bound} s: {self.text!r} {self.err()}")
            data = os.read(fd, 4096)
            check(data, f"ended without {word!r}: {self.text!r} {self.err()}")
            self.text += data

    def err(self):
        return text_of(self.log)

    def finish(self, bound=BOUND, close=True):
        """Its end, and all that it said."""
        stdin, self.popen.stdin = self.popen.stdin, None  # else communicate() closes it
        if stdin and close:
            stdin.close()
        try:
            out, _ = self.popen.communicate(timeout=bound)
        except subprocess.TimeoutExpired as err:
            raise Failure(f"still running after {bound} s: {self.err()}") from err
        if stdin:
            stdin.close()
        return Run(self.popen.returncode, (self.text + (out or b"")).decode(errors="replace"),
                   self.err())


class Server(Process):
    """An rsx-server that listens."""

    def __init__(self, rig, args, key=None, **options):
        super().__init__(rig, [rig.server_path, *args], cwd="/", stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, **options)
        self.key = key
        self.address = soon("the server listens", self._announced, BOUND)

    def _announced(self):
        check(self.popen.poll() is None, f"rsx-server ended: {self.err()}")
        found = re.search(r"listening on (\S+)\n", self.err())
        return found and found[1]

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def members(self):
        return sandbox.descendants(self.pid)

    def twins(self):
        """Without the nursery, which is there from the start."""
        return {pid for pid in self.members() if comm(pid) == "rsx-twin"}

    def opening(self):
        """Does a twin wait in open(2)?"""
        return any(calls(pid) & OPEN for pid in self.twins())

    def idle(self):
        """It has no twins, soon."""
        soon("the server has no twins", lambda: not self.twins())

    def stop(self):
        """It ends when asked, well and without a trace."""
        if self.popen.poll() is not None:
            return
        before = self.members()
        kill(self.pid, signal.SIGTERM)
        same("the server's exit status", self.finish().status, 0)
        soon("the server's processes are gone", lambda: not any(map(alive, before)))
        if self.address.startswith("unix:/"):
            check(not os.path.exists(self.address[5:]), "the server left its socket")


def comm(pid):
    try:
        return text_of(f"/proc/{pid}/comm").strip()
    except OSError:
        return ""


def state(pid):
    try:
        return text_of(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[0]
    except OSError:
        return "X"


def parent(pid):
    try:
        return int(text_of(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def alive(pid):
    return state(pid) not in "XZ"


def calls(pid):
    """The syscalls that a process's threads are in, by number."""
    found = set()
    with contextlib.suppress(OSError):
        for tid in os.listdir(f"/proc/{pid}/task"):
            found.add(text_of(f"/proc/{pid}/task/{tid}/syscall").split()[0])
    return found


class Rig:
    """One test's surroundings: a directory, programs, an environment."""

    def __init__(self, options, folder):
        self.trace_path = options.trace
        self.server_path = options.server
        self.victim = options.victim
        self.asan = options.asan
        self.dir = folder
        self.tmp = self.path("tmp")
        self.numbers = 0
        self.processes = []
        os.mkdir(self.tmp)
        os.chmod(self.tmp, 0o1777)
        drop = ("RSX_SERVER", "RSX_KEY", "LD_PRELOAD")
        self.env = {k: v for k, v in os.environ.items() if k not in drop}
        self.env.update(LC_ALL="C", TMPDIR=self.tmp, XDG_CONFIG_HOME=self.path("config"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def number(self):
        self.numbers += 1
        return self.numbers

    def write(self, name, text="hello\n", mode=0o644):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def fifo(self, name="fifo"):
        path = self.path(name)
        os.mkfifo(path)
        return path

    def key(self, name="key"):
        return self.write(name, os.urandom(32).hex() + "\n", 0o600)

    def _keep(self, process):
        self.processes.append(process)
        return process

    # --- rsx-server ---

    def serve(self, transport="unix", **options):
        """A server on loopback, with a key if it needs one."""
        if transport == "unix":
            args, key = ["--listen", f"unix:{self.path('socket')}"], None
        else:
            key = self.key(f"key{self.number()}")
            args = ["--listen", "tcp:127.0.0.1:0", "--key", key]
        return self._keep(Server(self, args, key, **options))

    def serve_with(self, *args):
        return self._keep(Server(self, list(args)))

    def server_run(self, *args):
        """An rsx-server that should end by itself."""
        return self._keep(Process(self, [self.server_path, *args],
                                  stdin=subprocess.DEVNULL)).finish()

    def start_server_query(self, address):
        return self._keep(Process(self, [self.server_path, "--query", address],
                                  stdin=subprocess.DEVNULL))

    # --- rsx-trace ---

    def command(self, *args, server=None, address=None):
        """rsx-trace's options and, after "--", a program."""
        command = [self.trace_path]
        if server:
            command += ["--server", address or server.address]
            command += ["--key", server.key] if server.key else []
        return command + list(args)

    def start(self, *args, server=None, address=None, **options):
        return self._keep(Process(self, self.command(*args, server=server, address=address),
                                  **options))

    def trace(self, *args, bound=BOUND, **options):
        """Run it to its end."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return self.start(*args, **options).finish(bound)

    def start_run(self, *command, **options):
        """Start anything."""
        return self._keep(Process(self, list(command), **options))

    def run(self, *command, **options):
        """Run anything to its end."""
        return self._keep(Process(self, list(command), stdin=subprocess.DEVNULL,
                                  **options)).finish()

    # --- the end ---

    def finish(self):
        """Servers end; then nothing may be left."""
        for process in self.processes:
            if isinstance(process, Server):
                process.stop()
        soon(lambda: None, self._nothing_left)
        same("left in TMPDIR", os.listdir(self.tmp), [])
        for process in self.processes:
            check(not any(mark in process.err() for mark in MARKS), process.err())

    def _nothing_left(self):
        pids = sandbox.descendants(os.getpid())
        sandbox.reap(pids - {p.pid for p in self.processes})
        return not pids

    @staticmethod
    def left():
        return [sandbox.describe(pid) for pid in sandbox.descendants(os.getpid())]

    def kill_all(self):
        while pids := sandbox.descendants(os.getpid()):
            for pid in pids:
                kill(pid)
            time.sleep(0.01)
            sandbox.reap(pids)
