# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that map what they read and write: linker and binutils, ldconfig, localedef, cmp, sort, LMDB.
#: worlds debian
#: needs gcc localedef mdb_load
#: timeout 90
echo 'char big[9000000] = { 1 }; int main(void) { return big[0] - 1; }' >a.c; gcc -g -c a.c
for l in bfd gold; do gcc -fuse-ld=$l -o a.$l a.o && ./a.$l; echo $l $?; rm a.$l; done
ar cr liba.a a.o; nm liba.a; objdump -h a.o | sha256sum; strip a.o; readelf -SW a.o | sha256sum; rm a.o liba.a
mkdir lib; cp "$(ldconfig -p | sed -n 's/.*libz\.so\.1 .*=> //p' | head -n 1)" lib/libz.so.1; echo $PWD/lib >conf
ldconfig -f conf -C cache -N lib; ldconfig -C cache -p | sed 's/(.*//' | sort | head -n 5
mkdir -p p/usr/lib/locale; localedef --prefix=$PWD/p -i de_DE -f UTF-8 de_DE.UTF-8; localedef --prefix=$PWD/p --list-archive
seq 50000 | awk '{ print $1 * 7919 % 100003, "some text" }' >t; sort -n t | sha256sum; cmp t t; cp t u; printf X >>u; cmp t u; file t | cut -c1-20; grep -c '^77' t
mkdir db; { echo VERSION=3; echo format=print; echo type=btree; echo mapsize=67108864; echo HEADER=END; sort -u t | awk '{ print " " $1; print " " $0 $0 }'; echo DATA=END; } | mdb_load db
mdb_stat db; mdb_dump -p db | sha256sum; mkdir copy; mdb_copy db copy; mdb_dump copy | sha256sum; rm -r db copy
