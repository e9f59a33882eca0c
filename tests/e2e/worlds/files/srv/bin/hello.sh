#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
echo "script $0 in $(cat /srv/WORLD) with $# arguments: $*"
