# SPDX-License-Identifier: GPL-2.0-or-later
"""The server, the connection, a twin or rsx-trace goes away while the program
runs: the program is killed or gets EIO, with one line; nothing hangs, nothing
is run here instead, and nothing stays on either side.
"""

import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import time

import raw
import sandbox
from proxy import Proxy
from rig import (BOUND, FAILED, LOST, OPEN, SILENCE, alive, calls, check, comm, kill, parent, same,
                 soon, test)

# --- what the program is doing ---

def victim_args(rig, doing, late):
    """The victim's arguments; `late`: when to call after it said ready."""
    if doing == "fifo":
        return [doing, rig.fifo()]
    if doing == "lock":  # its first byte is held by this process
        rig.held = os.open(rig.write("file"), os.O_RDWR | os.O_CLOEXEC)
        fcntl.lockf(rig.held, fcntl.LOCK_EX, 1, 0)
        return [doing, rig.path("file")]
    if doing in ("compute", "asleep"):
        return [doing, rig.write("file"), late]
    return [doing, rig.write("file")]


OUTCOME = {  # under --on-disconnect=eio
    "compute": ["open: EIO"], "asleep": ["open: EIO"], "fifo": ["open: EIO"],
    "reads": ["pread: EIO"], "mapping": ["msync: EIO"],
    "storm": ["fork: EIO", "stat: EIO", "fork: EAGAIN", "waitpid: EIO"],
    "accept": ["accept: EIO"], "recv": ["recv: EIO"], "epoll": ["epoll_wait: EIO"],
    "sendfile": ["sendfile: EIO"], "lock": ["fcntl: EIO"],
}
BLOCKED = {  # the call that a twin's thread is in, x86-64 and asm-generic
    "fifo": OPEN, "accept": {"43", "202"}, "recv": {"45", "207"}, "epoll": {"281", "22", "271"},
    "sendfile": {"40", "71"}, "lock": {"72", "25"},
}


class Scene:
    """A victim under rsx-trace, at work, with a server and perhaps a proxy."""

    def __init__(self, rig, doing, mode, transport="unix", late="2"):
        self.rig, self.doing, self.mode = rig, doing, mode
        self.server = rig.serve(transport)
        self.proxy = Proxy(self.server.port) if transport == "tcp" else None
        address = self.proxy.address if self.proxy else None
        self.trace = rig.start(f"--on-disconnect={mode}", "--", rig.victim,
                               *victim_args(rig, doing, late), server=self.server,
                               address=address)
        self.trace.expect("ready\n")
        self.said = self.trace.text.decode()
        self.twins = self.server.twins()
        self.tracees = sandbox.descendants(self.trace.pid)
        if doing in BLOCKED:
            soon("a twin is in the call", lambda: any(
                calls(pid) & BLOCKED[doing] for pid in self.twins))
        if doing == "storm":
            time.sleep(0.1)  # let it storm

    def lost(self, *words, bound=BOUND, server_stays=True, quiet=True):
        """The victim ends as the mode says; one line says why."""
        if self.doing == "mapping" and quiet:
            soon("the loss is noticed", self.trace.err, bound)
        run = self.trace.finish(bound, close=self.doing == "mapping")
        lines = run.err.splitlines()
        check(len(lines) == 1 and lines[0].startswith("rsx-trace: "), f"stderr: {run.err!r}")
        check(any(word in lines[0] for word in words), f"none of {words} in {lines[0]!r}")
        if self.mode == "kill":
            check("program is killed" in lines[0], lines[0])
            same("exit status", run.status, LOST)
            same("stdout", run.out, self.said)
        else:
            check("EIO from now on" in lines[0], lines[0])
            same("exit status", run.status, 3)
            check(run.out in [f"{self.said}{line}\n" for line in OUTCOME[self.doing]], run.out)
        self.nothing_left(server_stays)

    def nothing_left(self, server_stays=True):
        soon("the tracees are gone", lambda: not any(map(alive, self.tracees)))
        soon("the twins are gone", lambda: not any(map(alive, self.twins)))
        self.nothing_held()
        if server_stays:
            self.server.idle()
            self.rig.trace("--", "/bin/echo", "next", server=self.server).ended(0, "next\n")


    def nothing_held(self):
        """The victim's port and its lock are free, and nobody waits for ours."""
        if port := re.search(r"^port (\d+)$", self.said, re.M):
            soon("nobody listens on the port", lambda: not listens(int(port[1])))
        if self.doing == "lock":
            with open(self.rig.path("file"), "r+b") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 1)
                same("locks", locks(file.fileno()), 1)  # ours, which are side by side


