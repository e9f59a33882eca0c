# SPDX-License-Identifier: GPL-2.0-or-later
"""What the parts of ./run share: the server they measure, the variants of a
measurement run in turn, the lines of the table.

A part is a generator of Results that is given the Bench. It raises Broken when
what it measures does not work, which is a failure, and LeftOut when it cannot
be measured on this machine, which is none.
"""

import fcntl
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "lib"))
import sandbox  # pylint: disable=wrong-import-position

KIB = 1024
MIB = 1024 * KIB
RUN_TIMEOUT = 120
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


class Broken(Exception):
    """Something that was to be measured did not work."""


class LeftOut(Exception):
    """Something cannot be measured here; the text says why."""


def fail(text):
    sys.exit(f"bench: {text}")


class Result:
    """One line of the table."""

    def __init__(self, name, rsx=None, reference=None, ratio=None, target=None, least=False,
                 unit="us", against="native", broken=False):
        self.name, self.rsx, self.reference, self.ratio = name, rsx, reference, ratio
        self.against = against
        self.target, self.least, self.unit, self.broken = target, least, unit, broken

    def verdict(self):
        if self.broken:
            return "FAILS"
        if self.target is None:
            return ""
        good = self.ratio >= self.target if self.least else self.ratio <= self.target
        return "ok" if good else "miss"

    def limit(self):
        return "" if self.target is None else f"{'>=' if self.least else '<='} {self.target:.1f}"

    def cells(self):
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return [self.name, number(self.rsx), number(self.reference), self.unit, ratio,
                self.limit(), self.verdict()]

    def markdown(self):
        """A row for docs/PERFORMANCE.md: no times, which would tell only of one machine."""
        value = f"{number(self.rsx)} {self.unit}" if self.ratio is None else f"{self.ratio:.2f}"
        if self.broken:
            value = "fails"
        against = "" if self.ratio is None else self.against
        return f"| {self.name.strip()} | {against} | {value} | {self.limit()} |"

    def as_dict(self):
        return {"name": self.name, "rsx": self.rsx, "reference": self.reference,
                "unit": self.unit, "ratio": self.ratio, "against": self.against,
                "target": self.target,
                "verdict": self.verdict()}


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class World:
    """The programs, a server on loopback with a fresh key, and a folder of files.

    For root all of it, and whatever is started later, is in a network namespace of
    its own that has loopback and nothing else.
    """

    def __init__(self, build, parent):
        self.build = os.path.realpath(build)
        for name in ("rsx-trace", "rsx-server", "bench/floor"):
            if not os.access(os.path.join(self.build, name), os.X_OK):
                fail(f"no {name} in {build}")
        self.dir = tempfile.mkdtemp(prefix="rsx-bench.", dir=parent)
        self.key = os.path.join(self.dir, "key")
        self.address = {}
        self.server = None
        self.namespace = own_network()
        with open(os.open(self.key, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(os.urandom(32).hex().encode())

    def path(self, name):
        return os.path.join(self.dir, name)

    def file(self, name, size):
        path = self.path(name)
        if not os.path.exists(path):
            with open(path, "wb") as file:
                for done in range(0, size, MIB):
                    file.write(os.urandom(min(MIB, size - done)))
        return path

    def program(self, name):
        return os.path.join(self.build, "bench", name)

    def start(self):
        """Start the server and wait until it answers."""
        unix = "unix:" + self.path("socket")
        tcp = f"tcp:127.0.0.1:{free_port()}"
        self.log = open(self.path("server.log"), "wb")
        self.server = subprocess.Popen(
            [os.path.join(self.build, "rsx-server"), "--quiet", "--listen", tcp, "--listen",
             unix, "--status", "unix:" + self.path("status"), "--key", self.key],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.dir)
        self.address = {"tcp": tcp, "unix": unix}
        for _ in range(100):
            if self.server.poll() is not None:
                break
            if not subprocess.run(self.trace("tcp") + ["/bin/true"], cwd=self.dir,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=RUN_TIMEOUT).returncode:
                return
            time.sleep(0.05)
        fail("rsx-server does not start: " + read(self.path("server.log")).strip())

    def trace(self, over):
        """The command that runs a program under rsx."""
        command = [os.path.join(self.build, "rsx-trace"), "--quiet"]
        if over != "private":
            command += ["--server", self.address[over], "--key", self.key]
        return command + ["--"]

    def stop(self):
        if self.server:
            self.server.terminate()
            try:
                self.server.wait(5)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def status(self):
        """What the server says of itself."""
        with socket.socket(socket.AF_UNIX) as s, s.makefile("rb") as answer:
            s.settimeout(RUN_TIMEOUT)
            s.connect(self.path("status"))
            return json.load(answer)

    def traced_figures(self, *command, env=None):
        """As figures(), under rsx, and "calls": how many calls the server made for all of it."""
        before = self.at_rest()["total"]["calls"]
        found = self.figures(*self.trace("tcp"), *command, env=env)
        return {**found, "calls": self.at_rest()["total"]["calls"] - before}

    def at_rest(self):
        """The server's status once no session is left."""
        until = time.monotonic() + RUN_TIMEOUT
        while time.monotonic() < until:
            status = self.status()
            if not status["sessions"]:
                return status
            time.sleep(0.02)
        raise Broken("a session does not end")

    def figures(self, *command, env=None):
        """Run a bench program; what it printed, as a dict."""
        pairs = (line.split() for line in self.run(command, env).splitlines())
        return {name: float(value) for name, value in pairs}

    def run(self, command, env=None):
        """Run that to its end; what it printed."""
        command = [str(word) for word in command]
        try:
            done = subprocess.run(command, cwd=self.dir, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, timeout=RUN_TIMEOUT, check=False,
                                  env={**os.environ, **(env or {})})
        except subprocess.TimeoutExpired:
            raise Broken(f"no end after {RUN_TIMEOUT} s: {' '.join(command)}") from None
        if done.returncode:
            raise Broken(f"status {done.returncode}: {' '.join(command)}")
        return done.stdout.decode()


def own_network():
    """Loopback and nothing else, for root; whether that was possible."""
    try:
        sandbox.unshare(sandbox.CLONE_NEWNET)
    except OSError:
        return False
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    return True


def program_here(name):
    """Where that program of another package is: first of all the system's own,
    not somebody's wrapper around it."""
    path = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
    if not path:
        raise LeftOut(f"there is no {name} here")
    return path


def descendants(pid):
    """That process and all below it."""
    found = [pid]
    for one in found:
        for task in os.listdir(f"/proc/{one}/task"):
            found += [int(child) for child in read(f"/proc/{one}/task/{task}/children").split()]
    return found


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def idle_share(seconds):
    """How much of all CPU time is idle during that time."""
    def ticks():
        with open("/proc/stat", encoding="ascii") as file:
            spent = [int(word) for word in file.readline().split()[1:9]]
        return spent[3] + spent[4], sum(spent)

    idle, total = ticks()
    time.sleep(seconds)
    idle_now, total_now = ticks()
    return (idle_now - idle) / max(1, total_now - total)


class Bench:
    def __init__(self, world, quick, smoke=False):
        self.world, self.quick = world, quick
        self.part = 20 if smoke else 1  # that part of what is done quickly
        self.rounds = 1 if smoke else 3 if quick else 7
        self.raw = {}
        self.patience = 0 if smoke else 6 if quick else 60  # seconds to wait for quiet, in all
        self.hurry = time.monotonic() + (55 if quick else 210)  # then one round must do
        self.begun = self.disturbed = 0

    def wait_for_quiet(self):
        """Begin a round when nothing else runs, if that is soon; else remember it."""
        began = time.monotonic()
        self.begun += 1
        while idle_share(0.1) < 0.85:
            if time.monotonic() - began > self.patience:
                self.disturbed += 1
                break
        self.patience -= time.monotonic() - began - 0.1

    def measure(self, part, variants, rounds=None):
        """Run all variants in turn, again and again; name -> figure -> median.

        A variant is a function that returns figures.
        """
        seen = {name: {} for name in variants}
        for done in range(rounds or self.rounds):
            if done and time.monotonic() > self.hurry:
                break
            self.wait_for_quiet()
            for name, variant in variants.items():
                for figure, value in variant().items():
                    seen[name].setdefault(figure, []).append(value)
        self.raw[part] = {
            name: {figure: statistics.median(values) for figure, values in figures.items()}
            for name, figures in seen.items()}
        return self.raw[part]

    def under(self, over, program, *args):
        return lambda: self.world.figures(*self.world.trace(over), self.world.program(program),
                                          *args)

    def native(self, program, *args):
        return lambda: self.world.figures(self.world.program(program), *args)
