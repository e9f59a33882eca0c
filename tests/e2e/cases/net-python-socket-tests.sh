# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of sockets, but for unix sockets and those that wait for seconds.
#: worlds net
#: needs python3 /usr/lib/python3.11/test/test_socket.py
#: exec t-unittests -x Unix|SCMRights|test_socket_fileno|InterfaceNameIndex -x Timeout|_interrupted|TCPCloser test.test_socket
