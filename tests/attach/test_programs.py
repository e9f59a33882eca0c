# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers under load: whoever attaches and detaches, no request is lost.

A descriptor of the server's that a request holds is closed before rsx-trace
goes, as requests are short.
"""

import os
import shutil
import socket
import subprocess
import threading

import rig as r
from rig import PATIENCE, Skip, check, children, detach, test, untraced, wait_for

CLIENTS = 4


def needs(program):
    if not shutil.which(program):
        raise Skip(f"{program} is not installed")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Load:
    """Clients that call `ask(connection, n)` until stop(): it raises what is wrong."""

    def __init__(self, port, ask):
        self.port, self.ask = port, ask
        self.stopped, self.wrong = threading.Event(), []
        self.answered = [0] * CLIENTS
        self.threads = [threading.Thread(target=self.run, args=(i,), daemon=True)
                        for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, i):
        try:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as s:
                f = s.makefile("rwb")
                while not self.stopped.is_set():
                    self.ask(f, i, self.answered[i])
                    self.answered[i] += 1
        except Exception as e:  # pylint: disable=broad-except
            self.wrong.append(f"client {i} after {self.answered[i]} answers: {e!r}")

    def progress(self):
        """Waits until every client has been answered once more."""
        before = list(self.answered)
        wait_for(lambda: self.wrong or all(a > b for a, b in zip(self.answered, before)),
                 "an answer for every client")
        check(not self.wrong, self.wrong)

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE)
        check(not self.wrong and not any(t.is_alive() for t in self.threads), self.wrong)


def again_and_again(rig, pids, load):
    for _ in range(r.OPTIONS.rounds):
        t = rig.attach(*pids)
        load.progress()
        detach(t)
        try:
            load.progress()
        except AssertionError as e:
            # what was held for too long is told, and fails
            raise AssertionError(f"{e}; rsx-trace said {t.err}") from e
    load.stop()
    for pid in pids:
        check(untraced(pid), f"{pid} is still traced")


@test
def redis_under_load(rig):
    needs("redis-server")
    port = free_port()
    p = rig.start("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                  "--dir", rig.folder)
    wait_for(lambda: listening(port), "redis")

    def say(f, *words):
        f.write(b"".join([b"*%d\r\n" % len(words)] + [b"$%d\r\n%b\r\n" % (len(w), w) for w in words]))
        f.flush()
        return f.readline()

    def ask(f, i, n):
        line = say(f, b"INCR", b"counter%d" % i)
        check(line == b":%d\r\n" % (n + 1), f"{n}: {line}")
        line = say(f, b"SET", b"key%d.%d" % (i, n % 1000), b"%d" % n)
        check(line == b"+OK\r\n", f"{n}: {line}")

    load = Load(port, ask)
    again_and_again(rig, [p.pid], load)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
        f = s.makefile("rwb")
        for i, n in enumerate(load.answered):
            check(say(f, b"INCRBY", b"counter%d" % i, b"0") == b":%d\r\n" % n, f"counter {i}")
            for k in range(max(0, n - 1000), n):
                check(say(f, b"INCRBY", b"key%d.%d" % (i, k % 1000), b"0") == b":%d\r\n" % k, k)
        check(say(f, b"DBSIZE") == b":%d\r\n" % sum(1 + min(n, 1000) for n in load.answered), "size")


def http(f, path):
    f.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
    f.flush()
    status = f.readline()
    check(status.startswith(b"HTTP/1.1 200"), status)
    length = 0
    while (line := f.readline().strip()):
        name, value = line.split(b":", 1)
        if name.lower() == b"content-length":
            length = int(value)
    body = f.read(length)
    check(len(body) == length and length, f"{len(body)} of {length}")
    return body


@test
def nginx_with_workers(rig):
    """Its files are this side's, or the server's while it is attached; its clients notice nothing."""
    needs("nginx")
    port, seen = free_port(), set()
    conf = os.path.join(rig.folder, "nginx.conf")
    open(conf, "w", encoding="ascii").write(f"""
        daemon off; worker_processes 2; pid {rig.folder}/nginx.pid; error_log stderr;
        events {{ worker_connections 64; }}
        http {{ access_log off; sendfile on; keepalive_requests 1000000;
                client_body_temp_path {rig.folder}/a; proxy_temp_path {rig.folder}/b;
                fastcgi_temp_path {rig.folder}/c; uwsgi_temp_path {rig.folder}/d;
                scgi_temp_path {rig.folder}/e;
                server {{ listen 127.0.0.1:{port}; root {rig.folder};
                          location /said {{ return 200 "$request_uri"; }} }} }}""")
    os.chmod(os.path.dirname(rig.folder), 0o755)
    rig.write_there("page", "there" * 40000)
    open(os.path.join(rig.folder, "page"), "w", encoding="ascii").write("here" * 50000)
    p = rig.start("nginx", "-e", "stderr", "-c", conf)
    wait_for(lambda: listening(port) and len(children(p.pid)) == 2, "nginx and its workers")
    workers = children(p.pid)

    def ask(f, i, n):
        if n % 2:
            path = b"/said/%d/%d" % (i, n)
            body = http(f, path)
            check(body == path, body)
        else:
            body = http(f, b"/page")
            check(body in (b"here" * 50000, b"there" * 40000), body[:100])
            seen.add(body[:4])

    pids = [p.pid] + workers
    again_and_again(rig, pids, Load(port, ask))
    check(seen == {b"here", b"ther"}, seen)
    p.child.terminate()
    check(p.child.wait(PATIENCE) == 0, p.err)


GO_SERVER = """
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
)

