/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See stack.h. */
#include "stack.h"

#include <stdlib.h>
#include <string.h>

#include "../tracee.h"
#include "../tracer.h"
#include "demangle.h"
#include "json_value.h"
#include "modules.h"
#include "report/trace.h"
#include "symbols.h"
#include "unwind_api.h"

#define KNOWN 4096 /* addresses kept per address space */
#define PAGES 32   /* of memory, kept while one stack is walked */
#define PAGE  4096

/* What is known of an address space; it hangs on struct mm. */
struct unwind {
	unw_addr_space_t as;
	struct modules modules;
	bool stale; /* the mappings may have changed */
	struct stack_frame known[KNOWN]; /* by hash of .pc; 0: empty */
};

/* One walk. libunwind's accessors get it as their argument. */
struct walk {
	struct tracee *t;
	struct unwind *u;
	void *upt;
	const struct ehtable *made; /* of the module that is asked about */
	struct {
		uint64_t at; /* 1: nothing is there */
		bool bad;
		uint8_t data[PAGE];
	} page[PAGES];
};

static struct walk walking; /* large, and there is one at a time */

/* --- memory --- */

/*
 * libunwind reads a table from the tracee's memory. One that was made here it
 * finds there, too: at an address that no program has.
 */
#define MADE_TABLE 0xffffff0000000000ull

static bool read_made(const struct walk *w, uint64_t address, uint64_t *ret)
{
	uint64_t at = address - MADE_TABLE;

	if (!w->made || at > w->made->n * sizeof(w->made->entry[0]) - sizeof(*ret))
		return false;
	memcpy(ret, (const char *)w->made->entry + at, sizeof(*ret));
	return true;
}

static bool read_word(struct walk *w, uint64_t address, uint64_t *ret)
{
	uint64_t at = address & ~(uint64_t)(PAGE - 1), in = address - at;
	unsigned i = (unsigned)(at / PAGE % PAGES);

	if (address >= MADE_TABLE)
		return read_made(w, address, ret);
	if (in > PAGE - sizeof(*ret))
		return !tracee_read(w->t, address, ret, sizeof(*ret));
	if (w->page[i].at != at) {
		w->page[i].at = at;
		w->page[i].bad = tracee_read(w->t, at, w->page[i].data, PAGE) != 0;
	}
	if (w->page[i].bad)
		return false;
	memcpy(ret, w->page[i].data + in, sizeof(*ret));
	return true;
}

static void forget_memory(struct walk *w)
{
	for (unsigned i = 0; i < PAGES; i++)
		w->page[i].at = 1;
}

/* --- libunwind's accessors --- */

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write,
		      void *arg)
{
	(void)as;
	return write || !read_word(arg, address, value) ? -UNW_EINVAL : 0;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write,
		      void *arg)
{
	return write ? -UNW_EREADONLYREG :
		       unwind_api.upt_access_reg(as, reg, value, 0, ((struct walk *)arg)->upt);
}

static int access_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write,
			void *arg)
{
	return write ? -UNW_EREADONLYREG :
		       unwind_api.upt_access_fpreg(as, reg, value, 0, ((struct walk *)arg)->upt);
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi, int need_info,
			  void *arg)
{
	struct walk *w = arg;
	const struct module *m = modules_find(&w->u->modules, ip);
	unw_dyn_info_t di = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };

	if (!m || !m->file) /* code that was made at run time has no table */
		return -UNW_ENOINFO;
	w->made = m->file && m->file->symbols ? m->file->symbols->frames : NULL;
	if (!m->header && !w->made)
		return unwind_api.upt_find_proc_info(as, ip, pi, need_info, w->upt);
	di.start_ip = m->start;
	di.end_ip = m->end;
	di.u.rti.segbase = m->header ? m->header : m->bias + w->made->base;
	di.u.rti.table_data = m->header ? m->table : MADE_TABLE;
	di.u.rti.table_len = (m->header ? m->entries : w->made->n) * sizeof(struct ehentry) /
			     sizeof(unw_word_t);
	return unwind_api.search_table(as, ip, &di, pi, need_info, arg);
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
	(void)as;
	(void)pi;
	(void)arg;
}

static int get_dyn_info_list(unw_addr_space_t as, unw_word_t *list, void *arg)
{
	(void)as;
	(void)list;
	(void)arg;
	return -UNW_ENOINFO;
}

