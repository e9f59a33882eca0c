# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of subprocess, but for those that measure time or take long.
#: worlds debian
#: needs python3 /usr/lib/python3.11/test/test_os.py
#: timeout 150
#: exec t-unittests -x timeout|leaking_fds|test_close_fds|pass_fds -x NoPoll -x wait_zombie test.test_subprocess
