# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For cases of the world net: `. t-net`. Commands given to `far` run natively in
# the far world, those given to `near` on the other end of the wire.
far() { t-there 10.77.0.1 "$*"; }
near() { t-there 10.78.0.2 "$*"; }
listening() { far "t-listening $*"; }
