/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the static server: what the libraries refer to but rsx-server never
 * needs, so that the linker does not bring it along.
 */
#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>

/* libuv's home directories: the C library's name services. */
int getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t len, struct passwd **ret)
{
	(void)uid;
	(void)pw;
	(void)buf;
	(void)len;
	*ret = NULL;
	return ENOENT;
}

/* A hash of 2^61 bytes: the file it is in refers to every cipher there is. */
void sodium_misuse(void)
{
	abort();
}
