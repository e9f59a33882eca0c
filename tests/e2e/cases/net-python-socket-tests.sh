# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of sockets, but for unix sockets and those that wait for seconds.
#: worlds net
#: needs python3 /usr/lib/python3.11/test/test_socket.py
# testSourceAddress races with itself: its first thread may close the socket
# (addCleanup) before the second one asks for its name, natively as well.
#: exec t-unittests -x testSourceAddress -x Unix|SCMRights|test_socket_fileno|InterfaceNameIndex -x Timeout|_interrupted|TCPCloser test.test_socket
