# SPDX-License-Identifier: GPL-2.0-or-later
# socketserver with threads and with processes, multiprocessing, selectors.
#: worlds net
#: needs python3
#: shell /usr/bin/python3
import multiprocessing, os, selectors, signal, socket, socketserver, subprocess, threading
from multiprocessing.connection import Client, Listener

def far(command):
    return subprocess.run(["t-there", "10.77.0.1", command], capture_output=True, text=True).stdout

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(b"%d " % len(line) + line)

class Threads(socketserver.ThreadingTCPServer): allow_reuse_address = True
class Forks(socketserver.ForkingTCPServer): allow_reuse_address = True

for kind, port in ((Threads, 8080), (Forks, 8081)):
    with kind(("10.77.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever); thread.start()
        print(far(f"for i in 1 2 3 4 5; do (exec 3<>/dev/tcp/10.77.0.1/{port}; echo line $i >&3; head -n 1 <&3) & done | sort"))
        server.shutdown(); thread.join()

def square(n):
    return n * n, open("/srv/data/hello.txt").read()[:5]

def talk(conn, lock, value):
    for word in iter(conn.recv, None):
        with lock: value.value += len(word)
        conn.send(word.upper())

if __name__ == "__main__":
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        if method == "fork":
            with context.Pool(3) as pool:
                print(pool.map(square, range(12)))
            here, there = context.Pipe(); lock, value = context.Lock(), context.Value("i", 0)
            child = context.Process(target=talk, args=(there, lock, value)); child.start()
            for word in ("one", "two", "three"):
                here.send(word); print(here.recv())
            here.send(None); child.join(); print(value.value, child.exitcode)
            queue = context.Queue(); many = [context.Process(target=queue.put, args=(i,)) for i in range(5)]
            [p.start() for p in many]; print(sorted(queue.get() for _ in many)); [p.join() for p in many]
        else:
            child = context.Process(target=print, args=("spawned",)); child.start(); child.join(); print(child.exitcode)
    with Listener(("10.77.0.1", 8082), authkey=b"key") as listener:
        pid = os.fork()
        if pid == 0:
            with Client(("lan.far", 8082), authkey=b"key") as conn:
                conn.send({"a": [1, 2]}); print(conn.recv(), flush=True)
            os._exit(0)
        with listener.accept() as conn: print(conn.recv()); conn.send("bye")
        print(os.waitpid(pid, 0)[1])
    select = selectors.DefaultSelector(); a, b = socket.socketpair(); tcp = socket.create_server(("10.77.0.1", 8083))
    for s in (b, tcp): s.setblocking(False); select.register(s, selectors.EVENT_READ)
    print(len(select.select(0.05))); a.send(b"x"); print([k.fileobj is b for k, _ in select.select()]); b.recv(1)
    c = socket.create_connection(("lan.far", 8083)); print([k.fileobj is tcp for k, _ in select.select()])
    d, addr = tcp.accept(); print(addr == c.getsockname()); a.send(b"y"); d.setblocking(False); select.register(d, 1); c.send(b"z")
    seen = set()
    while len(seen) < 2: seen |= {k.fileobj for k, _ in select.select()}
    print(seen == {b, d})
