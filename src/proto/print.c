/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call as one strace-like line, from the row that marshals it: one print
 * function per kind, chosen from a table. Nothing here knows a call. Used by
 * the tracer (src/tracer/report/trace.c) when a trace is asked for.
 */
#include "rsx/print.h"

#include <fcntl.h>
#include <string.h>

#include "rsx/xlat.h"
#include "print_value.h"
#include "print_view.h"

struct printer {
	struct rsx_buf *b;
	const struct rsx_frame *f;
	const uint64_t *native;
	bool done;
	const struct rsx_print_opt *opt;
};

static const struct rsx_arg *arg_of(const struct printer *p, unsigned i)
{
	return &p->f->row->arg[i];
}

/* Scalars: the registers say what the program asked for, uncut. */

static bool print_as_view(struct printer *p, unsigned i);

static void print_int(struct printer *p, unsigned i)
{
	if (print_as_view(p, i))
		return;
	rsx_buf_addf(p->b, "%d", (int)p->native[i]);
}

static void print_uint(struct printer *p, unsigned i)
{
	if (print_as_view(p, i))
		return;
	rsx_buf_addf(p->b, "%u", (unsigned)p->native[i]);
}

static void print_long(struct printer *p, unsigned i)
{
	if (print_as_view(p, i))
		return;
	rsx_buf_addf(p->b, "%lld", (long long)p->native[i]);
}

static void print_size(struct printer *p, unsigned i)
{
	rsx_buf_addf(p->b, "%llu", (unsigned long long)p->native[i]);
}

/* Flags are 32 bits wide in the kernel, whatever the register holds. */
static void print_flags_arg(struct printer *p, unsigned i)
{
	if (print_as_view(p, i))
		return;
	print_flags(p->b, arg_of(p, i)->xlat, (uint32_t)p->f->args[i]);
}

static void print_enum_arg(struct printer *p, unsigned i)
{
	print_enum(p->b, arg_of(p, i)->xlat, (uint32_t)p->f->args[i]);
}

static void print_mode_arg(struct printer *p, unsigned i)
{
	print_mode(p->b, (uint32_t)p->native[i]);
}

static void print_name(const struct rsx_print_opt *opt, struct rsx_buf *b, unsigned i, int fd)
{
	if (opt->name)
		opt->name(opt->name_ctx, b, i, fd);
}

static void print_fd(struct printer *p, unsigned i)
{
	print_int(p, i);
	print_name(p->opt, p->b, i, (int)p->native[i]);
}

static void print_dirfd(struct printer *p, unsigned i)
{
	if ((int)p->native[i] != AT_FDCWD) {
		print_fd(p, i);
		return;
	}
	rsx_buf_adds(p->b, "AT_FDCWD");
	print_name(p->opt, p->b, i, AT_FDCWD);
}

static void print_uid(struct printer *p, unsigned i)
{
	if ((uint32_t)p->native[i] == UINT32_MAX)
		rsx_buf_adds(p->b, "-1");
	else
		print_uint(p, i);
}

static void print_signal(struct printer *p, unsigned i)
{
	char name[32];

	rsx_signal_name(name, sizeof(name), (int)p->native[i]);
	if (p->native[i] > 0 && p->native[i] <= 64)
		rsx_buf_adds(p->b, name);
	else
		print_int(p, i);
}

static void print_dev_arg(struct printer *p, unsigned i)
{
	print_dev(p->b, (uint32_t)p->native[i]);
}

/* As the row's view has it, if there is one and the memory can be read. */
static bool print_as_view(struct printer *p, unsigned i)
{
	const struct rsx_arg *a = arg_of(p, i);
	const struct view_call c = { p->f, p->native, p->done, p->opt };

	return a->view && (p->done || !a->view_out) && print_view(p->b, &c, i);
}

static void print_addr_arg(struct printer *p, unsigned i)
{
	if (!print_as_view(p, i))
		print_addr(p->b, p->native[i]);
}

static void print_clockid(struct printer *p, unsigned i)
{
	print_enum(p->b, &rsx_xlat_clockid, (uint32_t)p->native[i]);
}

