/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an argument is. Kinds are nouns; each is one row of the ops tables in
 * capture.c, place.c, commit.c and print.c of src/proto/.
 */
#ifndef RSX_KIND_H
#define RSX_KIND_H

enum rsx_kind {
	RSX_KIND_NONE,
	/* scalars: the register is the value */
	RSX_KIND_INT,	 /* signed 32-bit */
	RSX_KIND_UINT,	 /* unsigned 32-bit */
	RSX_KIND_LONG,	 /* signed 64-bit */
	RSX_KIND_SIZE,	 /* a count of bytes or elements */
	RSX_KIND_OFF,	 /* a file offset, signed 64-bit */
	RSX_KIND_FLAGS,	 /* bits, named and converted by .xlat */
	RSX_KIND_ENUM,	 /* one of the values named by .xlat */
	RSX_KIND_MODE,	 /* permission bits, octal */
	RSX_KIND_FD,	 /* a descriptor; travels as the twin's number */
	RSX_KIND_DIRFD,	 /* a descriptor or AT_FDCWD, for the PATH after it */
	RSX_KIND_PID,	 /* a process id; travels as the twin's */
	RSX_KIND_UID,	 /* user or group id; -1 means "leave" */
	RSX_KIND_SIGNAL, /* a signal number */
	RSX_KIND_DEV,	 /* a device number */
	RSX_KIND_ADDR,	 /* an address that stays here: never sent */
	RSX_KIND_CLOCKID,
	/* pointers: the memory travels as one blob */
	RSX_KIND_PATH,	 /* NUL-terminated, at most PATH_MAX with its NUL */
	RSX_KIND_STR,	 /* NUL-terminated, at most .cap bytes with its NUL */
	RSX_KIND_BUF,	 /* bytes */
	RSX_KIND_STRUCT, /* a struct described by .layout (or .cap bytes) */
	RSX_KIND_IOVEC,	 /* struct iovec[], .cap = LEN_ARG(count); travels flat */
	RSX_KIND_SOCKADDR,
	RSX_KIND_SOCKLEN, /* int *, value-result length of another argument */
	RSX_KIND_ARRAY,	 /* structs of .layout, output only; lengths are counts */
	RSX_KIND_DIRENTS, /* struct linux_dirent64[] */
	RSX_KIND_MSGHDR,
	RSX_KIND_LENPTR, /* struct { int len; void *at; }, value-result */
	RSX_KIND_COUNTED, /* a struct that says how many elements follow it: .counted */
	RSX_KIND_POINTED, /* a struct with a pointer in it: .pointed */
	RSX_KIND_STRV,	 /* NULL-terminated char *[] (execve); never sent */
	RSX_KIND_MAX
};

static inline int rsx_kind_is_pointer(enum rsx_kind k)
{
	return k >= RSX_KIND_PATH;
}

#endif
