# SPDX-License-Identifier: GPL-2.0-or-later
# Python's own tests of shutil, tempfile and pathlib, but for the slow test_glob_many_open_files.
#: worlds debian
#: needs python3 /usr/lib/python3.11/test/test_os.py
#: timeout 150
#: exec t-unittests -x many_open_files test.test_shutil test.test_tempfile test.test_pathlib
