# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of unix sockets, in the server's file system.
#: worlds net
#: needs python3 /usr/lib/python3.11/test/test_socket.py
#: exec t-unittests -o Unix|SCMRights|unix_events|test_socket_fileno|InterfaceNameIndex -x Timeout -x (Safe|Fast|Threaded|MultiLoop)Watcher test.test_socket test.test_socketserver test.test_asyncio.test_streams test.test_asyncio.test_server test.test_asyncio.test_unix_events
