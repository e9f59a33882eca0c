/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See credentials.h; the rules are those of capabilities(7), "Transformation of
 * capabilities during execve()", for files without capabilities, and of
 * execve(2) for saved ids. What a process had given up and would get back by an
 * exec as root, a twin cannot get back.
 *
 * Asked before the exec and applied after it, without waiting for answers: a
 * program that has just been started cannot be made to wait in a call of ours.
 */
#include "program/credentials.h"

#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

#include "rsx/creds.h"
#include "split/split.h"
#include "tracee.h"
#include "tracer.h"

#define KEEP (uint64_t)(uint32_t)-1 /* an id that is not to change */

bool credentials_option(uint64_t option)
{
	const uint64_t args[RSX_MAX_ARGS] = { option };

	return rsx_prctl_allowed(args);
}

void credentials_changed(struct tracee *t)
{
	const struct call *c = &t->call;
	bool ids = c->row->nargs && c->row->arg[0].kind == RSX_KIND_UID;

	t->process->changed |= ids ? CHANGED_IDS : CHANGED_CAPS;
}

static int64_t ask_prctl(struct tracee *t, uint64_t option, uint64_t a, uint64_t b)
{
	return op_remote(t, ROW(prctl), OP_ARGS(option, a, b, 0, 0));
}

/* Which of these capabilities are ambient, or in the bounding set? */
static uint64_t which(struct tracee *t, uint64_t caps, uint64_t option)
{
	uint64_t set = 0;

	for (unsigned cap = 0; cap < 64; cap++) {
		uint64_t bit = 1ULL << cap;
		int64_t has;

		if (!(caps & bit))
			continue;
		has = option == PR_CAPBSET_READ ? ask_prctl(t, option, cap, 0) :
						  ask_prctl(t, option, PR_CAP_AMBIENT_IS_SET, cap);
		if (has == 1)
			set |= bit;
	}
	return set;
}

static void ask_caps(struct tracee *t, struct becoming *b, uint32_t ruid)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	int64_t bits = ask_prctl(t, PR_GET_SECUREBITS, 0, 0);
	uint64_t ambient;

	if (bits < 0 ||
	    op_remote(t, ROW(capget), OP_ARGS((uintptr_t)&head, (uintptr_t)data)))
		return;
	b->caps = true;
	b->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	b->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	ambient = which(t, b->permitted & b->inheritable, PR_CAP_AMBIENT);
	if (!(bits & SECBIT_NOROOT) && (!b->euid || !ruid)) {
		b->permitted = (b->permitted & b->inheritable) |
			       which(t, b->permitted & ~b->inheritable, PR_CAPBSET_READ);
		b->effective = b->euid ? ambient : b->permitted;
	} else {
		b->permitted = b->effective = ambient;
	}
}

void credentials_ask(struct tracee *t, struct becoming *b)
{
	uint32_t r, e, s;

	*b = (struct becoming){ 0 };
	if (!t->process->changed ||
	    op_remote(t, ROW(getresgid), OP_ARGS((uintptr_t)&r, (uintptr_t)&e, (uintptr_t)&s)))
		return;
	b->gid = s != e;
	b->egid = e;
	if (op_remote(t, ROW(getresuid), OP_ARGS((uintptr_t)&r, (uintptr_t)&e, (uintptr_t)&s)))
		return;
	b->uid = s != e;
	b->euid = e;
	if (t->process->changed & CHANGED_CAPS)
		ask_caps(t, b, r);
}

void credentials_become(struct tracee *t, const struct becoming *b)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = {
		{ (uint32_t)b->effective, (uint32_t)b->permitted, (uint32_t)b->inheritable },
		{ (uint32_t)(b->effective >> 32), (uint32_t)(b->permitted >> 32),
		  (uint32_t)(b->inheritable >> 32) },
	};

	if (b->gid)
		call_send_noreply(t, ROW(setresgid), OP_ARGS(KEEP, KEEP, b->egid));
	if (b->uid)
		call_send_noreply(t, ROW(setresuid), OP_ARGS(KEEP, KEEP, b->euid));
	if (b->caps) {
		call_send_noreply(t, ROW(capset), OP_ARGS((uintptr_t)&head, (uintptr_t)data));
		call_send_noreply(t, ROW(prctl), OP_ARGS(PR_SET_KEEPCAPS, 0, 0, 0, 0));
	}
	t->process->changed = 0;
}
