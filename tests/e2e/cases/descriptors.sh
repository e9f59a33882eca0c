# SPDX-License-Identifier: GPL-2.0-or-later
# dup, dup2 over others, close-on-exec, close_range, what exec keeps.
#: exec t-offsets
