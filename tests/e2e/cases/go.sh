# SPDX-License-Identifier: GPL-2.0-or-later
# A Go program: goroutines on files, and a child process.
#: needs go
#: exec t-gofiles
