# SPDX-License-Identifier: GPL-2.0-or-later
# The other machine's name.
#: exec uname -n
