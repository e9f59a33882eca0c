# SPDX-License-Identifier: GPL-2.0-or-later
# --all: the world's own program, loader and libraries, of another C library.
#: worlds musl
#: all
#: exec /bin/tool one
