/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See faults.h. */
#include "mmap/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mmap/image.h"
#include "mmap/maps.h"
#include "mmap/range.h"
#include "op.h"
#include "program/inject.h"
#include "ptrace.h"
#include "rsx/cleanup.h"
#include "rsx/log.h"
#include "sigroute.h"
#include "tracee.h"
#include "tracer.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

#define FLAGS (O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY)
#define BATCH 16

/* --- may it be done? --- */

/*
 * Does a write to a memfd make those pages and no others? Not if the system has
 * huge ones for shared memory: the rest of one would look filled.
 */
static bool small_pages(void)
{
	static int known; /* 1 yes, -1 no */
	_rsx_close_ int fd = -1;

	if (known)
		return known > 0;
	known = -1;
	fd = memfd_create("rsx", MFD_CLOEXEC);
	if (fd >= 0 && !ftruncate(fd, 4 << 20) && pwrite(fd, "x", 1, IMAGE_BLOCK) == 1 &&
	    lseek(fd, 0, SEEK_DATA) == (off_t)IMAGE_BLOCK &&
	    lseek(fd, (off_t)IMAGE_BLOCK, SEEK_HOLE) <= (off_t)(2 * IMAGE_BLOCK))
		known = 1;
	return known > 0;
}

/* The tracee's descriptor, as one of ours. */
static int take_fd(const struct tracee *t, int fd)
{
	_rsx_close_ int pidfd = (int)syscall(SYS_pidfd_open, t->process->pid, 0);
	int ret = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return ret < 0 ? -errno : ret;
}

static int listen_to(struct tracer *tr, struct mm *mm)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = mm };
	struct epoll_event all = { .events = EPOLLIN, .data.ptr = &tr->faults };

	if (tr->faults < 0) {
		tr->faults = epoll_create1(EPOLL_CLOEXEC);
		if (tr->faults < 0 || epoll_ctl(tr->epoll, EPOLL_CTL_ADD, tr->faults, &all))
			return -errno;
	}
	if (epoll_ctl(tr->faults, EPOLL_CTL_ADD, mm->uffd, &e))
		return -errno;
	mm->faults_of = tr;
	tr->n_watched++;
	return 0;
}

/* `fd` is the tracee's userfaultfd; whoever calls closes that one. */
static int begin(struct tracee *t, int fd)
{
	struct uffdio_api api = {
		.api = UFFD_API, .features = UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_THREAD_ID,
	};
	_rsx_close_ int ours = take_fd(t, fd);
	int err;

	if (ours < 0)
		return ours;
	if (ioctl(ours, UFFDIO_API, &api))
		return -errno;
	t->mm->uffd = rsx_steal_fd(ours);
	err = listen_to(t->tracer, t->mm);
	if (err) {
		close(t->mm->uffd);
		t->mm->uffd = -1;
	}
	return err;
}

int64_t faults_need(struct tracee *t)
{
	int64_t fd, err;

	if (t->mm->uffd >= 0)
		return 0;
	if (t->tracer->attached || !small_pages())
		return -EOPNOTSUPP;
	fd = range_open(t, arch_nr.userfaultfd, OP_ARGS(FLAGS));
	if (fd < 0)
		return fd;
	err = t->mm->uffd >= 0 ? 0 : begin(t, (int)fd); /* another thread may have been faster */
	op_native(t, arch_nr.close, OP_ARGS((uint64_t)fd));
	return err;
}

