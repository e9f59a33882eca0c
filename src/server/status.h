/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the server is doing, for a person (rsx-server --query) or a program: a
 * unix socket that says it as one JSON object to whoever connects, and closes.
 * docs/man/rsx-server.1 describes the object.
 */
#ifndef RSX_SERVER_STATUS_H
#define RSX_SERVER_STATUS_H

#include "server.h"

/* Open the socket that --status names, if any. 0 or an exit code, after a line. */
int rsx_status_open(struct rsx_server *srv);
void rsx_status_close(struct rsx_server *srv);

/* Ask the server whose status socket this is, and print; an exit code. */
int rsx_query(const char *address, bool json);

#endif
