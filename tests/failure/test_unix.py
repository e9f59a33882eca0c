# SPDX-License-Identifier: GPL-2.0-or-later
"""Unix sockets of two machines: the name decides about the side, and programs
that are not traced are met at the other end. The server has a directory and
abstract names of its own; the traced program is Python, which says what it saw.
"""

import ctypes
import os
import re
import socket
import struct

import sandbox
from rig import BOUND, Skip, check, same, test

CLONE_NEWNET = 0x40000000
PIDFD_GETFD = 438
PYTHON = "/usr/bin/python3"

HEAD = """
import array, os, socket, struct, sys
def un(kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_UNIX, kind)
    s.settimeout(20)
    return s
def cred(s):
    return struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
"""


class Far:
    """A server that sees DIR/far as DIR/both, alone in its network namespace."""

    def __init__(self, rig, net=False):
        if os.geteuid():
            raise Skip("needs root, for a mount namespace")
        self.rig = rig
        for name in ("both", "far"):
            os.mkdir(rig.path(name))
        self.both, self.far = rig.path("both"), rig.path("far")

        def far():
            sandbox.private_mounts()
            sandbox.bind(self.far, self.both)
            if net:
                sandbox.unshare(CLONE_NEWNET)

        self.server = rig.serve("unix", preexec_fn=far)

    def start(self, text, *options):
        return self.rig.start(*options, "--", PYTHON, "-c", HEAD + text, server=self.server)

    def run(self, text, *options):
        return self.rig.trace(*options, "--", PYTHON, "-c", HEAD + text, server=self.server)


def listener(name, kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(name)
    s.settimeout(BOUND)
    if kind == socket.SOCK_STREAM:
        s.listen(4)
    return s


@test()
def unix_socket_of_an_untraced_server(rig):
    """A tracee connects to a program of the server's: names, who is who, descriptors."""
    it = Far(rig)
    rig.write("far/file", "of the far side\n")
    rig.write("both/file", "of the near side\n")
    server = listener(f"{it.far}/sock")
    run = it.start(f"""
s = un(); s.connect("{it.both}/sock")
print(cred(s)[0], s.getpeername())
data, fds, flags, _ = socket.recv_fds(s, 16, 4)
print(data, [os.read(fd, 100) for fd in fds], flags & socket.MSG_CTRUNC)
socket.send_fds(s, [b"mine"], [os.open("{it.both}/file", os.O_RDONLY)])
try:
    socket.send_fds(s, [b"pipe"], os.pipe())
except PermissionError as e:
    print(e.errno)
s.sendall(b"end")
""")
    peer, _ = server.accept()
    peer.settimeout(BOUND)
    pid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    check(pid in it.server.twins(), f"the peer is {pid}, no twin")
    with open(rig.write("mine", "given\n"), "rb") as file:
        socket.send_fds(peer, [b"yours"], [file.fileno()])
    data, fds, _, _ = socket.recv_fds(peer, 16, 4)
    same("received", (data, len(fds)), (b"mine", 1))
    same("its text", os.read(fds[0], 100), b"of the far side\n")
    os.close(fds[0])
    same("the end", peer.recv(16), b"end")
    end = run.finish()
    same("status and stdout", (end.status, end.out),
         (0, f"{os.getpid()} {it.far}/sock\nb'yours' [b'given\\n'] 0\n1\n"))
    check(re.fullmatch(r"rsx-trace: descriptor \d+ is this machine's: it cannot be passed to a .*\n",
                       end.err), end.err)


@test()
def unix_socket_for_an_untraced_client(rig):
    """A tracee serves programs of the server's, on streams and with datagrams."""
    it = Far(rig)
    run = it.start(f"""
os.chdir("{it.both}")
l = un(); l.bind("srv"); l.listen()
d = un(socket.SOCK_DGRAM); d.bind("dgram")
print("ready", flush=True)
s, _ = l.accept()
print(cred(s)[0], s.recv(10))
s.sendall(b"answer")
print(*d.recvfrom(10))
d.sendto(b"back", "client")
""")
    run.expect("ready")
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"{it.far}/srv")
    client.sendall(b"hello")
    same("answer", client.recv(10), b"answer")
    other = listener(f"{it.far}/client", socket.SOCK_DGRAM)
    other.sendto(b"packet", f"{it.far}/dgram")
    same("datagram", other.recvfrom(10), (b"back", "dgram"))
    end = run.finish()
    same("status and stderr", (end.status, end.err), (0, ""))
    check(end.out.endswith(f"{os.getpid()} b'hello'\nb'packet' {it.far}/client\n"), end.out)
    same("here", sorted(os.listdir(it.both)), [])
    same("there", sorted(os.listdir(it.far)), ["client", "dgram", "srv"])


