# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of attaching share: the server, the victims, the tracer."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 60
TESTS = []
OPTIONS = None  # set by run: trace, server, victim, rounds


class Skip(Exception):
    pass


def test(fn):
    TESTS.append(fn)
    return fn


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        check(time.monotonic() < end, f"{what}: not within {PATIENCE} s")
        time.sleep(0.01)


class Process:
    """A child whose output is read by a thread."""

    def __init__(self, *command, **options):
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, bufsize=1, **options)
        self.pid = self.child.pid
        self.out, self.err = [], []
        self.readers = [threading.Thread(target=self.read, args=a, daemon=True)
                        for a in ((self.child.stdout, self.out), (self.child.stderr, self.err))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def read(stream, to):
        for line in stream:
            to.append(line.rstrip("\n"))

    def say(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def over(self):
        """Has it ended, and all that it wrote been read?"""
        return self.child.poll() is not None and not any(r.is_alive() for r in self.readers)

    def expect(self, line, where=None):
        where = self.out if where is None else where
        wait_for(lambda: any(re.search(line, l) for l in where) or self.over(), repr(line))
        check(any(re.search(line, l) for l in where), f"no {line!r} in {self.out} {self.err}")

    def end(self):
        """Closes stdin and waits; the exit status."""
        self.child.stdin.close()
        status = self.child.wait(PATIENCE)
        for reader in self.readers:
            reader.join(PATIENCE)
        return status

    def kill(self):
        self.child.kill()
        self.child.wait()


class Rig:
    """A server whose FOLDER holds other files than this side's."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "world")
        os.mkdir(self.folder)
        open(os.path.join(self.folder, "near"), "w", encoding="ascii").write("here\n")
        self.address = "unix:" + os.path.join(folder, "socket")
        mount = "mount" if shutil.which("mount") else "busybox mount"
        script = (f"{mount} -t tmpfs far {self.folder} && echo there > {self.folder}/far && "
                  f"mkfifo {self.folder}/fifo && exec {OPTIONS.server} --listen {self.address}")
        self.server = Process("unshare", "-m", "sh", "-c", script)
        self.server.expect("listening on", self.server.err)
        self.started = []

    def start(self, *command, **options):
        p = Process(*command, cwd=self.folder, **options)
        self.started.append(p)
        return p

    def victim(self, *args):
        p = self.start(OPTIONS.victim, *args)
        p.expect("ready")
        return p

    def python(self, text):
        p = self.start(sys.executable, "-B", "-u", "-c", text)
        p.expect("ready")
        return p

    def attach(self, *pids, options=()):
        args = [a for pid in pids for a in ("-p", str(pid))]
        p = self.start(OPTIONS.trace, "--server", self.address, *options, *args)
        p.expect("attached to", p.err)
        return p

    def write_there(self, name, text):
        """A file of the server's."""
        with open(f"/proc/{self.server.pid}/root{self.folder}/{name}", "w", encoding="ascii") as f:
            f.write(text)

    def close(self):
        for p in self.started:
            p.kill()
        self.server.child.terminate()
        self.server.child.wait(PATIENCE)


def untraced(pid):
    status = open(f"/proc/{pid}/status", encoding="ascii").read()
    return int(re.search(r"TracerPid:\s*(\d+)", status)[1]) == 0


def state(pid):
    """Its letter in /proc/PID/stat: T and t are stopped."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(child) for child in f.read().split()]


def detach(tracer, how=signal.SIGINT):
    tracer.child.send_signal(how)
    check(tracer.end() == 0, f"rsx-trace: {tracer.child.returncode} {tracer.err}")


LISTER = """
import os, sys
print('ready')
for line in sys.stdin:
    try:
        print(' '.join(sorted(os.listdir('.'))))
    except OSError as e:
        print(e)
"""