static int resume(unw_addr_space_t as, unw_cursor_t *c, void *arg)
{
	(void)as;
	(void)c;
	(void)arg;
	return -UNW_EINVAL;
}

static unw_accessors_t accessors = {
	.find_proc_info = find_proc_info,
	.put_unwind_info = put_unwind_info,
	.get_dyn_info_list_addr = get_dyn_info_list,
	.access_mem = access_mem,
	.access_reg = access_reg,
	.access_fpreg = access_fpreg,
	.resume = resume,
};

/* --- an address space --- */

void stack_mm_free(struct unwind *u)
{
	if (!u)
		return;
	modules_done(&u->modules);
	if (u->as)
		unwind_api.destroy_addr_space(u->as);
	free(u);
}

/* Have the modules as they are now. */
static bool refresh(struct unwind *u, const struct tracee *t)
{
	struct modules now;

	if (!u->stale)
		return true;
	if (modules_read(&now, t))
		return false;
	u->stale = false;
	if (modules_equal(&now, &u->modules)) {
		modules_done(&now);
		return true;
	}
	modules_done(&u->modules);
	u->modules = now;
	memset(u->known, 0, sizeof(u->known));
	unwind_api.flush_cache(u->as, 0, 0);
	return true;
}

static struct unwind *unwind_of(struct tracee *t)
{
	struct unwind *u = t->mm->unwind;

	if (!u) {
		u = calloc(1, sizeof(*u));
		if (!u)
			return NULL;
		u->as = unwind_api.create_addr_space(&accessors, 0);
		if (!u->as) {
			free(u);
			return NULL;
		}
		unwind_api.set_caching_policy(u->as, UNW_CACHE_GLOBAL);
		u->stale = true;
		t->mm->unwind = u;
	}
	return refresh(u, t) ? u : NULL;
}

static bool makes_code(const struct call *c)
{
	for (unsigned i = 0; i < c->row->nargs; i++)
		if (!strcmp(c->row->arg[i].name, "prot"))
			return c->args[i] & 4; /* PROT_EXEC */
	return false;
}

void stack_note(struct tracee *t, int64_t ret)
{
	const struct call *c = &t->call;
	struct unwind *u = t->mm->unwind;

	if (!u || u->stale || !(c->row->classes & RSX_CLASS_MEMORY) || (ret < 0 && ret >= -4095))
		return;
	u->stale = makes_code(c) || modules_overlap(&u->modules, c->args[0], c->args[1]) ||
		   (c->row->ret == RSX_RET_ADDR &&
		    modules_overlap(&u->modules, (uint64_t)ret, c->args[1]));
}

bool stack_init(void)
{
	return unwind_api_load();
}

void stack_done(void)
{
	modules_forget_files();
	demangle_done();
}

/* --- frames --- */

/*
 * A frame that has called the next one stands behind its call, which may be
 * the last thing in its function: look one byte before.
 */
static void name_frame(struct unwind *u, uint64_t pc, bool exact, struct stack_frame *ret)
{
	struct stack_frame *k = &u->known[(pc ^ pc >> 12) % KNOWN];
	const struct module *m;
	uint64_t at = pc - !exact;

	if (k->pc == pc) {
		*ret = *k;
		return;
	}
	*ret = (struct stack_frame){ .pc = pc };
	m = modules_find(&u->modules, at);
	if (m) {
		ret->address = pc - m->bias;
		ret->file = m->file ? m->file->name : NULL;
		if (m->file && m->file->symbols &&
		    symfile_find(m->file->symbols, at - m->bias, &ret->symbol, &ret->offset)) {
			ret->symbol = demangle(ret->symbol);
			ret->offset += !exact;
		}
	}
	*k = *ret;
}

/*
 * A Go program: from one frame to the next by its own table, as long as that
 * goes. `link` is the register that holds a leaf's return address, where the
 * architecture has one.
 */
