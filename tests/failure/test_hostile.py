# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers that break the protocol: their session ends with a line in the
server's log, the server stays, and a session beside them notices nothing.
"""

import os
import socket
import struct

from raw import (AUTH, BYE, CALL, CANCEL, CHALLENGE, DROP, ENV, ERROR, FORK, GETPID, HELLO, LSEEK,
                 NEWLANE, OPENAT, PING, PLACE, PONG, READ, REPLY, TITLE, VERSION, WELCOME, Peer,
                 Session, call_header, field, pack)
from rig import check, same, soon, test

HUGE = 0xffffffff
BAD_PROTO = b"\xff\xff\xff\xff\xff"
PREFIX = b"RX" + struct.pack("<BBIIII", VERSION, CALL, 1, 1, 0, 0)


def with_lengths(header, payload, kind=CALL):
    return b"RX" + struct.pack("<BBIIII", VERSION, kind, 1, 1, header, payload)


# What a stranger says first.
STRANGERS = {
    "garbage": os.urandom(4096), "http": b"GET / HTTP/1.0\r\n\r\n" * 3, "zeros": bytes(4096),
    "other version": pack(HELLO, version=9), "unknown type": pack(99), "type 0": pack(0),
    "auth first": pack(AUTH, field(1, bytes(32))), "ping first": pack(PING),
    "call first": pack(CALL, call_header(GETPID)), "welcome": pack(WELCOME),
    "huge header": with_lengths(HUGE, 0, HELLO), "huge payload": with_lengths(0, HUGE, HELLO),
    "hello with payload": pack(HELLO, field(3, bytes(32)), b"x"),
    "not protobuf": pack(HELLO, BAD_PROTO), "no role": pack(HELLO, field(1, 7)),
    "no nonce": pack(HELLO, field(1, 0)), "short nonce": pack(HELLO, field(3, bytes(31))),
    "no such arch": pack(HELLO, field(3, bytes(32)) + field(7, 99)),
    "rows without hashes": pack(HELLO, field(3, bytes(32)) + field(9, [1, 2, 3])),
    "huge row": pack(HELLO, field(3, bytes(32)) + field(9, [99999]) + field(10, bytes(4))),
    "lane of no session": pack(HELLO, field(1, 1) + field(4, 5) + field(5, bytes(32))),
    "lane without token": pack(HELLO, field(1, 1)),
    "hello twice": 2 * pack(HELLO, field(3, bytes(32))),
    "auth without mac": pack(HELLO, field(3, bytes(32))) + pack(AUTH, BAD_PROTO),
}

# What is sent on an established control connection.
CONTROL = {
    "garbage": os.urandom(256), "other version": pack(PING, version=2), "unknown type": pack(77),
    "hello again": pack(HELLO, field(3, bytes(32))), "call": pack(CALL, call_header(GETPID)),
    "gone": pack(15), "error": pack(ERROR, field(2, b"no")), "challenge": pack(CHALLENGE),
    "payload": pack(PING, b"", b"x"), "huge payload": with_lengths(0, 1 << 20, PING),
    "bad ping": pack(PING, BAD_PROTO), "bad cancel": pack(CANCEL, BAD_PROTO),
    "env from afar": pack(ENV, field(1, 1 << 31)), "bad env": pack(ENV, BAD_PROTO),
    "bad drop": pack(DROP, BAD_PROTO), "bad bye": pack(BYE, BAD_PROTO),
}

# What is sent on a lane.
LANE = {
    "garbage": os.urandom(256), "other version": pack(CALL, version=2),
    "unknown type": pack(42, lane=1, call=1), "reply": pack(REPLY, lane=1, call=1),
    "ping": pack(PING, lane=1), "hello": pack(HELLO, lane=1), "huge header": with_lengths(HUGE, 0),
    "huge payload": with_lengths(0, HUGE), "payload too much": with_lengths(0, 2 << 20),
    "not protobuf": pack(CALL, BAD_PROTO, lane=1, call=1),
    "many args": pack(CALL, call_header(LSEEK, range(7)), lane=1, call=1),
    "many blobs": pack(CALL, call_header(LSEEK, [0, 0, 0], range(9)), lane=1, call=1),
    "no path": pack(CALL, call_header(OPENAT, [0, 1, 0, 0]), lane=1, call=1),
    "path that does not end": pack(CALL, call_header(OPENAT, [0, 1, 0, 0], [3]), b"abc",
                                   lane=1, call=1),
    "blob longer than payload": pack(CALL, call_header(OPENAT, [0, 1, 0, 0], [5]), b"a\0",
                                     lane=1, call=1),
    "payload longer than blobs": pack(CALL, call_header(OPENAT, [0, 1, 0, 0], [2]), b"a\0bcdef",
                                      lane=1, call=1),
    "blob for an output": pack(CALL, call_header(READ, [0, 1, 4], [4]), b"abcd", lane=1, call=1),
    "blob for a number": pack(CALL, call_header(LSEEK, [0, 0, 0], [2]), b"a\0", lane=1, call=1),
    "lengths that wrap": pack(CALL, call_header(OPENAT, [0, 1, 0, 0], [HUGE, 3]), b"a\0",
                              lane=1, call=1),
    "huge read": pack(CALL, call_header(READ, [0, 1, 1 << 40], [0]), lane=1, call=1),
    "bad fork": pack(FORK, BAD_PROTO, lane=1, call=1),
    "bad newlane": pack(NEWLANE, BAD_PROTO, lane=1, call=1),
    "bad place": pack(PLACE, BAD_PROTO, lane=1),
    "bad title": pack(TITLE, BAD_PROTO, lane=1),
}


class Beside:
    """A well-behaved session on the same server, all the while."""

    def __init__(self, rig, server):
        self.trace = rig.start("--", rig.victim, "reads", rig.write("beside"), server=server)
        self.trace.expect("ready")

    def fine(self):
        self.trace.finish().ended(0, "ready\nend\n")


def told(server, before):
    """The server's log has grown by what it says about the peer."""
    return soon("a line in the server's log", lambda: len(server.err().splitlines()) > before)


