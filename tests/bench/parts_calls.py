# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts a to f of ./run: calls, programs, streams, threads, memory."""

import select
import shutil
import subprocess
import time

from harness import KIB, MIB, RUN_TIMEOUT, Broken, Result, descendants, read


# (a) and (b): measured together, since one is the other's yardstick

def floor_and_call(bench, want_call):
    count = (5000 if bench.quick else 20000) // bench.part
    small = bench.world.file("small", 1000)
    variants = {"floor": bench.native("floor", count // 2)}
    if want_call:
        for over in ("tcp", "unix", "private"):
            variants[over] = bench.under(over, "calls", "lseek", small, count)
    got = bench.measure("call", variants)
    floor = got["floor"]
    best = min(floor[name] for name in ("same", "other") if name in floor)
    for name, figure in (("floor, all on one CPU", "same"),
                         ("floor, server on another CPU", "other"),
                         ("  stop, get, set", "stop"), ("  64 B of memory", "readv"),
                         ("  round trip, one CPU", "trip-same"),
                         ("  round trip, another CPU", "trip-other")):
        if figure in floor:
            yield Result(name, None, floor[figure] / 1e3, floor[figure] / best,
                         against="the floor")
    for over in list(variants)[1:]:
        ns = got[over]["lseek"]
        yield Result(f"call that does nothing, {over}", ns / 1e3, best / 1e3, ns / best, 2.0,
                         against="the floor")


# (c)

def open_read_close(bench):
    count = 500 if bench.quick else 2000
    small = bench.world.file("small", 1000)
    got = bench.measure("open", {
        "native": bench.native("calls", "open", small, count),
        "rsx": bench.under("tcp", "calls", "open", small, count)})
    rsx, native = got["rsx"]["open"] / 1e3, got["native"]["open"] / 1e3
    yield Result("open+fstat+read+close", rsx, native, rsx / native)


def spawns(bench):
    count = 10 if bench.quick else 30
    spawn, stops = bench.world.program("spawn"), bench.world.program("stops")
    strace = shutil.which("strace")
    for how in ("fork", "posix_spawn"):
        work = [how, count, "/bin/true"]
        # a tracer that does nothing; and one that could show calls, and shows none
        quiet = [strace, "-f", "-qqq", "-e", "trace=none", "-o", "/dev/null", spawn, *work]
        variants = {
            "native": bench.native("spawn", *work),
            "ptrace": lambda: bench.world.figures(stops, spawn, *work),
            "rsx": bench.under("tcp", "spawn", *work)}
        if strace:
            variants["strace"] = lambda: bench.world.figures(*quiet)
        got = bench.measure(how, variants)
        rsx = got["rsx"]["spawn"]
        for name, label, against, target in (("native", "", "native", None),
                                             ("ptrace", ", by ptrace", "a plain tracer", None),
                                             ("strace", ", by strace", "strace -f", 3.0)):
            if name in got:
                yield Result(f"{how} and exec of true{label}", rsx, got[name]["spawn"],
                             rsx / got[name]["spawn"], target, against=against)


def whole_run(bench):
    def timed(*command):
        began = time.monotonic()
        bench.world.figures(*command)
        return {"run": (time.monotonic() - began) * 1e6}

    got = bench.measure("start", {
        "native": lambda: timed("/bin/true"),
        "tcp": lambda: timed(*bench.world.trace("tcp"), "/bin/true"),
        "private": lambda: timed(*bench.world.trace("private"), "/bin/true")})
    native = got["native"]["run"]
    for over in ("tcp", "private"):
        yield Result(f"rsx-trace -- true, {over}", got[over]["run"], native,
                     got[over]["run"] / native)


# (d)

def stream(bench):
    big = bench.world.file("big", 100 * MIB)
    for op in ("read", "write"):
        for size in (64 * KIB, MIB):
            work = [op, big, 100 * MIB, size]
            got = bench.measure(f"{op}-{size // KIB}", {
                "plain": bench.native("plain", *work),
                "one-cpu": bench.native("plain", *work, "one-cpu"),
                "rsx": bench.under("tcp", "stream", *work)})
            rsx, plain, one_cpu = (got[who]["rate"] for who in ("rsx", "plain", "one-cpu"))
            name = f"{op} 100 MiB by {size // KIB} KiB"
            yield Result(name, rsx, plain, rsx / plain, 0.7, True, "MiB/s",
                         against="a plain loop")
            yield Result("  by the loop kept on one CPU", rsx, one_cpu, rsx / one_cpu,
                         unit="MiB/s", against="a plain loop on one CPU")


# (e)

def threads(bench):
    ms = 100 if bench.quick else 300
    got = bench.measure("busy", {
        f"{where}{n}": run("threads", "busy", n, ms)
        for n in (1, 2) for where, run in (
            ("native", bench.native),
            ("rsx", lambda *args: bench.under("tcp", *args)))})
    native = got["native2"]["work"] / got["native1"]["work"]
    rsx = got["rsx2"]["work"] / got["rsx1"]["work"]
    yield Result("work of 2 busy threads, of 1", rsx, native, rsx, 1.8, True, "x",
                 against="one thread")
    for what, name in (("pingpong", "futex ping-pong"), ("queue", "items through a short queue")):
        count = 2000 if bench.quick else 10000
        count *= 10 if what == "queue" else 1
        got = bench.measure(what, {"native": bench.native("threads", what, count),
                                  "rsx": bench.under("tcp", "threads", what, count)})
        rsx, native = got["rsx"][what] / 1e3, got["native"][what] / 1e3
        yield Result(name, rsx, native, rsx / native)


# (f)

def idle(bench, threads):
    """An idle traced program; returns when it sleeps."""
    run = subprocess.Popen(
        [*bench.world.trace("tcp"), bench.world.program("idle"), bench.world.file("small", 1000),
         str(threads)],
        cwd=bench.world.dir, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ready, _, _ = select.select([run.stdout], [], [], RUN_TIMEOUT)
    if not ready or not run.stdout.readline().startswith(b"ready"):
        end([run])
        raise Broken("the idle program does not start")
    return run


def memory(bench):
    sessions, lanes = (4, 32) if bench.quick else (16, 200)
    before = server_memory(bench.world.server.pid)
    runs = [idle(bench, 0) for _ in range(sessions)]
    after = server_memory(bench.world.server.pid)
    end(runs)
    one = idle(bench, 0)
    alone = server_memory(bench.world.server.pid)
    end([one])
    many = idle(bench, lanes)
    crowded = server_memory(bench.world.server.pid)
    end([many])
    raw = bench.raw["memory"] = {}
    for kind in ("pss", "rss"):
        raw[kind] = {"server": before[kind],
                     "session": (after[kind] - before[kind]) / sessions,
                     "lane": (crowded[kind] - alone[kind]) / lanes}
    for name, key in (("server without sessions", "server"), ("idle session", "session"),
                      ("idle lane (thread)", "lane")):
        for kind in raw:
            yield Result(f"memory: {name}", raw[kind][key], unit=f"KiB {kind.upper()}")


def end(runs):
    for run in runs:
        run.stdin.close()
    for run in runs:
        try:
            run.wait(RUN_TIMEOUT)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
        run.stdout.close()


def server_memory(pid):
    """KiB of all the server's processes; PSS counts shared pages once."""
    total = {"pss": 0, "rss": 0}
    time.sleep(0.3)  # ends of earlier sessions are still being tidied up
    try:
        for one in descendants(pid):
            for line in read(f"/proc/{one}/smaps_rollup").splitlines():
                word = line.split()
                if word[0] in ("Pss:", "Rss:"):
                    total[word[0][:3].lower()] += int(word[1])
    except OSError as error:
        raise Broken(f"the server's memory: {error}") from None
    return total
