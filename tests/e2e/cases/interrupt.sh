# SPDX-License-Identifier: GPL-2.0-or-later
# A blocking read is interrupted or restarted by a handled signal, and blocks
# nobody else.
#: exec t-interrupt
