# SPDX-License-Identifier: GPL-2.0-or-later
"""Large mappings: what is touched is what moves, as the server counts it; without
userfaultfd(2) all of it; memory has a bound; and what becomes of a mapping when its
bytes cannot be had any more.
"""

import os
import signal

import sandbox
from rig import BOUND, check, kill, same, soon, test
from test_diagnosis import ask, status_server

MIB = 1 << 20
LITTLE = 3 * MIB  # sixteen blocks, and all that is said around them


def large(rig, size, marks=0):
    """A file of zeroes with ones at `marks` places, at pages' begins, and at both ends."""
    path = rig.path("large")
    with open(path, "wb") as file:
        file.truncate(size)
        for i in range(marks):
            file.seek(size // marks * i)
            file.write(b"\1")
        file.seek(size - 1)
        file.write(b"\1")
    return path


def moved(rig, address):
    return ask(rig, address)["total"]["bytes"]


@test(("private", 1024), ("shared", 1024), ("private", "larger", 5120), ("shared", "larger", 5120))
def few_places(rig, how, *size):
    mib = size[-1]
    server, address = status_server(rig)
    trace = rig.start("--", rig.victim, "touch", large(rig, mib * MIB, 16), how, "16",
                      server=server)
    trace.expect("ready\n")
    bytes_moved = moved(rig, address)
    check(0 < bytes_moved < LITTLE, f"{bytes_moved} bytes were moved")
    trace.finish().ended(0, "sum 16\nready\nlast 1 first 1\n")


@test()
def summary_says_so(rig):
    path = large(rig, 64 * MIB, 16)
    run = rig.trace("-q", "-c", "--", rig.victim, "touch", path, "private", "16")
    check("mapped files, when touched: 1048576 bytes in 16 reads\n" in run.err or
          "mapped files, when touched: 1114112 bytes in 17 reads\n" in run.err, run.err)


@test()
def full_file(rig):
    """Not sparse: what was not touched did not come for other reasons."""
    server, address = status_server(rig)
    path = rig.path("full")
    with open(path, "wb") as file:
        for _ in range(64):
            file.write(b"\1" * MIB)
    trace = rig.start("--", rig.victim, "touch", path, "private", "16", server=server)
    trace.expect("ready\n")
    bytes_moved = moved(rig, address)
    check(16 * 65536 < bytes_moved < LITTLE, f"{bytes_moved} bytes were moved")
    trace.finish().ended(0, "sum 16\nready\nlast 1 first 1\n")


@test()
def read_on(rig):
    """A walk through the file needs few round trips."""
    server, address = status_server(rig)
    trace = rig.start("--", rig.victim, "touch", large(rig, 64 * MIB, 16), "private", "all",
                      server=server)
    trace.expect("ready\n")
    calls = ask(rig, address)["total"]["calls"]
    check(calls < 200, f"{calls} calls")
    trace.finish().ended(0, "sum 16\nready\nlast 1 first 1\n")


@test()
def without_userfaultfd(rig):
    server, address = status_server(rig)
    path = large(rig, 64 * MIB, 16)
    trace = rig.start_run(rig.victim, "without", "userfaultfd", *rig.command(
        "--", rig.victim, "touch", path, "private", "16", server=server))
    trace.expect("ready\n")
    bytes_moved = moved(rig, address)
    check(bytes_moved > 64 * MIB, f"{bytes_moved} bytes were moved")
    trace.finish().ended(0, "sum 16\nready\nlast 1 first 1\n")
    large(rig, 1100 * MIB)
    ended = rig.run(rig.victim, "without", "userfaultfd", *rig.command(
        "--", rig.victim, "touch", path, "private", "10", server=server))
    same("status", ended.status, 3)
    check("mmap: ENOMEM" in ended.out and "1024 MiB" in ended.err, (ended.out, ended.err))


def images(pid):
    """Bytes of memory in the images of rsx-trace `pid`."""
    total = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            if "memfd:" in os.readlink(f"/proc/{pid}/fd/{fd}"):
                total += os.stat(f"/proc/{pid}/fd/{fd}").st_blocks * 512
        except FileNotFoundError:
            pass
    return total


@test()
def memory_has_a_bound(rig):
    path = large(rig, 1200 * MIB, 16)
    trace = rig.start("-q", "--", rig.victim, "touch", path, "private", "all")
    trace.expect("ready\n", 4 * BOUND)
    used = images(trace.pid)
    check(900 * MIB < used <= 1024 * MIB, f"{used} bytes")
    trace.finish().ended(0, "sum 16\nready\nlast 1 first 1\n")


@test(("go-on",), ("killed",), ("lost",))
def waiting_for_pages(rig, how):
    """Two threads wait for a server that does not answer; the program's others do not."""
    server = rig.serve("unix")
    trace = rig.start("--on-disconnect=eio", "--", rig.victim, "two-wait",
                      large(rig, 64 * MIB, 16), server=server)
    trace.expect("ready\n")
    twins = server.twins()
    for pid in twins:
        os.kill(pid, signal.SIGSTOP)
    for step in range(1, 3):
        trace.popen.stdin.write(b"x")
        trace.popen.stdin.flush()
        trace.expect("alive\n" * step)
    if how == "killed":
        for pid in sandbox.descendants(trace.pid):
            kill(pid)
    elif how == "lost":
        kill(server.pid)
        server.popen.wait()
    if how != "lost":  # they end with the server, stopped or not
        for pid in twins:
            kill(pid, signal.SIGCONT)
    ended = trace.finish()
    for pid in twins:
        kill(pid, signal.SIGCONT)
    if how == "go-on":
        ended.ended(0, "ready\nalive\nalive\ngot 1 1\n")
        return
    same("end", (ended.status, ended.out), (-(signal.SIGKILL if how == "killed" else signal.SIGBUS),
                                            "ready\nalive\nalive\n"))
    same("lines", ended.err.count("\n"), 1 if how == "lost" else 0)


@test()
def lost(rig):
    """What is there can be read, what is not is SIGBUS."""
    server = rig.serve("unix")
    trace = rig.start("--on-disconnect=eio", "--", rig.victim, "touch",
                      large(rig, 64 * MIB, 16), "private", "16", server=server)
    trace.expect("ready\n")
    server.stop()
    soon("the loss is noticed", trace.err)
    ended = trace.finish()
    same("status", ended.status, 4)
    same("stdout", ended.out,
         f"sum 16\nready\nsignal {int(signal.SIGBUS)} code 2\n")  # BUS_ADRERR
    same("lines", len(ended.err.splitlines()), 1)


SHARED = """
import mmap, sys
with open(sys.argv[1], "r+b") as f:
    m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    print(m[:3], mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY)[:3])
    for _ in range(2):
        try:
            mmap.mmap(f.fileno(), 0)
        except OSError as e:
            print(e)
"""


@test(("small", 1), ("large", 64))
def shared_denied(rig, _, mib):
    path = large(rig, mib * MIB, 16)
    ended = rig.trace("-q", "--mmap-shared=deny", "--", "/usr/bin/python3", "-c", SHARED, path)
    ended.ended(0, "b'\\x01\\x00\\x00' b'\\x01\\x00\\x00'\n" + 2 * "[Errno 19] No such device\n")
    ended = rig.trace("--mmap-shared=deny", "--", "/usr/bin/python3", "-c", SHARED, path,
                      server=rig.serve("unix"))
    lines = [line for line in ended.err.splitlines() if "ENODEV" in line]
    check(len(lines) == 1 and path in lines[0], ended.err)


STORES = """
import mmap, os, sys
how, fd = sys.argv[1], os.open(sys.argv[2], os.O_RDWR)
m = mmap.mmap(fd, 0)
kept = mmap.mmap(fd, 0)  # the mapping stays when m is closed, as do its own descriptors
m[10:16] = b"stored"
def fork():
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
{"msync": m.flush, "munmap": m.close, "fsync": lambda: os.fsync(fd),
 "fdatasync": lambda: os.fdatasync(fd), "close": lambda: os.close(fd),
 "dup": lambda: os.dup2(0, fd), "closerange": lambda: os.closerange(fd, fd + 1),
 "sync": os.sync, "fork": fork, "nothing": lambda: 0,
 "exec": lambda: os.execv("/bin/sh", ["sh", "-c", "echo done; read x"]),
 "exit": lambda: os._exit(0), "kill": lambda: os.kill(os.getpid(), 9)}[how]()
print("done", flush=True)
sys.stdin.read()
"""


@test(*((how, size) for how in
        ("msync", "munmap", "fsync", "fdatasync", "close", "dup", "closerange", "sync", "fork",
         "nothing", "exec", "exit", "kill") for size in ("small", "large")))
def written_back(rig, how, size):
    """What a store needs to be in the file, for who reads it there."""
    path = large(rig, (1 if size == "small" else 16) * MIB, 16)
    trace = rig.start("-q", "--", "/usr/bin/python3", "-c", STORES, how, path)

    def there():
        with open(path, "rb") as file:
            file.seek(10)
            return file.read(6)

    if how in ("exit", "kill"):
        same("status", trace.finish().status, 0 if how == "exit" else -signal.SIGKILL)
        same("the file", there(), b"stored")
        return
    trace.expect("done\n")
    same("the file", there(), bytes(6) if how == "nothing" else b"stored")
    trace.finish()
    same("at the end", there(), b"stored")
