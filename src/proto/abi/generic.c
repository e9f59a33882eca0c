/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layouts that differ, as an aarch64 endpoint sees them: it speaks the
 * wire's ABI already, so nothing is converted. Linked instead of x86_64.c.
 */
#include "rsx/abi.h"

#define SAME(n, size)                                                         \
	const struct rsx_layout rsx_layout_##n = {                            \
		.name = #n, .wire_size = size, .native_size = size,           \
	}

SAME(stat, 128);	/* asm-generic/stat.h */
SAME(epoll_event, 16);	/* linux/eventpoll.h, not packed */
SAME(open_how, 24);	/* linux/openat2.h */
