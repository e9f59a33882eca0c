# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks between a traced program and one that runs on the server itself: who
holds what keeps the other out, waiting ends when the other lets go, and each is
told the other's pid as it is over there.
"""

import errno
import fcntl
import os
import struct

from rig import calls, check, same, soon, test

LOCK = "hhqqi4x"
PROGRAM = """
import fcntl, os, struct, sys
L = "hhqqi4x"
def ask(cmd, kind):
    try:
        got = fcntl.fcntl(fd, cmd, struct.pack(L, kind, 0, 0, 10, 0))
        return struct.unpack(L, got)
    except OSError as err:
        return err.strerror
def say(*words):
    print(*words, flush=True)
fd = os.open("file", os.O_RDWR)
who = ask(fcntl.F_GETLK, fcntl.F_WRLCK)
say("held", who[0], who[2], who[3], "by", who[4])
say(ask(fcntl.F_SETLK, fcntl.F_WRLCK))
try:
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError as err:
    say("flock:", err.strerror)
say("waiting")
ask(fcntl.F_SETLKW, fcntl.F_WRLCK)
say("got it")
fcntl.flock(fd, fcntl.LOCK_SH)
say("and that")
sys.stdin.read(1)
"""


def asked(fd):
    """What F_GETLK says of the first ten bytes: the lock's type and its holder."""
    got = fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(LOCK, fcntl.F_WRLCK, 0, 0, 10, 0))
    found = struct.unpack(LOCK, got)
    return found[0], found[4]


def refused(take, *args):
    try:
        take(*args)
    except OSError as err:
        return err.errno
    return 0


@test(("unix",), ("tcp",))
def locks_with_strangers(rig, transport):
    folder = rig.path("work")
    os.mkdir(folder)
    rig.write("work/file", "0123456789")
    fd = os.open(f"{folder}/file", os.O_RDWR)
    second = os.open(f"{folder}/file", os.O_RDWR)
    fcntl.fcntl(fd, fcntl.F_SETLK, struct.pack(LOCK, fcntl.F_WRLCK, 0, 2, 3, 0))
    fcntl.flock(fd, fcntl.LOCK_EX)
    server = rig.serve(transport)
    program = rig.start("--", "/usr/bin/python3", "-c", PROGRAM, server=server, cwd=folder)
    program.expect("waiting\n")
    said = program.text.decode().splitlines()
    same("what it met", said, [f"held {fcntl.F_WRLCK} 2 3 by {os.getpid()}",
                               os.strerror(errno.EAGAIN), f"flock: {os.strerror(errno.EAGAIN)}",
                               "waiting"])
    waits = {str(nr) for nr in (72, 25)}  # fcntl(2)
    soon("the twin waits for the lock", lambda: any(calls(pid) & waits for pid in server.twins()))
    check(b"got it" not in program.text, "it did not wait")
    # the descriptors of one process: its first close lets go of all its record locks
    fcntl.fcntl(fd, fcntl.F_SETLK, struct.pack(LOCK, fcntl.F_UNLCK, 0, 0, 0, 0))
    program.expect("got it\n")
    kind, holder = asked(fd)
    same("the program's lock", kind, fcntl.F_WRLCK)
    check(holder in server.twins(), f"held by {holder}, not by a twin")
    fcntl.flock(fd, fcntl.LOCK_UN)
    program.expect("and that\n")
    same("flock", refused(fcntl.flock, second, fcntl.LOCK_EX | fcntl.LOCK_NB), errno.EAGAIN)
    same("status", program.finish().status, 0)
    same("after its end", (asked(fd)[0], refused(fcntl.flock, second, fcntl.LOCK_EX |
                                                 fcntl.LOCK_NB)), (fcntl.F_UNLCK, 0))
    os.close(fd)
    os.close(second)
