/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step.c - how a step reads its arguments and prints what came of it.
 *
 * The text goes to memory that all actors share (actors.c gives it to whoever
 * started the sequence): printing is no call between the calls. Nothing printed
 * differs from run to run: no inode, port, pid, time or address.
 */
#include "sequence.h"

#include <ctype.h>
#include <stdarg.h>

#include "output.h"

struct output *output;

static void bad(struct step *step, int arg)
{
	fprintf(stderr, "sequence: argument %d of: %s\n", arg + 1, step->line);
	_exit(2);
}

static const char *word(struct step *step, int arg)
{
	if (arg >= step->nargs)
		bad(step, arg);
	return step->arg[arg];
}

int slot_index(struct step *step, int arg)
{
	const char *w = word(step, arg);

	if (w[0] != '$' || !isdigit(w[1]) || w[2])
		bad(step, arg);
	return w[1] - '0';
}

long num_arg(struct step *step, int arg)
{
	const char *w = word(step, arg);
	long sum = 0;

	while (*w) {
		size_t len = strcspn(w, "|");
		long value;
		char *end;

		if (!word_value(w, len, &value)) {
			value = strtol(w, &end, 0);
			if (end == w || end != w + len)
				bad(step, arg);
		}
		sum |= value;
		w += len;
		w += *w == '|';
	}
	return sum;
}

int fd_arg(struct step *step, int arg)
{
	const char *w = word(step, arg);

	if (!strcmp(w, "cwd"))
		return AT_FDCWD;
	if (w[0] == '$')
		return slots[slot_index(step, arg)];
	return (int)num_arg(step, arg);
}

struct mapping *map_arg(struct step *step, int arg)
{
	const char *w = word(step, arg);

	if (w[0] != 'm' || w[1] < '0' || w[1] >= '0' + MAPS || w[2])
		bad(step, arg);
	return &mappings[w[1] - '0'];
}

/* "%" is the sequence's directory, "$3" the number in slot 3. */
const char *path_arg(struct step *step, int arg)
{
	static __thread char text[4][PATH_MAX];
	static __thread int next;
	const char *w = word(step, arg);
	char *out = text[next++ % 4];
	size_t n = 0;

	if (*w != '"')
		bad(step, arg);
	for (w++; *w && *w != '"' && n < PATH_MAX - 300; w++) {
		if (*w == '%')
			n += (size_t)sprintf(out + n, "%s", top);
		else if (*w == '$' && isdigit(w[1]))
			n += (size_t)sprintf(out + n, "%d", slots[*++w - '0']);
		else
			out[n++] = *w;
	}
	out[n] = 0;
	return out;
}

void say(const char *format, ...)
{
	va_list args;
	size_t room = sizeof(output->text) - output->len;
	int n;

	va_start(args, format);
	n = vsnprintf(output->text + output->len, room, format, args);
	va_end(args);
	if (n > 0)
		output->len += (size_t)n < room ? (size_t)n : room - 1;
}

void result(long ret)
{
	const char *name = ret == -1 ? strerrorname_np(errno) : NULL;

	if (ret == -1)
		say(" = -1 %s", name ? name : "E?");
	else
		say(" = %ld", ret);
}

void say_bytes(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	say(" #%08x", (unsigned int)(h ^ h >> 32));
}

void say_text(const char *text, size_t len)
{
	size_t prefix = strlen(top);

	/* a directory above ours, whose name is the side's */
	if (len > 1 && len < prefix && top[len] == '/' && !memcmp(top, text, len)) {
		say(" \"%%/..\"");
		return;
	}
	say(" \"");
	for (size_t i = 0; i < len; i++) {
		if (len - i >= prefix && !memcmp(text + i, top, prefix)) {
			say("%%");
			i += prefix - 1;
		} else if (len - i > 6 && !memcmp(text + i, "/proc/", 6) && isdigit(text[i + 6])) {
			say("/proc/");
			i += 5;
			while (i + 1 < len && isdigit(text[i + 1]))
				i++;
		} else if (text[i] == '[' || text[i] == '#') { /* pipe:[1234], /tmp/#1234 (deleted) */
			say("%c", text[i]);
			while (i + 1 < len && isdigit(text[i + 1]))
				i++;
		} else if (isprint((unsigned char)text[i])) {
			say("%c", text[i]);
		} else {
			say("\\x%02x", (unsigned char)text[i]);
		}
	}
	say("\"");
}

void say_offset(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at >= 0)
		say(" @%lld", (long long)at);
}

void set_slot(int index, int fd)
{
	if (fd < 0)
		return;
	if (slots[index] > 2 && slots[index] != fd && close(slots[index]))
		say(" (close %s)", strerrorname_np(errno));
	slots[index] = fd;
}

unsigned char *buffer(size_t len)
{
	static __thread unsigned char *end;

	if (!end) {
		unsigned char *base = mmap(NULL, MAX_DATA + 4096, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (base == MAP_FAILED || mprotect(base + MAX_DATA, 4096, PROT_NONE)) {
			perror("sequence: mmap");
			_exit(2);
		}
		end = base + MAX_DATA;
	}
	if (len > MAX_DATA)
		len = MAX_DATA;
	memset(end - len, 0xa5, len);
	return end - len;
}

void pattern(void *data, size_t len, unsigned int seed)
{
	unsigned char *p = data;
	uint32_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (unsigned char)(x >> 24);
	}
}
