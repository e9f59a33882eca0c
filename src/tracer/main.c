/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rsx-trace: options, policy, session, the program, the loop, the exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/dry.h"
#include "cli/environ.h"
#include "cli/explain.h"
#include "intercept/intercept.h"
#include "passing/keeper.h"
#include "program/fetch.h"
#include "program/start.h"
#include "rsx/exitcode.h"
#include "rsx/list.h"
#include "rsx/log.h"
#include "tracee.h"
#include "tracer.h"

static int build_policy(struct tracer *tr)
{
	const struct options *o = &tr->opt;
	int err = policy_init(&tr->policy, o->all);

	for (size_t i = 0; !err && i < o->n_rules; i++) {
		const struct option_rule *r = &o->rule[i];

		err = policy_add(&tr->policy, r->kind, r->path, r->to);
		if (err)
			rsx_error("path rule %.200s: %s", r->path, strerror(-err));
	}
	return err ? RSX_EXIT_USAGE : 0;
}

/* As execvp(3): the file that `name` means here, or the name itself. */
static int find_program(const char *name, char to[PATH_MAX])
{
	const char *path = getenv("PATH");
	int err = ENOENT;

	if (strchr(name, '/')) {
		snprintf(to, PATH_MAX, "%s", name);
		return 0;
	}
	for (path = path ? path : "/usr/bin:/bin"; *path;) {
		size_t n = strcspn(path, ":");
		struct stat st;

		if ((size_t)snprintf(to, PATH_MAX, "%.*s%s%s", (int)n, path, n ? "/" : "", name) <
			    PATH_MAX && !stat(to, &st) && S_ISREG(st.st_mode)) {
			if (!access(to, X_OK))
				return 0;
			err = EACCES;
		}
		path += n + (path[n] == ':');
	}
	return -err;
}

/*
 * The program's own file is local if it can be executed here; otherwise the
 * policy decides, and the traced execve finds it or not.
 */
static int choose_program(struct tracer *tr, char to[PATH_MAX])
{
	const char *name = tr->opt.argv[0];
	int err;

	if (tr->opt.all) { /* the traced child looks for it over there */
		snprintf(to, PATH_MAX, "%s", name);
		return 0;
	}
	err = find_program(name, to);
	if (err) {
		rsx_error("%s: %s", name, err == -ENOENT ? "no such program here" : strerror(-err));
		return err == -ENOENT ? RSX_EXIT_NOENT : RSX_EXIT_NOEXEC;
	}
	if (!access(to, X_OK) && policy_add_program(&tr->policy, to))
		return RSX_EXIT_FAILED;
	return 0;
}

/* The child's execve failed with this errno. */
static int never_started(const struct tracer *tr, int err)
{
	const char *name = tr->opt.argv[0];

	if (err == ENOENT) {
		rsx_error("%s: no such program %s", name,
			  tr->opt.all ? "on the server" : "neither here nor on the server");
		return RSX_EXIT_NOENT;
	}
	rsx_error("%s: cannot be executed: %s", name, strerror(err));
	return RSX_EXIT_NOEXEC;
}

/* End as the program ended. */
static int end(struct tracer *tr)
{
	int status = tr->first_status;

	if (tr->ended_by) {
		signal(tr->ended_by, SIG_DFL);
		raise(tr->ended_by);
	}
	if (tr->start_failed)
		return tr->start_failed;
	if (tr->attached)
		return tr->lost_told ? RSX_EXIT_LOST : 0;
	if (tr->lost_told && tr->opt.on_disconnect == ON_DISCONNECT_KILL)
		return RSX_EXIT_LOST;
	if (WIFEXITED(status) && !tr->started)
		return never_started(tr, WEXITSTATUS(status));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status)) {
		const struct rlimit none = { 0, 0 };
		sigset_t all;

		/* die the same way, but leave no core of our own */
		setrlimit(RLIMIT_CORE, &none);
		prctl(PR_SET_DUMPABLE, 0);
		signal(WTERMSIG(status), SIG_DFL);
		sigemptyset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		raise(WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	return RSX_EXIT_FAILED;
}

static int begin(struct tracer *tr, const char *path)
{
	int err = session_open(&tr->session, tr->opt.server, tr->opt.key, tr->opt.quiet,
			       trace_wants(&tr->trace));

	if (!err && tr->opt.all && tr->session.arch != RSX_ARCH_NATIVE) {
		rsx_error("--all: the server is of another architecture: its programs cannot run here");
		err = RSX_EXIT_NOEXEC;
	}
	if (!err)
		err = environ_build(&tr->opt, &tr->session, &tr->env);
	if (err)
		return err;
	return tr->opt.n_pids ? start_attached(tr) : start_program(tr, path);
}

static int begin_dry(struct tracer *tr, const char *path)
{
	int err;

	session_none(&tr->session);
	if (tr->opt.env != ENV_LOCAL)
		rsx_note("--env: a dry run asks no server: the environment is this machine's");
	tr->opt.env = ENV_LOCAL;
	err = environ_build(&tr->opt, &tr->session, &tr->env);
	return err ? err : dry_start(tr, path);
}

static int run(struct tracer *tr)
{
	char path[PATH_MAX];
	int err;

	err = tr->opt.n_pids ? 0 : choose_program(tr, path);
	if (err)
		return err;
	err = trace_open(&tr->trace, &tr->opt.report);
	if (err)
		return err;
	placement_init(tr);
	err = tr->opt.report.dry_run ? begin_dry(tr, path) : begin(tr, path);
	if (!err)
		loop_run(tr);
	standin_end(tr);
	transit_end(tr);
	keeper_end(tr);
	session_close(&tr->session);
	trace_close(&tr->trace);
	fetch_done(tr);
	environ_free(tr->env);
	return err ? err : end(tr);
}

int main(int argc, char **argv)
{
	static struct tracer tr;
	int err;

	rsx_log_init("rsx-trace", RSX_LOG_NOTE);
	err = options_parse(&tr.opt, argc, argv);
	if (err)
		return err;
	tr.first_status = tr.faults = -1;
	err = build_policy(&tr);
	if (err)
		return err;
	switch (tr.opt.action) {
	case ACTION_HELP:
		options_help();
		return 0;
	case ACTION_VERSION:
		puts("rsx-trace " RSX_VERSION);
		return 0;
	case ACTION_LIST:
		rsx_list_syscalls(stdout);
		return 0;
	case ACTION_COMPLETIONS:
		options_completions(&tr.opt);
		return 0;
	case ACTION_EXPLAIN:
		explain(&tr, tr.opt.explain);
		return 0;
	case ACTION_DOCTOR:
		placement_init(&tr);
		err = doctor_run(&tr);
		policy_done(&tr.policy);
		return err;
	case ACTION_RUN:
		break;
	}
	err = run(&tr);
	policy_done(&tr.policy);
	return err;
}
