/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz what a peer's bytes meet first: prefix, receive buffer, headers of
 * every type, and a reply's way into the frame of its call.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rsx/limits.h"
#include "rsx/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const headers[RSX_MSG_MAX] = {
	[RSX_MSG_HELLO] = &rsx__hello__descriptor,
	[RSX_MSG_CHALLENGE] = &rsx__challenge__descriptor,
	[RSX_MSG_AUTH] = &rsx__auth__descriptor,
	[RSX_MSG_WELCOME] = &rsx__welcome__descriptor,
	[RSX_MSG_ERROR] = &rsx__error__descriptor,
	[RSX_MSG_CALL] = &rsx__call__descriptor,
	[RSX_MSG_CALL_NOREPLY] = &rsx__call__descriptor,
	[RSX_MSG_REPLY] = &rsx__reply__descriptor,
	[RSX_MSG_FORK] = &rsx__fork__descriptor,
	[RSX_MSG_NEWLANE] = &rsx__new_lane__descriptor,
	[RSX_MSG_PLACE] = &rsx__place__descriptor,
	[RSX_MSG_TITLE] = &rsx__title__descriptor,
	[RSX_MSG_CANCEL] = &rsx__cancel__descriptor,
	[RSX_MSG_DROP] = &rsx__drop__descriptor,
	[RSX_MSG_BYE] = &rsx__bye__descriptor,
	[RSX_MSG_GONE] = &rsx__gone__descriptor,
	[RSX_MSG_PING] = &rsx__ping__descriptor,
	[RSX_MSG_PONG] = &rsx__ping__descriptor,
	[RSX_MSG_ENV] = &rsx__env__descriptor,
};

static void check_reply(const struct rsx_msg_in *msg, struct rsx_arena *arena)
{
	struct rsx_frame f = { .nblobs = 2 };
	size_t total = 0;

	f.blob[0].cap = 16;
	f.blob[1].cap = 4096;
	if (rsx_msg_unpack_reply(&f, msg, arena))
		return;
	for (unsigned i = 0; i < f.nblobs; i++) {
		if (f.blob[i].out_len > f.blob[i].cap)
			abort();
		total += f.blob[i].out_len;
	}
	if (total != msg->prefix.payload_len)
		abort();
}

/* The bytes as a file, so that receiving is read(2) and ends where they end. */
static int as_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rsx_arena arena;
	struct rsx_msg_in msg;
	struct rsx_rx rx;
	int fd;

	if (!size)
		return 0;
	fd = as_file(data + 1, size - 1);
	rsx_arena_init(&arena, 1u << 20);
	rsx_rx_init(&rx, fd);
	rsx_rx_set_exact(&rx, data[0] & 1);
	while (rsx_rx_next(&rx, 0, &msg) == 1) {
		rsx_msg_unpack(headers[msg.prefix.type], &msg, &arena);
		if (msg.prefix.type == RSX_MSG_REPLY)
			check_reply(&msg, &arena);
		rsx_arena_reset(&arena);
	}
	rsx_rx_done(&rx);
	rsx_arena_done(&arena);
	close(fd);
	return 0;
}
