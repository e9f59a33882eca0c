/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views of messages, of data in several parts, and of socket options. See print_view.h. */
#include "print_view.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "print_value.h"
#include "rsx/cleanup.h"
#include "rsx/print.h"
#include "rsx/xlat.h"

#define PARTS_SHOWN 16
#define CMSGS_SHOWN 4096 /* bytes */

static bool is_input(const struct view_call *c, unsigned i)
{
	return (c->f->row->arg[i].dir & RSX_OUT) == 0;
}

/* `len` bytes of the program as text, cut as -s says. */
static void text_at(struct rsx_buf *b, const struct view_call *c, uint64_t at, size_t len)
{
	size_t shown = len < c->opt->strsize ? len : c->opt->strsize;
	_rsx_free_ char *text = malloc(shown + 1);

	if (!text || !view_read(c, at, text, shown)) {
		print_addr(b, at);
		return;
	}
	print_quoted(b, text, shown, shown, c->opt->hex);
	if (shown < len)
		rsx_buf_adds(b, "...");
}

/* `left`: how many bytes of the parts have a meaning. */
static bool parts_text(struct rsx_buf *b, const struct view_call *c, uint64_t at, uint64_t n,
		       uint64_t left)
{
	struct iovec v;

	if (n && !view_read(c, at, &v, sizeof(v)))
		return false;
	rsx_buf_addc(b, '[');
	for (uint64_t k = 0; k < n; k++) {
		uint64_t have;

		if (k == PARTS_SHOWN || !view_read(c, at + k * sizeof(v), &v, sizeof(v))) {
			rsx_buf_adds(b, ", ...");
			break;
		}
		have = v.iov_len < left ? v.iov_len : left;
		left -= have;
		rsx_buf_adds(b, k ? ", {iov_base=" : "{iov_base=");
		text_at(b, c, (uint64_t)(uintptr_t)v.iov_base, have);
		rsx_buf_addf(b, ", iov_len=%zu}", v.iov_len);
	}
	rsx_buf_addc(b, ']');
	return true;
}

bool view_iovec(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	if (!is_input(c, i) && !c->done)
		return false;
	return parts_text(b, c, c->native[i], c->native[i + 1] < 1024 ? c->native[i + 1] : 0,
			  is_input(c, i) ? UINT64_MAX : (uint64_t)c->f->ret);
}

static void address_text(struct rsx_buf *b, const struct view_call *c, uint64_t at, size_t len)
{
	uint8_t sa[sizeof(struct sockaddr_storage)];

	if (len > sizeof(sa))
		len = sizeof(sa);
	if (at && len && view_read(c, at, sa, len))
		print_sockaddr(b, sa, len, c->opt->strsize, c->opt->hex);
	else
		print_addr(b, at);
}

static void cmsg_text(struct rsx_buf *b, const struct cmsghdr *m)
{
	const unsigned char *data = CMSG_DATA(m);
	size_t len = m->cmsg_len - CMSG_LEN(0);
	int fd;

	rsx_buf_addf(b, "{cmsg_len=%zu, cmsg_level=", (size_t)m->cmsg_len);
	print_enum(b, &rsx_xlat_sol, (uint32_t)m->cmsg_level);
	if (m->cmsg_level == SOL_SOCKET && m->cmsg_type == SCM_RIGHTS) {
		rsx_buf_adds(b, ", cmsg_type=SCM_RIGHTS, cmsg_data=[");
		for (size_t k = 0; k + sizeof(fd) <= len; k += sizeof(fd)) {
			memcpy(&fd, data + k, sizeof(fd));
			rsx_buf_addf(b, "%s%d", k ? ", " : "", fd);
		}
		rsx_buf_adds(b, "]}");
	} else if (m->cmsg_level == SOL_SOCKET && m->cmsg_type == SCM_CREDENTIALS &&
		   len >= sizeof(struct ucred)) {
		struct ucred u;

		memcpy(&u, data, sizeof(u));
		rsx_buf_addf(b, ", cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=%d, uid=%u, gid=%u}}",
			     u.pid, u.uid, u.gid);
	} else {
		rsx_buf_addf(b, ", cmsg_type=%#x}", (unsigned)m->cmsg_type);
	}
}

