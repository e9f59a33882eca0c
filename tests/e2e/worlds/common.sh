# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What all far worlds share: the files that the test cases work on, below
# /srv and /home, and an /etc of their own. Sourced by build.

here=${here:?sourced by build}

add_user()
{
	echo "$2:x:$3:$3:far $2:$4:/bin/sh" >>"$1/etc/passwd"
	echo "$2:x:$3:" >>"$1/etc/group"
}

# make_timezone FILE NAME HOURS MINUTES: a zone that no machine really has.
make_timezone()
{
	rm -f "$1"
	/usr/bin/python3 - "$@" <<-'END'
		import struct, sys

		path, name, hours, minutes = sys.argv[1:]
		offset = int(hours) * 3600 + int(minutes) * 60
		head = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
		block = head + struct.pack(">lBB", offset, 0, 0) + name.encode() + b"\0"
		with open(path, "wb") as zone:
		    zone.write(block * 2 + f"\n<{name}>-{hours}:{minutes}\n".encode())
	END
}

write_etc()
{
	local dir=$1 base=$2 name=$3

	mkdir -p "$dir/etc"
	if [ -n "$base" ]; then
		cp "$base/etc/passwd" "$base/etc/group" "$dir/etc/"
	else
		echo 'root:x:0:0:root:/root:/bin/sh' >"$dir/etc/passwd"
		echo 'root:x:0:' >"$dir/etc/group"
	fi
	echo "far-$name" >"$dir/etc/hostname"
	printf '127.0.0.1 localhost far-%s\n' "$name" >"$dir/etc/hosts"
	printf 'NAME="rsx far world"\nID=far-%s\nVERSION_ID=1\n' "$name" \
		>"$dir/etc/os-release"
}

# Text, numbers, binary data, names that need care, every type of file.
write_data()
{
	local data=$1 name=$2 i

	mkdir -p "$data"/{sub/deeper/deepest,empty-dir,many,private,sticky}
	echo "Hello from far-$name." >"$data/hello.txt"
	: >"$data/empty"
	seq 1 500 | awk '{ print ($1 * 7919) % 1009 }' >"$data/numbers.txt"
	printf '%s\n' the quick brown fox jumps over the lazy dog and the \
		other fox >"$data/words.txt"
	seq -f 'line %g of a longer text, fox or no fox' 1 3000 >"$data/long.txt"
	/usr/bin/python3 -c "import random, sys
random.seed(5)
sys.stdout.buffer.write(random.randbytes(300001))" >"$data/blob.bin"
	for i in $(seq 1 300); do
		echo "file $i" >"$data/many/entry-with-a-rather-long-name-$i"
	done
	echo one >"$data/sub/one.txt"
	echo two >"$data/sub/deeper/two.txt"
	echo three >"$data/sub/deeper/deepest/three.txt"
	echo 'a name with spaces' >"$data/with space"
	echo 'a name in UTF-8' >"$data/grüße"
	echo 'a name with a newline' >"$data/new"$'\n'"line"
	ln -s hello.txt "$data/link"
	ln -s /srv/data/sub "$data/link-to-dir"
	ln -s nowhere "$data/dangling"
	ln -s loop "$data/loop"
	ln "$data/words.txt" "$data/hard"
	mkfifo "$data/fifo"
	truncate -s 1M "$data/sparse"
	printf end >>"$data/sparse"
	chown 1000:1000 "$data/sub" "$data/sub/one.txt"
	chown 1001:1000 "$data/sub/deeper/two.txt"
	chown 4242:4243 "$data/numbers.txt"
	chmod 0640 "$data/numbers.txt"
	chmod 0400 "$data/sub/one.txt"
	chmod 4755 "$data/with space"
	chmod 1777 "$data/sticky"
	chmod 0700 "$data/private"
}

# Programs that live in the far world.
write_programs()
{
	local bin=$1 source

	for source in "$here"/../src/far/*.c; do
		gcc -O1 -Wall -Wextra -Werror -o "$bin/$(basename "$source" .c)" "$source"
		gcc -O1 -static -o "$bin/$(basename "$source" .c)-static" "$source"
	done
	chmod 0755 "$bin"/*
}

common_layer()
{
	local dir=$1 base=$2 name=$3

	mkdir -p "$dir"/{dev,proc,sys,tmp,root,var/tmp,run,.rsx,home/user,srv/work}
	chmod 1777 "$dir/tmp" "$dir/var/tmp"
	chmod 0700 "$dir/root"
	write_etc "$dir" "$base" "$name"
	cp -r "$here/files/." "$dir/"
	write_data "$dir/srv/data" "$name"
	write_programs "$dir/srv/bin"
	echo "$name" >"$dir/srv/WORLD"
	printf '[user]\n\tname = Far User\n\temail = user@far-%s\n' "$name" \
		>"$dir/home/user/.gitconfig"
	echo 'alias far=true' >"$dir/home/user/.bashrc"
	chown -R 1000:1000 "$dir/home/user"
}

# Times that differ from file to file, so that a wrong one shows.
age_files()
{
	touch -d '2019-12-31 23:59:59.123456789 UTC' "$1/srv/data/words.txt"
	touch -d '2020-02-29 12:00:00.5 UTC' "$1/srv/data/hello.txt"
	touch -h -d '2001-09-09 01:46:40 UTC' "$1/srv/data/link"
	touch -d '1999-01-01 00:00:00 UTC' "$1/srv/data/blob.bin"
}
