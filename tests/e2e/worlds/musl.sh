# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A small root with another C library, musl, and a loader of a name that no
# other machine has. What runs there with its own code cannot use code of here.

# shellcheck disable=SC2034
suite=

here=${here:?sourced by build}

recipe()
{
	local src=$here/../src/musl loader=/lib/ld-musl-far.so.1

	add_user "$1" pilot 1000 /home/user
	install -D -m 0755 "$(readlink -f /lib/ld-musl-*.so.1)" "$1$loader"
	ln -s "${loader##*/}" "$1/lib/libc.so"
	mkdir -p "$1/bin" "$1/usr/lib"
	musl-gcc -O1 -Wall -Wextra -Werror -shared -fPIC -o "$1/usr/lib/libgreet.so" "$src/greet.c"
	musl-gcc -O1 -Wall -Wextra -Werror -o "$1/bin/tool" "$src/tool.c" \
		-L"$1/usr/lib" -lgreet -Wl,-dynamic-linker,"$loader"
	musl-gcc -o "$1/bin/no-loader" "$src/tool.c" -L"$1/usr/lib" -lgreet \
		-Wl,-dynamic-linker,/lib/no-such-loader.so.1
	printf '#!/bin/tool child\n' >"$1/srv/bin/script"
	chmod 0755 "$1/srv/bin/script"
}
