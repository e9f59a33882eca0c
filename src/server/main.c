/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rsx-server: the other machine's end of rsx. */
#include <unistd.h>

#include "options.h"
#include "rsx/log.h"
#include "server.h"
#include "status.h"
#include "title.h"

int main(int argc, char **argv)
{
	struct rsx_options opt;
	int code;

	rsx_title_init(argc, argv, environ);
	rsx_log_init("rsx-server", RSX_LOG_NOTE);
	if (rsx_options_parse(&opt, argc, argv, &code))
		return code;
	rsx_log_init("rsx-server", opt.level);
	return opt.query ? rsx_query(opt.query, opt.json) : rsx_server_run(&opt);
}
