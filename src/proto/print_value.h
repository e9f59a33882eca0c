/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pieces of a trace line: values, strings, structs. Shared by print*.c.
 * All values are the wire's.
 */
#ifndef RSX_PROTO_PRINT_VALUE_H
#define RSX_PROTO_PRINT_VALUE_H

#include <stdint.h>

#include "rsx/abi.h"
#include "rsx/buf.h"

/*
 * "text", at most `max` bytes of it, then "...; `len` may hold NULs. `hex`: all
 * of it as \x6a if it has bytes that cannot be printed (1), or always (2).
 */
void print_quoted(struct rsx_buf *b, const void *data, size_t len, size_t max, unsigned hex);

/* O_RDONLY|O_CLOEXEC, 0x8|MAP_SHARED; without a set a hexadecimal number. */
void print_flags(struct rsx_buf *b, const struct rsx_xlat *x, uint64_t v);

/* SEEK_SET; a value without a name is shown as a number. */
void print_enum(struct rsx_buf *b, const struct rsx_xlat *x, uint64_t v);

/* 0644, S_IFREG|0644 */
void print_mode(struct rsx_buf *b, uint32_t mode);

/* makedev(0x8, 0x1) */
void print_dev(struct rsx_buf *b, uint64_t dev);

/* 0x7f..., NULL */
void print_addr(struct rsx_buf *b, uint64_t addr);

/*
 * A struct of this layout, or false if nobody knows it or `len` is too short.
 * `x` names the value of an int, if it has names.
 */
bool print_struct(struct rsx_buf *b, const struct rsx_layout *layout,
		  const struct rsx_xlat *x, const uint8_t *data, size_t len);

/* {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}, of two 64-bit numbers. */
void print_rlimit(struct rsx_buf *b, const uint8_t *p);

/* {sa_family=AF_INET, ...} */
void print_sockaddr(struct rsx_buf *b, const uint8_t *data, size_t len, size_t max,
		    unsigned hex);

#endif
