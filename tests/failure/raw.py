# SPDX-License-Identifier: GPL-2.0-or-later
"""A peer of rsx-server that speaks the wire protocol by hand, well or badly.
The format is that of include/rsx/wire.h and src/proto/rsx.proto.
"""

import socket
import struct

VERSION = 2
(HELLO, CHALLENGE, AUTH, WELCOME, ERROR, CALL, CALL_NOREPLY, REPLY, FORK, NEWLANE, PLACE,
 TITLE, CANCEL, DROP, BYE, GONE, PING, PONG, ENV) = range(1, 20)
OPENAT, READ, LSEEK, GETPID = 56, 63, 62, 172  # asm-generic


def varint(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def field(number, value):
    """A number, some bytes, or a list of numbers (packed)."""
    if isinstance(value, list):
        value = b"".join(varint(item) for item in value)
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def pack(kind, header=b"", payload=b"", lane=0, call=0, version=VERSION):
    return b"RX" + struct.pack("<BBIIII", version, kind, lane, call, len(header),
                               len(payload)) + header + payload


def call_header(number, args=(), blobs=()):
    return field(1, number) + field(2, list(args)) + field(3, list(blobs))


def numbers(data):
    """A packed list of varints."""
    found, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return found


def fields(data):
    """A header's fields by number, the last of each; varints and bytes."""
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            found[tag >> 3] = number()
            continue
        length = {1: 8, 5: 4}.get(tag & 7) or number()
        found[tag >> 3] = data[at:at + length]
        at += length
    return found


class Peer:
    """One connection to a server's address, unix:PATH."""

    def __init__(self, address):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(address.partition(":")[2])
        self.sock.settimeout(20)

    def send(self, *args, **kwargs):
        self.sock.sendall(pack(*args, **kwargs))

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """(kind, header's fields, payload) of the next message."""
        _, _, _, kind, _, _, header, payload = struct.unpack("<BBBBIIII", self._exactly(20))
        return kind, fields(self._exactly(header)), self._exactly(payload)

    def ended(self):
        """The server hangs up; what kinds of messages came before."""
        kinds = []
        try:
            while True:
                kinds.append(self.receive()[0])
        except (EOFError, ConnectionError):
            return kinds


class Session:
    """An authenticated session with its first lane."""

    def __init__(self, address):
        self.address = address
        self.control = Peer(address)
        self.control.send(HELLO, field(1, 0) + field(3, bytes(32)))
        self.control.receive()
        self.control.send(AUTH, field(1, bytes(32)))
        _, welcome, _ = self.control.receive()
        self.id, self.token = welcome[2], welcome[3]
        self.lane = self.new_lane(1)

    def hello(self, lane, token=None):
        return (field(1, 1) + field(4, self.id) + field(5, token or self.token)
                + field(6, lane))

    def new_lane(self, number, token=None):
        lane = Peer(self.address)
        lane.send(HELLO, self.hello(number, token), lane=number)
        return lane

    def works(self):
        """A call that should be answered is."""
        self.lane.send(CALL, call_header(GETPID + 1000), lane=1, call=1)
        kind, header, _ = self.lane.receive()
        return kind == REPLY and header.get(1) == 2 * 38 - 1  # -ENOSYS, zigzag