int faults_watch(struct mm *mm, uint64_t start, uint64_t len)
{
	struct uffdio_register r = {
		.range = { start, len }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return ioctl(mm->uffd, UFFDIO_REGISTER, &r) ? -errno : 0;
}

void faults_mm_free(struct mm *mm)
{
	if (mm->uffd < 0)
		return;
	close(mm->uffd);
	mm->uffd = -1;
	mm->faults_of->n_watched--;
}

/* --- a page is missed --- */

static void wake(const struct mm *mm, uint64_t start, uint64_t len)
{
	struct uffdio_range r = { start, len };

	ioctl(mm->uffd, UFFDIO_WAKE, &r);
}

static struct tracee *thread_of(struct tracer *tr, const struct mm *mm, pid_t own)
{
	struct tracee *t = tr->tracees;

	while (t && (t->mm != mm || t->own != own))
		t = t->next;
	return t;
}

/* Would a SIGBUS reach nobody? The kernel kills then. */
static bool shuts_out(const struct tracee *t, int sig)
{
	return sigroute_in(sigroute_set(t->tid, "SigBlk:") | sigroute_set(t->tid, "SigIgn:"), sig);
}

/* What is there cannot be had: as for a disk that fails. */
static void fail(struct tracer *tr, struct mm *mm, pid_t own, uint64_t at, int err)
{
	struct tracee *t = thread_of(tr, mm, own);
	const struct mapping *e = maps_find(mm->maps, at, 1);

	if (!t)
		return;
	if (e && !e->image->told && !tr->session.lost) {
		rsx_error("%s: a mapped page cannot be read: %s; SIGBUS", e->image->name,
			  strerror(-err));
		e->image->told = true;
	}
	t->bus_at = at;
	if (shuts_out(t, SIGBUS))
		kill(t->process->pid, SIGKILL);
	else
		syscall(SYS_tgkill, t->process->pid, t->tid, SIGBUS);
}

void faults_signal(struct tracee *t)
{
	siginfo_t info;

	if (!t->bus_at || rsx_ptrace(PTRACE_GETSIGINFO, t->tid, 0, &info) < 0 ||
	    info.si_code != SI_TKILL || info.si_pid != getpid())
		return;
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGBUS;
	info.si_code = BUS_ADRERR;
	info.si_addr = (void *)(uintptr_t)t->bus_at;
	rsx_ptrace(PTRACE_SETSIGINFO, t->tid, 0, &info);
	t->bus_at = 0;
}

/* A thread that sleeps until its page is there. */
struct sleeper {
	struct tracer *tracer;
	struct mm *mm;
	pid_t own;
	uint64_t at; /* of the page */
};

/* The block is there, or cannot be had. */
static void arrived(void *ctx, int err)
{
	struct sleeper *s = ctx;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const struct mapping *e = maps_find(s->mm->maps, s->at, 1);
	uint64_t start = s->at, end = s->at + page;

	if (err) {
		fail(s->tracer, s->mm, s->own, s->at, err);
	} else {
		if (e) {
			/* others may miss pages of the same block */
			uint64_t in = (e->off + (s->at - e->start)) % IMAGE_BLOCK;

			start = in < s->at - e->start ? s->at - in : e->start;
			end = e->end - start < IMAGE_BLOCK ? e->end : start + IMAGE_BLOCK;
		}
		wake(s->mm, start, end - start);
	}
	mm_unref(s->mm);
	free(s);
}

static void missed(struct tracer *tr, struct mm *mm, const struct uffd_msg *m)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), at = m->arg.pagefault.address & ~(page - 1);
	const struct mapping *e = maps_find(mm->maps, at, 1);
	struct sleeper *s = calloc(1, sizeof(*s));

	if (!s) {
		wake(mm, at, page); /* and it is missed again */
		return;
	}
	*s = (struct sleeper){ tr, mm_ref(mm), (pid_t)m->arg.pagefault.feat.ptid, at };
	if (e)
		image_fetch(e->image, e->off + (at - e->start), arrived, s);
	else
		arrived(s, 0);
}

static void serve(struct tracer *tr, struct mm *mm)
{
	struct uffd_msg m[BATCH];
	ssize_t n = read(mm->uffd, m, sizeof(m));

	mm_ref(mm);
	for (ssize_t i = 0; n > 0 && i < n / (ssize_t)sizeof(m[0]); i++)
		if (m[i].event == UFFD_EVENT_PAGEFAULT)
			missed(tr, mm, &m[i]);
	mm_unref(mm);
}

void faults_serve(struct tracer *tr)
{
	struct epoll_event e[BATCH];
	int n = epoll_wait(tr->faults, e, BATCH, 0);

	for (int i = 0; i < n; i++)
		serve(tr, e[i].data.ptr);
}

/* --- ranges --- */

/* The part of `e` in [start, end), in the file. */
static uint64_t part(const struct mapping *e, uint64_t start, uint64_t end, uint64_t *ret_len)
{
	uint64_t from = e->start > start ? e->start : start, to = e->end < end ? e->end : end;

	*ret_len = to - from;
	return e->off + (from - e->start);
}

static uint64_t end_of(uint64_t start, uint64_t len)
{
	return len > UINT64_MAX - start ? UINT64_MAX : start + len;
}

bool faults_fill(struct mm *mm, uint64_t start, uint64_t len)
{
	bool any = false;

	if (mm->uffd < 0)
		return false;
	for (struct mapping *e = maps_find(mm->maps, start, len); e;
	     e = maps_next(mm->maps, e, start, len)) {
		uint64_t n, off = part(e, start, end_of(start, len), &n);

		if (e->lazy)
			any |= !image_fill(e->image, off, n);
	}
	return any;
}

int64_t faults_fill_much(struct tracee *t, struct mm *mm, uint64_t start, uint64_t len)
{
	uint64_t end = end_of(start, len);
	struct mapping *e;
	int64_t ret = 0;

	while (ret != -ESRCH && (e = maps_find(mm->maps, start, end - start))) {
		uint64_t n, at = e->start > start ? e->start : start;

		part(e, start, end, &n);
		if (e->lazy && n > RSX_MAX_PIECE)
			n = RSX_MAX_PIECE;
		faults_fill(mm, at, n);
		start = at + n;
		/* the loop has other things to do, too */
		ret = op_native(t, arch_nr.msync, OP_ARGS(0, 0, 0));
	}
	return ret == -ESRCH ? ret : 0;
}

/* --- calls --- */

#define SMALL ((uint64_t)4096)		 /* an argument whose length the row does not say */
#define AT_ONCE ((uint64_t)4 << 20)	 /* so much is filled without an op */

/* What the arguments of a call point at, one after the other. */
struct walk {
	struct tracee *t;
	enum { COUNT, FILL, FILL_MUCH } what; /* the last one in an op only */
	uint64_t missing;
	int64_t err;
};

