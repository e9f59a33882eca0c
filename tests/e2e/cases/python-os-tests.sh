# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of os and posix, but for
# - test_attributes, which overlayfs fails natively: d_ino is not st_ino;
# - test_posix_spawnp: it runs a link over there to the interpreter, which is only here;
# - the slow test_walk_many_open_files.
#: worlds debian
#: needs python3 /usr/lib/python3.11/test/test_os.py
#: timeout 150
#: exec t-unittests -x TestScandir.test_attributes -x test_posix_spawnp -x many_open_files test.test_os test.test_posix