static void control_text(struct rsx_buf *b, const struct view_call *c, const struct msghdr *m)
{
	struct msghdr own = { .msg_controllen = m->msg_controllen };
	_rsx_free_ void *data = NULL;
	bool first = true;

	if (!m->msg_controllen || m->msg_controllen > CMSGS_SHOWN)
		return;
	own.msg_control = data = malloc(m->msg_controllen);
	if (!data || !view_read(c, (uint64_t)(uintptr_t)m->msg_control, data, m->msg_controllen))
		return;
	rsx_buf_adds(b, ", msg_control=[");
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&own); h; h = CMSG_NXTHDR(&own, h)) {
		size_t at = (size_t)((char *)h - (char *)data);

		if (h->cmsg_len < CMSG_LEN(0) || h->cmsg_len > m->msg_controllen - at)
			break;
		if (!first)
			rsx_buf_adds(b, ", ");
		first = false;
		cmsg_text(b, h);
	}
	rsx_buf_addc(b, ']');
}

static void message_text(struct rsx_buf *b, const struct view_call *c, const struct msghdr *m,
			 uint64_t left)
{
	rsx_buf_adds(b, "{msg_name=");
	address_text(b, c, (uint64_t)(uintptr_t)m->msg_name, m->msg_namelen);
	rsx_buf_addf(b, ", msg_namelen=%u, msg_iov=", m->msg_namelen);
	if (!parts_text(b, c, (uint64_t)(uintptr_t)m->msg_iov,
			m->msg_iovlen < 1024 ? m->msg_iovlen : 0, left))
		print_addr(b, (uint64_t)(uintptr_t)m->msg_iov);
	rsx_buf_addf(b, ", msg_iovlen=%zu", m->msg_iovlen);
	control_text(b, c, m);
	rsx_buf_addf(b, ", msg_controllen=%zu, msg_flags=", m->msg_controllen);
	print_flags(b, &rsx_xlat_msg_flags, (uint32_t)m->msg_flags);
	rsx_buf_addc(b, '}');
}

bool view_msghdr(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	struct msghdr m;

	if ((!is_input(c, i) && !c->done) || !view_read(c, c->native[i], &m, sizeof(m)))
		return false;
	message_text(b, c, &m, is_input(c, i) ? UINT64_MAX : (uint64_t)c->f->ret);
	return true;
}

/* As many as went, or came. */
bool view_mmsghdr(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	uint64_t n = c->done ? (uint64_t)c->f->ret : 0;
	struct mmsghdr m;

	if (!c->done || (n && !view_read(c, c->native[i], &m, sizeof(m))))
		return false;
	rsx_buf_addc(b, '[');
	for (uint64_t k = 0; k < n; k++) {
		if (k == PARTS_SHOWN || !view_read(c, c->native[i] + k * sizeof(m), &m, sizeof(m))) {
			rsx_buf_adds(b, ", ...");
			break;
		}
		rsx_buf_adds(b, k ? ", {msg_hdr=" : "{msg_hdr=");
		message_text(b, c, &m.msg_hdr, m.msg_len);
		rsx_buf_addf(b, ", msg_len=%u}", m.msg_len);
	}
	rsx_buf_addc(b, ']');
	return true;
}

#define O(level, name) { level, name, #name }

