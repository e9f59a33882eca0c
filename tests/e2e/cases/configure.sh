# SPDX-License-Identifier: GPL-2.0-or-later
# autoconf and automake make a configure script over there; configure outside of the sources, make, check, install.
#: worlds nousr
#: needs autoconf automake make gcc
#: timeout 300
#: ignore */autom4te.cache/* */config.log */config.status */configure */aclocal.m4 */Makefile */Makefile.in */.deps/* *.o *.tar.gz */config.h* */hello /srv/work/into/*
mkdir project && cd project
printf 'AC_INIT([hello], [1.0], [nobody@example.org])\nAM_INIT_AUTOMAKE([foreign subdir-objects])\nAC_PROG_CC\nAC_CONFIG_HEADERS([config.h])\nAC_CHECK_HEADERS([unistd.h sys/none.h])\nAC_CHECK_FUNCS([strdup nosuchfunction])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' >configure.ac
printf 'bin_PROGRAMS = hello\nhello_SOURCES = src/hello.c\ndist_data_DATA = data.txt\nTESTS = check.sh\nEXTRA_DIST = check.sh\n' >Makefile.am
mkdir src; printf '#include <config.h>\n#include <stdio.h>\nint main(void) { return puts(PACKAGE_STRING) < 0; }\n' >src/hello.c; cp /srv/data/words.txt data.txt; printf '#!/bin/sh\n./hello | grep -q 1.0\n' >check.sh; chmod +x check.sh
autoreconf -i >/dev/null 2>&1; echo $?; ls; mkdir build; cd build; ../configure -q --prefix=/srv/work/into; echo $?; grep -E 'HAVE_(STRDUP|UNISTD|NOSUCH|SYS_NONE)' config.h
make -s -j2; echo $?; ./hello; make -s check | grep '^# [A-Z]*:'; make -s install >/dev/null; find /srv/work/into | sort; /srv/work/into/bin/hello
cd ..; touch src/hello.c; make -s -C build; make -C build -q; echo $?; rm -f configure~
