/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sequence - makes scripts of calls, and performs them.
 *
 *	sequence generate FAMILY SEED LENGTH		a script, on stdout
 *	sequence perform DIR NAME:FILE...		each script in DIR/NAME/w
 *
 * FAMILY is `files` or `net`. `perform` prints `== NAME` before what a script's
 * calls gave; a script that ends by a signal or takes long says so and is
 * followed by the next.
 */
#include "sequence.h"

#include <signal.h>
#include <sys/wait.h>

#include "output.h"

enum { SECONDS = 20 };

const char *program;
const struct call *const call_tables[] = { calls_file, calls_name, calls_map, calls_lock,
					   calls_net, calls_ready, calls_self, calls_more,
					   calls_old, calls_rare, NULL };

static struct step steps[MAX_STEPS];

const struct call *call_find(const char *name)
{
	for (int t = 0; call_tables[t]; t++) {
		for (const struct call *c = call_tables[t]; c->name; c++) {
			if (!strcmp(c->name, name))
				return c;
		}
	}
	return NULL;
}

/* ret_step is false for an empty line or a comment. */
static bool parse(const char *line, struct step *step)
{
	char *word, *rest;

	memset(step, 0, sizeof(*step));
	snprintf(step->text, sizeof(step->text), "%s", line);
	step->text[strcspn(step->text, "\n")] = 0;
	memcpy(step->line, step->text, sizeof(step->line));
	word = strtok_r(step->text, " ", &rest);
	if (!word || *word == '#')
		return false;
	step->actor = atoi(word);
	word = strtok_r(NULL, " ", &rest);
	step->call = word ? call_find(word) : NULL;
	while (step->nargs < MAX_ARGS && (word = strtok_r(NULL, " ", &rest)))
		step->arg[step->nargs++] = word;
	if (step->call && step->actor >= 0 && step->actor < ACTORS)
		return true;
	fprintf(stderr, "sequence: not a call: %s\n", step->line);
	exit(2);
}

static int read_script(const char *file)
{
	char line[400];
	FILE *in = fopen(file, "re");
	int n = 0;

	if (!in) {
		perror(file);
		exit(2);
	}
	while (n < MAX_STEPS && fgets(line, sizeof(line), in))
		n += parse(line, &steps[n]);
	fclose(in);
	return n;
}

static void perform(const char *dir, const char *name, int count)
{
	snprintf(top, sizeof(top), "%s/%s", dir, name);
	if (chdir(top) || mkdir("w", 0755) || chdir("w")) {
		perror(top);
		_exit(2);
	}
	alarm(SECONDS);
	umask(022);
	actors_begin();
	for (int i = 0; i < count; i++)
		actors_run(&steps[i]);
	actors_end();
	_exit(0);
}

static void perform_apart(const char *dir, const char *name, int count)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		perform(dir, name, count);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("sequence: fork");
		exit(2);
	}
	printf("== %s\n%.*s", name, (int)output->len, output->text);
	if (WIFSIGNALED(status))
		printf("\n-- killed by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		printf("\n-- status %d\n", WEXITSTATUS(status));
	fflush(stdout);
}

static int perform_all(const char *dir, char **scripts)
{
	for (; *scripts; scripts++) {
		char *file = strchr(*scripts, ':');
		int count;

		if (!file)
			return 2;
		*file++ = 0;
		output = mmap(NULL, sizeof(*output), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (output == MAP_FAILED)
			return 2;
		count = read_script(file);
		perform_apart(dir, *scripts, count);
		munmap(output, sizeof(*output));
	}
	return 0;
}

int main(int argc, char **argv)
{
	program = argv[0];
	if (argc > 2 && !strcmp(argv[1], "inherited"))
		return inherited(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "generate"))
		return generate(strtoul(argv[3], NULL, 0), argv[2], atoi(argv[4]), stdout) ? 1 : 0;
	if (argc > 3 && !strcmp(argv[1], "perform"))
		return perform_all(argv[2], argv + 3);
	fprintf(stderr, "usage: sequence generate FAMILY SEED LENGTH\n"
			"       sequence perform DIR NAME:FILE...\n");
	return 2;
}
