# SPDX-License-Identifier: GPL-2.0-or-later
# The smallest thing.
#: exec echo hello world