static void walk_go(struct walk *w, struct stack *s, uint64_t pc, uint64_t sp)
{
	uint64_t link, size, next;
	bool linked = arch_link(w->t->tid, &link), leaf = true, read;

	while (s->n < STACK_DEPTH && pc) {
		const struct module *m = modules_find(&w->u->modules, pc - 1);
		const struct symfile *f = m && m->file ? m->file->symbols : NULL;

		if (!f || !f->go || !gotab_frame(f->go, pc - 1 - m->bias, &size))
			return;
		name_frame(w->u, pc, false, &s->frame[s->n++]);
		if (linked && !size) {
			next = link;
			read = leaf; /* only the innermost one's is still there */
		} else {
			read = read_word(w, linked ? sp : sp + size, &next);
		}
		if (!read)
			return;
		sp += size + (linked ? 0 : sizeof(next));
		leaf = false;
		pc = next;
	}
}

/*
 * The stack pointer rises from frame to frame, but where a return address is in
 * a register: what has called nothing (the innermost function, or what a signal
 * interrupted) may have nothing on the stack.
 */
static void walk_tables(struct walk *w, struct stack *s)
{
	bool interrupted = false, bare = false, handler;
	unw_word_t pc, sp, before = 0;
	uint64_t code, link;
	bool linked = arch_link(w->t->tid, &link);
	unw_cursor_t c;

	if (unwind_api.init_remote(&c, w->u->as, w))
		return;
	do {
		if (unwind_api.get_reg(&c, UNW_REG_IP, &pc) ||
		    unwind_api.get_reg(&c, UNW_REG_SP, &sp) || !pc)
			return;
		if (!modules_find(&w->u->modules, pc) ||
		    (s->n && sp < before + !bare && !interrupted))
			return; /* it leads nowhere */
		before = sp;
		bare = linked && (!s->n || interrupted);
		/* what a handler returns to, and what the signal interrupted, made no call */
		handler = read_word(w, pc, &code) && code == arch_sigreturn;
		name_frame(w->u, pc, handler || interrupted, &s->frame[s->n]);
		if (handler && !s->frame[s->n].symbol)
			s->frame[s->n].symbol = "<signal handler called>";
		s->n++;
		interrupted = handler;
	} while (s->n < STACK_DEPTH && unwind_api.step(&c) > 0);
}

static bool is_go(const struct walk *w, uint64_t pc)
{
	const struct module *m = modules_find(&w->u->modules, pc - 1);

	return m && m->file && m->file->symbols && m->file->symbols->go;
}

struct stack *stack_take(struct tracee *t)
{
	struct walk *w = &walking;
	struct stack *s, *fit;

	w->t = t;
	w->u = unwind_of(t);
	s = w->u ? malloc(sizeof(*s) + STACK_DEPTH * sizeof(s->frame[0])) : NULL;
	if (!s)
		return NULL;
	s->n = 0;
	forget_memory(w);
	if (is_go(w, t->call.entry.pc)) {
		walk_go(w, s, t->call.entry.pc, t->call.entry.sp);
	} else {
		w->upt = unwind_api.upt_create(t->tid);
		if (w->upt)
			walk_tables(w, s);
		if (w->upt)
			unwind_api.upt_destroy(w->upt);
	}
	fit = realloc(s, sizeof(*s) + s->n * sizeof(s->frame[0]));
	return fit ? fit : s;
}

void stack_free(struct stack *s)
{
	free(s);
}

/* --- text --- */

void stack_text(struct rsx_buf *b, const struct stack *s)
{
	for (unsigned i = 0; s && i < s->n; i++) {
		const struct stack_frame *f = &s->frame[i];

		rsx_buf_addf(b, " > %s(%s+%#llx) [%#llx]\n", f->file ? f->file : "",
			     f->symbol ? f->symbol : "",
			     (unsigned long long)(f->symbol ? f->offset : f->address),
			     (unsigned long long)(f->file ? f->address : f->pc));
	}
}

static void text_or_null(struct rsx_buf *b, const char *key, const char *text)
{
	if (text)
		json_text(b, key, text);
	else
		json_null(b, key);
}

void stack_json(struct rsx_buf *b, const struct stack *s)
{
	rsx_buf_addc(b, '[');
	for (unsigned i = 0; s && i < s->n; i++) {
		const struct stack_frame *f = &s->frame[i];

		rsx_buf_adds(b, i ? ",{" : "{");
		json_hex(b, "pc", f->pc);
		text_or_null(b, "file", f->file);
		json_hex(b, "address", f->address);
		text_or_null(b, "symbol", f->symbol);
		json_int(b, "offset", (int64_t)f->offset);
		rsx_buf_addc(b, '}');
	}
	rsx_buf_addc(b, ']');
}
