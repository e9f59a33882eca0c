# SPDX-License-Identifier: GPL-2.0-or-later
"""Part g of ./run: servers under load, wake-ups by both sides, signals.

The servers and who loads them share a network namespace. The load generator is
never traced: what differs between two figures is how the server runs.
"""

import contextlib
import os
import re
import socket
import subprocess
import time
import urllib.request

from harness import (KIB, RUN_TIMEOUT, Broken, LeftOut, Result, descendants, free_port,
                     program_here, read)

CLIENTS = 16
TICKS = os.sysconf("SC_CLK_TCK")
NGINX = """
daemon off; worker_processes 1; user root; pid pid; error_log error.log;
events {{ worker_connections 256; }}
http {{ access_log off; sendfile on; keepalive_requests 100000000;
client_body_temp_path temp/b; proxy_temp_path temp/p; fastcgi_temp_path temp/f;
uwsgi_temp_path temp/u; scgi_temp_path temp/s;
server {{ listen 127.0.0.1:{port}; root files; }} }}
"""


def spent(pids):
    """Microseconds of CPU time that those used since they began."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):
            total += sum(map(int, read(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:13]))
    return total / TICKS * 1e6


class Service:
    """A server program that listens on a port of 127.0.0.1, traced or not."""

    def __init__(self, world, traced, port, command, folder):
        self.world, self.traced, self.port = world, traced, port
        self.log = os.path.join(folder, "output")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*(world.trace("tcp") if traced else []), *command], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait()

    def wait(self):
        """Until it answers a connection."""
        until = time.monotonic() + RUN_TIMEOUT
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port), RUN_TIMEOUT).close()
                return
            time.sleep(0.02)
        self.end()
        raise Broken("a server does not start: " + read(self.log).strip())

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def clocks(self):
        """CPU time by who used it."""
        below = descendants(self.process.pid)
        if not self.traced:
            return {"program": spent(below)}
        return {"program": spent(below[1:]), "rsx-trace": spent(below[:1]),
                "rsx-server": spent(descendants(self.world.server.pid))}

    def under_load(self, load):
        """What load() returns, requests and seconds, as a rate and CPU time of each."""
        before = self.clocks()
        requests, seconds = load(self.port)
        after = self.clocks()
        used = {who: (after[who] - before[who]) / requests for who in after}
        return {"rate": requests / seconds, "all": sum(used.values()), **used}


def load_rows(bench, name, services, load):
    """A load on the native and the traced server, in turn."""
    got = bench.measure(name, {
        who: lambda who=who: services[who].under_load(lambda port: load(who, port))
        for who in ("native", "rsx")}, 2 if bench.quick else 3)
    rsx, native = got["rsx"], got["native"]
    yield Result(f"{name}", rsx["rate"], native["rate"], rsx["rate"] / native["rate"], unit="1/s")
    for who, label in (("all", "  CPU time of a request"), ("program", "    the program's"),
                       ("rsx-trace", "    rsx-trace's"), ("rsx-server", "    rsx-server's")):
        yield Result(label, rsx[who], native["all"], rsx[who] / max(native["all"], 0.01))


@contextlib.contextmanager
def both(bench, name, command):
    """The same server natively and traced; command(port, folder) tells how to start it."""
    if not bench.world.namespace:
        raise LeftOut("no network namespace of our own without being root")
    services = {}
    try:
        for who in ("native", "rsx"):
            folder, port = bench.world.path(f"{name}-{who}"), free_port()
            os.makedirs(folder)
            services[who] = Service(bench.world, who == "rsx", port, command(port, folder), folder)
        yield services
    finally:
        for service in services.values():
            service.end()


# --- nginx ---

def nginx_command(port, folder):
    os.makedirs(os.path.join(folder, "temp"))
    os.makedirs(os.path.join(folder, "files"))
    for kib in (1, 100):
        with open(os.path.join(folder, "files", str(kib)), "wb") as file:
            file.write(os.urandom(kib * KIB))
    with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as file:
        file.write(NGINX.format(port=port))
    return [program_here("nginx"), "-p", folder, "-c", "nginx.conf", "-e", "error.log"]


def wrk(bench, port, kib):
    """Requests and seconds of wrk; every answer must be the file."""
    text = bench.world.run([program_here("wrk"), "-t1", f"-c{CLIENTS}",
                            "-d1s" if bench.quick else "-d2s", f"http://127.0.0.1:{port}/{kib}"])
    done = re.search(r"^ *(\d+) requests in ", text, re.M)
    rate = re.search(r"^Requests/sec: *([\d.]+)", text, re.M)
    if not done or not rate or not int(done[1]) or re.search("Non-2xx|Socket errors", text):
        raise Broken("wrk: " + text)
    return int(done[1]), int(done[1]) / float(rate[1])


def nginx(bench):
    program_here("wrk")
    with both(bench, "nginx", nginx_command) as services:
        for kib in (1, 100):
            for who, service in services.items():
                with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/{kib}") as answer, \
                     open(bench.world.path(f"nginx-{who}/files/{kib}"), "rb") as file:
                    if answer.read() != file.read():
                        raise Broken(f"nginx, {who}: another file came")
            yield from load_rows(bench, f"nginx, a file of {kib} KiB", services,
                                 lambda who, port, kib=kib: wrk(bench, port, kib))


# --- redis ---

def redis_command(port, folder):
    return [program_here("redis-server"), "--bind", "127.0.0.1", "--port", str(port), "--dir",
            folder, "--save", "", "--appendonly", "no"]


def redis_benchmark(bench, port, what, depth, count):
    """Requests and seconds of redis-benchmark."""
    text = bench.world.run([program_here("redis-benchmark"), "-h", "127.0.0.1", "-p", port,
                            "-c", CLIENTS, "-n", count, "-t", what, "-P", depth, "--csv"])
    line = re.search(rf'^"{what.upper()}","([\d.]+)"', text, re.M)
    if not line:
        raise Broken("redis-benchmark: " + text)
    return count, count / float(line[1])


def redis(bench):
    seconds = 0.4 if bench.quick else 1.5
    program_here("redis-benchmark")
    with both(bench, "redis", redis_command) as services:
        for depth in (1, 16):
            for what in ("set", "get"):
                count = {}  # as many as take that long
                for who, service in services.items():
                    n, took = redis_benchmark(bench, service.port, what, depth, 2000)
                    count[who] = max(5000, int(n / took * seconds))
                name = f"redis {what.upper()}" + (f", {depth} at a time" if depth > 1 else "")
                yield from load_rows(
                    bench, name, services, lambda who, port, what=what, depth=depth, count=count:
                    redis_benchmark(bench, port, what, depth, count[who]))


# --- wake-ups and signals ---

def wake(bench, traced, count):
    """One run of wake.c and of its untraced peer."""
    program = bench.world.program("wake")
    with subprocess.Popen([program, "peer"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as peer:
        try:
            port = peer.stdout.readline().decode().strip()
            return bench.world.figures(*(bench.world.trace("tcp") if traced else []), program,
                                       "wait", port, count)
        finally:
            peer.kill()


def wake_ups(bench):
    if not bench.world.namespace:
        raise LeftOut("no network namespace of our own without being root")
    count = 150 if bench.quick else 400
    got = bench.measure("wake", {"native": lambda: wake(bench, False, count),
                                 "rsx": lambda: wake(bench, True, count)}, 1 if bench.quick else 3)
    for side in ("far", "near"):
        for figure in ("p50", "p99"):
            rsx, native = got["rsx"][f"{side}-{figure}"], got["native"][f"{side}-{figure}"]
            yield Result(f"mixed epoll, woken from the {side} side, {figure}", rsx, native,
                         rsx / native)


def interrupts(bench):
    """From kill(2) until accept(2) has ended; 10 ms at most are wanted."""
    got = bench.measure("interrupt", {
        "native": bench.native("interrupt", 50),
        "rsx": bench.under("tcp", "interrupt", 50)}, 1 if bench.quick else 3)
    for figure, name in (("median", "SIGINT ends accept, median of 50"),
                         ("largest", "  the longest of them")):
        rsx, native = got["rsx"][figure], got["native"][figure]
        yield Result(name, rsx, native, rsx / native)
