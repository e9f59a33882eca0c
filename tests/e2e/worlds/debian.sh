# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The release that rsx itself is built for, with other files than here.

# shellcheck disable=SC2034
suite=bookworm

recipe()
{
	add_user "$1" user 1000 /home/user
	add_user "$1" deborah 1001 /home/deborah
	install -d -m 0750 -o 1001 -g 1001 "$1/home/deborah"
	echo 'only deborah reads this' >"$1/home/deborah/diary"
	echo 'Welcome to the Debian copy.' >"$1/etc/motd"
	make_timezone "$1/etc/localtime" FAD 5 45
}