static uint64_t missing(const struct image *im, uint64_t off, uint64_t len)
{
	return image_covers(im, off, len) ? 0 : len;
}

static void visit(struct walk *w, uint64_t start, uint64_t len)
{
	struct mm *mm = w->t->mm;

	if (w->what == FILL)
		faults_fill(mm, start, len);
	if (w->what == FILL_MUCH && !w->err && maps_find(mm->maps, start, len))
		w->err = faults_fill_much(w->t, mm, start, len);
	if (w->what != COUNT)
		return;
	for (struct mapping *e = maps_find(mm->maps, start, len); e;
	     e = maps_next(mm->maps, e, start, len)) {
		uint64_t n, off = part(e, start, end_of(start, len), &n);

		w->missing += e->lazy ? missing(e->image, off, n) : 0;
	}
}

static void visit_iov(struct walk *w, uint64_t at, uint64_t n)
{
	struct iovec v;

	for (uint64_t i = 0; i < n && i < RSX_MAX_IOV; i++) {
		if (tracee_read(w->t, at + i * sizeof(v), &v, sizeof(v)))
			return;
		visit(w, (uintptr_t)v.iov_base, v.iov_len);
	}
}

static void visit_msg(struct walk *w, uint64_t at)
{
	struct msghdr m;

	if (tracee_read(w->t, at, &m, sizeof(m)))
		return;
	visit(w, (uintptr_t)m.msg_name, m.msg_namelen);
	visit(w, (uintptr_t)m.msg_control, m.msg_controllen);
	visit_iov(w, (uintptr_t)m.msg_iov, m.msg_iovlen);
}

static uint64_t length(const struct call *c, const struct rsx_arg *a)
{
	switch ((enum rsx_len_op)a->cap.op) {
	case RSX_LEN_ARG:
		return c->args[a->cap.arg];
	case RSX_LEN_ARG_X:
		return c->args[a->cap.arg] * a->cap.size;
	default:
		return SMALL;
	}
}

static void walk(struct walk *w)
{
	const struct call *c = &w->t->call;

	for (unsigned i = 0; i < c->row->nargs; i++) {
		const struct rsx_arg *a = &c->row->arg[i];
		uint64_t at = c->args[i];

		if (!rsx_kind_is_pointer(a->kind) && a->kind != RSX_KIND_ADDR)
			continue;
		visit(w, at, length(c, a));
		if (a->kind == RSX_KIND_IOVEC)
			visit_iov(w, at, length(c, a));
		else if (a->kind == RSX_KIND_MSGHDR)
			visit_msg(w, at);
	}
}

bool faults_ready(struct tracee *t)
{
	struct walk w = { .t = t, .what = COUNT };

	if (t->prefaulted) {
		t->prefaulted = false;
		return true;
	}
	walk(&w);
	if (w.missing > AT_ONCE)
		return false;
	w.what = FILL; /* what is there may be a hole still */
	walk(&w);
	return true;
}

int64_t faults_prefault(struct tracee *t)
{
	struct walk w = { .t = t, .what = FILL_MUCH };

	walk(&w);
	t->prefaulted = true;
	return w.err ? w.err : OP_AGAIN;
}

/* --- fork --- */

static bool any_lazy(const struct maps *m)
{
	for (unsigned i = 0; m && i < m->n; i++)
		if (m->m[i].lazy)
			return true;
	return false;
}

/* Nobody will be told of missing pages (no descriptor was left, say): have them all. */
static int fill_all(struct mm *mm)
{
	int err = 0;

	for (unsigned i = 0; !err && mm->maps && i < mm->maps->n; i++) {
		struct mapping *e = &mm->maps->m[i];
		uint64_t len = e->end - e->start;

		if (!e->lazy)
			continue;
		if (e->image->loaded_bytes + len > RSX_MAX_MAPPED)
			return -ENOMEM;
		e->image->eager = true; /* nothing of it goes again */
		err = image_fill(e->image, e->off, len);
		e->lazy = false;
	}
	return err;
}

void faults_adopt(struct tracee *t)
{
	struct mm *mm = t->mm;
	struct injection in;
	int64_t fd = -ENOSYS, err;

	mm->unwatched = false;
	if (!any_lazy(mm->maps))
		return;
	err = inject_begin(&in, t);
	if (!err) {
		fd = inject(&in, SYS_userfaultfd, OP_ARGS(FLAGS));
		err = fd < 0 ? fd : begin(t, (int)fd);
		if (fd >= 0)
			inject(&in, SYS_close, OP_ARGS((uint64_t)fd));
		inject_end(&in);
	}
	for (unsigned i = 0; !err && mm->maps && i < mm->maps->n; i++)
		if (mm->maps->m[i].lazy)
			err = faults_watch(mm, mm->maps->m[i].start,
					   mm->maps->m[i].end - mm->maps->m[i].start);
	if (!err || err == -ESRCH || !fill_all(mm))
		return;
	rsx_error("process %d: its mappings of remote files cannot be filled: %s; it is killed",
		  t->process->pid, strerror((int)-err));
	kill(t->process->pid, SIGKILL);
}
