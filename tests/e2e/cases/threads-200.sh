# SPDX-License-Identifier: GPL-2.0-or-later
# Two hundred threads at once.
#: exec t-threads 200 2
#: timeout 90
