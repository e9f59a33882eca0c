/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A descriptor of this process in words, for a trace: what it leads to.
 */
#ifndef RSX_FDNAME_H
#define RSX_FDNAME_H

#include <stdbool.h>
#include <stddef.h>

#define RSX_MAX_FD_NAME 512 /* with its NUL; what is longer is cut */

/*
 * "TCP:[127.0.0.1:40000->127.0.0.1:80]", "UDPv6:[[::]:53]",
 * "UNIX-STREAM:[/run/x]", "NETLINK:[4711]", "/etc/passwd", "pipe:[4711]".
 * False: `fd` is not open, or nothing can be said about it.
 */
bool rsx_fd_name(int fd, char to[RSX_MAX_FD_NAME]);

/* The same, but only if it is a socket. */
bool rsx_fd_name_socket(int fd, char to[RSX_MAX_FD_NAME]);

#endif
