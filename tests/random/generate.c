/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate.c - makes scripts of a seed.
 *
 * It remembers what it last put into each slot, supposing that the calls worked,
 * so that most calls get a descriptor of a fitting kind, and some get any other.
 */
#include "sequence.h"

struct maker {
	uint64_t state;
	bool net;
	enum what slots[SLOTS];
	int slot, slot2; /* the `new` slots of the step being made */
	int actors;
	bool other_user;
	bool tasks; /* more than one, from the beginning */
	FILE *out;
};

static uint32_t next(struct maker *m)
{
	m->state = m->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(m->state >> 33);
}

static int below(struct maker *m, int n)
{
	return (int)(next(m) % (uint32_t)n);
}

static const char *const paths[] = {
	"a", "a", "b", "b", "c", "d", "d", "d/a", "d/a", "d/b", "d/e", "d/e/a", "l", "l", "d/l",
	"./a", "../w/a", "d/../b", "d/", "a/", ".", "..", "", "%/w/a", "%/w/d/b", "%/w/d", "%/x",
	"d/l/a", "l/a", "/dev/full", "/dev/zero", "../x", "d/..", "d/e/../..", "//", "%//w/./c",
	"/proc/self/cwd/a", "/proc/self/cwd", "/proc/thread-self/cwd/b",
};

static const char *const magic[] = {
	"/proc/self/fd/$", "/dev/fd/$", "/proc/self/fd/$/a", "/proc/thread-self/fd/$",
	"/proc/self/fd/$/../a",
};

static const char *const lengths[] = { "0", "1", "3", "17", "100", "1000", "4095", "4096", "4097",
				       "10000", "70000" };
static const char *const small[] = { "0", "1", "3", "17", "100", "1000", "2000", "3000" };
static const char *const offsets[] = { "0", "0", "1", "10", "100", "4095", "4096", "5000", "8192",
				       "20000", "100000", "-1", "-100" };
static const char *const modes[] = { "0644", "0600", "0755", "0777", "0", "04755", "02750",
				     "01777", "0444" };

/* Which slots fit a kind: bits of enum what. */
#define W(what) (1u << W_##what)
static const struct kind {
	const char *name;
	unsigned int fits;
} kinds[] = {
	{ "any", ~0u },
	{ "file", W(FILE) },
	{ "dir", W(DIR) },
	{ "pipe", W(PIPE) },
	{ "inotify", W(INOTIFY) },
	{ "sock", W(STREAM) | W(DGRAM) | W(UNIX) },
	{ "dgram", W(DGRAM) },
	{ "listener", W(LISTENER) | W(DGRAM) },
	{ "epoll", W(EPOLL) },
	{ "ready", W(PIPE) | W(EVENT) | W(STREAM) | W(DGRAM) | W(UNIX) | W(LISTENER) },
};

static int pick_slot(struct maker *m, unsigned int fits)
{
	int found[SLOTS], n = 0;

	for (int i = 0; i < SLOTS; i++) {
		if (m->slots[i] != W_NONE && fits >> m->slots[i] & 1)
			found[n++] = i;
	}
	if (!n || !below(m, 12))
		return below(m, SLOTS);
	return found[below(m, n)];
}

static void put_slot(struct maker *m, const struct kind *kind)
{
	unsigned int fits = kind->fits;

	/* Sequences about sockets read and write those most of the time. */
	if (m->net && fits == W(FILE) && below(m, 4))
		fits = W(PIPE) | W(EVENT) | W(STREAM) | W(DGRAM) | W(UNIX);
	else if (fits == W(FILE) && !below(m, 8))
		fits = W(PIPE) | W(PATH) | W(DIR) | W(EVENT) | W(STREAM);
	fprintf(m->out, " $%d", pick_slot(m, fits));
}

/* A word of a list "A B C" that ends at end. */
static const char *pick_word(struct maker *m, const char *list, const char *end, size_t *ret_len)
{
	const char *found = list;
	int seen = 0;

	while (list < end) {
		size_t len = strcspn(list, " ]>");

		if (!below(m, ++seen)) {
			found = list;
			*ret_len = len;
		}
		list += len + 1;
	}
	return found;
}

static void put_flags(struct maker *m, const char *list, const char *end)
{
	bool any = false;

	putc(' ', m->out);
	while (list < end) {
		size_t len = strcspn(list, " >");

		if (!below(m, 3)) {
			fprintf(m->out, "%s%.*s", any ? "|" : "", (int)len, list);
			any = true;
		}
		list += len + 1;
	}
	if (!any)
		putc('0', m->out);
}

