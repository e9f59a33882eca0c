# SPDX-License-Identifier: GPL-2.0-or-later
"""What rsx says of itself: --doctor, --status and --query."""

import json
import os
import re
import socket

from proxy import Proxy
from rig import Skip, check, same, soon, test

WORKS = ("rsx-trace", "kernel", "yama", "ptrace", "server", "calls", "denied", "clock", "its side",
         "round trip", "throughput")
ALLOWED = tuple("allowed" if what == "denied" else what for what in WORKS)


def lines(ended):
    """[(how, what)] of a doctor's report."""
    found = re.findall(r"^(ok|note|FAIL) +(\S+(?: \S+)?)  +\S", ended.out, re.M)
    same("lines that are understood", len(found), len(ended.out.splitlines()))
    return found


def doctor(rig, *args, **options):
    process = rig.start(*args, "--doctor", **options)
    return process.finish()


@test(("unix",), ("tcp",))
def doctor_of_a_server(rig, transport):
    server = rig.serve(transport)
    ended = doctor(rig, server=server)
    ended.ended(0, ended.out)
    same("what is checked", tuple(what for _, what in lines(ended)), WORKS)
    check("FAIL" not in ended.out, ended.out)
    check(re.search(r"p50 \d+ us, p90 \d+ us, p99 \d+ us", ended.out), ended.out)
    check(re.search(r"\d+ MiB/s there, \d+ MiB/s back", ended.out), ended.out)
    check(os.uname().nodename in ended.out and f"user {os.geteuid()}," in ended.out, ended.out)
    server.idle()


@test()
def doctor_over_a_slow_link(rig):
    """It measures less, and the server does not take it for dead."""
    server = rig.serve("tcp")
    proxy = Proxy(server.port, delay=0.03)
    try:
        ended = doctor(rig, "--key", server.key, "--server", proxy.address)
        ended.ended(0, ended.out)
        same("what is checked", tuple(what for _, what in lines(ended)), WORKS)
        trips = int(re.search(r"longest \d+ us \((\d+) calls\)", ended.out)[1])
        check(1 <= trips < 200, ended.out)
    finally:
        proxy.cut()


@test()
def doctor_of_a_private_server(rig):
    ended = doctor(rig)
    ended.ended(0, ended.out)
    same("what is checked", tuple(what for _, what in lines(ended)), ALLOWED)


def line_of(ended, what):
    found = re.findall(rf"^\w+ +{what} +(\S.*)$", ended.out, re.M)
    check(len(found) == 1, ended.out)
    return found[0]


@test()
def doctor_of_what_is_allowed(rig):
    """What it says of chroot(2) is what a program finds."""
    program = ("-e", "allow=chroot", "--", "/usr/bin/python3", "-c",
               "import os\ntry: os.chroot('/'); print('ok')\nexcept OSError as e: print(e.strerror)")
    strict = rig.serve()
    lenient = rig.serve_with("--listen", f"unix:{rig.path('lenient')}", "--allow", "chroot")
    for server, said, does in ((strict, "denied", "Operation not permitted"),
                               (lenient, "allowed", "Operation not permitted" if os.geteuid() else "ok")):
        ended = doctor(rig, server=server)
        ended.ended(0, ended.out)
        what = line_of(ended, said)
        check(what.startswith("chroot; ") and "--allow" in what or said == "allowed", what)
        check("-e allow=" in what and ("allowed" if said == "denied" else "denied") not in
              [w for _, w in lines(ended)], ended.out)
        run = rig.trace("-q", *program, server=server)
        same(f"chroot where it is {said}", run.out.strip(), does)


@test()
def doctor_of_a_full_server(rig):
    server = rig.serve_with("--listen", f"unix:{rig.path('full')}", "--max-sessions", "1")
    run = rig.start("-q", "--", "/bin/cat", server=server)
    soon("a session", server.twins)
    ended = doctor(rig, server=server)
    same("status", ended.status, 121)
    check(("FAIL", "server") in lines(ended) and "maximum of sessions" in line_of(ended, "server"),
          ended.out)
    run.finish().ended(0)
    soon("the session has ended", lambda: doctor(rig, server=server).status == 0, 10)


@test()
def doctor_of_another_users_server(rig):
    """A unix socket is for its user and root."""
    if os.geteuid():
        raise Skip("needs root, to be another user")
    server = rig.serve()
    for path in (rig.path("."), os.path.dirname(server.address.removeprefix("unix:"))):
        os.chmod(path, 0o755)
    os.chmod(server.address.removeprefix("unix:"), 0o666)
    ended = doctor(rig, server=server, user=65534, group=65534, extra_groups=[])
    same("status", ended.status, 121)
    check(("FAIL", "server") in lines(ended) and "user" in line_of(ended, "server"), ended.out)


@test()
def doctor_without_a_server(rig):
    ended = doctor(rig, "--server", f"unix:{rig.path('nowhere')}")
    same("status", ended.status, 120)
    check(("FAIL", "server") in lines(ended), ended.out)
    check(("ok", "ptrace") in lines(ended), ended.out)
    check("no such socket" in ended.err and "no such socket" in ended.out, ended.err + ended.out)