bool rsx_print_memory(const struct rsx_frame *f, unsigned i, bool done, const uint8_t **ret,
		      size_t *ret_len)
{
	const struct rsx_blob *blob = rsx_frame_blob((struct rsx_frame *)f, i);
	unsigned dir = f->row->arg[i].dir ? f->row->arg[i].dir : RSX_IN;

	if (!blob)
		return false;
	if ((dir & RSX_OUT) && done &&
	    (blob->out || (dir == RSX_OUT && !blob->out_len))) {
		*ret = blob->out;
		*ret_len = blob->out_len;
		return true;
	}
	if ((dir & RSX_IN) && (blob->in_len ? blob->in != NULL : !f->data_len)) {
		*ret = blob->in;
		*ret_len = blob->in_len;
		return true;
	}
	return false;
}

static bool memory(const struct printer *p, unsigned i, const uint8_t **ret, size_t *ret_len)
{
	return rsx_print_memory(p->f, i, p->done, ret, ret_len);
}

/* Names are shown whole, as they decide what the call does. */
static void print_string(struct printer *p, unsigned i)
{
	const struct view_call c = { p->f, p->native, p->done, p->opt };
	const uint8_t *data;
	size_t len;

	/* a link that led out of a local tree: what was sent is not what the program said */
	if (p->f->preset[i] && view_string(p->b, &c, i))
		return;
	if (!memory(p, i, &data, &len))
		print_addr_arg(p, i);
	else
		print_quoted(p->b, data, len ? strnlen((const char *)data, len) : 0, len,
			     p->opt->hex);
}

static void print_words(struct rsx_buf *b, const uint8_t *data, size_t len, unsigned most)
{
	rsx_buf_addc(b, '[');
	for (size_t at = 0; at + 4 <= len; at += 4) {
		if (at / 4 == most) {
			rsx_buf_adds(b, ", ...");
			break;
		}
		uint32_t v;

		memcpy(&v, data + at, sizeof(v));
		rsx_buf_addf(b, "%s%u", at ? ", " : "", v);
	}
	rsx_buf_addc(b, ']');
}

static void print_buf(struct printer *p, unsigned i)
{
	struct rsx_len cap = arg_of(p, i)->cap;
	const uint8_t *data;
	size_t len;

	if (print_as_view(p, i))
		return;
	if (!memory(p, i, &data, &len))
		print_addr_arg(p, i);
	else if (cap.op == RSX_LEN_ARG_X && cap.size == 4)
		print_words(p->b, data, len, p->opt->strsize);
	else
		print_quoted(p->b, data, len, p->opt->strsize, p->opt->hex);
}

static void print_struct_arg(struct printer *p, unsigned i)
{
	const struct rsx_arg *a = arg_of(p, i);
	const uint8_t *data;
	size_t len;

	if (!memory(p, i, &data, &len))
		print_addr_arg(p, i);
	else if (!a->layout || !print_struct(p->b, a->layout, a->xlat, data, len))
		print_quoted(p->b, data, len, p->opt->strsize, p->opt->hex);
}

/* The parts share one result and travel flat: they are shown as one. */
static void print_iovec(struct printer *p, unsigned i)
{
	const uint8_t *data;
	size_t len;

	if (print_as_view(p, i))
		return;
	if (!memory(p, i, &data, &len)) {
		print_addr_arg(p, i);
		return;
	}
	rsx_buf_addc(p->b, '[');
	print_quoted(p->b, data, len, p->opt->strsize, p->opt->hex);
	rsx_buf_addc(p->b, ']');
}

static void print_sockaddr_arg(struct printer *p, unsigned i)
{
	const uint8_t *data;
	size_t len;

	if (!memory(p, i, &data, &len))
		print_addr_arg(p, i);
	else
		print_sockaddr(p->b, data, len, p->opt->strsize, p->opt->hex);
}

/* [128 => 16]: the room given, the length that came back. */
static void print_socklen(struct printer *p, unsigned i)
{
	const struct rsx_blob *blob = rsx_frame_blob((struct rsx_frame *)p->f, i);
	int in, out;

	if (!blob || !blob->in || blob->in_len < sizeof(in)) {
		print_addr_arg(p, i);
		return;
	}
	memcpy(&in, blob->in, sizeof(in));
	out = in;
	if (p->done && blob->out && blob->out_len >= sizeof(out))
		memcpy(&out, blob->out, sizeof(out));
	if (out == in)
		rsx_buf_addf(p->b, "[%d]", in);
	else
		rsx_buf_addf(p->b, "[%d => %d]", in, out);
}

