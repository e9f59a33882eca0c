/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ownership for locals: a variable marked _rsx_free_ or _rsx_close_ gives its
 * resource back at the end of its scope unless it was handed over with
 * rsx_steal_ptr() or rsx_steal_fd().
 */
#ifndef RSX_CLEANUP_H
#define RSX_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void rsx_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void rsx_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void rsx_cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void rsx_cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _rsx_free_ __attribute__((cleanup(rsx_cleanup_free)))
#define _rsx_close_ __attribute__((cleanup(rsx_cleanup_close)))
#define _rsx_fclose_ __attribute__((cleanup(rsx_cleanup_fclose)))
#define _rsx_closedir_ __attribute__((cleanup(rsx_cleanup_closedir)))

#define rsx_steal_ptr(p)                       \
	({                                     \
		__typeof__(p) stolen_ = (p);   \
		(p) = NULL;                    \
		stolen_;                       \
	})

#define rsx_steal_fd(fd)             \
	({                           \
		int stolen_ = (fd);  \
		(fd) = -1;           \
		stolen_;             \
	})

#define RSX_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