def listens(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def locks(fd):
    """How many locks there are on a file, those waited for included."""
    inode = f":{os.fstat(fd).st_ino} "
    with open("/proc/locks", encoding="ascii") as file:
        return sum(inode in line for line in file)


BROKE = ("connection to the server broke", "closed the connection")
EVERY = [(doing, mode) for doing in OUTCOME for mode in ("kill", "eio")]


@test(*EVERY)
def server_killed(rig, doing, mode):
    scene = Scene(rig, doing, mode)
    processes = scene.server.members()
    kill(scene.server.pid)
    scene.server.finish()
    scene.lost(*BROKE, server_stays=False)
    soon("the server's processes are gone", lambda: not any(map(alive, processes)))


@test(*EVERY)
def server_terminated(rig, doing, mode):
    scene = Scene(rig, doing, mode)
    kill(scene.server.pid, signal.SIGTERM)
    scene.lost("the server ends", *BROKE, server_stays=False)
    same("the server's exit status", scene.server.finish().status, 0)
    check(not os.path.exists(rig.path("socket")), "the server left its socket")


@test(*EVERY)
def connection_cut(rig, doing, mode):
    scene = Scene(rig, doing, mode, "tcp")
    scene.proxy.cut()
    scene.lost(*BROKE)


@test(("reads", "kill"), ("reads", "eio"), ("asleep", "kill"), ("storm", "eio"), ("recv", "kill"),
      ("sendfile", "eio"))
def connection_reset(rig, doing, mode):
    scene = Scene(rig, doing, mode, "tcp")
    scene.proxy.cut(reset=True)
    scene.lost(*BROKE)


SILENT = ("asleep", "fifo", "reads", "mapping", "storm", "accept", "sendfile")


@test(*[case for case in EVERY if case[0] in SILENT], slow=True)
def connection_silent(rig, doing, mode):
    scene = Scene(rig, doing, mode, "tcp", late="1" if mode == "eio" else "100")
    scene.proxy.freeze()
    began = time.monotonic()
    scene.lost("silent", bound=SILENCE)
    check(time.monotonic() - began > 5, "a short silence is no loss")


@test(slow=True)
def silence_while_connecting(rig):
    """Nobody answers a new lane's connect either: that takes no longer."""
    scene = Scene(rig, "storm", "kill", "tcp")
    scene.proxy.freeze()
    host, port = scene.proxy.listener.getsockname()
    scene.proxy.listener.listen(0)
    fillers = []
    for _ in range(80):  # until the kernel drops them: the queue is full
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex((host, port))
        fillers.append(filler)
    scene.lost("silent", bound=SILENCE)
    for filler in fillers:
        filler.close()


@test(("kill",), ("eio",))
def short_silence(rig, mode):
    """A pause is not a loss."""
    scene = Scene(rig, "reads", mode, "tcp")
    scene.proxy.freeze()
    time.sleep(5)
    scene.proxy.thaw()
    scene.trace.finish().ended(0, "ready\nend\n")


@test(*EVERY)
def twin_killed(rig, doing, mode):
    scene = Scene(rig, doing, mode)
    kill(min(scene.twins))
    scene.lost("a twin on the server ended by itself", *BROKE)


@test(("kill",), ("eio",))
def keeper_killed(rig, mode):
    """Its twin for mapped files is missed when it is needed."""
    scene = Scene(rig, "mapping", mode)
    check(len(scene.twins) == 2, f"one twin, one keeper: {scene.twins}")
    kill(max(scene.twins))
    scene.lost(*BROKE, quiet=False)


@test(("kill",), ("eio",))
def nursery_killed(rig, mode):
    """The server cannot serve any more, says so and ends."""
    scene = Scene(rig, "reads", mode)
    kill(next(pid for pid in scene.server.members() if comm(pid) == "rsx-nursery"))
    scene.lost("the server ends", *BROKE, server_stays=False)
    run = scene.server.finish()
    same("the server's exit status", run.status, FAILED)
    check("has died" in run.err, run.err)


# --- rsx-trace goes away ---

DOING = [(doing,) for doing in OUTCOME if doing != "asleep"]


@test(*DOING)
def tracer_killed(rig, doing):
    """Tracees die with it, and the server cleans up."""
    scene = Scene(rig, doing, "kill", late="100")
    kill(scene.trace.pid)
    same("exit status", scene.trace.finish(close=False).status, -signal.SIGKILL)
    scene.nothing_left()


@test(*DOING)
def tracer_terminated(rig, doing):
    scene = Scene(rig, doing, "kill", late="100")
    kill(scene.trace.pid, signal.SIGTERM)
    run = scene.trace.finish(close=False)
    same("exit status", run.status, -signal.SIGTERM)
    same("stderr", run.err, "")
    scene.nothing_left()


@test(*DOING)
def tracee_killed(rig, doing):
    """Killed from outside it ends as natively, and its twin with it."""
    scene = Scene(rig, doing, "kill", late="100")
    kill(min(pid for pid in scene.tracees if parent(pid) == scene.trace.pid))
    run = scene.trace.finish(close=False)
    same("exit status", run.status, -signal.SIGKILL)
    same("stderr", run.err, "")
    scene.nothing_left()


@test(("killed", signal.SIGKILL), ("terminated", signal.SIGTERM), ("hung-up", signal.SIGHUP))
def tracer_with_private_server(rig, _, sig):
    trace = rig.start("-q", "--", rig.victim, "storm", rig.write("file"))
    trace.expect("ready")
    members = sandbox.descendants(trace.pid)
    check("rsx-server" in {comm(pid) for pid in members}, "no private server")
    kill(trace.pid, sig)
    trace.finish(close=False).ended(-sig, "ready\n")
    soon("all are gone", lambda: not any(map(alive, members)))


@test(("kill",), ("eio",))
def private_server_killed(rig, mode):
    trace = rig.start("-q", f"--on-disconnect={mode}", "--", rig.victim, "reads",
                      rig.write("file"))
    trace.expect("ready")
    kill(next(pid for pid in sandbox.descendants(trace.pid) if comm(pid) == "rsx-server"))
    run = trace.finish(close=False)
    same("exit status", run.status, LOST if mode == "kill" else 3)
    same("lines", len(run.err.splitlines()), 1)


@test()
def private_server_missing(rig):
    """rsx-trace alone, and no rsx-server in PATH."""
    alone = shutil.copy(rig.trace_path, rig.path("rsx-trace"))
    rig.env["PATH"] = "/nonexistent"
    rig.run(alone, "--", "/bin/echo", "ran").refused(120, "private server", "PATH")


@test()
def other_sessions_go_on(rig):
    """One rsx-trace dies and another's connection breaks: a third sees nothing."""
    server = rig.serve("tcp")
    path = rig.write("file")
    third = rig.start("--", rig.victim, "reads", path, server=server)
    third.expect("ready")
    broken = Proxy(server.port)
    traces = [rig.start("--", rig.victim, "storm", path, server=server, address=address)
              for address in (server.address, broken.address)]
    for trace in traces:
        trace.expect("ready")
    kill(traces[0].pid)
    broken.cut()
    for trace in traces:
        trace.finish(close=False)
    third.finish().ended(0, "ready\nend\n")


@test()
def vanished_server_is_found_again(rig):
    """A new server takes over a killed one's socket file."""
    first = rig.serve("unix")
    kill(first.pid)
    first.finish()
    check(os.path.exists(rig.path("socket")), "the killed server's socket is gone")
    rig.trace("--", "/bin/echo", "again", server=rig.serve("unix")).ended(0, "again\n")


def with_results(data, lies, result):
    """The same messages, but that replies with a payload that `lies` knows have that result."""
    told = b""
    while len(data) >= 20:
        kind, lane, call, head, length = struct.unpack("<3xBIIII", data[:20])
        header, payload = data[20:20 + head], data[20 + head:20 + head + length]
        if kind == raw.REPLY and lies(payload):
            header = raw.field(1, 2 * result) + raw.field(2, raw.fields(header)[2])
        told += raw.pack(kind, header, payload, lane, call)
        data = data[20 + head + length:]
    return told + data


@test(("own-number", bytes.isdigit), ("mapping", lambda payload: len(payload) == 4321))
def server_that_says_more_than_it_sends(rig, _, lies):
    """A result is no number of bytes that the tracer believes."""
    server = rig.serve("tcp")
    path = rig.write("file", 4321 * "x")
    proxy = Proxy(server.port, replies=lambda data: with_results(data, lies, 1 << 40))
    try:
        rig.trace("-q", "--", rig.victim, "touch", path, "private", "1", server=server,
                  address=proxy.address).refused(LOST, "result", "does not fit", "killed")
    finally:
        proxy.cut()


@test()
def programs_over_a_slow_link(rig):
    """Every call is long enough for the program to be put to sleep meanwhile."""
    server = rig.serve("tcp")
    proxy = Proxy(server.port, delay=0.005)
    folder = rig.path("slow")
    os.mkdir(folder)
    script = ("for i in 1 2 3; do env true; done; cat /etc/hostname >a; ln -s /usr/bin/env e;"
              " ./e echo ran; (exec ./e sh -c 'kill -TERM $$'); echo $?; ls")
    try:
        ended = rig.trace("--key", server.key, "--server", proxy.address, "--", "sh", "-c", script,
                          cwd=folder)
        ended.ended(0, "ran\n143\na\ne\n", "Terminated\n")
    finally:
        proxy.cut()


@test()
def signals_while_a_socket_is_claimed(rig):
    """The call that had to wait for that is made as if nothing had been."""
    server = rig.serve("tcp")
    proxy = Proxy(server.port, delay=0.02)
    try:
        rig.trace("--", rig.victim, "claims", rig.path("claimed"), server=server,
                  address=proxy.address).ended(0, "0, 1 came\n")
    finally:
        proxy.cut()