/* struct linux_dirent64: ino, off, reclen at 16, type, name. */
static void print_dirents(struct printer *p, unsigned i)
{
	const uint8_t *data;
	size_t len, at = 0;
	unsigned n = 0;
	uint16_t reclen;

	if (!p->done || !memory(p, i, &data, &len)) {
		print_addr_arg(p, i);
		return;
	}
	while (at + 18 < len) {
		memcpy(&reclen, data + at + 16, sizeof(reclen));
		if (!reclen)
			break;
		at += reclen;
		n++;
	}
	print_addr_arg(p, i);
	rsx_buf_addf(p->b, " /* %u %s */", n, n == 1 ? "entry" : "entries");
}

#define STRV_SHOWN 16
#define STRV_MAX 65536
#define STRV_WORD 256

/* One string of a list, as far as it can be read; blocks stay within a page. */
static void print_word(struct printer *p, uint64_t at)
{
	char text[STRV_WORD + 64];
	size_t len = 0, n = 0;

	while (len < STRV_WORD) {
		n = 64 - (at + len) % 64;
		if (p->opt->mem->read(p->opt->mem->ctx, rsx_addr(at + len), text + len, n))
			break;
		if (memchr(text + len, 0, n)) {
			len += strnlen(text + len, n);
			print_quoted(p->b, text, len, p->opt->strsize, p->opt->hex);
			return;
		}
		len += n;
	}
	if (len)
		print_quoted(p->b, text, len, len < p->opt->strsize ? len - 1 : p->opt->strsize,
			     p->opt->hex);
	else
		print_addr(p->b, at);
}

/* How many words a NULL-terminated char *[] has; what ends it is its end, too. */
static unsigned count_words(const struct rsx_mem *mem, uint64_t at)
{
	uint64_t word = 0;
	unsigned n = 0;

	while (n < STRV_MAX && !mem->read(mem->ctx, rsx_addr(at + 8ull * n), &word, sizeof(word)) &&
	       word)
		n++;
	return n;
}

/* The first words of a list; of a second one (the environment) only their number. */
static void print_strv(struct printer *p, unsigned i)
{
	const struct rsx_mem *mem = p->opt->mem;
	uint64_t at = p->native[i], word;
	unsigned n;

	if (!mem || !at || mem->read(mem->ctx, rsx_addr(at), &word, sizeof(word))) {
		print_addr_arg(p, i);
		return;
	}
	n = count_words(mem, at);
	if (i && arg_of(p, i - 1)->kind == RSX_KIND_STRV) {
		print_addr_arg(p, i);
		rsx_buf_addf(p->b, " /* %u vars */", n);
		return;
	}
	rsx_buf_addc(p->b, '[');
	for (unsigned k = 0; k < n && k < STRV_SHOWN; k++) {
		if (k)
			rsx_buf_adds(p->b, ", ");
		if (!mem->read(mem->ctx, rsx_addr(at + 8ull * k), &word, sizeof(word)))
			print_word(p, word);
	}
	rsx_buf_adds(p->b, n > STRV_SHOWN ? ", ...]" : "]");
}

static void (*const print_ops[RSX_KIND_MAX])(struct printer *, unsigned) = {
	[RSX_KIND_INT] = print_int,
	[RSX_KIND_UINT] = print_uint,
	[RSX_KIND_LONG] = print_long,
	[RSX_KIND_SIZE] = print_size,
	[RSX_KIND_OFF] = print_long,
	[RSX_KIND_FLAGS] = print_flags_arg,
	[RSX_KIND_ENUM] = print_enum_arg,
	[RSX_KIND_MODE] = print_mode_arg,
	[RSX_KIND_FD] = print_fd,
	[RSX_KIND_DIRFD] = print_dirfd,
	[RSX_KIND_PID] = print_int,
	[RSX_KIND_UID] = print_uid,
	[RSX_KIND_SIGNAL] = print_signal,
	[RSX_KIND_DEV] = print_dev_arg,
	[RSX_KIND_ADDR] = print_addr_arg,
	[RSX_KIND_CLOCKID] = print_clockid,
	[RSX_KIND_PATH] = print_string,
	[RSX_KIND_STR] = print_string,
	[RSX_KIND_BUF] = print_buf,
	[RSX_KIND_STRUCT] = print_struct_arg,
	[RSX_KIND_IOVEC] = print_iovec,
	[RSX_KIND_SOCKADDR] = print_sockaddr_arg,
	[RSX_KIND_SOCKLEN] = print_socklen,
	[RSX_KIND_ARRAY] = print_addr_arg,
	[RSX_KIND_DIRENTS] = print_dirents,
	[RSX_KIND_MSGHDR] = print_addr_arg,
	[RSX_KIND_LENPTR] = print_addr_arg,
	[RSX_KIND_COUNTED] = print_addr_arg,
	[RSX_KIND_POINTED] = print_addr_arg,
	[RSX_KIND_STRV] = print_strv,
};