var turns atomic.Int64

func serve(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\\n')
		for head := line; err == nil && head != "\\r\\n"; {
			head, err = r.ReadString('\\n')
		}
		if err != nil {
			return
		}
		names, err := os.ReadDir(".")
		body := fmt.Sprintf("%s%t", strings.Fields(line)[1], err == nil && len(names) > 0)
		fmt.Fprintf(c, "HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s", len(body), body)
	}
}

func main() {
	// without calls: the runtime preempts it by signals
	for i := 0; i < 2; i++ {
		go func() {
			for {
				turns.Add(1)
			}
		}()
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	for err == nil {
		var c net.Conn
		if c, err = l.Accept(); err == nil {
			go serve(c)
		}
	}
	fmt.Println(err)
}
"""

GO_HTTP = """
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

func look(found chan<- bool) {
	names, err := os.ReadDir(".")
	text, readErr := os.ReadFile("/etc/passwd")
	if err != nil || readErr != nil {
		fmt.Fprintln(os.Stderr, err, readErr)
	}
	found <- len(names) > 0 && len(text) > 0 && err == nil && readErr == nil
}

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		good, found := true, make(chan bool)
		for i := 0; i < 4; i++ {
			go look(found)
		}
		for i := 0; i < 4; i++ {
			good = <-found && good
		}
		time.Sleep(time.Millisecond)
		fmt.Fprint(w, r.URL.Path, good)
	})
	fmt.Println(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
"""

NODE_SERVER = """
const http = require('http'), fs = require('fs');
http.createServer((q, a) => fs.readdir('.', (e, names) =>
    a.end(q.url + (e ? e : names.length > 0)))).listen(+process.argv[1], '127.0.0.1');
"""


def ask_path(f, i, n):
    path = b"/%d/%d" % (i, n)
    body = http(f, path)
    check(body == path + b"true", body)


def web_server(rig, *command):
    port = free_port()
    p = rig.start(*command, str(port), env={**os.environ, "GOMAXPROCS": "4"})
    wait_for(lambda: listening(port), command[0])
    again_and_again(rig, [p.pid], Load(port, ask_path))
    check(p.child.poll() is None, p.err)


def go_build(rig, text, **more):
    open(f"{rig.folder}/server.go", "w", encoding="ascii").write(text)
    env = {"GOCACHE": f"{rig.folder}/cache", "HOME": rig.folder, "GOFLAGS": "-p=2",
           "GOTOOLCHAIN": "local", "GO111MODULE": "off", **more, **os.environ}
    built = subprocess.run(["go", "build", "-o", "server", "server.go"], cwd=rig.folder, env=env,
                           capture_output=True, text=True, check=False)
    check(built.returncode == 0, built.stderr)
    return f"{rig.folder}/server"


@test
def go_server(rig):
    needs("go")
    web_server(rig, go_build(rig, GO_SERVER, CGO_ENABLED="0"))


@test
def go_net_http(rig):
    """Each request is several goroutines' work, on threads that come and go; none is lost."""
    needs("go")
    port = free_port()
    p = rig.start(go_build(rig, GO_HTTP), str(port), env={**os.environ, "GOMAXPROCS": "8"})
    wait_for(lambda: listening(port), "the server")
    again_and_again(rig, [p.pid], Load(port, ask_path))
    check(p.child.poll() is None, p.err)
    check(len(os.listdir(f"/proc/{p.pid}/task")) > 4, "few threads")


@test
def node_http(rig):
    needs("node")
    web_server(rig, "node", "-e", NODE_SERVER, "--")
