/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions about network interfaces, on sockets of several families and on
 * what is none: the loopback interface, which every machine has.
 */
#include "unsock.h"
#include <net/if.h>
#include <net/if_arp.h>

static void ask(int s)
{
	struct ifreq *r = (void *)guard(sizeof(*r));
	char name[IF_NAMESIZE];

	memset(r, 0, sizeof(*r));
	strcpy(r->ifr_name, "lo");
	T(ioctl(s, SIOCGIFINDEX, r));
	printf("index %d\n", r->ifr_ifindex);
	memset(r->ifr_name, 0, sizeof(r->ifr_name));
	T(ioctl(s, SIOCGIFNAME, r));
	dump("name", r->ifr_name, 4);
	T(ioctl(s, SIOCGIFFLAGS, r));
	TF(r->ifr_flags & IFF_LOOPBACK);
	T(ioctl(s, SIOCGIFMTU, r));
	printf("mtu %d\n", r->ifr_mtu);
	T(ioctl(s, SIOCGIFHWADDR, r));
	printf("family %d\n", r->ifr_hwaddr.sa_family);
	T(ioctl(s, SIOCGIFMETRIC, r));
	T(ioctl(s, SIOCGIFTXQLEN, r));
	T(ioctl(s, SIOCGIFMAP, r));
	strcpy(r->ifr_name, "no-such-one");
	T(ioctl(s, SIOCGIFINDEX, r));
	T(ioctl(s, SIOCGIFINDEX, BAD));
	T(if_nametoindex("lo"));
	T(if_nametoindex("no-such-one"));
	TF(if_indextoname(1, name) && !strcmp(name, "lo"));
}

/* struct ifconf: a length and a pointer. */
static void list(int s)
{
	struct ifreq *r;
	struct ifconf c = { .ifc_len = 77, .ifc_buf = NIL };
	int all, lo = 0;

	T(ioctl(s, SIOCGIFCONF, &c));
	all = c.ifc_len;
	TF(all >= 40 && all % 40 == 0);
	c.ifc_len = all;
	c.ifc_req = r = (void *)guard((size_t)all);
	T(ioctl(s, SIOCGIFCONF, &c));
	TF(c.ifc_len == all && c.ifc_req == r);
	for (int i = 0; i < all / 40; i++)
		lo += !strcmp(r[i].ifr_name, "lo");
	TF(lo > 0);
	/* what does not fit whole does not come */
	c.ifc_req = r = (void *)guard(79);
	c.ifc_len = 39;
	T(ioctl(s, SIOCGIFCONF, &c));
	printf("length %d, touched %ld\n", c.ifc_len, touched(r, 79));
	c.ifc_len = 40;
	T(ioctl(s, SIOCGIFCONF, &c));
	printf("length %d, touched %ld\n", c.ifc_len, (long)(touched(r, 79) > 0));
	c.ifc_len = 0;
	T(ioctl(s, SIOCGIFCONF, &c));
	printf("length %d\n", c.ifc_len);
	c.ifc_len = -1;
	T(ioctl(s, SIOCGIFCONF, &c));
	printf("length %d\n", c.ifc_len);
	c.ifc_len = 1 << 30;
	c.ifc_buf = BAD;
	T(ioctl(s, SIOCGIFCONF, &c));
	T(ioctl(s, SIOCGIFCONF, BAD));
	T(ioctl(s, SIOCGIFCONF, NIL));
}

/* Changes that change nothing, and some that are wrong. */
static void change(int s)
{
	struct ifreq *r = (void *)guard(sizeof(*r));

	memset(r, 0, sizeof(*r));
	strcpy(r->ifr_name, "lo");
	T(ioctl(s, SIOCGIFFLAGS, r));
	T(ioctl(s, SIOCSIFFLAGS, r));
	T(ioctl(s, SIOCGIFMTU, r));
	T(ioctl(s, SIOCSIFMTU, r));
	T(ioctl(s, SIOCGIFTXQLEN, r));
	T(ioctl(s, SIOCSIFTXQLEN, r));
	r->ifr_metric = 0;
	T(ioctl(s, SIOCSIFMETRIC, r));
	r->ifr_mtu = -1;
	T(ioctl(s, SIOCSIFMTU, r));
	memset(&r->ifr_hwaddr, 0xff, sizeof(r->ifr_hwaddr));
	T(ioctl(s, SIOCSIFHWADDR, r));
	T(ioctl(s, SIOCADDMULTI, r));
	T(ioctl(s, SIOCDELMULTI, r));
	T(ioctl(s, SIOCSIFFLAGS, BAD));
	strcpy(r->ifr_name, "no-such-one");
	T(ioctl(s, SIOCSIFFLAGS, r));
	T(ioctl(s, SIOCSIFNAME, r));
	T(ioctl(s, SIOCSIFADDR, r));
	T(ioctl(s, SIOCSIFNETMASK, r));
	T(ioctl(s, SIOCSIFBRDADDR, r));
	T(ioctl(s, SIOCSIFDSTADDR, r));
	T(ioctl(s, SIOCDIFADDR, r));
}

static void arp(int s)
{
	struct arpreq *r = (void *)guard(sizeof(*r));

	memset(r, 0, sizeof(*r));
	r->arp_pa.sa_family = AF_INET;
	((struct sockaddr_in *)&r->arp_pa)->sin_addr.s_addr = htonl(0x7f010203);
	T(ioctl(s, SIOCGARP, r));
	strcpy(r->arp_dev, "lo");
	T(ioctl(s, SIOCGARP, r));
	r->arp_flags = ATF_PERM;
	T(ioctl(s, SIOCSARP, r));
	T(ioctl(s, SIOCDARP, r));
	strcpy(r->arp_dev, "no-such-one");
	T(ioctl(s, SIOCGARP, r));
	r->arp_pa.sa_family = AF_UNIX;
	T(ioctl(s, SIOCGARP, r));
	T(ioctl(s, SIOCGARP, BAD));
}

int main(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct ifreq r = { .ifr_name = "lo" };
	int s[2];

	conf_init();
	s[0] = T(socket(AF_UNIX, SOCK_DGRAM, 0));
	ask(s[0]);
	list(s[0]);
	change(s[0]);
	arp(s[0]);
	T(bind(s[0], SA(&a), 2));
	ask(s[0]);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ask(s[0]);
	s[0] = T(socket(AF_INET, SOCK_DGRAM, 0));
	ask(s[0]);
	list(s[0]);
	change(s[0]);
	arp(s[0]);
	if (!ioctl(s[0], SIOCGIFADDR, &r))
		printf("%#x\n", ntohl(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr));
	if (!ioctl(s[0], SIOCGIFNETMASK, &r))
		printf("%#x\n", ntohl(((struct sockaddr_in *)&r.ifr_netmask)->sin_addr.s_addr));
	s[0] = T(socket(AF_INET6, SOCK_DGRAM, 0));
	ask(s[0]);
	MUST(pipe(s));
	T(ioctl(s[0], SIOCGIFINDEX, &r));
	T(ioctl(99, SIOCGIFINDEX, &r));
	put("file", "");
	s[0] = T(open("file", O_RDONLY));
	T(ioctl(s[0], SIOCGIFINDEX, &r));
	return 0;
}
