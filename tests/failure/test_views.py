# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of the trace as someone knows them from strace: the memory of calls that
run here, signals, how children end, calls that take long, and its options.
"""

import os
import re
import signal
import signal

from rig import check, kill, same, soon, test, text_of

PYTHON = "/usr/bin/python3"

PROGRAM = """
import os, select, signal, socket, struct, subprocess, time
signal.signal(signal.SIGALRM, lambda *_: 0)
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(0.1)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGRTMIN])
os.kill(os.getpid(), signal.SIGUSR1)
signal.sigtimedwait([signal.SIGUSR1], 1)
r, w = os.pipe()
os.writev(w, [b"ab", b"cd"]); os.readv(r, [bytearray(2), bytearray(9)])
os.write(w, b"x")
p = select.poll(); p.register(r, select.POLLIN); p.register(w, select.POLLPRI); p.poll()
select.select([r], [w], [], 1)
e = select.epoll(); e.register(r, select.EPOLLIN | select.EPOLLET); e.poll()
a, b = socket.socketpair()
a.sendmsg([b"abc", b"def"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", r))])
b.recvmsg(10, 100)
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
for child in (lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL)):
    pid = os.fork()
    if not pid:
        child()
    os.waitpid(pid, 0)
"""

LINES = (
    r"rt_sigaction\(SIGALRM, \{sa_handler=0x\w+, sa_mask=\[\], sa_flags=SA_RESTORER(\|SA_ONSTACK)?, "
    r"sa_restorer=0x\w+\}, \{sa_handler=SIG_DFL, sa_mask=\[\], sa_flags=0\}, 8\) = 0",
    r"setitimer\(ITIMER_REAL, \{it_interval=\{tv_sec=0, tv_usec=0\}, it_value=\{tv_sec=0, "
    r"tv_usec=10000\}\}, \{it_interval=\{tv_sec=0, tv_usec=0\}, it_value=\{tv_sec=0, tv_usec=0\}\}\) = 0",
    r"--- SIGALRM \{si_signo=SIGALRM, si_code=SI_KERNEL\} ---",
    r"rt_sigprocmask\(SIG_BLOCK, \[USR1 RT_2\], \[\], 8\) = 0",
    r"rt_sigtimedwait\(\[USR1\], \{si_signo=SIGUSR1, si_code=SI_USER, si_pid=\d+, si_uid=\d+\}, "
    r"\{tv_sec=1, tv_nsec=0\}, 8\) = 10",
    r"pipe2\(\[3, 4\], O_CLOEXEC\) = 0",
    r'writev\(4, \[\{iov_base="ab", iov_len=2\}, \{iov_base="cd", iov_len=2\}\], 2\) = 4',
    r'readv\(3, \[\{iov_base="ab", iov_len=2\}, \{iov_base="cd", iov_len=9\}\], 2\) = 4',
    r"poll\(\[\{fd=3, events=POLLIN\}, \{fd=4, events=POLLPRI\}\], 2, -1\) = 1 "
    r"\(\[\{fd=3, revents=POLLIN\}\]\)",
    r"pselect6\(5, \[3\], \[4\], NULL, \{tv_sec=\d, tv_nsec=\d+\}, NULL\) = 2 \(in \[3\], out \[4\]\)",
    r"epoll_ctl\(5, EPOLL_CTL_ADD, 3, \{events=EPOLLIN\|EPOLLET, data=\{u32=3, u64=\d+\}\}\) = 0",
    r"epoll_pwait\(5, \[\{events=EPOLLIN, data=\{u32=3, u64=\d+\}\}\], \d+, -1, NULL, 8\) = 1",
    r'sendmsg\(6, \{msg_name=NULL, msg_namelen=0, msg_iov=\[\{iov_base="abc", iov_len=3\}, '
    r'\{iov_base="def", iov_len=3\}\], msg_iovlen=2, msg_control=\[\{cmsg_len=20, '
    r"cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=\[3\]\}\], msg_controllen=\d+, "
    r"msg_flags=0\}, 0\) = 6",
    r'recvmsg\(7, \{.*msg_iov=\[\{iov_base="abcdef", iov_len=10\}\].*SCM_RIGHTS, '
    r"cmsg_data=\[8\]\}\].*\}, 0\) = 6",
    r"socket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, IPPROTO_IP\) = 9",
    r"setsockopt\(9, SOL_SOCKET, SO_REUSEADDR, \[1\], 4\) = 0",
    r"wait4\(\d+, \[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 3\}\], 0, NULL\) = \d+",
    r"--- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=\d+, si_uid=\d+, si_status=3, "
    r"si_utime=\d+, si_stime=\d+\} ---",
    r"wait4\(\d+, \[\{WIFSIGNALED\(s\) && WTERMSIG\(s\) == SIGKILL\}\], 0, NULL\) = \d+",
    r"\+\+\+ killed by SIGKILL \+\+\+",
    r"\+\+\+ exited with 3 \+\+\+",
)


def traced(rig, *options, program, status=0):
    log = rig.path(f"trace{rig.number()}")
    run = rig.trace("-q", "-o", log, *options, "--", *program)
    same("status", run.status, status)
    return text_of(log).splitlines()


@test()
def local_calls_are_shown(rig):
    lines = traced(rig, program=(PYTHON, "-S", "-c", PROGRAM))
    bare = [re.sub(r" \[[a-z -]+\]$", "", line.split(" ", 1)[1]) for line in lines]
    for want in LINES:
        check(any(re.fullmatch(want, line) for line in bare),
              f"no line like {want}:\n" + "\n".join(l for l in bare if l[:5] == want[:5]))


@test()
def descriptors_that_stay_here(rig):
    """Passed over a socket of this side's: no complaint that they cannot travel."""
    log = rig.path("trace")
    run = rig.trace("-o", log, "--", PYTHON, "-S", "-c", """import os, socket
a, b = socket.socketpair(); r, w = os.pipe(); f = os.open("/etc/passwd", 0)
socket.send_fds(a, [b"x"], [r, w]); socket.send_fds(a, [b"x"], [f, r])
print(f, r, w, len(socket.recv_fds(b, 1, 9)[1]), len(socket.recv_fds(b, 1, 9)[1]))""")
    f, r, w, *lengths = run.out.split()
    same("received", lengths, ["2", "2"])
    check("cannot be passed" not in run.err, run.err)
    for fds in (f"{r}, {w}", f"{f}, {r}"):
        check(f"cmsg_data=[{fds}]" in text_of(log), text_of(log))


@test()
def links_keep_the_programs_name(rig):
    """A link of a local tree that leads out of it: the line has what the program said."""
    near, link = rig.path("near"), rig.path("near/link")
    os.mkdir(near)
    os.symlink(rig.write("file"), link)
    lines = traced(rig, "--local", near, "-e", "openat", program=("/bin/cat", link))
    check(any(f'openat(AT_FDCWD, "{link}", O_RDONLY) = 3 [remote]' in line for line in lines), lines)


@test()
def a_call_that_takes_long(rig):
    log = rig.write("log", "")
    p = rig.start("-q", "-o", log, "--", "/bin/sleep", "30")
    line = soon("the unfinished line", lambda: [
        line for line in text_of(log).splitlines() if "<unfinished ...>" in line], 20)[0]
    check(re.fullmatch(r"\d+ clock_nanosleep\(CLOCK_REALTIME, 0, \{tv_sec=30, tv_nsec=0\}, 0x\w+ "
                       r"<unfinished \.\.\.>", line), line)
    kill(p.pid, signal.SIGTERM)
    same("status", p.finish().status, -signal.SIGTERM)
    lines = traced(rig, "-T", program=("/bin/sh", "-c", "sleep 2.5; exit 3"), status=3)
    waits = [l for l in lines if "wait4" in l and "ECHILD" not in l]
    check(len(waits) == 2 and re.fullmatch(r"\d+ wait4\(-1, <unfinished \.\.\.>", waits[0]), waits)
    check(re.fullmatch(r"\d+ <\.\.\. wait4 resumed>, \[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 0\}\], "
                       r"0, NULL\) = \d+ <[\d.]+> \[local\]", waits[1]), waits)


@test()
def options_of_strace(rig):
    path = rig.write("file", "a\x01b\n")
    cat = ("/bin/cat", path)
    lines = traced(rig, "-f", "-e", "file,read", "-x", program=cat)
    check(any('"\\x61\\x01\\x62\\x0a", 131072) = 4' in l for l in lines), lines)
    check(any(path in l for l in lines), lines)
    lines = traced(rig, "-xx", "-e", "trace=write", program=cat)
    check(any('write(1, "\\x61\\x01' in l for l in lines), lines)
    lines = traced(rig, "-n", "-i", "-a", "50", "-e", "t=close", program=cat)
    found = [re.fullmatch(r"\d+ \[ *(\d+)\] \[(\w{16})\] (close\(\d+\) *) = 0 \[\w+\]", l) for l in lines[:-1]]
    check(all(found) and all(int(m[2], 16) and len(m[3]) == 50 for m in found), lines)
    missing = ("/bin/cat", rig.path("missing"), path)
    good = traced(rig, "-z", "-e", "openat", program=missing, status=1)
    bad = traced(rig, "-Z", "-e", "openat", program=missing, status=1)
    check(good and all("= -1" not in l for l in good), good)
    check(len(bad) > 1 and all("= -1 E" in l for l in bad[:-1]), bad)


@test()
def a_command_is_no_file(rig):
    run = rig.trace("-o", "|cat", "--", "/bin/true")
    same("status", run.status, 2)
    check("in bash" in run.err, run.err)


@test()
def signals_that_are_shown(rig):
    program = ("/bin/sh", "-c", "trap : USR1; kill -USR1 $$; (exit 3)")
    for option, want in (("signal=all", {"USR1", "CHLD"}), ("signal=USR1", {"USR1"}),
                         ("signal=!SIGUSR1", {"CHLD"}), ("signal=none", set())):
        lines = traced(rig, "-e", option, "-e", "trace=none", program=program, status=3)
        same(option, {m[1] for m in (re.search("--- SIG(\\w+) ", l) for l in lines) if m}, want)


@test()
def a_trace_is_appended(rig):
    log = rig.write("log", "before\n")
    rig.trace("-q", "-A", "-o", log, "-e", "trace=none", "--", "/bin/true").ended(0, None)
    check(re.fullmatch(r"before\n\d+ \+\+\+ exited with 0 \+\+\+\n", text_of(log)), text_of(log))
    run = rig.trace("-q", "-A", "-o", log, "--format=chrome", "--", "/bin/true")
    same("status", run.status, 2)


@test()
def the_summary_is_sorted(rig):
    def rows(order):
        text = "\n".join(traced(rig, "-c", "-w", "-S", order, program=("/bin/ls", rig.path(""))))
        return [(line.split()[-1], line) for line in text.splitlines()[2:-3]]
    names = [name for name, _ in rows("name")]
    check(len(names) > 5 and names == sorted(names), names)
    counts = [int(re.split(r" +", line.strip())[6]) for _, line in rows("calls")]
    check(counts == sorted(counts, reverse=True), counts)
