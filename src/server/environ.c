/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment that rsx-server was started with, for rsx-trace --env. Asked
 * for in parts, each within a header's maximum. What is rsx's own (RSX_*) and
 * what is too long for a part is left out.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

#define PART_BYTES (RSX_MAX_HEADER - 4096)
#define PART_VARS  512

static bool is_told(const char *var, size_t len)
{
	return strncmp(var, "RSX_", 4) && len + 8 < PART_BYTES && strchr(var, '=') &&
	       var[0] != '=';
}

int rsx_environ_reply(struct rsx_session *s, const struct rsx_msg_in *msg)
{
	const Rsx__Env *asked = rsx_msg_unpack(&rsx__env__descriptor, msg, &s->control->arena);
	Rsx__Env m = RSX__ENV__INIT;
	ProtobufCBinaryData var[PART_VARS];
	size_t bytes = 0;
	uint32_t i;

	if (!asked)
		return -EBADMSG;
	for (i = 0; i < asked->from; i++)
		if (!environ[i])
			return -EBADMSG;
	m.var = var;
	for (; environ[i] && m.n_var < PART_VARS; i++) {
		size_t len = strlen(environ[i]);

		if (!is_told(environ[i], len))
			continue;
		/* its tag and length come with it */
		if (bytes + len + 8 > PART_BYTES)
			break;
		bytes += len + 8;
		var[m.n_var].data = (uint8_t *)environ[i];
		var[m.n_var++].len = len;
	}
	m.from = environ[i] ? i : 0;
	rsx_conn_send(s->control, RSX_MSG_ENV, &m.base);
	return 0;
}
