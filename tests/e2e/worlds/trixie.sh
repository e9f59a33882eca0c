# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Another release: a newer C library and other configuration files.

# shellcheck disable=SC2034
suite=trixie

recipe()
{
	add_user "$1" user 1000 /home/user
	add_user "$1" greta 1001 /home/greta
	install -d -m 0700 -o 1001 -g 1001 "$1/home/greta"
	echo 'Welcome to the next release.' >"$1/etc/motd"
	make_timezone "$1/etc/localtime" TRX 9 30
}
