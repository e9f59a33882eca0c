/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls_lock.c - locks of all kinds, and inotify.
 */
#include "sequence.h"

#include <sys/file.h>
#include <sys/inotify.h>

static void run_flock(struct step *step)
{
	result(flock(fd_arg(step, 0), (int)num_arg(step, 1) | LOCK_NB));
}

/* lock FD COMMAND TYPE WHENCE START LENGTH */
static void run_lock(struct step *step)
{
	struct flock lock = {
		.l_type = (short)num_arg(step, 2),
		.l_whence = (short)num_arg(step, 3),
		.l_start = num_arg(step, 4),
		.l_len = num_arg(step, 5),
	};
	int command = (int)num_arg(step, 1), ret;

	ret = fcntl(fd_arg(step, 0), command, &lock);
	result(ret);
	if (ret || (command != F_GETLK && command != F_OFD_GETLK))
		return;
	say(" type %d whence %d start %lld len %lld", lock.l_type, lock.l_whence,
	    (long long)lock.l_start, (long long)lock.l_len);
	if (lock.l_type != F_UNLCK)
		say(lock.l_pid < 0 ? " nobody's" : " actor %d's", actor_of_pid(lock.l_pid));
}

static void run_inotify(struct step *step)
{
	int fd = inotify_init1((int)num_arg(step, 1) | IN_NONBLOCK);

	result(fd);
	set_slot(slot_index(step, 0), fd);
}

static void run_watch(struct step *step)
{
	result(inotify_add_watch(fd_arg(step, 0), path_arg(step, 1), (uint32_t)num_arg(step, 2)));
}

static void run_unwatch(struct step *step)
{
	result(inotify_rm_watch(fd_arg(step, 0), (int)num_arg(step, 1)));
}

static void run_events(struct step *step)
{
	size_t room = (size_t)num_arg(step, 1);
	char *at = (char *)buffer(room), *end;
	ssize_t n = read(fd_arg(step, 0), at, room);

	result(n);
	for (end = at + (n < 0 ? 0 : n); at + sizeof(struct inotify_event) <= end;) {
		struct inotify_event *event = (void *)at;

		say(" %d:%x%s:%s", event->wd, event->mask, event->cookie ? "+" : "",
		    event->len ? event->name : "");
		at += sizeof(*event) + event->len;
	}
}

const struct call calls_lock[] = {
	{ "flock", run_flock, "file [LOCK_SH LOCK_EX LOCK_EX LOCK_UN 0]", 3, 0, W_NONE },
	{ "lock", run_lock,
	  "file [F_SETLK F_SETLK F_GETLK] [F_RDLCK F_WRLCK F_WRLCK F_UNLCK 7] [SEEK_SET SEEK_SET "
	  "SEEK_CUR SEEK_END] [0 0 10 100 -5] [0 1 10 100 -10]",
	  5, 0, W_NONE },
	{ "lock", run_lock,
	  "file [F_OFD_SETLK F_OFD_SETLK F_OFD_GETLK] [F_RDLCK F_WRLCK F_WRLCK F_UNLCK] "
	  "[SEEK_SET] [0 0 10 100] [0 1 10 100]",
	  4, 0, W_NONE },
	{ "inotify", run_inotify, "new [0 IN_CLOEXEC]", 1, 1, W_INOTIFY },
	/* what is here cannot be watched from there: EXDEV */
	{ "watch", run_watch,
	  "inotify path2 [IN_CREATE|IN_DELETE|IN_MOVED_FROM|IN_MOVED_TO "
	  "IN_CREATE|IN_DELETE_SELF|IN_MOVE_SELF|IN_ATTRIB IN_MODIFY|IN_CLOSE_WRITE "
	  "IN_ONLYDIR|IN_CREATE|IN_DELETE IN_MASK_ADD|IN_MODIFY IN_ONESHOT|IN_CREATE "
	  "IN_OPEN|IN_CLOSE_NOWRITE 0]",
	  2, 0, W_NONE },
	{ "unwatch", run_unwatch, "inotify [1 2 3]", 1, 0, W_NONE },
	{ "events", run_events, "inotify [0 10 64 4096 4096]", 3, 0, W_NONE },
	{ 0 },
};
