# SPDX-License-Identifier: GPL-2.0-or-later
# fcntl locks between two processes.
#: exec t-locks
