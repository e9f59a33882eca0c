/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw ICMP sockets and packet sockets, which root may have; anybody else is
 * told so. Loopback only.
 */
#include "sock.h"
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

static uint16_t checksum(const void *p, size_t n)
{
	const uint16_t *w = p;
	uint32_t sum = 0;

	for (; n > 1; n -= 2)
		sum += *w++;
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~(sum + (sum >> 16));
}

/* Wait for what `wanted` is true of; others see loopback's traffic, too. */
static long wait_for(int s, char *buf, size_t room, struct sockaddr *from, socklen_t *len,
		     bool (*wanted)(const char *, long))
{
	for (int i = 0; i < 1000000; i++) {
		socklen_t l = *len;
		struct pollfd p = { s, POLLIN, 0 };
		long n;

		if (poll(&p, 1, 3000) <= 0)
			return -1;
		n = recvfrom(s, buf, room, 0, from, &l);
		if (n < 0 || wanted(buf, n)) {
			*len = l;
			return n;
		}
	}
	return -1;
}

static uint16_t ident;

static bool is_answer(const char *buf, long n)
{
	const struct ip *ip = (const void *)buf;
	const struct icmphdr *icmp = (const void *)(buf + ip->ip_hl * 4);

	return n >= 28 && icmp->type == ICMP_ECHOREPLY && icmp->un.echo.id == ident;
}

static void ping(void)
{
	struct {
		struct icmphdr head;
		char text[8];
	} echo = { { .type = ICMP_ECHO }, "echo it" };
	struct sockaddr_in to = loop4(), from;
	struct icmp_filter { uint32_t data; } filter = { ~(1u << ICMP_ECHOREPLY) };
	socklen_t len = sizeof(from);
	char buf[256];
	int s = T(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	long n;

	if (s < 0)
		return;
	ident = (uint16_t)getpid();
	T(setsockopt(s, SOL_RAW, 1 /* ICMP_FILTER */, &filter, sizeof(filter)));
	echo.head.un.echo.id = ident;
	echo.head.un.echo.sequence = htons(3);
	echo.head.checksum = checksum(&echo, sizeof(echo));
	T(sendto(s, &echo, sizeof(echo), 0, SA(&to), sizeof(to)));
	n = wait_for(s, buf, sizeof(buf), SA(&from), &len, is_answer);
	printf("answer of %ld bytes, from %d bytes\n", n, (int)len);
	TF(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && !from.sin_port);
	dump("text", buf + 28, 8);
	T(close(s));
	T(socket(AF_INET, SOCK_RAW, 0));
	s = T(socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
	T(recv(s, buf, 1, MSG_DONTWAIT));
	T(sendto(s, "short", 5, 0, SA(&to), sizeof(to)));
	printf("IP_HDRINCL %d\n", get_int(s, IPPROTO_IP, IP_HDRINCL));
	T(close(s));
}

static char frame[14 + 10] = { [12] = ETH_P_802_EX1 >> 8, ETH_P_802_EX1 & 0xff };

static bool is_ours(const char *buf, long n)
{
	return n == sizeof(frame) && !memcmp(buf, frame, sizeof(frame));
}

/*
 * A protocol that nothing else uses: where this program's own calls travel over
 * loopback, whatever IP packet it looked at would be followed by more of them.
 */
static void packets(void)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_802_EX1) };
	struct sockaddr_ll from;
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);
	char buf[256];
	int s = T(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_802_EX1)));
	long n;

	if (s < 0)
		return;
	ll.sll_ifindex = 1; /* lo is the first one */
	T(bind(s, SA(&ll), sizeof(ll)));
	sprintf(frame + 14, "mine %4x", getpid() & 0xffff);
	T(sendto(s, frame, sizeof(frame), 0, SA(&ll), sizeof(ll)));
	len = sizeof(from);
	n = wait_for(s, buf, sizeof(buf), SA(&from), &len, is_ours);
	printf("packet of %ld bytes, address of %d\n", n, (int)len);
	TF(from.sll_family == AF_PACKET && from.sll_ifindex == ll.sll_ifindex &&
	   from.sll_hatype == 772 && from.sll_halen == 6);
	dump("text", buf + 14, 5);
	len = sizeof(from);
	T(getsockname(s, SA(&from), &len));
	TF(len == 18 && from.sll_ifindex == ll.sll_ifindex && from.sll_protocol == ll.sll_protocol);
	len = sizeof(stats);
	T(getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &stats, &len));
	TF(len == sizeof(stats) && stats.tp_packets > 0);
	T(close(s));
	s = T(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)));
	T(recv(s, buf, 0, MSG_DONTWAIT | MSG_PEEK) < 0 ? errno == EAGAIN ? 0 : -1 : 0);
	ll.sll_ifindex = 99999;
	T(bind(s, SA(&ll), sizeof(ll)));
	T(bind(s, SA(&ll), 4));
	T(close(s));
}

int main(void)
{
	conf_init();
	ping();
	packets();
	if (!geteuid()) {
		MUST(setresuid(65534, 65534, 65534));
		T(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
		T(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)));
	}
	return 0;
}
