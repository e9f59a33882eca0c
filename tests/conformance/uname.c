/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uname, gethostname and sysinfo: two calls agree, every string ends, and the
 * structures are written whole at the edge of a page; bad pointers.
 */
#include "conf.h"
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname *a = (void *)guard(sizeof(*a)), b;
	struct sysinfo *s = (void *)guard(sizeof(*s)), t;
	char host[65];

	conf_init();
	T(uname(a));
	T(uname(&b));
	TF(!strcmp(a->nodename, b.nodename) && !strcmp(a->release, b.release));
	TF(!strcmp(a->sysname, "Linux"));
	TF(!strcmp(a->machine, b.machine) && !strcmp(a->version, b.version));
	TF(strlen(a->nodename) < 65 && strlen(a->nodename) > 0);
	TF(memchr(a->domainname, 0, 65) != NULL);
	T(gethostname(host, sizeof(host)));
	TF(!strcmp(host, a->nodename));
	T(uname(NIL));
	T(uname(BAD));
	T(uname(RO));
	T(uname((void *)((char *)a + 1)));
	T(sysinfo(s));
	T(sysinfo(&t));
	TF(s->totalram == t.totalram && s->mem_unit == t.mem_unit && s->totalram > 0);
	TF(s->uptime > 0 && t.uptime - s->uptime < 20);
	TF(s->freeram <= s->totalram && s->procs > 0);
	T(sysinfo(NIL));
	T(sysinfo(BAD));
	T(sysinfo((void *)((char *)s + 8)));
	return 0;
}
