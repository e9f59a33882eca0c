# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong before the program runs: one line, and the program does not."""

import os
import shutil
import socket
import threading

import raw
from proxy import Proxy
from rig import (CONNECT, FAILED, NOENT, NOEXEC, PTRACE, REFUSED, USAGE, Skip, check, same,
                 soon, test)

RAN = ("--", "/bin/echo", "ran")


# --- addresses ---

@test()
def refused_port(rig):
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
        rig.trace("--server", address, *RAN).refused(CONNECT, address, "no server listens")


@test()
def no_such_host(rig):
    run = rig.trace("--server", "tcp:no-such-host.invalid:5000", *RAN)
    run.refused(CONNECT, "no-such-host.invalid")


@test()
def no_such_socket(rig):
    run = rig.trace("--server", f"unix:{rig.path('nothing')}", *RAN)
    run.refused(CONNECT, rig.path("nothing"), "no such socket")


@test()
def socket_of_a_dead_server(rig):
    path = rig.path("socket")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    rig.trace("--server", f"unix:{path}", *RAN).refused(CONNECT, "no server listens")


@test()
def address_from_the_environment(rig):
    rig.env["RSX_SERVER"] = "tcp:127.0.0.1:port"
    rig.trace(*RAN).refused(USAGE, "tcp:127.0.0.1:port", "port")


@test()
def malformed_addresses(rig):
    for address in ("", ":", "foo", "tcp", "tcp:", "tcp::", "tcp:host", "tcp:host:", "tcp::5",
                    "tcp:127.0.0.1:65536", "tcp:127.0.0.1:-1", "tcp:127.0.0.1:+1",
                    "tcp:127.0.0.1: 1", "tcp:127.0.0.1:1x", "tcp:127.0.0.1:99999999999999999999",
                    "tcp:::1:5", "tcp:[::1:5", "tcp:[]:5", "tcp:[::1]", "tcp:" + "h" * 5000 + ":1",
                    "unix", "unix:", "unix:@", "unix:/" + "x" * 108, "TCP:127.0.0.1:1",
                    "vsock:", "vsock:3", "vsock:3:", "vsock:x:5", "vsock:-1:5",
                    "vsock:4294967296:5", "vsock:3:4294967296", "http://127.0.0.1:1", "exec"):
        rig.trace("--server", address, *RAN).refused(USAGE, "--server")
        if len(address) < 1000:
            rig.server_run("--insecure", "--listen", address).refused(
                USAGE, "--listen", program="rsx-server")


# --- keys ---

@test()
def wrong_key(rig):
    server = rig.serve("tcp")
    run = rig.trace("--server", server.address, "--key", rig.key("other"), *RAN)
    run.refused(REFUSED, server.address, "key is wrong")
    same("twins", server.twins(), set())


@test()
def key_needed_but_none_given(rig):
    server = rig.serve("tcp")
    rig.trace("--server", server.address, *RAN).refused(REFUSED, "demands a key", "--key")


@test()
def key_given_but_none_asked_for(rig):
    """Whoever answers without the key may be anybody."""
    impostor = rig.serve_with("--insecure", "--listen", "tcp:127.0.0.1:0")
    rig.trace("--server", impostor.address, "--key", rig.key("mine"), *RAN).refused(
        REFUSED, "no key")
    rig.trace("-q", "--server", impostor.address, *RAN).ended(0, "ran\n")


def bad_keys(rig):
    """(what, file, words)"""
    yield "missing", rig.path("nowhere"), "No such file"
    yield "short", rig.write("short", "0123456789abcde\n"), "16 bytes"
    yield "empty", rig.write("empty", ""), "16 bytes"
    yield "directory", rig.tmp, "directory"
    yield "huge", rig.write("huge", "x" * 100000), "large"


@test()
def bad_key_files(rig):
    server = rig.serve("tcp")
    for _, path, words in bad_keys(rig):
        rig.trace("--server", server.address, "--key", path, *RAN).refused(USAGE, path, words)
        rig.server_run("--listen", "tcp:127.0.0.1:0", "--key", path).refused(
            USAGE, path, words, program="rsx-server")
    rig.env["RSX_KEY"] = rig.path("nowhere")
    rig.trace("--server", server.address, *RAN).refused(USAGE, "nowhere")


def as_user(uid, *command):
    if os.geteuid() or not shutil.which("setpriv"):
        raise Skip("needs root and setpriv")
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *command]


def reachable(rig):
    """Others than root may run the programs only if these are not hidden."""
    path = rig.trace_path
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 0o001:
            raise Skip(f"{path} is closed to others")


@test()
def unreadable_key_file(rig):
    reachable(rig)
    server = rig.serve("tcp")
    rig.run(*as_user(4242, *rig.command(*RAN, server=server))).refused(
        USAGE, server.key, "Permission denied")


# --- who may connect and listen ---

@test()
def socket_of_another_user(rig):
    reachable(rig)
    server = rig.serve("unix")
    command = as_user(4242, *rig.command(*RAN, server=server))
    rig.run(*command).refused(CONNECT, "Permission denied")
    os.chmod(rig.path("socket"), 0o777)
    rig.run(*command).refused(REFUSED, "refused")
    check("uid 4242" in server.err(), "the server does not say who was refused")
    rig.trace(*RAN, server=server).ended(0, "ran\n")


