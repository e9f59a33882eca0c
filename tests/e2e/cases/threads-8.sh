# SPDX-License-Identifier: GPL-2.0-or-later
# Eight threads, each on its own files.
#: exec t-threads 8 40
