# SPDX-License-Identifier: GPL-2.0-or-later
# multiprocessing: every way to start a process, with pipes, files and sockets passed on.
#: needs python3
cat >m.py <<'END'
import multiprocessing as mp, os, socket

def worker(conn):
    listener, pipe = conn.recv(), conn.recv()
    c, _ = listener.accept(); c.sendall(b"served"); c.close()
    pipe.send((os.path.getsize("/srv/data/hello.txt"), os.getcwd()))
    conn.send("done")

def double(q, r):
    r.put(q.get() * 2)

if __name__ == "__main__":
    for method in "fork", "spawn", "forkserver":
        ctx = mp.get_context(method)
        listener = socket.create_server(("127.0.0.1", 0))
        (a, b), (x, y) = ctx.Pipe(), ctx.Pipe()
        p = ctx.Process(target=worker, args=(b,)); p.start()
        a.send(listener); a.send(y)
        with socket.create_connection(listener.getsockname(), timeout=15) as c:
            print(method, c.recv(100), c.recv(100))
        print(x.recv(), a.recv()); p.join(); print(p.exitcode)
        q, r = ctx.Queue(), ctx.Queue()
        p = ctx.Process(target=double, args=(q, r)); p.start()
        q.put(21); print(r.get(timeout=15)); p.join()
        with ctx.Pool(2) as pool:
            print(pool.map(abs, range(-3, 0)))
END
python3 m.py
rm m.py