@test()
def listening_without_a_key(rig):
    for host in ("127.0.0.1", "0.0.0.0", "[::1]", "[::]"):
        rig.server_run("--listen", f"tcp:{host}:0").refused(
            USAGE, "--key", "--insecure", program="rsx-server")


@test()
def listening_in_vain(rig):
    server = rig.serve("unix")
    for address, words in ((server.address, "another server listens"),
                           (f"unix:{rig.path('no/such')}", "directory does not exist"),
                           (f"unix:{rig.tmp}", "no socket")):
        rig.server_run("--listen", address).refused(FAILED, address, words, program="rsx-server")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        rig.server_run("--insecure", "--listen", f"tcp:127.0.0.1:{taken.getsockname()[1]}").refused(
            FAILED, "taken", program="rsx-server")


# --- programs ---

@test()
def program_is_nowhere(rig):
    server = rig.serve("tcp")
    for name in ("no-such-program", rig.path("nothing"), "./nothing"):
        rig.trace("--", name, server=server, cwd=rig.dir).refused(NOENT, name, "no such program")
    rig.trace("--", "", server=server).refused(NOENT, "no such program")


@test()
def program_is_not_one(rig):
    plain = rig.write("plain", "#!/bin/sh\necho ran\n", 0o644)
    text = rig.write("garbage", "\x7fELFgarbage\n", 0o755)
    script = rig.write("script", "#!/no/such/interpreter\n", 0o755)
    server = rig.serve("unix")
    for path, status, words in ((plain, NOEXEC, "Permission denied"),
                                (text, NOEXEC, "Exec format error"),
                                (rig.tmp, NOEXEC, "cannot be executed"),
                                (plain + "/x", NOEXEC, "Not a directory"),
                                (script, NOENT, "")):
        rig.trace("--", path, server=server).refused(status, path, words)


@test()
def program_is_denied(rig):
    rig.trace("-q", "--deny", "/bin/echo", "--deny", "/usr/bin/echo", *RAN).refused(
        NOEXEC, "/bin/echo", "Permission denied")


# --- tracing ---

@test()
def traced_already(rig):
    if not shutil.which("strace"):
        raise Skip("no strace here")
    rig.run("strace", "-f", "-q", "-e", "trace=none", "-e", "signal=none", "-o", rig.path("log"),
            *rig.command("-q", *RAN)).refused(PTRACE, "cannot trace", "already being traced")


@test()
def ptrace_forbidden(rig):
    rig.run(rig.victim, "without", "ptrace", *rig.command("-q", *RAN)).refused(
        PTRACE, "cannot trace", "seccomp", "SYS_PTRACE")


@test(("on-x", "x86-64"), ("on-arm", "aarch64"))
def ptrace_of_an_old_kernel(rig, _, machine):
    """What 5.3 brought: PTRACE_GET_SYSCALL_INFO, and to aarch64 PTRACE_SYSEMU as well."""
    rig.run(rig.victim, "oldptrace", machine, *rig.command("-q", *RAN)).refused(
        PTRACE, "Linux 5.3")


# --- peers that are not rsx ---

class Peer:
    """Accepts connections, says something, and closes or waits."""

    def __init__(self, says, close):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self.listener.getsockname()[1]}"
        self.says, self.close, self.kept = says, close, []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            sock, _ = self.listener.accept()
            if self.says is not None:
                sock.recv(1)
                sock.sendall(self.says)
            if self.close:
                sock.close()
            self.kept.append(sock)


HTTP = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
RX = b"RX" + bytes([raw.VERSION])


@test(("http", HTTP, True, "not an rsx-server"),
      ("ssh", b"SSH-2.0-OpenSSH_9.2p1\r\n", False, "not an rsx-server"),
      ("zeros", bytes(100000), False, "not an rsx-server"),
      ("short", b"??", True, "not an rsx-server"),
      ("closes", None, True, "closed the connection"),
      ("unknown-type", RX + b"\xff" + bytes(16), False, "a malformed message"),
      ("huge-header", RX + b"\x02" + bytes(8) + b"\xff" * 8, False, "a malformed message"),
      ("call", RX + b"\x06" + bytes(16), False, "an unexpected message"),
      ("half", RX + b"\x02" + bytes(8) + b"\x09" + bytes(7), True, "closed the connection"),
      ("bad-challenge", RX + b"\x02" + bytes(8) + b"\x02" + bytes(7) + b"\xff\xff", False,
       "a malformed challenge"),
      ("escapes", raw.pack(raw.ERROR, raw.field(2, b"\x1b[2Jno\nrsx-trace: yes\x7f")), True,
       ": ?[2Jno?rsx-trace: yes?"),
      ("other-version", b"RX\x7f\x02" + bytes(16), False, "another version"))
def peer(rig, _, says, close, words):
    other = Peer(says, close)
    rig.trace("--server", other.address, *RAN).refused(REFUSED, other.address, words)


