# SPDX-License-Identifier: GPL-2.0-or-later
"""Many threads and processes, and nothing left of them."""

import os

from rig import check, same, test

GROWTH = 8 << 20  # bytes that the server's main process may keep


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    return sorted(os.listdir(f"/proc/{pid}/fd"))


def loaded(rig, transport, *victim):
    """Two runs: the first may warm up, the second may not grow anything."""
    server = rig.serve(transport)
    seen = []
    for _ in range(2):
        rig.trace("--", rig.victim, victim[0], rig.write("file"), *victim[1:], server=server,
                  bound=80).ended(0, f"{victim[1]} good\n")
        server.idle()
        seen.append((resident(server.pid), len(descriptors(server.pid))))
    same("the server's open descriptors", seen[1][1], seen[0][1])
    if not rig.asan:
        check(seen[1][0] - seen[0][0] < GROWTH, f"the server grew: {seen}")


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
    rig.trace("--", "/bin/true", server=server).ended(0)
    before = resident(server.pid), descriptors(server.pid)
    for _ in range(100):
        rig.trace("--", "/bin/true", server=server).ended(0)
    server.idle()
    same("the server's open descriptors", descriptors(server.pid), before[1])
    if not rig.asan:
        check(resident(server.pid) - before[0] < GROWTH, "the server grew")
