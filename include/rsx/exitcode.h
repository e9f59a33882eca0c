/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit codes of rsx-trace and rsx-server that are not the traced program's.
 * They are part of the interface: README.md and the man pages list them.
 */
#ifndef RSX_EXITCODE_H
#define RSX_EXITCODE_H

enum rsx_exit {
	RSX_EXIT_OK = 0,
	RSX_EXIT_USAGE = 2,	   /* an option or address is wrong */
	RSX_EXIT_CONNECT = 120,	   /* the server cannot be reached */
	RSX_EXIT_REFUSED = 121,	   /* wrong key, not rsx, other protocol version */
	RSX_EXIT_PTRACE = 122,	   /* tracing is not permitted or not possible */
	RSX_EXIT_LOST = 123,	   /* the connection was lost during the run */
	RSX_EXIT_FAILED = 125,	   /* rsx itself failed */
	RSX_EXIT_NOEXEC = 126,	   /* the program cannot be executed */
	RSX_EXIT_NOENT = 127,	   /* the program does not exist */
};

#endif
