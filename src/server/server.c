/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main process from start to end: set-up, the loop, the tick that notices
 * silence, and stopping. SIGTERM and SIGINT end it: listeners close, sessions
 * end, twins are killed, and the loop stops when they are gone, or after
 * GIVE_UP_MS if the kernel cannot get rid of one.
 */
#include "server.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "nursery.h"
#include "rsx/cleanup.h"
#include "rsx/exitcode.h"
#include "rsx/log.h"

#define TICK_MS	   500
#define GIVE_UP_MS 800

/* --- stopping --- */

static void on_give_up(uv_timer_t *timer)
{
	struct rsx_server *srv = timer->data;

	rsx_error("%u session(s) have processes that do not end", srv->nsessions);
	uv_stop(&srv->loop);
}

void rsx_server_maybe_stopped(struct rsx_server *srv)
{
	if (srv->stopping && LIST_EMPTY(&srv->sessions))
		uv_stop(&srv->loop);
}

void rsx_server_stop(struct rsx_server *srv)
{
	struct rsx_session *s, *next;

	if (srv->stopping)
		return;
	srv->stopping = true;
	rsx_listen_close(srv);
	while (!TAILQ_EMPTY(&srv->unknown))
		rsx_conn_close(TAILQ_FIRST(&srv->unknown));
	for (s = LIST_FIRST(&srv->sessions); s; s = next) {
		next = LIST_NEXT(s, link);
		if (s->control) /* a private server ends because its tracer did */
			rsx_session_end(s, RSX__ERROR__CODE__INTERNAL,
					srv->opt->private_fd >= 0 ? NULL : "the server ends");
	}
	uv_timer_start(&srv->give_up, on_give_up, GIVE_UP_MS, 0);
	rsx_server_maybe_stopped(srv);
}

static void on_signal(uv_signal_t *sig, int signum)
{
	rsx_info("signal %d: ending", signum);
	rsx_server_stop(sig->data);
}

/* --- the tick --- */

static void check_unknown(struct rsx_server *srv, uint64_t now)
{
	struct rsx_conn *c;

	while ((c = TAILQ_FIRST(&srv->unknown)) && now - c->since > RSX_HANDSHAKE_MS)
		rsx_conn_fail(c, RSX__ERROR__CODE__PROTOCOL, "no complete hello in time");
}

static void check_sessions(struct rsx_server *srv, uint64_t now)
{
	struct rsx_session *s, *next;

	for (s = LIST_FIRST(&srv->sessions); s; s = next) {
		next = LIST_NEXT(s, link);
		if (!s->control)
			continue;
		if (!s->paused && now - s->last_heard > RSX_SILENCE_MS)
			rsx_session_end(s, RSX__ERROR__CODE__PROTOCOL,
					"nothing heard for too long");
		else
			rsx_family_tick(s, now);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct rsx_server *srv = timer->data;
	uint64_t now = uv_now(&srv->loop);

	rsx_listen_resume(srv);
	check_unknown(srv, now);
	check_sessions(srv, now);
}

/* --- set-up --- */

/* 0, 1 and 2 are to be open, whatever they are; a far root may lack /dev. */
static int open_null(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = memfd_create("null", MFD_CLOEXEC);
		if (fd >= 0 && fd < 3)
			fcntl(fd, F_SETFD, 0); /* one of 0, 1, 2 was closed: now it is not */
	} while (fd >= 0 && fd < 3);
	return fd < 0 ? -errno : fd;
}

static void raise_limits(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return;
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
}

/* Nobody waits for children: the kernel reaps them, pidfds tell us. */
static void set_process(const struct rsx_options *opt)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	raise_limits();
	if (opt->private_fd >= 0) {
		fcntl(opt->private_fd, F_SETFD, FD_CLOEXEC);
		setsid(); /* no signals from the terminal's keys */
	}
}

static int load(struct rsx_server *srv)
{
	const struct rsx_options *o = srv->opt;
	int err;

	if (o->key_file) {
		err = rsx_key_load(&srv->key, o->key_file);
		if (err) {
			rsx_error("key file %s: %s", o->key_file,
				  err == -EINVAL ? "a key needs at least 16 bytes"
						 : strerror(-err));
			return RSX_EXIT_USAGE;
		}
	}
	return 0;
}

/* Before the key is read and libuv is started: see nursery.h. */
static int start_nursery(struct rsx_server *srv)
{
	const char *dir = srv->opt->chdir;
	_rsx_close_ int null = open_null();
	_rsx_close_ int cwd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int err;

	if (dir && cwd < 0) {
		rsx_error("--chdir %s: %s", dir, strerror(errno));
		return RSX_EXIT_USAGE;
	}
	err = null < 0 ? null : rsx_nursery_start(cwd, &srv->nursery);
	if (err)
		rsx_error("cannot start: %s", strerror(-err));
	return err ? RSX_EXIT_FAILED : 0;
}

static void on_nursery(uv_poll_t *p, int status, int events)
{
	struct rsx_server *srv = p->data;

	(void)status;
	(void)events;
	rsx_error("the process that twins come from has died: ending");
	uv_poll_stop(p);
	srv->exit_code = RSX_EXIT_FAILED;
	rsx_server_stop(srv);
}

static int set_loop(struct rsx_server *srv)
{
	if (uv_loop_init(&srv->loop))
		return RSX_EXIT_FAILED;
	uv_timer_init(&srv->loop, &srv->interrupt_timer);
	uv_timer_init(&srv->loop, &srv->give_up);
	uv_timer_init(&srv->loop, &srv->tick);
	uv_signal_init(&srv->loop, &srv->sigterm);
	uv_signal_init(&srv->loop, &srv->sigint);
	srv->since = uv_now(&srv->loop);
	srv->interrupt_timer.data = srv->give_up.data = srv->tick.data = srv;
	srv->sigterm.data = srv->sigint.data = srv;
	uv_timer_start(&srv->tick, on_tick, TICK_MS, TICK_MS);
	uv_signal_start(&srv->sigterm, on_signal, SIGTERM);
	uv_signal_start(&srv->sigint, on_signal, SIGINT);
	if (uv_poll_init(&srv->loop, &srv->nursery_poll, srv->nursery))
		return RSX_EXIT_FAILED;
	srv->nursery_poll.data = srv;
	uv_poll_start(&srv->nursery_poll, UV_READABLE, on_nursery);
	return 0;
}

static void close_handle(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

int rsx_server_run(const struct rsx_options *opt)
{
	static struct rsx_server srv;
	int err;

	srv = (struct rsx_server) { .opt = opt, .nursery = -1 };
	TAILQ_INIT(&srv.unknown);
	LIST_INIT(&srv.sessions);
	LIST_INIT(&srv.interrupted);
	set_process(opt);
	err = start_nursery(&srv);
	if (!err)
		err = load(&srv);
	if (!err)
		err = set_loop(&srv);
	if (err)
		return err;
	err = rsx_status_open(&srv);
	if (!err)
		err = opt->private_fd >= 0 ? rsx_listen_private(&srv) : rsx_listen_open(&srv);
	if (!err)
		uv_run(&srv.loop, UV_RUN_DEFAULT);
	rsx_listen_close(&srv);
	rsx_status_close(&srv);
	uv_walk(&srv.loop, close_handle, NULL);
	uv_run(&srv.loop, UV_RUN_DEFAULT);
	uv_loop_close(&srv.loop);
	close(srv.nursery);
	explicit_bzero(&srv.key, sizeof(srv.key));
	return err ? err : srv.exit_code;
}
