# SPDX-License-Identifier: GPL-2.0-or-later
"""A wait for both sides costs nothing while nothing happens: no process of
either side looks again and again. Measured as what they use of the CPU, which
is not how long anything takes.
"""

import os
import time

import sandbox
from rig import calls, check, soon, test, text_of

IDLE = 2         # seconds of waiting for nothing
BUSY = 60        # ms of CPU time: a heartbeat takes less, looking every ms far more
WAKEUPS = 60     # and a look every 30 ms
PPOLL = {"271", "73"}
EPOLL_PWAIT = {"281", "22"}  # x86-64 and asm-generic


def threads(pids):
    for pid in pids:
        for tid in os.listdir(f"/proc/{pid}/task"):
            yield f"/proc/{pid}/task/{tid}"


def cost(pids):
    """CPU time in ms and voluntary context switches, of all threads."""
    used = wakeups = 0
    for thread in threads(pids):
        used += int(text_of(f"{thread}/schedstat").split()[0]) / 1e6
        for line in text_of(f"{thread}/status").splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                wakeups += int(line.split()[1])
    return used, wakeups


def ticks(pids):
    """utime and stime in ms, of all threads."""
    total = 0
    for thread in threads(pids):
        total += sum(map(int, text_of(f"{thread}/stat").rsplit(")", 1)[1].split()[11:13]))
    return total * 1000 / os.sysconf("SC_CLK_TCK")


@test(*[(way, side) for way in ("poll", "select", "epoll", "nested")
        for side in ("here", "there")])
def idle_wait(rig, way, side):
    fifo = rig.fifo()
    server = rig.serve("unix")
    trace = rig.start("-q", "--", rig.victim, "both", fifo, way, server=server)
    trace.expect("ready")

    def parked():
        return any(calls(pid) & PPOLL for pid in sandbox.descendants(trace.pid)) and \
               any(calls(pid) & (PPOLL | EPOLL_PWAIT) for pid in server.twins())

    soon("both sides wait", parked)
    pids = {trace.pid, server.pid} | sandbox.descendants(trace.pid) | server.members()
    check(len(pids) > 3, f"too few processes: {pids}")
    before, before_ticks = cost(pids), ticks(pids)
    time.sleep(IDLE)
    after, after_ticks = cost(pids), ticks(pids)
    used, wakeups = after[0] - before[0], after[1] - before[1]
    check(used < BUSY, f"idle for {IDLE} s took {used:.1f} ms of CPU time")
    check(after_ticks - before_ticks <= BUSY, f"{after_ticks - before_ticks} ms by /proc/PID/stat")
    check(wakeups < WAKEUPS, f"{wakeups} wake-ups in {IDLE} s")
    if side == "here":
        trace.popen.stdin.write(b"here\n")
        trace.popen.stdin.flush()
    else:
        with open(fifo, "wb", buffering=0) as file:
            file.write(b"there\n")
    trace.finish(close=False).ended(0, f"ready\n{side}\n")
