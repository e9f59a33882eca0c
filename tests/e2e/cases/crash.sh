# SPDX-License-Identifier: GPL-2.0-or-later
# A program that dies of SIGSEGV: rsx-trace dies likewise.
#: exec t-crash
