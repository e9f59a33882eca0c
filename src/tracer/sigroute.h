/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread a signal goes to: sets of signals of a task, and the choice itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tracee;

/*
 * A set of /proc/TID/status, "SigBlk:" and the like; bit N - 1 is signal N. Empty
 * if there is no such task. proc_pid_status(5)
 */
uint64_t sigroute_set(pid_t tid, const char *key);
bool sigroute_in(uint64_t set, int sig);

/*
 * At POS_SIGNAL, `sig` about to be delivered to t: would the kernel have chosen the
 * first thread of the process, had that not stood in one of our stops? Then it has
 * been sent there, with its siginfo, and must not be delivered here.
 */
bool sigroute_moves(struct tracee *t, int sig);
