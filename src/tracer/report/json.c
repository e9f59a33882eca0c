/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --format=json: one object a line. docs/trace.schema.json says what is in
 * it; a test holds the two together.
 */
#include "json_value.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../ptrace.h"
#include "../tracee.h"
#include "cli/choice.h"
#include "report/trace.h"
#include "rsx/kind.h"
#include "stack.h"

static const char *const kind_name[RSX_KIND_MAX] = {
	[RSX_KIND_NONE] = "none",	[RSX_KIND_INT] = "int",
	[RSX_KIND_UINT] = "uint",	[RSX_KIND_LONG] = "long",
	[RSX_KIND_SIZE] = "size",	[RSX_KIND_OFF] = "offset",
	[RSX_KIND_FLAGS] = "flags",	[RSX_KIND_ENUM] = "enum",
	[RSX_KIND_MODE] = "mode",	[RSX_KIND_FD] = "fd",
	[RSX_KIND_DIRFD] = "dirfd",	[RSX_KIND_PID] = "pid",
	[RSX_KIND_UID] = "uid",		[RSX_KIND_SIGNAL] = "signal",
	[RSX_KIND_DEV] = "dev",		[RSX_KIND_ADDR] = "address",
	[RSX_KIND_CLOCKID] = "clockid", [RSX_KIND_PATH] = "path",
	[RSX_KIND_STR] = "string",	[RSX_KIND_BUF] = "buffer",
	[RSX_KIND_STRUCT] = "struct",	[RSX_KIND_IOVEC] = "iovec",
	[RSX_KIND_SOCKADDR] = "sockaddr", [RSX_KIND_SOCKLEN] = "socklen",
	[RSX_KIND_ARRAY] = "array",	[RSX_KIND_DIRENTS] = "dirents",
	[RSX_KIND_MSGHDR] = "msghdr",	[RSX_KIND_LENPTR] = "lenptr",
	[RSX_KIND_POINTED] = "pointed",
	[RSX_KIND_COUNTED] = "counted",	[RSX_KIND_STRV] = "strings",
};

/* How much of a pointer's bytes is shown as they are; 0: they are no text. */
static size_t bytes_shown(const struct trace *tr, unsigned kind)
{
	switch (kind) {
	case RSX_KIND_PATH:
	case RSX_KIND_STR:
		return RSX_MAX_PAYLOAD;
	case RSX_KIND_BUF:
	case RSX_KIND_IOVEC:
		return tr->print.strsize;
	default:
		return 0;
	}
}

/* A name, or data, as the bytes that it is. */
static void value(struct rsx_buf *b, const struct trace *tr, const struct report_call *c,
		  unsigned i)
{
	unsigned kind = c->f->row->arg[i].kind;
	size_t len, shown = bytes_shown(tr, kind);
	const uint8_t *data;

	if (!shown || c->w->has_words || !rsx_print_memory(c->f, i, c->done, &data, &len))
		return;
	if (kind == RSX_KIND_PATH || kind == RSX_KIND_STR)
		len = strnlen((const char *)data, len);
	json_key(b, "value");
	json_string(b, data, len < shown ? len : shown);
	json_int(b, "length", (int64_t)len);
}

static void behind_fd(struct rsx_buf *b, const struct report_call *c, unsigned i, int fd)
{
	char text[RSX_MAX_PATH];

	names_text(c, i, fd, text, sizeof(text));
	if (text[0])
		json_text(b, "names", text);
}

static void argument(struct rsx_buf *b, struct trace *tr, const struct report_call *c, unsigned i)
{
	const struct rsx_arg *a = &c->f->row->arg[i];
	struct rsx_buf text;

	rsx_buf_init(&text, RSX_MAX_PAYLOAD * 4);
	rsx_buf_addc(b, '{');
	json_text(b, "name", a->name ? a->name : "");
	json_text(b, "kind", kind_name[a->kind]);
	json_hex(b, "raw", c->native[i]);
	report_arg(&text, tr, c, i);
	json_key(b, "text");
	json_string(b, text.data ? text.data : "", text.len);
	value(b, tr, c, i);
	if (tr->print.name && (a->kind == RSX_KIND_FD || a->kind == RSX_KIND_DIRFD))
		behind_fd(b, c, i, (int)c->native[i]);
	rsx_buf_addc(b, '}');
	rsx_buf_done(&text);
}

static void head(struct rsx_buf *b, const char *type, const struct tracee *t, int64_t wall_ns)
{
	rsx_buf_addc(b, '{');
	json_text(b, "type", type);
	json_seconds(b, "time", wall_ns);
	json_int(b, "pid", t->process ? t->process->pid : t->tid);
	json_int(b, "tid", t->tid);
}

