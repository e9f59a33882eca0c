# SPDX-License-Identifier: GPL-2.0-or-later
# Two thousand short-lived processes that all write to one file.
#: exec t-processes 2000
#: timeout 120
