# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP proxy between rsx-trace and rsx-server that breaks when told to."""

import socket
import struct
import threading


class Proxy:
    """Forwards connections to a port of this machine."""

    def __init__(self, port, patch=None):
        """patch(to_server, number, data) may change what a connection says first."""
        self.port_there = port
        self.patch = patch
        self.going = threading.Event()
        self.going.set()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"tcp:127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                here, _ = self.listener.accept()
                self.going.wait()
                there = socket.create_connection(("127.0.0.1", self.port_there))
                for sock in (here, there):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sockets += [here, there]
                for args in ((here, there, True), (there, here, False)):
                    threading.Thread(target=self._forward, args=args, daemon=True).start()
        except OSError:
            pass

    def _forward(self, source, target, to_server):
        first = True
        try:
            while data := source.recv(65536):
                self.going.wait()
                if first and self.patch:
                    data = self.patch(to_server, data)
                first = False
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def freeze(self):
        """From now on nothing passes, and nothing closes."""
        self.going.clear()

    def cut(self, reset=False):
        """All connections end, with a FIN or with a RST."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.sockets:
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                continue
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
