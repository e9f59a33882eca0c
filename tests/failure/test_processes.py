# SPDX-License-Identifier: GPL-2.0-or-later
"""Which processes a program sees, with a server among others than are here."""

import os
import shutil
import signal
import subprocess

from rig import Process, Skip, check, kill, soon, test, text_of

# What is looked at runs beside the program; names are of no other process.
OTHERS = r"""
named() { ps aux | awk '{ print $11 }' | grep -c "$1\$"; }
echo "ps far $(named rsxfarproc) near $(named rsxnearproc)"
echo "pgrep far $(pgrep -x rsxfarproc | wc -l) near $(pgrep -x rsxnearproc | wc -l)"
echo "top far $(top -b -n 1 -w 500 | grep -c rsxfarproc) near $(top -b -n 1 -w 500 | grep -c rsxnearproc)"
echo "twins $(ps -e -o comm= | grep -c rsx-twin)"
echo "pidof far $(pidof rsxfarproc | wc -w) near $(pidof rsxnearproc | wc -w)"
"""
OWN = r"""
exec sleep 1000 & child=$!; until [ "$(cat /proc/$child/comm)" = sleep ]; do :; done
echo "own $(ps -p $$ -o comm=) $(pgrep -P $$ -x sleep | grep -cx $child) $(pidof sleep | grep -cw $child)"
echo "listed $(ls /proc | grep -cx $$) $(ls /proc | grep -cx $child) of $(ls /proc | sort | uniq -d | wc -l) twice"
kill -0 $child && echo "there $(tr '\0' ' ' </proc/$child/cmdline)$(ls /proc/$$/ | grep -cx status)"
kill $child; wait $child 2>/dev/null; kill -0 $child 2>/dev/null || echo gone; test -e /proc/$child || echo from /proc, too
"""
OTHERS_SEEN = """ps far 1 near 0
pgrep far 1 near 0
top far 1 near 0
twins 0
pidof far 1 near 0
"""
OWN_SEEN = """own sh 1 1
listed 1 1 of 0 twice
there sleep 1000 1
gone
from /proc, too
"""


def among_others(rig):
    """A server in a process namespace of its own, with a process beside it."""
    if os.geteuid() or not all(map(shutil.which, ("unshare", "ps", "top", "pgrep", "pidof"))):
        raise Skip("needs root and procps")
    for name in ("rsxfarproc", "rsxnearproc"):
        shutil.copy(shutil.which("sleep"), rig.path(name))
    near = subprocess.Popen([rig.path("rsxnearproc"), "1000"])  # pylint: disable=consider-using-with
    far = Process(rig, ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-c",
                        '"$1" 1000 & shift; "$@" & wait', "sh", rig.path("rsxfarproc"),
                        rig.server_path, "--listen", f"unix:{rig.path('socket')}"])
    soon("the server listens", lambda: "listening" in far.err())
    return near, far


def part(near, far):
    near.kill()
    near.wait()
    kill(int(text_of(f"/proc/{far.pid}/task/{far.pid}/children")))  # the namespace's first
    far.finish()


@test()
def processes_seen(rig):
    near, far = among_others(rig)
    run = rig.trace("-q", "--server", f"unix:{rig.path('socket')}", "--", "sh", "-c", OTHERS + OWN)
    part(near, far)
    run.ended(0, OTHERS_SEEN + OWN_SEEN)


@test()
def private_processes_seen(rig):
    """With a server on this machine each process is there once, without twins."""
    rig.trace("-q", "--", "sh", "-c", OWN).ended(0, OWN_SEEN)


@test()
def title_of_a_twin(rig):
    """Who looks on the server sees which twin is whose."""
    server = rig.serve()
    program = rig.start("--", "sh", "-c", "sleep 1000; echo", server=server)

    def titles():
        return sorted(text_of(f"/proc/{pid}/cmdline").rstrip("\0") for pid in server.twins())

    soon("the twins have titles", lambda: titles() == [
        "rsx-twin: sh -c sleep 1000; echo", "rsx-twin: sleep 1000"])
    kill(program.pid, signal.SIGTERM)
    check(program.finish().status == -signal.SIGTERM, "it did not end by the signal")
    server.idle()
