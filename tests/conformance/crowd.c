/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 200 threads at once, each with a file of its own: open, write, read back,
 * stat, rename, unlink. Every thread reports success, nothing is left behind.
 */
#include "conf.h"
#include <pthread.h>

enum { CROWD = 200 };

static pthread_barrier_t barrier;

static long one(long i)
{
	char name[32], to[32], text[64], back[64];
	struct stat st;
	int fd, len;

	snprintf(name, sizeof(name), "file-%ld", i);
	snprintf(to, sizeof(to), "done-%ld", i);
	len = snprintf(text, sizeof(text), "this is the text of thread %ld\n", i);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return 1;
	for (int n = 0; n < 5; n++)
		if (write(fd, text, len) != len)
			return 2;
	if (lseek(fd, len, SEEK_SET) != len || read(fd, back, len) != len)
		return 3;
	if (memcmp(text, back, len))
		return 4;
	if (fstat(fd, &st) || st.st_size != 5 * len || stat(name, &st))
		return 5;
	return rename(name, to) || close(fd) ? 6 : 0;
}

static void *thread(void *arg)
{
	char name[32];
	long ret;

	pthread_barrier_wait(&barrier);
	ret = one((long)arg);
	pthread_barrier_wait(&barrier);
	snprintf(name, sizeof(name), "done-%ld", (long)arg);
	if (!ret && unlink(name))
		ret = 7;
	return (void *)ret;
}

int main(void)
{
	pthread_t t[CROWD];
	pthread_attr_t attr;
	int result[8] = { 0 };
	void *ret;
	int crowd;

	conf_init();
	crowd = conf_often(CROWD);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	pthread_barrier_init(&barrier, NULL, (unsigned)crowd);
	for (long i = 0; i < crowd; i++)
		MUST(-pthread_create(&t[i], &attr, thread, (void *)i));
	for (int i = 0; i < crowd; i++) {
		pthread_join(t[i], &ret);
		result[(long)ret & 7]++;
	}
	for (int i = 0; i < 8; i++)
		printf("result %d: %d threads\n", i, result[i]);
	T(open(".", O_RDONLY));
	return 0;
}
