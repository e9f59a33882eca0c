/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that rsx-trace refuses, each made twice: test_refusals.py knows what
 * each fails with, and that one line says why.
 */
#include "../conformance/conf.h"

#include <linux/fs.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/socket.h>

#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#define SYS_removexattrat 466
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

#define EACH(name, ...)                                                                       \
	for (int i_ = 0; i_ < 2; i_++)                                                        \
		printf("%s %s\n", #name,                                                      \
		       syscall(SYS_##name, __VA_ARGS__) < 0 ? conf_errname(errno) : "ok")
#define ASK(name, call)                                                                       \
	for (int i_ = 0; i_ < 2; i_++)                                                        \
		printf("%s %s\n", name, (call) < 0 ? conf_errname(errno) : "ok")

int main(void)
{
	char room[256] = { 0 };
	struct fstrim_range trim = { 0, 0, 0 };
	int fd, dir = open(".", O_RDONLY | O_DIRECTORY);
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	put("file", "text");
	fd = open("file", O_RDWR);
	EACH(mount, "none", ".", "tmpfs", 0, NULL);
	EACH(umount2, ".", 0);
	EACH(pivot_root, ".", ".");
	EACH(open_tree, AT_FDCWD, ".", 0);
	EACH(move_mount, dir, "", dir, "", 0);
	EACH(fsopen, "tmpfs", 0);
	EACH(fsmount, dir, 0, 0);
	EACH(fsconfig, dir, 0, NULL, NULL, 0);
	EACH(fspick, AT_FDCWD, ".", 0);
	EACH(mount_setattr, AT_FDCWD, ".", 0, room, 32);
	EACH(quotactl, QCMD(Q_GETQUOTA, USRQUOTA), "/dev/root", 0, room);
	EACH(quotactl_fd, dir, QCMD(Q_GETQUOTA, USRQUOTA), 0, room);
	EACH(swapon, "file", 0);
	EACH(swapoff, "file");
	EACH(acct, "file");
	EACH(setns, dir, CLONE_NEWNS);
	EACH(fanotify_init, FAN_CLASS_NOTIF, 0);
	EACH(fanotify_mark, 3, FAN_MARK_ADD, 0, FAN_OPEN, AT_FDCWD, ".");
	EACH(open_by_handle_at, dir, room, 0);
	EACH(pidfd_getfd, dir, 0, 0);
	EACH(ptrace, 0, 0, 0, 0);
	EACH(reboot, 0, 0, 0, 0);
	EACH(landlock_create_ruleset, room, 8, 0);
	ASK("unshare of namespaces", unshare(CLONE_NEWNS));
	ASK("F_SETLEASE", fcntl(fd, F_SETLEASE, F_RDLCK));
	ASK("F_UNLCK of none", fcntl(fd, F_SETLEASE, F_UNLCK));
	ASK("F_NOTIFY", fcntl(dir, F_NOTIFY, DN_CREATE));
	ASK("F_NOTIFY of nothing", fcntl(dir, F_NOTIFY, DN_MULTISHOT));
	ASK("FITRIM", ioctl(dir, FITRIM, &trim));
	ASK("FIFREEZE", ioctl(dir, FIFREEZE, 0));
	ASK("TIOCSTI", ioctl(fd, TIOCSTI, room));
	ASK("a request without a name", ioctl(fd, 0x12345678, room));
	ASK("TIOCSTI of another", ioctl(dir, TIOCSTI, room)); /* no line: it was told */
	ASK("SIOCGETTUNNEL", ioctl(sock, SIOCDEVPRIVATE, room));
	ASK("PACKET_RX_RING", setsockopt(sock, SOL_PACKET, PACKET_RX_RING, room, 16));
	ASK("SO_ATTACH_BPF", setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, room, 4));
	ASK("XDP_UMEM_REG", setsockopt(sock, 283, 4, room, 16));
	ASK("an option without a name", setsockopt(sock, 272, 1, room, 16));
	ASK("a level that is none", setsockopt(sock, 12345, 1, room, 16));
	EACH(bpf, 0, room, 72);
	EACH(perf_event_open, room, 0, -1, -1, 0);
	/* programs try these and fall back: no line */
	EACH(io_setup, 1, room);
	EACH(io_submit, 0, 0, NULL);
	EACH(io_uring_setup, 8, room);
	EACH(statmount, room, room, 8, 0);
	EACH(listmount, room, room, 8, 0);
	EACH(setxattrat, AT_FDCWD, "file", 0, "user.x", room, 16);
	EACH(getxattrat, AT_FDCWD, "file", 0, "user.x", room, 16);
	EACH(listxattrat, AT_FDCWD, "file", 0, room, 16);
	EACH(removexattrat, AT_FDCWD, "file", 0, "user.x");
	EACH(add_key, "user", "x", "y", 1, -1);
	return 0;
}
