# SPDX-License-Identifier: GPL-2.0-or-later
# Servers on unix sockets in Python: threads, forks, asyncio, datagrams, names.
#: needs python3
#: shell /usr/bin/python3
import asyncio, os, socket, socketserver, stat, struct, threading

class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())
class Forking(socketserver.ForkingMixIn, socketserver.UnixStreamServer): pass

for kind in socketserver.UnixStreamServer, socketserver.ThreadingUnixStreamServer, Forking:
    with kind("sock", Upper) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,)); thread.start()
        for word in b"one\n", b"two\n":
            with socket.socket(socket.AF_UNIX) as c:
                c.connect("sock"); c.sendall(word); print(kind.__name__, c.recv(10), c.getpeername())
        server.shutdown(); thread.join()
    os.unlink("sock")

async def main():
    async def echo(r, w):
        w.write(await r.readline()); await w.drain(); w.close()
    server = await asyncio.start_unix_server(echo, "/srv/work/async")
    async def client(i):
        r, w = await asyncio.open_unix_connection("/srv/work/async")
        w.write(b"%d\n" % i); line = await r.readline(); w.close()
        return line
    print(await asyncio.gather(*map(client, range(8))))
    server.close(); await server.wait_closed()
asyncio.run(main())
print(stat.filemode(os.stat("async").st_mode))

a, b = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in "ab")
name = "\0rsx-" + os.uname().nodename # the network may be shared with other worlds
a.bind("a"); b.bind(name)
a.sendto(b"path to abstract", name); print(b.recvfrom(99))
b.sendto(b"abstract to path", "/srv/work/a"); print(a.recvfrom(99))
for name in "/srv/data/nowhere", "/srv/data/hello.txt", "\0nobody":
    try:
        socket.socket(socket.AF_UNIX).connect(name)
    except OSError as e:
        print(repr(name), e.strerror)

# a file of the far world and a pipe, to a child that has nothing but the name
l = socket.socket(socket.AF_UNIX); l.bind("pass"); l.listen()
r, w = os.pipe()
if not os.fork():
    os.close(r); os.close(w)
    c = socket.socket(socket.AF_UNIX); c.connect("pass")
    _, (f, p), _, _ = socket.recv_fds(c, 9, 2)
    os.write(p, os.read(f, 99)); os._exit(0)
s, _ = l.accept()
cred = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
print(cred[1:] == (os.getuid(), os.getgid()), cred[0] != os.getpid())
socket.send_fds(s, [b"x"], [os.open("/srv/data/hello.txt", os.O_RDONLY), w])
os.close(w); print(os.wait()[0] == cred[0], os.read(r, 99), os.read(r, 1))
print((1, "lo") in socket.if_nameindex(), socket.if_nametoindex("lo"))