@test()
def unix_socket_sides(rig):
    """Rules for paths are rules for sockets; a socket is on one side only."""
    it = Far(rig)
    near, far = listener(f"{it.both}/sock"), listener(f"{it.far}/sock")
    text = f"""
s = un(); s.connect("{it.both}/sock"); print(cred(s)[0]); s.sendall(b"x")
"""
    for options, here, there in (((), near, far), (("--local", it.both), far, near)):
        it.run(text, *options).ended(0, f"{os.getpid()}\n")
        here.setblocking(False)
        try:
            here.accept()
            check(False, f"connected on the wrong side with {options}")
        except BlockingIOError:
            pass
        here.setblocking(True)
        there.accept()
    it.run(text, "--deny", it.both).ended(1, "", err=None)
    os.mkdir(rig.path("mapped"))
    mapped = listener(rig.path("mapped/sock"))
    it.run(text.replace(it.both, "/nowhere"), "--map", f"/nowhere={rig.path('mapped')}").ended(
        0, f"{os.getpid()}\n")
    mapped.accept()
    # bound here, it cannot go there; afterwards it still is what it was
    end = it.run(f"""
d = un(socket.SOCK_DGRAM); d.bind("{rig.path('mapped/own')}")
for go in (d.connect, lambda name: d.sendto(b"x", name)):
    try:
        go("{it.both}/sock")
    except ConnectionRefusedError:
        print("refused")
d.sendto(b"x", "{rig.path('mapped/own')}"); print(d.recv(10))
""", "--local", rig.path("mapped"))
    same("result", (end.status, end.out), (0, "refused\nrefused\nb'x'\n"))
    same("lines", len(set(end.err.splitlines())), 1)
    check("is the server's, the socket is not" in end.err, end.err)


@test()
def unix_descriptor_for_a_local_program(rig):
    """To a program of this machine that is not traced a remote descriptor means nothing."""
    it = Far(rig)
    rig.write("far/file", "far\n")
    near = listener(f"{it.both}/sock")
    run = it.start(f"""
s = un(); s.connect("{it.both}/sock")
try:
    socket.send_fds(s, [b"x"], [os.open("{it.far}/file", os.O_RDONLY)])
except PermissionError as e:
    print(e.errno)
r, w = os.pipe(); os.write(w, b"pipe")
socket.send_fds(s, [b"y"], [r])
""", "--local", it.both)
    peer, _ = near.accept()
    data, fds, _, _ = socket.recv_fds(peer, 16, 4)
    same("received", (data, os.read(fds[0], 10)), (b"y", b"pipe"))
    os.close(fds[0])
    end = run.finish()
    same("status and stdout", (end.status, end.out), (0, "1\n"))
    check(re.fullmatch(r"rsx-trace: descriptor \d+ is the server's: .*\n", end.err), end.err)


