/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call changes its result register and, on x86-64, rcx and r11; all others
 * are the program's: after calls of either side and of both, after ones that
 * sleep, and whatever signals do to them meanwhile: also to calls that the kernel
 * makes again by itself, with restart_syscall(2), or that a tracer makes in steps.
 * aarch64 hides x7 from a tracer at some stops only, loses x0 when it restarts a
 * call, and shows the restart in x8.
 */
#include "conf.h"

#if defined(__aarch64__)
#define NREGS 29
#define NARG0 0 /* x0 is argument and result */
#define NCALL 8
__asm__(".globl call_with\n"
	"call_with:\n"
	"	stp x29, x30, [sp, #-96]!\n"
	"	stp x19, x20, [sp, #16]\n"
	"	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48]\n"
	"	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80]\n"
	"	mov x29, x0\n"
	"	ldp x0, x1, [x29]\n"
	"	ldp x2, x3, [x29, #16]\n"
	"	ldp x4, x5, [x29, #32]\n"
	"	ldp x6, x7, [x29, #48]\n"
	"	ldp x8, x9, [x29, #64]\n"
	"	ldp x10, x11, [x29, #80]\n"
	"	ldp x12, x13, [x29, #96]\n"
	"	ldp x14, x15, [x29, #112]\n"
	"	ldp x16, x17, [x29, #128]\n"
	"	ldp x18, x19, [x29, #144]\n"
	"	ldp x20, x21, [x29, #160]\n"
	"	ldp x22, x23, [x29, #176]\n"
	"	ldp x24, x25, [x29, #192]\n"
	"	ldp x26, x27, [x29, #208]\n"
	"	ldr x28, [x29, #224]\n"
	"	svc #0\n"
	"	stp x0, x1, [x29]\n"
	"	stp x2, x3, [x29, #16]\n"
	"	stp x4, x5, [x29, #32]\n"
	"	stp x6, x7, [x29, #48]\n"
	"	stp x8, x9, [x29, #64]\n"
	"	stp x10, x11, [x29, #80]\n"
	"	stp x12, x13, [x29, #96]\n"
	"	stp x14, x15, [x29, #112]\n"
	"	stp x16, x17, [x29, #128]\n"
	"	stp x18, x19, [x29, #144]\n"
	"	stp x20, x21, [x29, #160]\n"
	"	stp x22, x23, [x29, #176]\n"
	"	stp x24, x25, [x29, #192]\n"
	"	stp x26, x27, [x29, #208]\n"
	"	str x28, [x29, #224]\n"
	"	ldp x19, x20, [sp, #16]\n"
	"	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48]\n"
	"	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80]\n"
	"	ldp x29, x30, [sp], #96\n"
	"	ret\n");
#else
#define NREGS 12 /* rax rdi rsi rdx r10 r8 r9 rbx r12 r13 r14 r15 */
#define NARG0 1
#define NCALL 0
__asm__(".globl call_with\n"
	"call_with:\n"
	"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n"
	"	push %r14\n	push %r15\n"
	"	mov %rdi, %rbp\n"
	"	mov (%rbp), %rax\n	mov 8(%rbp), %rdi\n"
	"	mov 16(%rbp), %rsi\n	mov 24(%rbp), %rdx\n"
	"	mov 32(%rbp), %r10\n	mov 40(%rbp), %r8\n"
	"	mov 48(%rbp), %r9\n	mov 56(%rbp), %rbx\n"
	"	mov 64(%rbp), %r12\n	mov 72(%rbp), %r13\n"
	"	mov 80(%rbp), %r14\n	mov 88(%rbp), %r15\n"
	"	syscall\n"
	"	mov %rax, (%rbp)\n	mov %rdi, 8(%rbp)\n"
	"	mov %rsi, 16(%rbp)\n	mov %rdx, 24(%rbp)\n"
	"	mov %r10, 32(%rbp)\n	mov %r8, 40(%rbp)\n"
	"	mov %r9, 48(%rbp)\n	mov %rbx, 56(%rbp)\n"
	"	mov %r12, 64(%rbp)\n	mov %r13, 72(%rbp)\n"
	"	mov %r14, 80(%rbp)\n	mov %r15, 88(%rbp)\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n"
	"	pop %rbx\n	pop %rbp\n"
	"	ret\n");
#endif
void call_with(uint64_t *regs);

/* Make a call with marked registers; its result, and a bit for each that it changed. */
static int64_t marked(long nr, const uint64_t arg[4], uint64_t *ret_changed)
{
	uint64_t before[NREGS], after[NREGS], changed = 0;

	for (int i = 0; i < NREGS; i++)
		before[i] = 0x1111000000000000ULL * (unsigned)(i % 15 + 1) + (unsigned)i;
	for (int i = 0; i < 4; i++)
		before[NARG0 + i] = arg[i];
	before[NCALL] = (uint64_t)nr;
	memcpy(after, before, sizeof(after));
	call_with(after);
	for (int i = 1; i < NREGS; i++)
		if (after[i] != before[i])
			changed |= 1ULL << i;
	*ret_changed = changed;
	return (int64_t)after[0];
}

/* ... and print them. */
static void call(const char *what, long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const uint64_t arg[] = { a, b, c, d };
	uint64_t changed;
	int64_t ret = marked(nr, arg, &changed);

	printf("%s: %s, changed:", what, ret >= 0 ? "ok" : conf_errname((int)-ret));
	for (int i = 1; i < NREGS; i++)
		if (changed >> i & 1)
			printf(" %d", i);
	puts("");
}

