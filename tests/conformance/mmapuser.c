/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings of files that were opened before the program became another user,
 * who may not open them: small and large ones, read, written, over fork, after
 * the descriptor is closed. Without the right to change the user it maps them
 * all the same.
 */
#include "conf.h"

#define MIB ((size_t)1 << 20)

static int make(const char *name, size_t size)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT, 0600));

	MUST(ftruncate(fd, (off_t)size));
	MUST(pwrite(fd, "begin", 5, 0));
	MUST(pwrite(fd, "end", 3, (off_t)size - 3));
	return fd;
}

static void use(int fd, size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), buf[8] = "";
	char *q = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	pid_t pid;

	TF(p != MAP_FAILED && q != MAP_FAILED);
	if (p == MAP_FAILED || q == MAP_FAILED)
		return;
	dump("begin", q, 5);
	dump("end", q + size - 3, 3);
	memcpy(p + size / 2, "middle", 6);
	T(msync(p, size, MS_SYNC));
	T(pread(fd, buf, 6, (off_t)(size / 2)));
	dump("stored", buf, 6);
	T(close(fd));
	pid = conf_fork();
	if (!pid) {
		memcpy(p + size / 4, "child", 5);
		_exit(0);
	}
	conf_reap("child", pid);
	dump("child's", q + size / 4, 5);
	memcpy(p + size / 2, "MIDDLE", 6);
	T(munmap(p, size));
	T(munmap(q, size));
}

int main(void)
{
	int small, large, again;
	char buf[8] = "";
	bool root = !geteuid();

	conf_init();
	small = make("small", 10000);
	large = make("large", 16 * MIB);
	again = (int)MUST(dup(large));
	if (root)
		MUST(seteuid(65534));
	TF(!root || open("small", O_RDWR) < 0);
	use(small, 10000);
	use(large, 16 * MIB);
	T(pread(again, buf, 6, 8 * MIB));
	dump("at the end", buf, 6);
	return 0;
}
