# SPDX-License-Identifier: GPL-2.0-or-later
"""works.py TREE: what Python sees of files, processes and sockets. The output is
the same wherever it is started, if it sees the same machine. See `works`."""

import fcntl
import mmap
import os
import select
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading

FIELDS = [name for name in dir(os.stat_result) if name.startswith("st_")]


def show(what, *values):
    print(what, *values, flush=True)


def attempt(what, function, *args, **options):
    try:
        show(what, function(*args, **options))
    except OSError as err:
        show(what, err.strerror)


def every_field(path, **how):
    st = os.stat(path, **how)
    return " ".join(f"{name}={getattr(st, name)}" for name in FIELDS)


def walk(tree):
    for folder, dirs, files in os.walk(os.fsencode(tree)):
        dirs.sort()
        for name in [b"."] + sorted(files):
            path = os.path.join(folder, name)
            short = ascii(os.path.relpath(path, os.fsencode(tree)))
            show(short, every_field(path, follow_symlinks=False))
            attempt(short, every_field, path)
            if os.path.islink(path):
                show(short, os.readlink(path))
            show(short, [os.access(path, way) for way in (os.R_OK, os.W_OK, os.X_OK)])
        show("scandir", sorted((e.name, e.is_dir(), e.is_symlink(), e.inode())
                               for e in os.scandir(folder)))
    dirfd = os.open(tree, os.O_RDONLY | os.O_DIRECTORY)
    show("relative", every_field("a/numbers", dir_fd=dirfd))
    info = os.fstatvfs(dirfd)
    show("statvfs", info.f_bsize, info.f_frsize, info.f_blocks, info.f_files, info.f_namemax)
    os.close(dirfd)


def files():
    record = struct.Struct("<IqdH6s")
    rows = [(i, -i << 33, i / 3, i % 65536, b"row %d" % (i % 10)) for i in range(500)]
    with open("records", "wb") as file:
        for row in rows:
            file.write(record.pack(*row))
    with open("records", "rb") as file:
        show("struct", [record.unpack(file.read(record.size)) for _ in rows][123])
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            show("mmap", len(view), view.find(struct.pack("<I", 400)), view[-6:])
    fd = os.open("fd", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
    show("pwritev", os.pwritev(fd, [b"abc", b"", b"defgh"], 1 << 33))
    show("preadv", os.preadv(fd, [bytearray(3), bytearray(9)], 1 << 33))
    show("seek", os.lseek(fd, 0, os.SEEK_END), os.lseek(fd, 0, os.SEEK_DATA) > 0)
    os.truncate(fd, 5)
    os.utime(fd, ns=(-1500000001, 4102444800123456789))
    show("utime", os.fstat(fd).st_atime_ns, os.fstat(fd).st_mtime_ns, oct(os.fstat(fd).st_mode))
    fcntl.lockf(fd, fcntl.LOCK_EX, 10, 5)
    other = subprocess.run([sys.executable, "-c", "import fcntl; f = open('fd', 'r+b'); "
                            "fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 7)"],
                           stderr=subprocess.PIPE, check=False)
    show("lock", other.returncode, other.stderr.decode().splitlines()[-1])
    os.close(fd)
    attempt("getxattr", os.getxattr, "records", "user.none")
    attempt("setxattr", os.setxattr, "records", "user.some", b"value")
    attempt("listxattr", lambda: [name for name in os.listxattr("records") if "user" in name])
    for flags in (os.O_DIRECTORY, os.O_NOFOLLOW, os.O_DIRECT, os.O_TMPFILE | os.O_RDWR):
        for path in ("records", "."):
            attempt("open", lambda p=path, f=flags: os.close(os.open(p, f)))
    with tempfile.TemporaryDirectory(dir=".") as folder:
        shutil.copy2("records", folder)
        show("copy", sorted(os.listdir(folder)), stat.filemode(os.stat(folder).st_mode))
    show("rename", os.rename("records", "r"), os.link("r", "s"), os.stat("s").st_nlink)
    attempt("unlink", os.unlink, "records")


def processes():
    done = subprocess.run("read x; echo got $x; exit 5", shell=True, input=b"line\n",
                          capture_output=True, check=False)
    show("shell", done.returncode, done.stdout)
    os.mkdir("sub")
    show("cwd", subprocess.check_output(["sh", "-c", "basename $(pwd -P)"], cwd="sub"))
    pipe = subprocess.Popen(["sort", "-rn"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    show("pipe", sum(map(int, pipe.communicate(b"1\n22\n3\n")[0].split())), pipe.wait())
    pid = os.fork()
    if not pid:
        os._exit(os.stat("sub").st_nlink)
    show("fork", os.waitpid(pid, 0)[1])
    show("uname", os.uname())
    show("ids", os.getresuid(), os.getresgid(), sorted(os.getgroups()))


def serve(listener):
    peer, _ = listener.accept()
    with peer:
        while data := peer.recv(100000):
            peer.sendall(data[::-1])


def sockets():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        with socket.create_connection(listener.getsockname()) as sock:
            show("peer", sock.getpeername()[0], sock.getpeername() == listener.getsockname())
            sock.sendall(b"forwards")
            show("tcp", sock.recv(100))
            show("options", sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
                 sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8),
                 sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            poll = select.epoll()
            poll.register(sock, select.EPOLLOUT | select.EPOLLIN)
            show("epoll", [(fd == sock.fileno(), what) for fd, what in poll.poll(5)])
            show("select", [len(each) for each in select.select([sock], [sock], [], 0.01)])
        server.join()
    one, two = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "12")
    for sock in (one, two):
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
    one.sendto(b"datagram", two.getsockname())
    data, sender = two.recvfrom(5)
    show("udp", data, sender == one.getsockname())
    show("sendmsg", one.sendmsg([b"gather", b"ed"], [], 0, two.getsockname()))
    show("recvmsg", two.recvmsg(100)[0])
    attempt("refused", socket.create_connection, ("127.0.0.1", 1))
    pair = socket.socketpair()
    socket.send_fds(pair[0], [b"x"], [sys.stdout.fileno()])
    data, fds, _, _ = socket.recv_fds(pair[1], 5, 2)
    show("pair", data, len(fds))
    show("name", socket.gethostname())


walk(sys.argv[1])
files()
processes()
sockets()