static volatile sig_atomic_t hits;

static void on_signal(int sig)
{
	(void)sig;
	hits++;
}

/*
 * Sleep in read() of a FIFO while another process sends `sig` until `enough`
 * handlers have run (0: a few times), and writes only then or, for EINTR, not
 * at all.
 */
static void sleeping(const char *what, int sig, int enough, bool write_after)
{
	volatile int *step = conf_shared();
	pid_t me = getpid(), pid;
	int fd = (int)MUST(open("fifo", O_RDWR));
	char *buf = guard(1);

	hits = 0;
	fflush(stdout);
	pid = conf_fork();
	if (!pid) {
		for (int i = 0; i < 2000 && !step[1]; i++) {
			struct timespec pause = { .tv_nsec = 20000000 };

			nanosleep(&pause, NULL);
			if (sig)
				kill(me, sig);
			if (sig == SIGSTOP) {
				nanosleep(&pause, NULL);
				kill(me, SIGCONT);
			}
			if (write_after && i >= 5)
				break;
		}
		if (write_after)
			MUST(write(fd, "w", 1));
		_exit(0);
	}
	call(what, SYS_read, (uint64_t)fd, (uintptr_t)buf, 1, 0);
	step[1] = 1;
	TF(hits >= enough);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(fd);
}

/* A sleep here that is stopped and goes on is not begun anew. */
static void napping(void)
{
	struct timespec nap = { .tv_sec = 1 }, from, to;
	pid_t me = getpid(), pid;

	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = conf_fork();
	if (!pid) {
		for (int i = 0; i < 4; i++) {
			conf_msleep(50);
			kill(me, SIGSTOP);
			conf_msleep(10);
			kill(me, SIGCONT);
		}
		_exit(0);
	}
	call("nanosleep, stopped and continued", SYS_nanosleep, (uintptr_t)&nap, 0, 0, 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	TF(to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9 >= 1);
	conf_reap("stopper", pid);
}

/* Calls of every kind, again and again, until signals have hit some. */
static void hailed(long fd, char *buf)
{
	const struct {
		long nr;
		uint64_t arg[4];
	} kind[] = {
		{ SYS_read, { (uint64_t)fd, (uintptr_t)buf, 2 } },
		{ SYS_openat, { (uint64_t)AT_FDCWD, (uintptr_t) "f", O_RDONLY } },
		{ SYS_close, { 0 } },
		{ SYS_getpid, { 0 } },
		{ SYS_openat, { (uint64_t)AT_FDCWD, (uintptr_t) "/usr", O_RDONLY } },
		{ SYS_close, { 0 } },
		{ SYS_chdir, { (uintptr_t) "." } },
		{ SYS_munmap, { 1UL << 40, CONF_PAGE } },
		{ SYS_lseek, { (uint64_t)fd, 0, SEEK_SET } },
	};
	timer_t timer = conf_ticks(SIGUSR1);
	uint64_t changed = 0, all = 0;
	int64_t ret = 0;
	int errors = 0;

	hits = 0;
	while (hits < 10) {
		for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
			const uint64_t *arg = kind[i].arg, opened[4] = { (uint64_t)ret };

			ret = marked(kind[i].nr, kind[i].nr == SYS_close ? opened : arg, &changed);
			errors += ret < 0 && ret > -4096;
			all |= changed;
		}
	}
	conf_ticks_end(timer);
	printf("under signals: %d errors, changed %#lx\n", errors, (unsigned long)all);
}

int main(void)
{
	char *buf = guard(256);
	long fd;

	conf_init();
	put("f", "0123456789");
	MUST(mkfifo("fifo", 0600));
	fd = MUST(open("f", O_RDWR));
	for (int i = 0; i < 3; i++) {
		/* several times: how a tracee is resumed depends on what it did before */
		call("read", SYS_read, (uint64_t)fd, (uintptr_t)buf, 2, 0);
		call("getpid", SYS_getpid, 0, 0, 0, 0);
		call("openat", SYS_openat, (uint64_t)AT_FDCWD, (uintptr_t) "f", O_RDONLY, 0);
		call("openat /usr", SYS_openat, (uint64_t)AT_FDCWD, (uintptr_t) "/usr", O_RDONLY, 0);
		call("dup", SYS_dup, (uint64_t)fd, 0, 0, 0);
		call("close", SYS_close, 500, 0, 0, 0);
		call("chdir", SYS_chdir, (uintptr_t) ".", 0, 0, 0);
	}
	sleeping("read, undisturbed", 0, 0, true);
	sleeping("read, ignored signals", SIGWINCH, 0, true);
	sleeping("read, stopped and continued", SIGSTOP, 0, true);
	conf_handle(SIGUSR1, on_signal, SA_RESTART);
	sleeping("read, SA_RESTART", SIGUSR1, 1, true);
	conf_handle(SIGUSR1, on_signal, 0);
	sleeping("read, EINTR", SIGUSR1, 1, false);
	napping();
	conf_handle(SIGUSR1, on_signal, SA_RESTART);
	hailed(fd, buf);
	call("getpid", SYS_getpid, 0, 0, 0, 0);
	call("read", SYS_read, (uint64_t)fd, (uintptr_t)buf, 2, 0);
	return 0;
}
