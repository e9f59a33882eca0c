# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of mmap, fcntl and zipfile, but for
# - LargeMmapTests: a mapping is of 1 GiB at most;
# - PyZipFileTests: they write to /usr/lib/python3.11 if they may, which is here.
#: worlds debian
#: needs python3 /usr/lib/python3.11/test/test_os.py
#: timeout 150
#: exec t-unittests -x LargeMmapTests -x PyZipFileTests test.test_mmap test.test_fcntl test.test_zipfile
