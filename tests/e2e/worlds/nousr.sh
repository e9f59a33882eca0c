# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A root with data only: no /usr, no /bin, no /lib. What runs there cannot
# have come from there.

# shellcheck disable=SC2034
suite=

recipe()
{
	add_user "$1" pilot 1000 /home/user
	add_user "$1" operator 1001 /srv
	echo 'No programs on board.' >"$1/etc/motd"
	make_timezone "$1/etc/localtime" NOU 2 0
}
