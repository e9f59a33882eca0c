# SPDX-License-Identifier: GPL-2.0-or-later
"""Many threads and processes, and nothing left of them."""

import os
import resource

from rig import check, same, soon, test

GROWTH = 8 << 20  # bytes that the server's main process may keep


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    return sorted(os.listdir(f"/proc/{pid}/fd"))


def loaded(rig, transport, *victim):
    """Two runs: the first may warm up, the second may not grow anything."""
    server = rig.serve(transport)
    before, sizes = descriptors(server.pid), []
    for _ in range(2):
        rig.trace("--", rig.victim, victim[0], rig.write("file"), *victim[1:], server=server,
                  bound=80).ended(0, f"{victim[1]} good\n")
        server.idle()
        soon("descriptors are closed", lambda: descriptors(server.pid) == before)
        sizes.append(resident(server.pid))
    if not rig.asan:
        check(sizes[1] - sizes[0] < GROWTH, f"the server grew: {sizes}")


@test(("unix",), ("tcp",), slow=True)
def threads_200(rig, transport):
    loaded(rig, transport, "threads", "200")


@test(("unix",), slow=True)
def children_2000(rig, transport):
    loaded(rig, transport, "children", "600" if rig.asan else "2000")


@test()
def sessions_100(rig):
    """Sessions one after another leave nothing in the server."""
    server = rig.serve("unix")
    before = descriptors(server.pid)
    rig.trace("--", "/bin/true", server=server).ended(0)
    size = resident(server.pid)
    for _ in range(100):
        rig.trace("--", "/bin/true", server=server).ended(0)
    server.idle()
    soon("descriptors are closed", lambda: descriptors(server.pid) == before)
    if not rig.asan:
        check(resident(server.pid) - size < GROWTH, "the server grew")


LIMIT = 60


def limited():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


@test(("here",), ("there",))
def descriptors_run_out(rig, where):
    """EMFILE on either side: nothing is leaked on the other, and it goes on."""
    server = rig.serve("unix", **({"preexec_fn": limited} if where == "there" else {}))
    trace = rig.start("--", rig.victim, "sockets", server=server,
                      **({"preexec_fn": limited} if where == "here" else {}))

    def go_on():
        trace.popen.stdin.write(b"\n")
        trace.popen.stdin.flush()

    trace.expect("ready\n")
    twin, = server.twins()
    before = descriptors(twin)
    go_on()
    trace.expect("full\n")
    check(len(descriptors(twin)) > len(before) + LIMIT // 2, "few were opened")
    if where == "there":
        same("the twin's descriptors", len(descriptors(twin)), LIMIT)
    go_on()
    trace.expect("closed\n")
    soon("the twin's descriptors are those of before", lambda: descriptors(twin) == before)
    trace.finish().ended(0, "".join(line + "\n" for line in (
        trace.text.decode().splitlines()[0], "ready", "socket: EMFILE", "dup: EMFILE",
        "accept: EMFILE", "full", "accept: ok", "open: +0", "closed")))