#define PUT(list) fprintf(m->out, " %s", (list)[below(m, COUNT(list))])

/*
 * Two paths of a call are on one side: on two it is EXDEV before all else, and
 * natively what is wrong with one of them may come first.
 */
static void put_path(struct maker *m, bool alone)
{
	const char *path = paths[below(m, COUNT(paths))];

	while ((!alone || m->other_user) && !strncmp(path, "/dev", 4))
		path = paths[below(m, COUNT(paths))];
	if (alone && !below(m, 25))
		fprintf(m->out, " \"%s%d\"", "/proc/self/fd/$", below(m, SLOTS));
	else
		fprintf(m->out, " \"%s\"", path);
}

/* As for the paths: no descriptor of the other side, as far as that is known. */
static void put_at2(struct maker *m)
{
	int slot = below(m, SLOTS);

	if (m->slots[slot] == W_DIR && below(m, 2))
		fprintf(m->out, " $%d", slot);
	else
		fprintf(m->out, " cwd");
}

/* For openat2: /dev is a mount of its own in one root and not in another. */
static void put_plain(struct maker *m)
{
	const char *path;

	do
		path = paths[below(m, COUNT(paths))];
	while (!strncmp(path, "/dev", 4));
	fprintf(m->out, " \"%s\"", path);
}

static void put_magic(struct maker *m)
{
	const char *form = magic[below(m, COUNT(magic))], *at = strchr(form, '$') + 1;

	fprintf(m->out, " \"%.*s%d%s\"", (int)(at - form), form, pick_slot(m, ~0u), at);
}

static void put_word(struct maker *m, const char *word, size_t len)
{
	if (!strncmp(word, "new2", len) && len == 4) {
		do
			m->slot2 = below(m, SLOTS);
		while (m->slot2 == m->slot);
		fprintf(m->out, " $%d", m->slot2);
	} else if (!strncmp(word, "new", len)) {
		m->slot = below(m, SLOTS);
		fprintf(m->out, " $%d", m->slot);
	} else if (!strncmp(word, "at", len)) {
		if (below(m, 10) < 7)
			fprintf(m->out, " cwd");
		else
			fprintf(m->out, " $%d", pick_slot(m, W(DIR) | W(PATH)));
	} else if (!strncmp(word, "at2", len)) {
		put_at2(m);
	} else if (!strncmp(word, "cwd", len)) {
		fprintf(m->out, " cwd");
	} else if (!strncmp(word, "plain", len)) {
		put_plain(m);
	} else if (!strncmp(word, "path", len)) {
		put_path(m, true);
	} else if (!strncmp(word, "path2", len)) {
		put_path(m, false);
	} else if (!strncmp(word, "magic", len)) {
		put_magic(m);
	} else if (!strncmp(word, "len", len)) {
		PUT(lengths);
	} else if (!strncmp(word, "slen", len)) {
		PUT(small);
	} else if (!strncmp(word, "off", len)) {
		PUT(offsets);
	} else if (!strncmp(word, "mode", len)) {
		PUT(modes);
	} else if (!strncmp(word, "byte", len)) {
		fprintf(m->out, " %d", below(m, 100));
	} else if (!strncmp(word, "map", len)) {
		fprintf(m->out, " m%d", below(m, MAPS));
	} else {
		for (size_t i = 0; i < COUNT(kinds); i++) {
			if (strlen(kinds[i].name) == len && !strncmp(word, kinds[i].name, len)) {
				put_slot(m, &kinds[i]);
				return;
			}
		}
		fprintf(stderr, "sequence: no kind %.*s\n", (int)len, word);
		exit(2);
	}
}

static void put_args(struct maker *m, const char *args)
{
	while (*args) {
		size_t len = strcspn(args, " ");

		if (*args == '[' || *args == '<') {
			const char *end = strchr(args, *args == '[' ? ']' : '>');

			if (*args == '[') {
				const char *word = pick_word(m, args + 1, end, &len);

				fprintf(m->out, " %.*s", (int)len, word);
			} else {
				put_flags(m, args + 1, end);
			}
			len = (size_t)(end + 1 - args);
		} else {
			put_word(m, args, len);
		}
		args += len;
		args += *args == ' ';
	}
}

/*
 * What is local is used with the rights of the user here. So sequences in which
 * the user changes have no local descriptors, and no mappings: rsx-trace's
 * memory is then closed to the program, of which it tells.
 */