@test(slow=True)
def peer_is_silent(rig):
    other = Peer(b"", False)
    rig.trace("--server", other.address, *RAN).refused(REFUSED, "does not answer")


@test(("here", False), ("there", True))
def other_version(rig, _, to_server):
    """Whichever end is the older one says so."""
    server = rig.serve("tcp")

    def patch(direction, data):
        return data[:2] + b"\x09" + data[3:] if direction is to_server else data

    proxy = Proxy(server.port, patch)
    rig.trace(*RAN, server=server, address=proxy.address).refused(REFUSED, "another version")
    if to_server:
        soon("the server's line", lambda: "another version" in server.err())


MKDIRAT, FADVISE64 = 34, 223  # asm-generic


def describe_differently(data, *rows):
    """A control connection's Hello with other hashes for these rows."""
    found = raw.fields(data[20:])
    if 9 not in found:
        return data  # a lane's
    numbers, at = raw.numbers(found[9]), data.index(found[10])
    data = bytearray(data)
    for row in rows:
        data[at + 4 * numbers.index(row)] ^= 1
    return bytes(data)


@test()
def tables_that_differ(rig):
    """Two builds: what they share works, what they do not is named and ENOSYS."""
    server = rig.serve("tcp")
    proxy = Proxy(server.port, lambda to_server, data:
                  describe_differently(data, MKDIRAT, FADVISE64) if to_server else data)
    text = rig.write("text", "shared\n")
    run = rig.trace("--", "sh", "-c", f"cat {text}; mkdir {rig.path('new')}; touch {text}.2",
                    server=server, address=proxy.address)
    same("stdout", run.out, "shared\n")
    same("status", run.status, 0)
    lines = run.err.splitlines()
    for word, line in zip(("mkdirat", "fadvise64", "Function not implemented"), lines):
        check(word in line, f"no {word!r} in {line!r}")
    same("lines", len(lines), 3)
    check(os.path.exists(f"{text}.2"), "the rest does not work")
    check(not os.path.exists(rig.path("new")), "the refused call was made")


# --- options ---

@test()
def bad_options(rig):
    for args, words in (((), "no program"), (("--",), "no program"),
                        (("--no-such-option", *RAN), "--no-such-option"),
                        (("-X", *RAN), "-X"), (("-qX", *RAN), "-X"),
                        (("--quiet=yes", *RAN), "no argument"),
                        (("--server",), "needs an argument"), (("-s",), "needs an argument"),
                        (("-s", "unix:/x", *RAN), "--server"), (("-s", "-1", *RAN), "bytes"),
                        (("--format=xml", *RAN), "text, json or chrome"),
                        (("--trace=opne", *RAN), "opne"), (("--trace=%fiel", *RAN), "%fiel"),
                        (("-P", "", *RAN), "not a path"),
                        (("--flame", rig.path("no/such/file"), *RAN), "No such file"),
                        (("--dry-run", "-p", "1"), "--dry-run"),
                        (("--map", "/etc", *RAN), "REMOTE=LOCAL"),
                        (("--map", "=/etc", *RAN), "empty"), (("--map", "/etc=", *RAN), "empty"),
                        (("--deny", "", *RAN), "empty"),
                        (("--local", "/" + "x" * 5000, *RAN), "too long"),
                        (("--on-disconnect=wait", *RAN), "kill|eio"),
                        (("-o", rig.path("no/such/file"), *RAN), "No such file"),
                        (("-o", rig.tmp, *RAN), "directory"),
                        (("-q", "--chdir", rig.path("nowhere"), *RAN), "--chdir"),
                        (("-q", "--chdir", rig.write("file"), *RAN), "Not a directory")):
        rig.trace(*args).refused(USAGE, words)


@test()
def bad_server_options(rig):
    listen = ("--listen", f"unix:{rig.path('socket')}")
    for args, words in (((), "--listen"), (("--no-such-option",), "--no-such-option"),
                        (("-X",), "-X"), (("-qX",), "-X"), (("--quiet=1",), "no argument"),
                        (("--listen",), "needs an argument"), ((*listen, "extra"), "extra"),
                        ((*listen, "--max-sessions", "0"), "--max-sessions"),
                        ((*listen, "--allow-cid", "x"), "--allow-cid"),
                        ((*listen, "--log", "loud"), "loud"),
                        ((*listen, "--chdir", rig.path("nowhere")), "nowhere"),
                        (("--private-fd", "1"), "--private-fd"),
                        (("--private-fd", "100"), "--private-fd"),
                        ((*listen, "--private-fd", "5"), "exclude")):
        rig.server_run(*args).refused(USAGE, words, program="rsx-server")
    check(not os.path.exists(rig.path("socket")), "a socket is left")


@test()
def full_server(rig):
    """One session too many is told so, and the others go on."""
    server = rig.serve_with("--max-sessions", "1", "--listen", f"unix:{rig.path('s')}")
    first = rig.start("--", rig.victim, "reads", rig.write("file"), server=server)
    first.expect("ready")
    rig.trace(*RAN, server=server).refused(REFUSED, "maximum of sessions")
    first.finish().ended(0, "ready\nend\n")
