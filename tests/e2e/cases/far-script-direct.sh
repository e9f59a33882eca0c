# SPDX-License-Identifier: GPL-2.0-or-later
# rsx-trace starts a script of the far world itself.
#: exec /srv/bin/hello.sh one
