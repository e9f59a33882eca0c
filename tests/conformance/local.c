/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stays here whatever the far side is: getrandom, clocks, /dev/null and its
 * relatives, /proc/self, memory and scheduling calls, and that they mix with
 * remote descriptors in one table.
 */
#include "conf.h"
#include <sched.h>
#include <sys/random.h>
#include <sys/time.h>

static void devices(void)
{
	char buf[16];
	int fd, zero, full;

	fd = T(open("/dev/null", O_RDWR));
	T(write(fd, "x", 1));
	T(read(fd, buf, 16));
	zero = T(open("/dev/zero", O_RDWR));
	memset(buf, 1, 16);
	T(read(zero, buf, 16));
	TF(!memcmp(buf, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
	full = T(open("/dev/full", O_WRONLY));
	T(write(full, "x", 1));
	T(open("f", O_RDWR | O_CREAT, 0644));
	T(open("/dev/urandom", O_RDONLY));
	T(read(7, buf, 16));
	T(close(zero));
	T(open("f", O_RDONLY));
	T(dup2(fd, 6));
	T(write(6, "x", 1));
	T(access("/dev/null", R_OK | W_OK));
	T(openat(fd, "x", O_RDONLY));
}

static void clocks(void)
{
	struct timespec a, b, r;
	struct timeval tv;
	struct stat st;
	time_t now = time(NULL);

	T(clock_gettime(CLOCK_MONOTONIC, &a));
	conf_msleep(2);
	T(clock_gettime(CLOCK_MONOTONIC, &b));
	TF(b.tv_sec > a.tv_sec || b.tv_nsec > a.tv_nsec);
	T(gettimeofday(&tv, NULL));
	TF(tv.tv_sec - now <= 5);
	T(clock_getres(CLOCK_REALTIME, &r));
	T(syscall(SYS_clock_gettime, 99, &a));
	T(syscall(SYS_clock_gettime, CLOCK_REALTIME, BAD));
	T(syscall(SYS_nanosleep, BAD, NIL));
	put("now", "");
	MUST(stat("now", &st));
	TF(st.st_mtime - now >= -2 && st.st_mtime - now <= 5);
}

static void randomness(void)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	T(getrandom(a, 32, 0));
	T(getrandom(b, 32, GRND_NONBLOCK));
	TF(memcmp(a, b, 32) != 0);
	T(getrandom(a, 0, 0));
	T(getrandom(BAD, 8, 0));
	T(getrandom(a, 8, 99));
}

static void self(void)
{
	char buf[4096], want[64];
	cpu_set_t set;
	FILE *in = fopen("/proc/self/status", "r");
	long pid = 0, threads = 0;

	while (in && fgets(buf, sizeof(buf), in)) {
		sscanf(buf, "Pid: %ld", &pid);
		sscanf(buf, "Threads: %ld", &threads);
	}
	TF(pid == getpid() && threads == 1);
	snprintf(want, sizeof(want), "/proc/%d/stat", (int)getpid());
	TF(access(want, R_OK) == 0);
	snprintf(want, sizeof(want), "%d", (int)getpid());
	buf[0] = 0;
	TF(readlink("/proc/self", buf, sizeof(buf)) == (ssize_t)strlen(want));
	TF(!strncmp(buf, want, strlen(want)));
	TF(access("/proc/self/maps", R_OK) == 0);
	TF(getpid() == syscall(SYS_getpid) && getppid() > 0);
	TF(sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) >= 1);
	TF(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	T(sched_yield());
	T(syscall(9999));
	T(access("/usr/bin/env", X_OK));
	T(access("/bin/sh", X_OK));
	T(open("/usr/bin/none-of-that-name", O_RDONLY));
	T(open("/usr/bin", O_RDWR));
}

int main(void)
{
	conf_init();
	devices();
	clocks();
	randomness();
	self();
	return 0;
}
