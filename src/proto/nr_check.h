/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares one column of syscalls.def with a kernel header, at compile time.
 * A name the header lacks stays a word when it is expanded; that is right for
 * a row without a number here, and forgiven for what is newer than Debian
 * 12's headers. Shared by the nr_check_*.c files; nothing else includes it.
 */
#ifndef RSX_PROTO_NR_CHECK_H
#define RSX_PROTO_NR_CHECK_H

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

/* Linux 6.1 ends at 450; uretprobe(2) was put in front of that later. */
#define IN_HEADERS(nr) ((nr) >= 0 && (nr) <= 450 && (nr) != 335)

/* Texts, because an unknown name is no expression: "63" against "__NR_foo". */
#define SAME_NR(header, row, nr, name)                                        \
	_Static_assert(__builtin_strcmp(header, row) == 0 ||                  \
		       (!IN_HEADERS(nr) &&                                    \
			__builtin_strcmp(header, "__NR_" name) == 0),         \
		       "wrong number for " name);

#endif
