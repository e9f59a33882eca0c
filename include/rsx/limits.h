/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every maximum of rsx in one place. A length that comes from a peer or from
 * a traced program is compared with one of these before anything is allocated.
 */
#ifndef RSX_LIMITS_H
#define RSX_LIMITS_H

/* wire */
#define RSX_MAX_HEADER (64u << 10)	/* a protobuf header, bytes */
#define RSX_MAX_PIECE (1u << 20)	/* one piece of a large read or write */
#define RSX_MAX_PAYLOAD (RSX_MAX_PIECE + (64u << 10)) /* all blobs of a frame */
#define RSX_DIRECT_ALIGN 4096		/* memory for direct I/O: no device wants more */
#define RSX_MAX_BLOBS 8			/* pointer arguments of one call */
#define RSX_MAX_ROWS 1024		/* row hashes in a hello */
#define RSX_MAX_ENV (1u << 20)		/* a server's environment, bytes */
#define RSX_MAX_ENV_VARS 16384u		/* ... and variables */
#define RSX_MAX_TITLE 512		/* of a traced program's command line */
#define RSX_MAX_NAME 256		/* a version or host name in a hello */

/* calls */
#define RSX_MAX_ARGS 6
#define RSX_MAX_PATH 4096		/* with its NUL, as PATH_MAX */
#define RSX_MAX_LINKS 8			/* names that a path led to, in a reply */
#define RSX_MAX_IOV 1024		/* UIO_MAXIOV */
#define RSX_MAX_MAPPED (1ull << 30)	/* of one remote file, in memory for mmap */
#define RSX_MAX_ARRAY 4096		/* structs in an array */
#define RSX_MAX_SMALL_BUF (64u << 10)	/* a buffer that is not a transfer */
#define RSX_MAX_STRUCT 4096		/* a struct that says its own length: a page */
#define RSX_MAX_SOCKLEN (32u << 10)	/* a value-result length; more is not used */

/* server */
#define RSX_MAX_SESSIONS 256
#define RSX_MAX_LANES 4096		/* threads of one session */
#define RSX_MAX_KEY_FILE (64u << 10)
#define RSX_MAX_LISTENERS 16
#define RSX_MAX_ALLOW_CID 16
#define RSX_MAX_UNKNOWN 256		/* connections that have not yet said who they are */
#define RSX_MAX_CONTROL_QUEUE (1u << 20) /* unsent bytes for one tracer */

/* times, milliseconds */
#define RSX_PARK_AFTER_MS 1
#define RSX_PING_EVERY_MS 4000
#define RSX_SILENCE_MS 12000
#define RSX_HANDSHAKE_MS 10000

#endif