static int weight(const struct maker *m, const struct call *call)
{
	static const char *const local[] = { "mmap", "pipe", "eventfd", "memfd", "memfd_sealed",
					     "socketpair", "epoll", "exec", "pidfd" };
	bool user = !strcmp(call->name, "euid") || !strcmp(call->name, "egid");

	for (size_t i = 0; m->other_user && i < COUNT(local); i++) {
		if (!strcmp(call->name, local[i]))
			return 0;
	}
	if (user)
		return m->other_user ? 20 : 0;
	return m->net ? call->net : call->files;
}

static const struct call *pick_call(struct maker *m)
{
	int all = 0, at;

	for (int t = 0; call_tables[t]; t++) {
		for (const struct call *c = call_tables[t]; c->name; c++)
			all += weight(m, c);
	}
	at = below(m, all);
	for (int t = 0;; t++) {
		for (const struct call *c = call_tables[t]; c->name; c++) {
			at -= weight(m, c);
			if (at < 0)
				return c;
		}
	}
}

static void put_step(struct maker *m)
{
	const struct call *call = pick_call(m);
	int others = m->tasks ? 2 : ACTORS - 1;
	int actor = m->actors && !below(m, m->tasks ? 2 : 3) ? 1 + below(m, others) : 0;

	if (call->args[0] == '[' && !strncmp(call->args, "[1 2 3]", 7) && call != NULL) {
		/* Actors come and go by the first one's word. */
		m->actors = 1;
		actor = 0;
	}
	m->slot = m->slot2 = -1;
	fprintf(m->out, "%d %s", actor, call->name);
	put_args(m, call->args);
	putc('\n', m->out);
	if (m->slot >= 0)
		m->slots[m->slot] = call->makes == W_NONE ? W_FILE : call->makes;
	if (m->slot2 >= 0)
		m->slots[m->slot2] = call->makes;
}

/* A tree and some descriptors to begin with. */
static void put_start(struct maker *m)
{
	static const char *const tree[] = {
		"mkdir cwd \"d\" 0755", "mkdir cwd \"d/e\" 0755", "symlink \"d\" cwd \"l\"",
		"symlink \"../a\" cwd \"d/l\"", "openat $0 cwd \"a\" O_RDWR|O_CREAT 0644",
		"write $0 5000 1", "openat $1 cwd \"d/a\" O_RDWR|O_CREAT 0600", "write $1 100 2",
		"lseek $0 0 SEEK_SET", "openat $2 cwd \"d\" O_RDONLY|O_DIRECTORY 0",
	};
	static const char *const ends[] = {
		"tcp $0 $1 AF_INET", "udp $2 $3 AF_INET", "pipe $4 $5 0", "eventfd $6 1 0",
		"epoll $7 0", "socketpair $8 $9 SOCK_STREAM",
	};

	if (m->net) {
		static const enum what have[SLOTS] = { W_STREAM, W_STREAM, W_DGRAM, W_DGRAM, W_PIPE,
						       W_PIPE, W_EVENT, W_EPOLL, W_UNIX, W_UNIX };

		for (size_t i = 0; i < COUNT(ends); i++)
			fprintf(m->out, "0 %s\n", ends[i]);
		memcpy(m->slots, have, sizeof(have));
		return;
	}
	for (size_t i = 0; i < COUNT(tree); i++)
		fprintf(m->out, "0 %s\n", tree[i]);
	m->slots[0] = m->slots[1] = W_FILE;
	m->slots[2] = W_DIR;
}

/* Processes and threads to begin with, of which two kinds meet. */
static void put_tasks(struct maker *m)
{
	static const char *const kinds_of_tasks[] = { "fork", "thread", "files", "fs" };

	for (int i = 1; m->tasks && i < 3; i++)
		fprintf(m->out, "0 spawn %d %s\n", i,
			kinds_of_tasks[below(m, COUNT(kinds_of_tasks))]);
	m->actors = m->tasks;
}

int generate(unsigned long seed, const char *family, int length, FILE *out)
{
	struct maker m = { .state = seed * 2 + !strcmp(family, "net"), .out = out };

	m.net = !strcmp(family, "net");
	m.state = m.state * 0x9e3779b97f4a7c15ULL;
	for (int i = 0; i < 8; i++)
		next(&m);
	m.other_user = !m.net && !below(&m, 10);
	m.tasks = !below(&m, 3);
	put_start(&m);
	put_tasks(&m);
	for (int i = 0; i < length; i++)
		put_step(&m);
	return ferror(out) ? -1 : 0;
}
