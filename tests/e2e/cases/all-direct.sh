# SPDX-License-Identifier: GPL-2.0-or-later
# --all: a program without a path is looked for over there.
#: worlds debian trixie
#: all
#: exec ls --version