def lines(server):
    return len(server.err().splitlines())


@test()
def strangers(rig):
    server = rig.serve("unix")
    beside = Beside(rig, server)
    for name, data in STRANGERS.items():
        before = lines(server)
        peer = Peer(server.address)
        try:
            peer.sock.sendall(data)
        except OSError:
            pass
        kinds = peer.ended()
        check(WELCOME not in kinds or name == "auth without mac", f"{name} was welcomed")
        told(server, before)
    beside.fine()
    server.idle()


def hostile(rig, messages, where):
    """Each message in a session of its own, which ends."""
    server = rig.serve("unix")
    beside = Beside(rig, server)
    twins = server.twins()
    for name, data in messages.items():
        before = lines(server)
        session = Session(server.address)
        check(session.works(), f"{name}: the session did not work before")
        where(session).sock.sendall(data)
        session.control.ended()
        session.lane.ended()
        told(server, before)
        soon(f"{name}: its twin is gone", lambda: server.twins() == twins)
    beside.fine()
    server.idle()


@test()
def hostile_on_control(rig):
    hostile(rig, CONTROL, lambda session: session.control)


@test()
def hostile_on_a_lane(rig):
    hostile(rig, LANE, lambda session: session.lane)


@test()
def harmless_oddities(rig):
    """What is odd but fits: an errno or nothing, and the session goes on."""
    server = rig.serve("unix")
    session = Session(server.address)
    for title in (b"", b"\xff" * 4096):
        session.lane.send(TITLE, field(1, title), lane=1)
    for kind, header in ((CANCEL, field(1, 99) + field(2, 5)), (DROP, field(1, 99)),
                         (BYE, field(1, 99)), (PONG, b"")):
        session.control.send(kind, header)
    for number in (GETPID, 999, 1023, 1024, HUGE, 29, 220, 221, 117):
        session.lane.send(CALL, call_header(number), lane=1, call=number & 0xffff)
        kind, header, _ = session.lane.receive()
        same("kind", kind, REPLY)
        check(header.get(1, 0) % 2, f"call {number} succeeded: {header}")
    check(session.works(), "the session does not work")


@test()
def lanes_that_should_not_be(rig):
    """A wrong token, a number twice: no lane; and nobody gets another's session."""
    server = rig.serve("unix")
    beside = Beside(rig, server)
    session = Session(server.address)
    check(session.works(), "the session does not work")
    wrong = session.new_lane(2, bytes(32))
    check(wrong.ended() in ([], [ERROR]), "a lane with a wrong token")
    check(session.works(), "the session does not work any more")
    again = session.new_lane(1)
    again.ended()
    session.control.ended()
    other = Session(server.address)
    gone = other.new_lane(3, session.token)
    gone.ended()
    check(other.works(), "the other session does not work")
    beside.fine()


@test()
def half_a_message(rig):
    """A peer that leaves in the middle of a message."""
    server = rig.serve("unix")
    beside = Beside(rig, server)
    for data in (b"R", PREFIX[:-1], with_lengths(10, 0) + b"x", with_lengths(0, 1 << 20) + b"x"):
        session = Session(server.address)
        check(session.works(), "the session does not work")
        session.lane.sock.sendall(data)
        session.lane.sock.shutdown(socket.SHUT_WR)
        session.lane.ended()
        session.control.sock.close()
    beside.fine()
    server.idle()


@test()
def many_strangers(rig):
    """Hundreds of connections that say nothing do not keep others out."""
    server = rig.serve("unix")
    silent = [Peer(server.address) for _ in range(600)]
    rig.trace("--", "/bin/echo", "served", server=server).ended(0, "served\n")
    for peer in silent:
        peer.sock.close()


@test(slow=True)
def stranger_says_nothing(rig):
    """Who does not say hello is sent away in time."""
    server = rig.serve("unix")
    peer = Peer(server.address)
    same("messages", peer.ended(), [ERROR])
    check("no complete hello" in server.err(), server.err())
