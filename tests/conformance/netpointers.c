/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ioctl(2) requests whose struct holds a pointer: ethtool's by way of struct ifreq,
 * routes by way of struct rtentry, names of wireless interfaces; on the loopback
 * interface and one that is not there, with pointers to nowhere and to what may not be
 * written. Sockets of unix and inet, as ifconfig and route make them.
 */
#include "unsock.h"
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/wireless.h>
#include <net/route.h>

static int ask(int s, const char *dev, void *data)
{
	struct ifreq *r = (void *)guard(sizeof(*r));

	memset(r, 0, sizeof(*r));
	strcpy(r->ifr_name, dev);
	r->ifr_data = data;
	return ioctl(s, SIOCETHTOOL, r);
}

static void ethtool(int s)
{
	struct ethtool_drvinfo *drv = (void *)guard(sizeof(*drv));
	struct ethtool_value *v = (void *)guard(sizeof(*v));
	struct ethtool_ts_info *ts = (void *)guard(sizeof(*ts));
	struct ethtool_sset_info *info = (void *)guard(sizeof(*info) + 4);
	struct ethtool_gfeatures *f = (void *)guard(sizeof(*f) + 3 * sizeof(f->features[0]));
	struct ethtool_gstrings *names;
	struct ethtool_perm_addr *addr = (void *)guard(sizeof(*addr) + 8);
	unsigned n;

	memset(v, 0, sizeof(*v));
	v->cmd = ETHTOOL_GLINK;
	T(ask(s, "lo", v));
	printf("link %u\n", v->data);
	v->cmd = ETHTOOL_GTSO;
	T(ask(s, "lo", v));
	T(ask(s, "no-such-one", v));
	memset(drv, 0, sizeof(*drv));
	drv->cmd = ETHTOOL_GDRVINFO;
	T(ask(s, "lo", drv));
	printf("driver \"%s\"\n", drv->driver);
	memset(ts, 0, sizeof(*ts));
	ts->cmd = ETHTOOL_GET_TS_INFO;
	T(ask(s, "lo", ts));
	printf("stamps %#x\n", ts->so_timestamping);
	memset(info, 0, sizeof(*info) + 4);
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1u << ETH_SS_FEATURES;
	T(ask(s, "lo", info));
	n = info->data[0];
	TF(n > 10 && n < 200);
	names = (void *)guard(sizeof(*names) + n * ETH_GSTRING_LEN);
	memset(names, 0, sizeof(*names) + n * ETH_GSTRING_LEN);
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = n;
	T(ask(s, "lo", names));
	printf("first feature \"%s\"\n", (char *)names->data);
	memset(f, 0, sizeof(*f) + 3 * sizeof(f->features[0]));
	f->cmd = ETHTOOL_GFEATURES;
	f->size = 2;
	T(ask(s, "lo", f));
	printf("features %#x %#x of %u, then %#x\n", f->features[0].active, f->features[1].active,
	       f->size, f->features[2].available);
	f->size = 0;
	T(ask(s, "lo", f));
	memset(addr, 0, sizeof(*addr) + 8);
	addr->cmd = ETHTOOL_GPERMADDR;
	addr->size = 6;
	T(ask(s, "lo", addr));
	printf("address of %u\n", addr->size);
	T(ask(s, "lo", NIL));
	T(ask(s, "lo", BAD));
	T(ask(s, "no-such-one", BAD));
	T(ask(s, "lo", (char *)v + 6));
	T(ioctl(s, SIOCETHTOOL, BAD));
	T(ioctl(s, SIOCETHTOOL, NIL));
}

static void stamps(int s)
{
	struct hwtstamp_config *c = (void *)guard(sizeof(*c));
	struct ifreq r = { .ifr_name = "lo" };

	memset(c, 0, sizeof(*c));
	r.ifr_data = (void *)c;
	T(ioctl(s, SIOCGHWTSTAMP, &r));
	T(ioctl(s, SIOCSHWTSTAMP, &r));
	r.ifr_data = BAD;
	T(ioctl(s, SIOCSHWTSTAMP, &r));
	strcpy(r.ifr_name, "no-such-one");
	T(ioctl(s, SIOCSHWTSTAMP, &r));
}

static struct sockaddr inet(const char *text)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr to;

	inet_pton(AF_INET, text, &a.sin_addr);
	memcpy(&to, &a, sizeof(to));
	return to;
}

/* 198.18.0.0/15 is for tests: nobody's network is there. */
static void routes(int s)
{
	struct rtentry *r = (void *)guard(sizeof(*r));
	char *dev = guard(16);

	memset(r, 0, sizeof(*r));
	strcpy(dev, "no-such-one");
	r->rt_dst = inet("198.18.7.0");
	r->rt_genmask = inet("255.255.255.0");
	r->rt_flags = RTF_UP;
	r->rt_dev = dev;
	T(ioctl(s, SIOCADDRT, r));
	T(ioctl(s, SIOCDELRT, r));
	r->rt_dev = BAD;
	T(ioctl(s, SIOCADDRT, r));
	strcpy(dev, "lo");
	r->rt_dev = dev;
	T(ioctl(s, SIOCDELRT, r));
	r->rt_dev = NULL;
	T(ioctl(s, SIOCDELRT, r));
	r->rt_genmask = inet("255.0.255.0");
	T(ioctl(s, SIOCADDRT, r));
	T(ioctl(s, SIOCADDRT, BAD));
	T(ioctl(s, SIOCADDRT, NIL));
}

static void wireless(int s)
{
	struct iwreq *r = (void *)guard(sizeof(*r));
	char *name = guard(33);

	memset(r, 0, sizeof(*r));
	strcpy(r->ifr_name, "lo");
	T(ioctl(s, SIOCGIWNAME, r));
	T(ioctl(s, SIOCGIWFREQ, r));
	r->u.essid.pointer = name;
	r->u.essid.length = 33;
	T(ioctl(s, SIOCGIWESSID, r));
	r->u.essid.pointer = BAD;
	T(ioctl(s, SIOCGIWESSID, r));
	T(ioctl(s, SIOCGIWSCAN, r));
}

static void others(int s)
{
	struct vlan_ioctl_args *v = (void *)guard(sizeof(*v));
	struct ifreq r = { .ifr_name = "lo" };
	char *bridge = guard(16);

	memset(v, 0, sizeof(*v));
	v->cmd = GET_VLAN_REALDEV_NAME_CMD;
	strcpy(v->device1, "no-such-one");
	TF(ioctl(s, SIOCGIFVLAN, v) == -1);
	strcpy(bridge, "no-such-one");
	TF(ioctl(s, SIOCBRDELBR, bridge) == -1);
	T(ioctl(s, SIOCGMIIPHY, &r));
	T(ioctl(s, SIOCGIFPFLAGS, &r));
	T(ioctl(s, SIOCGIFSLAVE, &r));
	T(ioctl(s, SIOCBONDRELEASE, &r));
	T(ioctl(s, SIOCGIFENCAP, &r));
	T(ioctl(s, SIOCDEVPRIVATE, &r));
}

int main(void)
{
	int s;

	conf_init();
	s = T(socket(AF_UNIX, SOCK_STREAM, 0));
	ethtool(s);
	stamps(s);
	wireless(s);
	others(s);
	T(close(s));
	s = T(socket(AF_INET, SOCK_DGRAM, 0));
	ethtool(s);
	stamps(s);
	routes(s);
	wireless(s);
	others(s);
	return 0;
}
