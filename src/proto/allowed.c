/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Argument values that may travel, for rows that say .allowed.
 *
 * Socket options: those whose value is plain data of the length it claims. Left
 * out are options that hold an address or a descriptor (eBPF programs,
 * zero-copy receive), or whose length is not in bytes (the getter of a filter),
 * and netfilter's tables. socket(7), ip(7), ipv6(7),
 * tcp(7), udp(7), netlink(7), packet(7), vsock(7), sctp(7);
 * linux/{socket,in,in6,tcp,tls,if_alg,can/raw,can/isotp,can/j1939,tipc,mptcp,sctp}.h.
 */
#include "allowed.h"

#include <linux/if_packet.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

#define MAX_LEVEL 1023 /* protocols and SOL_* are below */

static const struct {
	int level;
	int first, last; /* of the level's numbers */
	int16_t without[8];
} allowed[] = {
	/*
	 * SO_GET_FILTER (what sets one is a variant of its own), SO_ATTACH_BPF, reuseport programs,
	 * SO_PASSPIDFD, SO_PEERPIDFD
	 */
	{ SOL_SOCKET, 1, 80, { 26, 50, 51, 52, 76, 77, -1 } },
	{ IPPROTO_IP, 1, 63, { -1 } },		 /* 64 on: netfilter */
	{ IPPROTO_IPV6, 1, 80, { 64, 65, -1 } }, /* netfilter */
	{ IPPROTO_TCP, 1, 45, { 35 /* TCP_ZEROCOPY_RECEIVE */, -1 } },
	{ SOL_UDP, 1, 104, { -1 } },
	{ IPPROTO_ICMPV6, 1, 1, { -1 } },
	{ SOL_RAW, 1, 7, { -1 } },
	{ SOL_NETLINK, 1, 12, { -1 } },
	{ 40 /* AF_VSOCK */, 0, 8, { -1 } },
	{ 101 /* SOL_CAN_RAW */, 1, 7, { -1 } },
	{ 106 /* SOL_CAN_ISOTP */, 1, 6, { -1 } },
	{ 107 /* SOL_CAN_J1939 */, 1, 4, { -1 } },
	/* SCTP_SOCKOPT_PEELOFF, _CONNECTX3, _PEELOFF_FLAGS */
	{ 132 /* SOL_SCTP */, 0, 135, { 102, 111, 122, -1 } },
	{ 136 /* SOL_UDPLITE */, 1, 104, { -1 } },
	{ 271 /* SOL_TIPC */, 127, 140, { -1 } },
	{ 279 /* SOL_ALG */, 1, 7, { -1 } },
	{ 282 /* SOL_TLS */, 1, 4, { -1 } },
	{ 284 /* SOL_MPTCP */, 1, 3, { -1 } }, /* 4 holds addresses */
	{ SOL_PACKET, 1, 23, { PACKET_RX_RING, PACKET_TX_RING, PACKET_FANOUT_DATA, -1 } },
};

bool rsx_sockopt_allowed(const uint64_t args[RSX_MAX_ARGS])
{
	int level = (int)args[1], name = (int)args[2];

	if (level < 0 || level > MAX_LEVEL)
		return true; /* the kernel has no such level and says so */
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (allowed[i].level != level)
			continue;
		if (name < allowed[i].first || name > allowed[i].last)
			return false;
		for (const int16_t *w = allowed[i].without; *w >= 0; w++)
			if (*w == name)
				return false;
		return true;
	}
	return false;
}

bool rsx_unshare_allowed(const uint64_t args[RSX_MAX_ARGS])
{
	return !(args[0] & ~(uint64_t)(CLONE_FILES | CLONE_FS));
}

bool rsx_xattr_allowed(const uint64_t args[RSX_MAX_ARGS])
{
	return args[3] <= 65536;
}

/* AT_HANDLE_MNT_ID_UNIQUE (6.12) makes the mount's number a longer one. */
bool rsx_handle_allowed(const uint64_t args[RSX_MAX_ARGS])
{
	return !(args[4] & 1);
}

bool rsx_rlimit_allowed(const uint64_t args[RSX_MAX_ARGS])
{
	return !args[0] && args[1] == RLIMIT_FSIZE;
}

/* Capabilities and what becomes of them; see capabilities(7). */
bool rsx_prctl_allowed(const uint64_t args[RSX_MAX_ARGS])
{
	switch ((int)args[0]) {
	case PR_GET_KEEPCAPS:
	case PR_SET_KEEPCAPS:
	case PR_CAPBSET_READ:
	case PR_CAPBSET_DROP:
	case PR_GET_SECUREBITS:
	case PR_SET_SECUREBITS:
	case PR_CAP_AMBIENT:
		return true;
	default:
		return false;
	}
}