/* open(2)'s mode means nothing unless a file may be made. */
bool rsx_print_shows(const struct rsx_frame *f, unsigned i)
{
	const struct rsx_arg *a = &f->row->arg[i];

	if (a->view && print_view_hides(f, i))
		return false;
	return a->kind != RSX_KIND_MODE || !a->flagbit || (f->args[a->flagarg] & a->flagbit);
}

void rsx_print_arg(struct rsx_buf *b, const struct rsx_frame *f,
		   const uint64_t native[RSX_MAX_ARGS], bool done,
		   const struct rsx_print_opt *opt, unsigned i)
{
	struct printer p = {
		.b = b, .f = f, .native = native, .done = done, .opt = opt,
	};

	print_ops[f->row->arg[i].kind](&p, i);
}

void rsx_print_more(struct rsx_buf *b, const struct rsx_frame *f,
		    const uint64_t native[RSX_MAX_ARGS], bool done, const struct rsx_print_opt *opt)
{
	const struct view_call c = { f, native, done, opt };

	for (unsigned i = 0; done && i < f->row->nargs; i++)
		if (print_view_more(b, &c, i))
			break;
}

const char *rsx_errno_name(int err)
{
	return strerrorname_np(err);
}

/* Never seen by a program: the kernel's own words for "to be restarted". */
static const char *restart_text(int err)
{
	switch (err) {
	case 512:
		return "ERESTARTSYS (again if the handler has SA_RESTART)";
	case 513:
		return "ERESTARTNOINTR (again after the handler)";
	case 514:
		return "ERESTARTNOHAND (again if no handler ran)";
	case 516:
		return "ERESTART_RESTARTBLOCK (goes on by restart_syscall)";
	}
	return NULL;
}

static void print_error(struct rsx_buf *b, int err)
{
	const char *name = rsx_errno_name(err);
	const char *again = restart_text(err);

	if (again)
		rsx_buf_addf(b, " = ? %s", again);
	else if (name)
		rsx_buf_addf(b, " = -1 %s (%s)", name, strerrordesc_np(err));
	else
		rsx_buf_addf(b, " = -1 (errno %d)", err);
}

static void print_flags_ret(struct rsx_buf *b, const struct rsx_xlat *x, int64_t ret)
{
	uint64_t wire = rsx_xlat_to_wire(x, RSX_ARCH_NATIVE, (uint64_t)ret);

	if (x && !x->n && x->base == 8) {
		rsx_buf_addf(b, " = %#03llo", (unsigned long long)ret);
		return;
	}
	rsx_buf_addf(b, " = %#llx", (unsigned long long)ret);
	if (x && ret) {
		rsx_buf_adds(b, " (flags ");
		print_flags(b, x, wire);
		rsx_buf_addc(b, ')');
	}
}

void rsx_print_ret(struct rsx_buf *b, const struct rsx_syscall *row, int64_t ret,
		   const struct rsx_print_opt *opt)
{
	if (row->ret == RSX_RET_NONE)
		rsx_buf_adds(b, " = ?");
	else if (ret < 0 && ret >= -4095)
		print_error(b, (int)-ret);
	else if (row->ret == RSX_RET_ADDR)
		rsx_buf_addf(b, " = %#llx", (unsigned long long)ret);
	else if (row->ret == RSX_RET_FLAGS)
		print_flags_ret(b, row->ret_xlat, ret);
	else
		rsx_buf_addf(b, " = %lld", (long long)ret);
	if (row->ret == RSX_RET_FD && ret >= 0)
		print_name(opt, b, RSX_FD_NAME_RET, (int)ret);
}
