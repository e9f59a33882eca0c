# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of the world `net`: two network namespaces and a wire.

    far:  lo, lan0 (10.77.0.1/24, fd77::1/64; lan1 is its other end), wire
    near: lo, wire

The wire, 10.78.0.1 (far) to 10.78.0.2 (near), is how rsx-trace reaches the
server by tcp. The near side has no route to 10.77.0.0/24: what listens there
can be reached from the far world only.
"""

import os
import subprocess

import sandbox

FAR, NEAR = "10.78.0.1", "10.78.0.2"
LAN = "10.77.0.1"
SERVER_PORT = 5000
AGENT_PORT = 7

FAR_SETUP = """
link set dev lo up
link add lan0 address 02:00:00:77:00:01 type veth peer name lan1 address 02:00:00:77:00:02
link add wire address 02:00:00:78:00:01 type veth peer name far address 02:00:00:78:00:02
link set dev lan0 addrgenmode none
link set dev lan1 addrgenmode none
link set dev wire addrgenmode none
address add 10.77.0.1/24 dev lan0
address add fd77::1/64 dev lan0 nodad
address add 10.78.0.1/24 dev wire
link set dev lan1 up
link set dev lan0 up
link set dev wire up
link set dev far netns {near}
"""
NEAR_SETUP = """
link set dev lo up
link set dev far name wire addrgenmode none
address add 10.78.0.2/24 dev wire
link set dev wire up
"""

def _namespace():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _configure(namespace, text, passed=()):
    sandbox.enter_network(namespace)
    subprocess.run(["ip", "-batch", "-"], input=text, text=True, check=True,
                   pass_fds=passed)


class Network:
    """Both namespaces, as descriptors; they end with their last process."""

    def __init__(self):
        home = _namespace()
        try:
            sandbox.unshare(sandbox.CLONE_NEWNET)
            self.near = _namespace()
            sandbox.unshare(sandbox.CLONE_NEWNET)
            self.far = _namespace()
            _configure(self.far, FAR_SETUP.format(near=f"/proc/self/fd/{self.near}"),
                       (self.near,))
            _configure(self.near, NEAR_SETUP)
        finally:
            sandbox.enter_network(home)
            os.close(home)

    def close(self):
        os.close(self.near)
        os.close(self.far)
