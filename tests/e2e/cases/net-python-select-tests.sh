# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of poll, select, epoll and what is built on them, but for those that measure time.
#: worlds net
#: needs python3 /usr/lib/python3.11/test/test_socket.py
#: exec t-unittests -x Unix -x poll2|interrupt|_timeout|control_and_wait|unregister_closed|list_identity|blocks_with -x fd_setsize|bind_leak test.test_select test.test_epoll test.test_poll test.test_selectors test.test_socketserver