@test()
def doctor_with_the_wrong_key(rig):
    server = rig.serve("tcp")
    ended = doctor(rig, "--server", server.address, "--key", rig.key("other"))
    same("status", ended.status, 121)
    check(("FAIL", "server") in lines(ended) and "the key is wrong" in ended.out, ended.out)
    ended = doctor(rig, "--server", server.address)
    same("status", ended.status, 121)
    check("--key FILE" in ended.out, ended.out)


@test()
def doctor_of_something_else(rig):
    """A peer that speaks another protocol, and an address of no server at all."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        p = rig.start("--doctor", "--server", f"tcp:127.0.0.1:{s.getsockname()[1]}", "--key",
                      rig.key("key"))
        peer = s.accept()[0]
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)
        ended = p.finish()
        peer.close()
    same("status", ended.status, 121)
    check("not an rsx-server" in ended.out, ended.out)
    ended = doctor(rig, "--server", "tcp:no-such-host.invalid:1", "--key", rig.path("key"))
    check(ended.status == 120 and "no such host" in ended.out, ended.out)
    ended = doctor(rig, "--server", "vsock:x")
    check(ended.status == 2 and "vsock:CID:PORT" in ended.out, ended.out)


@test()
def doctor_where_ptrace_is_forbidden(rig):
    """Under rsx-trace itself: what is traced may not trace."""
    ended = rig.start("-q", "--", rig.trace_path, "--doctor").finish()
    same("status", ended.status, 122)
    check(("FAIL", "ptrace") in lines(ended), ended.out)
    check(("ok", "round trip") in lines(ended), ended.out)


def status_server(rig):
    socket_path = rig.path("status")
    server = rig.serve_with("--listen", f"unix:{rig.path('socket')}", "--status",
                            f"unix:{socket_path}")
    soon("the status socket", lambda: os.path.exists(socket_path))
    return server, f"unix:{socket_path}"


def query(rig, address, *args):
    return rig.server_run("--query", address, *args)


def ask(rig, address):
    ended = query(rig, address, "--json")
    ended.ended(0, ended.out)
    return json.loads(ended.out)


@test()
def query_of_a_busy_server(rig):
    server, address = status_server(rig)
    before = ask(rig, address)
    same("sessions at first", (before["sessions"], before["total"]["sessions"]), ([], 0))
    same("pid", before["pid"], server.pid)
    fifo = rig.fifo()
    trace = rig.start("--", "sh", "-c", f"cat {fifo}; true", server=server)

    def blocked():
        now = ask(rig, address)
        lanes = [l for s in now["sessions"] for t in s["twins"] for l in t["lanes"]]
        return now if any(l["call"] == "openat" for l in lanes) else None

    now = soon("a twin waits in openat", blocked)
    same("sessions", len(now["sessions"]), 1)
    session = now["sessions"][0]
    check(len(session["twins"]) == 2 and session["calls"] > 0, session)
    for twin in session["twins"]:
        check(os.path.exists(f"/proc/{twin['pid']}") and len(twin["lanes"]) == 1, twin)
    same("sums", session["calls"], now["total"]["calls"])
    text = query(rig, address)
    text.ended(0, text.out)
    check(session["id"] in text.out and "openat" in text.out and
          f"up " in text.out and server.address in text.out, text.out)
    with open(fifo, "w", encoding="ascii") as file:
        file.write("x")
    trace.finish().ended(0, "x")
    after = soon("the session is gone",
                 lambda: next((a for a in [ask(rig, address)] if not a["sessions"]), None))
    check(after["total"]["calls"] >= session["calls"] and after["total"]["sessions"] == 1, after)
    server.stop()
    check(not os.path.exists(rig.path("status")), "the status socket is left")


@test()
def query_is_refused(rig):
    server, address = status_server(rig)
    query(rig, f"unix:{rig.path('nowhere')}").refused(120, "no such socket", program="rsx-server")
    query(rig, "tcp:127.0.0.1:1").refused(2, "unix:PATH", program="rsx-server")
    query(rig, address, "--listen", "unix:/x").refused(2, "besides", program="rsx-server")
    rig.server_run("--json").refused(2, "--query", program="rsx-server")
    rig.server_run("--listen", f"unix:{rig.path('other')}", "--status", "tcp:127.0.0.1:0").refused(
        2, "unix:PATH", program="rsx-server")
    # what listens there is no status socket
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(rig.path("stranger"))
    listener.listen()
    process = rig.start_server_query(f"unix:{rig.path('stranger')}")
    peer = listener.accept()[0]
    peer.sendall(b'{"hello": 1}\n')
    peer.close()
    process.finish().refused(121, "no status socket", program="rsx-server")
    listener.close()
    # many who ask and do not read hold nobody up
    idle = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    for one in idle:
        one.connect(rig.path("status"))
    for one in idle:
        one.close()
    same("pid", soon("an answer", lambda: ask(rig, address))["pid"], server.pid)
