# SPDX-License-Identifier: GPL-2.0-or-later
# A status other than 0 and 1, from a program that rsx-trace started itself.
#: exec sh -c 'exit 7'
