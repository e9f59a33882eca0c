# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be attached to: one line, and the process goes on."""

import os
import time

import rig as r
from rig import LISTER, Skip, check, children, detach, test


def refused(rig, pid, *words, **options):
    t = rig.start(r.OPTIONS.trace, "--server", rig.address, "-p", str(pid), **options)
    check(t.end() == 122, f"{t.child.returncode} {t.err}")
    check(len(t.err) == 1 and all(w in t.err[0] for w in words), t.err)


@test
def no_such_process(rig):
    p = rig.start("true")
    p.end()
    refused(rig, p.pid, "no such process")


@test
def already_traced(rig):
    p = rig.python(LISTER)
    t = rig.attach(p.pid)
    refused(rig, p.pid, "already traced", str(t.pid))
    detach(t)


@test
def another_users_process(rig):
    if os.geteuid():
        raise Skip("needs root")
    p = rig.python(LISTER)
    os.chmod(os.path.dirname(rig.folder), 0o755)
    t = rig.start(r.OPTIONS.trace, "-p", str(p.pid), user=65534, group=65534, extra_groups=[])
    check(t.end() == 122 and any("user 0's" in l for l in t.err), t.err)
    p.say("")
    p.expect("^near$")


@test
def a_kernel_thread(rig):
    if not os.path.exists("/proc/2/status") or os.path.exists("/proc/2/exe") and \
            "kthreadd" not in open("/proc/2/status", encoding="ascii").read():
        raise Skip("this namespace shows no kernel threads")
    refused(rig, 2, "kernel thread")


@test
def what_has_ended(rig):
    """A child that nobody has waited for."""
    p = rig.python("import os\nchild = os.fork()\nif not child: os._exit(0)\n"
                   "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)\n"
                   "print('ready'); print(child)\ninput()")
    p.expect(r"^\d+$")
    refused(rig, int(p.out[-1]), "has ended")
    check(p.child.poll() is None, p.err)


@test
def no_process_id(rig):
    for text in ("0", "-1", "x", "1x", "", "99999999999", "4294967297"):
        t = rig.start(r.OPTIONS.trace, "--server", rig.address, "-p", text)
        check(t.end() == 2 and len(t.err) == 1 and "process id" in t.err[0], f"{text}: {t.err}")


@test
def itself(rig):
    t = rig.start("sh", "-c", 'exec "$@" -p $$', "sh", r.OPTIONS.trace, "--server", rig.address)
    check(t.end() == 122 and len(t.err) == 1 and "itself" in t.err[0], t.err)


@test
def its_own_server(rig):
    """All of the server's processes would wait for themselves; they go on."""
    p = rig.python(LISTER)
    t = rig.attach(p.pid)
    pids, new = [], [rig.server.pid]
    while new:
        pids += new
        new = [child for pid in new for child in children(pid)]
    check(len(pids) >= 3, f"main, nursery and a twin: {pids}")
    for pid in pids:
        refused(rig, pid, "rsx-server", "another server")
    p.say("")
    p.expect("^far fifo$")
    detach(t)


@test
def a_32_bit_program(rig):
    """Its ELF header is what counts; without a 32-bit compiler it is made by hand."""
    path = os.path.join(rig.folder, "tiny")
    # pause() for ever: mov eax, 29; int 0x80; jmp
    code = b"\xb8\x1d\x00\x00\x00\xcd\x80\xeb\xf7"
    base, size = 0x8048000, 52 + 32 + len(code)
    head = b"\x7fELF\x01\x01\x01" + bytes(9) + b"".join(
        n.to_bytes(w, "little") for n, w in (
            (2, 2), (3, 2), (1, 4), (base + 84, 4), (52, 4), (0, 4), (0, 4), (52, 2), (32, 2),
            (1, 2), (0, 2), (0, 2), (0, 2), (1, 4), (0, 4), (base, 4), (base, 4), (size, 4),
            (size, 4), (5, 4), (4096, 4)))
    with open(path, "wb") as f:
        f.write(head + code)
    os.chmod(path, 0o755)
    try:
        p = rig.start(path)
    except OSError as e:
        raise Skip(f"this kernel runs no 32-bit programs: {e}") from e
    time.sleep(0.2)
    if p.child.poll() is not None:
        raise Skip("this kernel runs no 32-bit programs")
    refused(rig, p.pid, "32-bit")
