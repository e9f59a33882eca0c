# SPDX-License-Identifier: GPL-2.0-or-later
# rsx-trace starts a program of the far world itself.
#: exec /srv/bin/hello one two
