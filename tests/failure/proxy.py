# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP proxy between rsx-trace and rsx-server that breaks when told to."""

import select
import socket
import struct
import threading
import time

LOOK = 0.05  # seconds between looks whether it is to break


class Proxy:
    """Forwards connections to a port of this machine."""

    def __init__(self, port, patch=None, delay=0, replies=None):
        """patch(to_server, data) may change what a connection says first, and
        replies(data) all that comes from the server; what goes there is delayed by
        so many seconds."""
        self.port_there = port
        self.patch = patch
        self.delay = delay
        self.replies = replies
        self.broken = False
        self.going = threading.Event()
        self.going.set()
        self.sockets, self.threads = [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"tcp:127.0.0.1:{self.listener.getsockname()[1]}"
        self._start(self._accept)

    def _start(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _wait(self, sock):
        """Until it has something and may pass it on; false when all is over."""
        while not self.broken:
            if select.select([sock], [], [], LOOK)[0] and self.going.wait(LOOK):
                return True
        return False

    def _accept(self):
        while self._wait(self.listener):
            here, _ = self.listener.accept()
            there = socket.create_connection(("127.0.0.1", self.port_there))
            for sock in (here, there):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets += [here, there]
            self._start(self._forward, here, there, True)
            self._start(self._forward, there, here, False)

    def _forward(self, source, target, to_server):
        first = True
        try:
            while self._wait(source) and (data := source.recv(65536)):
                if first and self.patch:
                    data = self.patch(to_server, data)
                first = False
                if self.replies and not to_server:
                    data = self.replies(data)
                time.sleep(self.delay * to_server)
                target.sendall(data)
            if not self.broken:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def freeze(self):
        """From now on nothing passes, and nothing closes."""
        self.going.clear()

    def thaw(self):
        self.going.set()

    def cut(self, reset=False):
        """All connections end, with a FIN or with a RST."""
        self.broken = True
        for thread in self.threads:
            thread.join()
        self.listener.close()
        for sock in self.sockets:
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