static void result(struct rsx_buf *b, struct trace *tr, const struct report_call *c)
{
	const struct rsx_syscall *row = c->f->row;
	const char *name;

	if (c->unfinished || row->ret == RSX_RET_NONE) {
		json_null(b, "ret");
		json_null(b, "error");
		return;
	}
	if (row->ret == RSX_RET_ADDR && c->done)
		json_hex(b, "ret", (uint64_t)c->ret);
	else
		json_int(b, "ret", c->done ? c->ret : -1);
	name = c->done ? NULL : rsx_errno_name((int)-c->ret);
	if (c->done)
		json_null(b, "error");
	else if (name)
		json_text(b, "error", name);
	else /* the kernel's own codes for "to be restarted": errno has no names for them */
		json_text(b, "error", "ERESTART");
	if (tr->print.name && row->ret == RSX_RET_FD && c->done && c->ret >= 0) {
		char text[RSX_MAX_PATH];

		names_text(c, RSX_FD_NAME_RET, (int)c->ret, text, sizeof(text));
		if (text[0])
			json_text(b, "ret_names", text);
	}
}

static void cost(struct rsx_buf *b, const struct report_call *c)
{
	json_seconds(b, "duration", c->end_ns - c->w->began_ns);
	json_seconds(b, "wire", (int64_t)c->w->wire_ns);
	json_seconds(b, "server", (int64_t)c->w->server_ns);
	json_int(b, "round_trips", c->w->n_trips);
	json_int(b, "bytes_out", (int64_t)c->w->bytes_out);
	json_int(b, "bytes_in", (int64_t)c->w->bytes_in);
}

/* What -e had to do with it, if anything. */
static void choice(struct rsx_buf *b, const struct report_call *c)
{
	static const char *const word[] = {
		[CHOSEN_HERE] = "local", [CHOSEN_BY_FD] = "fd", [CHOSEN_DENIED] = "denied",
	};
	unsigned chosen = c->t->call.chosen;

	if (chosen != CHOSEN_NOT && report_side(c) != ran_name[c->ran])
		json_text(b, "choice", word[chosen]);
}

static void json_call(struct trace *tr, const struct report_call *c)
{
	struct rsx_buf *b = &tr->out.buf;
	const struct rsx_syscall *row = c->f->row, *made = c->t->call.made;
	bool first = true;

	head(b, "call", c->t, c->wall_ns);
	json_text(b, "name", row->name);
	if (made && strcmp(made->name, row->name) != 0)
		json_text(b, "called", made->name);
	if (row->variant)
		json_text(b, "variant", row->variant);
	json_key(b, "args");
	rsx_buf_addc(b, '[');
	for (unsigned i = 0; i < row->nargs; i++) {
		if (!rsx_print_shows(c->f, i))
			continue;
		if (!first)
			rsx_buf_addc(b, ',');
		first = false;
		argument(b, tr, c, i);
	}
	rsx_buf_addc(b, ']');
	result(b, tr, c);
	json_bool(b, "finished", !c->unfinished);
	json_text(b, "side", ran_name[c->ran]);
	choice(b, c);
	cost(b, c);
	if (tr->opt->stacks) {
		json_key(b, "stack");
		stack_json(b, c->w->stack);
	}
	rsx_buf_adds(b, "}\n");
}

static void json_signal(struct trace *tr, struct tracee *t, int sig, int64_t wall_ns)
{
	struct rsx_buf *b = &tr->out.buf;
	siginfo_t si = { .si_signo = sig };
	char name[32];

	rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &si);
	head(b, "signal", t, wall_ns);
	rsx_signal_name(name, sizeof(name), sig);
	json_text(b, "signal", name);
	json_int(b, "number", sig);
	json_int(b, "code", si.si_code);
	rsx_buf_adds(b, "}\n");
}

static void json_exit(struct trace *tr, struct tracee *t, int status, int64_t wall_ns)
{
	struct rsx_buf *b = &tr->out.buf;

	head(b, "exit", t, wall_ns);
	if (WIFEXITED(status)) {
		json_int(b, "status", WEXITSTATUS(status));
		json_null(b, "signal");
	} else {
		char name[32];

		rsx_signal_name(name, sizeof(name), WTERMSIG(status));
		json_null(b, "status");
		json_text(b, "signal", name);
	}
	rsx_buf_adds(b, "}\n");
}

static void json_begin(struct trace *tr)
{
	struct rsx_buf *b = &tr->out.buf;

	rsx_buf_addc(b, '{');
	json_text(b, "type", "start");
	json_int(b, "schema", 1);
	json_text(b, "version", RSX_VERSION);
	rsx_buf_adds(b, "}\n");
}

const struct writer report_json = {
	.tail = "",
	.begin = json_begin,
	.call = json_call,
	.signal = json_signal,
	.exit = json_exit,
};
