/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the static server: what the libraries refer to but rsx-server never
 * needs, so that the linker does not bring it along.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <pwd.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
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

/* libuv's CPU frequencies and kernel versions, mount tables: numbers of every kind. */
static int scan_nothing(const void *from, const char *format, ...)
{
	(void)from;
	(void)format;
	return 0;
}

int rsx_no_sscanf(const char *from, const char *format, ...)
	__asm__("sscanf") __attribute__((alias("scan_nothing")));
int rsx_no_fscanf(FILE *from, const char *format, ...)
	__asm__("fscanf") __attribute__((alias("scan_nothing")));
int rsx_no_isoc99_sscanf(const char *from, const char *format, ...)
	__asm__("__isoc99_sscanf") __attribute__((alias("scan_nothing")));

/* libuv's network interfaces. */
int getifaddrs(struct ifaddrs **ret)
{
	*ret = NULL;
	errno = ENOSYS;
	return -1;
}

void freeifaddrs(struct ifaddrs *list)
{
	(void)list;
}

/* A hash of 2^61 bytes: the file it is in refers to every cipher there is. */
void sodium_misuse(void)
{
	abort();
}
