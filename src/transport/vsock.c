/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vsock:CID:PORT, between a virtual machine and its host. CIDs cannot be
 * forged within the machine, so they say who a peer is. A host without the
 * modules has no such sockets; the hints say so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "rsx/cleanup.h"
#include "transport.h"

static const struct {
	const char *name;
	uint32_t cid;
} cid_names[] = {
	{ "any", VMADDR_CID_ANY },
	{ "host", VMADDR_CID_HOST },
	{ "self", VMADDR_CID_LOCAL },
};

static int vsock_parse(struct rsx_endpoint *ep, const char *rest, const char **ret_why)
{
	const char *colon = strchr(rest, ':');
	size_t len;
	int err;

	*ret_why = "a vsock address is vsock:CID:PORT";
	if (!colon)
		return -EINVAL;
	len = (size_t)(colon - rest);
	*ret_why = "the CID is not a number, any, host or self";
	err = rsx_parse_number(rest, len, UINT32_MAX - 1, &ep->cid);
	for (size_t i = 0; err && i < RSX_ARRAY_SIZE(cid_names); i++) {
		if (strlen(cid_names[i].name) != len || memcmp(cid_names[i].name, rest, len))
			continue;
		ep->cid = cid_names[i].cid;
		err = 0;
	}
	if (err)
		return err;
	*ret_why = "the port is not a number from 0 to 4294967294";
	return rsx_parse_number(colon + 1, strlen(colon + 1), UINT32_MAX - 1, &ep->port);
}

static int vsock_resolve(const struct rsx_endpoint *ep, bool listening,
			 struct rsx_sockaddr to[RSX_MAX_SOCKADDRS], const char **ret_why)
{
	struct sockaddr_vm *vm = (struct sockaddr_vm *)&to[0].ss;

	if (!listening && ep->cid == VMADDR_CID_ANY) {
		*ret_why = "CID any is only good for listening";
		return -EINVAL;
	}
	memset(&to[0], 0, sizeof(to[0]));
	vm->svm_family = AF_VSOCK;
	vm->svm_cid = ep->cid;
	vm->svm_port = listening && !ep->port ? VMADDR_PORT_ANY : ep->port;
	to[0].len = sizeof(*vm);
	return 1;
}

static int vsock_format(const struct rsx_sockaddr *sa, char *to, size_t room)
{
	const struct sockaddr_vm *vm = (const void *)&sa->ss;
	int n;

	if (vm->svm_cid == VMADDR_CID_ANY)
		n = snprintf(to, room, "vsock:any:%u", vm->svm_port);
	else
		n = snprintf(to, room, "vsock:%u:%u", vm->svm_cid, vm->svm_port);
	return (size_t)n < room ? 0 : -ENOSPC;
}

static bool vsock_is_loopback(const struct rsx_sockaddr *sa)
{
	const struct sockaddr_vm *vm = (const void *)&sa->ss;

	return vm->svm_cid == VMADDR_CID_LOCAL;
}

static int vsock_admit(int fd, struct rsx_admission *a)
{
	static const uint32_t usual[] = { VMADDR_CID_HOST, VMADDR_CID_LOCAL };
	struct rsx_sockaddr peer = { .len = sizeof(peer.ss) };
	const struct sockaddr_vm *vm = (const void *)&peer.ss;
	const uint32_t *allow = a->nallow ? a->allow_cid : usual;
	unsigned n = a->nallow ? a->nallow : RSX_ARRAY_SIZE(usual);

	if (getpeername(fd, (struct sockaddr *)&peer.ss, &peer.len))
		return -errno;
	vsock_format(&peer, a->peer, a->room);
	if (vm->svm_family != AF_VSOCK)
		return -EACCES;
	a->same_host = vsock_is_loopback(&peer);
	for (unsigned i = 0; i < n; i++)
		if (allow[i] == vm->svm_cid)
			return 0;
	return -EACCES;
}

static const char *not_our_cid(void)
{
	static char text[128];
	_rsx_close_ int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
	unsigned cid = 0;

	if (fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) || cid == VMADDR_CID_ANY)
		return "the CID is not this machine's: try vsock:any:PORT";
	snprintf(text, sizeof(text), "the CID is not this machine's, which is %u", cid);
	return text;
}

/* What leads to that CID is a module, and for the host a device as well. */
static const char *no_device(uint32_t cid)
{
	if (cid == VMADDR_CID_LOCAL)
		return "for CID 1, this machine itself, load the module vsock_loopback";
	if (cid == VMADDR_CID_HOST)
		return "no vsock device: a guest reaches its host by one, and by the module "
		       "vmw_vsock_virtio_transport";
	if (access("/dev/vhost-vsock", F_OK))
		return "no such machine: on a host load the module vhost_vsock";
	return "no such machine: no guest here has that CID";
}

static const char *vsock_explain(const struct rsx_endpoint *ep, int err, bool listening)
{
	switch (err) {
	case -EAFNOSUPPORT:
		return "this kernel has no vsock: load the module vsock and, on a host, "
		       "vhost_vsock, in a guest vmw_vsock_virtio_transport";
	case -ENODEV:
		return no_device(ep->cid);
	case -ECONNRESET:
	case -ECONNREFUSED:
		return "no server listens there";
	case -ETIMEDOUT:
		return "no answer";
	case -EADDRINUSE:
		return "the port is taken";
	case -EADDRNOTAVAIL:
		if (!listening)
			return NULL;
		return ep->cid == VMADDR_CID_LOCAL ? no_device(ep->cid) : not_our_cid();
	default:
		return NULL;
	}
}

const struct rsx_transport rsx_transport_vsock = {
	.name = "vsock",
	.parse = vsock_parse,
	.resolve = vsock_resolve,
	.format = vsock_format,
	.is_loopback = vsock_is_loopback,
	.admit = vsock_admit,
	.explain = vsock_explain,
};