@test()
def unix_abstract_names(rig):
    """Abstract names are the server's, unless a rule says otherwise."""
    it = Far(rig, net=True)
    name = f"rsx-test-{os.getpid()}"
    near = listener(f"\0{name}/here")
    text = f"""
s = un()
try:
    s.connect("\\0{name}/here"); s.sendall(b"x"); print("connected")
except ConnectionRefusedError:
    print("refused")
"""
    it.run(text).ended(0, "refused\n")
    for rule in (f"@{name}", f"@{name}/here", "@"):
        it.run(text, "--local", rule).ended(0, "connected\n")
        near.accept()
    it.run(text, "--local", f"@{name}/h").ended(0, "refused\n")
    it.run(text, "--local", "/").ended(0, "refused\n")
    it.run(text, "--local", "@", "--remote", f"@{name}").ended(0, "refused\n")
    it.run(text, "--deny", f"@{name}").ended(1, "", err=None)
    # two traced programs meet over there
    it.run(f"""
l = un(); l.bind("\\0{name}/here"); l.listen()
if not os.fork():
    s = un(); s.connect("\\0{name}/here"); s.sendall(b"child"); os._exit(0)
print(l.accept()[0].recv(10)); os.wait()
""").ended(0, "b'child'\n")
    rig.trace("--map", "@a=/b", "--", "/bin/true", server=it.server).ended(2, "", err=None)
    run = rig.trace("--local", f"@{name}", "--explain", f"@{name}/x")
    same("explained", run.out, f"@{name}/x: local: --local says so (rule @{name})\n")
    run = rig.trace("--explain", "@x")
    same("explained", run.out, "@x: remote: the world is the server's (rule /)\n")


@test()
def unix_interfaces(rig):
    """The network interfaces are the server's, whatever socket is asked."""
    it = Far(rig, net=True)
    it.run("""
import fcntl
for family in (socket.AF_UNIX, socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        up = fcntl.ioctl(s, 0x8913, struct.pack("16sH22x", b"lo", 0))
        print(struct.unpack_from("H", up, 16)[0] & 1)
print(socket.if_nametoindex("lo"), socket.if_nameindex())
""").ended(0, "0\n0\n1 [(1, 'lo')]\n")


@test()
def unix_messages_nobody_receives(rig):
    """What was passed and never received is not kept open over there."""
    it = Far(rig)
    run = it.start(f"""
l = un(); l.bind("{it.both}/l"); l.listen()
c = un(); c.connect("{it.both}/l")
p, _ = l.accept()
if not os.fork():
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [p.fileno()])
    p.close(); c.close(); l.close()
    os._exit(0)
p.close()
os.wait()
print(c.recv(10))
""")
    end = run.finish()
    same("end of the connection", (end.status, end.out, end.err), (0, "b''\n", ""))


def forbid(number):
    """This process and its children get EPERM for one system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = b"".join(struct.pack("=HBBI", *step) for step in (
        (0x20, 0, 0, 0),               # the call's number
        (0x15, 0, 1, number),          # is it that one?
        (0x06, 0, 0, 0x00050000 | 1),  # EPERM
        (0x06, 0, 0, 0x7fff0000)))     # allowed
    text = ctypes.create_string_buffer(program)
    filter_ = struct.pack("=H6xQ", 4, ctypes.addressof(text))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filter_, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


@test()
def unix_without_pidfd_getfd(rig):
    """Where the tracer may not copy descriptors, as in many containers, the program is asked."""
    it = Far(rig)
    far = listener(f"{it.far}/sock")
    dgram = listener(f"{it.far}/dgram", socket.SOCK_DGRAM)
    text = f"""
s = un(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 30000)
s.settimeout(None); s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("qq", 7, 0))
before = s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
s.connect("{it.both}/sock")
print(cred(s)[0], s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == before,
      struct.unpack("qq", s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)))
d = un(socket.SOCK_DGRAM); d.sendto(b"x", "{it.both}/dgram")
for name in "nowhere", "dgram":
    try:
        un().connect("{it.both}/" + name)
    except OSError as e:
        print(e.strerror)
a, b = socket.socketpair()
try:
    a.connect("{it.both}/sock")
except OSError as e:
    print(e.strerror)
"""
    want = (f"{os.getpid()} True (7, 0)\nNo such file or directory\n"
            "Protocol wrong type for socket\nTransport endpoint is already connected\n")
    for options in ({}, {"preexec_fn": lambda: forbid(PIDFD_GETFD)}):
        rig.trace("--", PYTHON, "-c", HEAD + text, server=it.server, **options).ended(0, want)
        far.accept()
        same("datagram", dgram.recv(9), b"x")