static const struct {
	int level, value;
	const char *name;
} options[] = {
	O(SOL_SOCKET, SO_DEBUG), O(SOL_SOCKET, SO_REUSEADDR), O(SOL_SOCKET, SO_TYPE),
	O(SOL_SOCKET, SO_ERROR), O(SOL_SOCKET, SO_DONTROUTE), O(SOL_SOCKET, SO_BROADCAST),
	O(SOL_SOCKET, SO_SNDBUF), O(SOL_SOCKET, SO_RCVBUF), O(SOL_SOCKET, SO_KEEPALIVE),
	O(SOL_SOCKET, SO_OOBINLINE), O(SOL_SOCKET, SO_PRIORITY), O(SOL_SOCKET, SO_LINGER),
	O(SOL_SOCKET, SO_REUSEPORT), O(SOL_SOCKET, SO_PASSCRED), O(SOL_SOCKET, SO_PEERCRED),
	O(SOL_SOCKET, SO_RCVLOWAT), O(SOL_SOCKET, SO_SNDLOWAT), O(SOL_SOCKET, SO_RCVTIMEO),
	O(SOL_SOCKET, SO_SNDTIMEO), O(SOL_SOCKET, SO_BINDTODEVICE),
	O(SOL_SOCKET, SO_ATTACH_FILTER), O(SOL_SOCKET, SO_DETACH_FILTER),
	O(SOL_SOCKET, SO_TIMESTAMP), O(SOL_SOCKET, SO_ACCEPTCONN), O(SOL_SOCKET, SO_PEERSEC),
	O(SOL_SOCKET, SO_SNDBUFFORCE), O(SOL_SOCKET, SO_RCVBUFFORCE), O(SOL_SOCKET, SO_PASSSEC),
	O(SOL_SOCKET, SO_TIMESTAMPNS), O(SOL_SOCKET, SO_MARK), O(SOL_SOCKET, SO_PROTOCOL),
	O(SOL_SOCKET, SO_DOMAIN), O(SOL_SOCKET, SO_INCOMING_CPU), O(SOL_SOCKET, SO_ZEROCOPY),
	O(SOL_SOCKET, SO_ATTACH_BPF), O(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF),
	O(SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF), O(SOL_SOCKET, SO_LOCK_FILTER),
	{ SOL_SOCKET, 76, "SO_PASSPIDFD" }, { SOL_SOCKET, 77, "SO_PEERPIDFD" },
	O(SOL_PACKET, PACKET_RX_RING), O(SOL_PACKET, PACKET_TX_RING),
	O(SOL_PACKET, PACKET_FANOUT_DATA), O(SOL_PACKET, PACKET_VERSION),
	O(SOL_PACKET, PACKET_ADD_MEMBERSHIP), O(SOL_PACKET, PACKET_AUXDATA),
	O(SOL_PACKET, PACKET_RESERVE), O(SOL_PACKET, PACKET_STATISTICS),
	{ IPPROTO_TCP, 35, "TCP_ZEROCOPY_RECEIVE" },
	{ 283, 2, "XDP_RX_RING" }, { 283, 3, "XDP_TX_RING" }, { 283, 4, "XDP_UMEM_REG" },
	{ 283, 5, "XDP_UMEM_FILL_RING" }, { 283, 6, "XDP_UMEM_COMPLETION_RING" },
	{ IPPROTO_IP, 64, "IPT_SO_SET_REPLACE" }, { IPPROTO_IPV6, 64, "IP6T_SO_SET_REPLACE" },
	O(IPPROTO_TCP, TCP_NODELAY), O(IPPROTO_TCP, TCP_MAXSEG), O(IPPROTO_TCP, TCP_CORK),
	O(IPPROTO_TCP, TCP_KEEPIDLE), O(IPPROTO_TCP, TCP_KEEPINTVL), O(IPPROTO_TCP, TCP_KEEPCNT),
	O(IPPROTO_TCP, TCP_SYNCNT), O(IPPROTO_TCP, TCP_LINGER2), O(IPPROTO_TCP, TCP_DEFER_ACCEPT),
	O(IPPROTO_TCP, TCP_WINDOW_CLAMP), O(IPPROTO_TCP, TCP_INFO), O(IPPROTO_TCP, TCP_QUICKACK),
	O(IPPROTO_TCP, TCP_CONGESTION), O(IPPROTO_TCP, TCP_USER_TIMEOUT),
	O(IPPROTO_TCP, TCP_FASTOPEN), O(IPPROTO_TCP, TCP_FASTOPEN_CONNECT), O(IPPROTO_TCP, TCP_ULP),
	O(IPPROTO_IP, IP_TOS), O(IPPROTO_IP, IP_TTL), O(IPPROTO_IP, IP_RECVERR),
	O(IPPROTO_IP, IP_PKTINFO), O(IPPROTO_IP, IP_MTU_DISCOVER), O(IPPROTO_IP, IP_MTU),
	O(IPPROTO_IP, IP_FREEBIND), O(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
	O(IPPROTO_IP, IP_MULTICAST_IF), O(IPPROTO_IP, IP_MULTICAST_TTL),
	O(IPPROTO_IP, IP_MULTICAST_LOOP), O(IPPROTO_IP, IP_ADD_MEMBERSHIP),
	O(IPPROTO_IP, IP_DROP_MEMBERSHIP), O(IPPROTO_IPV6, IPV6_V6ONLY),
	O(IPPROTO_IPV6, IPV6_RECVERR), O(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
	O(IPPROTO_IPV6, IPV6_MULTICAST_IF), O(IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
	O(IPPROTO_IPV6, IPV6_RECVPKTINFO), O(IPPROTO_IPV6, IPV6_MTU_DISCOVER),
};

bool view_protocol(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	static const struct {
		int value;
		const char *name;
	} names[] = {
		{ IPPROTO_IP, "IPPROTO_IP" },	  { IPPROTO_ICMP, "IPPROTO_ICMP" },
		{ IPPROTO_TCP, "IPPROTO_TCP" },	  { IPPROTO_UDP, "IPPROTO_UDP" },
		{ IPPROTO_IPV6, "IPPROTO_IPV6" }, { IPPROTO_ICMPV6, "IPPROTO_ICMPV6" },
		{ IPPROTO_SCTP, "IPPROTO_SCTP" }, { IPPROTO_RAW, "IPPROTO_RAW" },
	};

	if (c->native[0] != AF_INET && c->native[0] != AF_INET6)
		return false;
	for (size_t k = 0; k < RSX_ARRAY_SIZE(names); k++) {
		if (names[k].value == (int)c->native[i]) {
			rsx_buf_adds(b, names[k].name);
			return true;
		}
	}
	return false;
}

const char *rsx_sockopt_name(int level, int value)
{
	for (size_t k = 0; k < RSX_ARRAY_SIZE(options); k++)
		if (options[k].level == level && options[k].value == value)
			return options[k].name;
	return NULL;
}

bool view_sockopt(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	const char *name = rsx_sockopt_name((int)c->native[i - 1], (int)c->native[i]);

	if (name)
		rsx_buf_adds(b, name);
	return name != NULL;
}

/* An int, or two: [1], {l_onoff=1, l_linger=0}; else it is shown as bytes. */
bool view_optval(struct rsx_buf *b, const struct view_call *c, unsigned i)
{
	bool socket = (int)c->native[1] == SOL_SOCKET;
	const uint8_t *data;
	int v[3];
	size_t len;

	if (!rsx_print_memory(c->f, i, c->done, &data, &len) || len > sizeof(v) || len < sizeof(int))
		return false;
	memcpy(v, data, len);
	if (socket && (int)c->native[2] == SO_ERROR && rsx_errno_name(v[0]))
		rsx_buf_addf(b, "[%s]", v[0] ? rsx_errno_name(v[0]) : "0");
	else if (len == sizeof(int))
		rsx_buf_addf(b, "[%d]", v[0]);
	else if (socket && (int)c->native[2] == SO_LINGER && len == 2 * sizeof(int))
		rsx_buf_addf(b, "{l_onoff=%d, l_linger=%d}", v[0], v[1]);
	else if (socket && (int)c->native[2] == SO_PEERCRED && len == 3 * sizeof(int))
		rsx_buf_addf(b, "{pid=%d, uid=%u, gid=%u}", v[0], (unsigned)v[1], (unsigned)v[2]);
	else
		return false;
	return true;
}
