# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of asyncio, as far as they touch the system.
#: stderr ignore it says when a child watcher was too late
#: worlds net
#: needs python3 /usr/lib/python3.11/test/test_socket.py
#: exec t-unittests -x Unix|unix|[.]PollEventLoop|SelectEventLoop -x (Safe|Fast)Watcher|after_process_exit|prompt_cancellation|test_run_until_complete$|43884 test.test_asyncio.test_streams test.test_asyncio.test_server test.test_asyncio.test_sock_lowlevel test.test_asyncio.test_subprocess test.test_asyncio.test_events test.test_asyncio.test_sendfile test.test_asyncio.test_buffered_proto test.test_asyncio.test_runners
