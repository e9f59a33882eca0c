# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of os and posix, but for
# - test_attributes, which overlayfs fails natively: d_ino is not st_ino;
# - the slow test_walk_many_open_files.
#: worlds debian
#: needs python3 /usr/lib/python3.11/test/test_os.py
#: timeout 150
#: filter Executing <Task .* took [0-9.]+ seconds\n =>
#: exec t-unittests -x TestScandir.test_attributes -x many_open_files test.test_os test.test_posix
