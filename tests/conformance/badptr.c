/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls with pointers that cannot be used, each in turn: in a page without access,
 * in one that can only be read, in the kernel's half, NULL. With a good descriptor, a
 * closed one and one of another kind; as root and as nobody. Which error comes first
 * is the kernel's affair, and so is what has happened before it.
 */
#include "sock.h"
#include <grp.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/*
 * What an argument is, a letter each:
 *
 *   f  a file, read and write		r  a FIFO's end to read, 6 bytes in it
 *   s  a TCP socket, 6 bytes in it	u  a UDP socket, a message in it
 *   x  a socket that is not connected	l  one that listens, a connection waiting
 *   i  inotify				e  epoll
 *   d  AT_FDCWD			D  a directory
 *   p  a path that exists		m  one that does not
 *   n  an attribute's name		b  64 bytes
 *   N  the same, never bad: what a missing file says then differs between kernels
 *   v  an iovec of one part		V  ... whose part cannot be used: is never good
 *   a  an address			z  an int, 16
 *   h  a message to send		H  one to receive
 *   t  two times			o  openat2(2)'s how
 *   A-J a request of ioctl(2)
 *   0-9 the number; q is 64, w is -1, c is 24
 */
static const struct row {
	const char *name;
	long nr;
	const char *args;
} rows[] = {
#define R(name, args) { #name, SYS_##name, args }
	R(read, "fbq"), R(read, "rbq"), R(read, "sbq"), R(read, "ubq"), R(read, "Dbq"),
	R(write, "fbq"), R(write, "rbq"), R(write, "sbq"), R(write, "xbq"), R(write, "lbq"),
	R(pread64, "fbq0"), R(pread64, "rbq0"), R(pread64, "fbqw"),
	R(pwrite64, "fbq0"), R(pwrite64, "rbq0"), R(pwrite64, "fbqw"),
	R(readv, "fv1"), R(readv, "rv1"), R(readv, "sv1"), R(readv, "uv1"), R(readv, "fvw"),
	R(writev, "fv1"), R(writev, "sv1"), R(writev, "xv1"), R(writev, "rv1"), R(writev, "fvw"),
	R(preadv, "fv10"), R(pwritev, "fv10"), R(preadv2, "fv1000"), R(pwritev2, "fv1000"),
	R(preadv2, "fv100w"),
	R(getdents64, "Dbq"), R(getdents64, "fbq"), R(getdents64, "Db1"),
	R(fstat, "fb"), R(fstatfs, "fb"),
	R(newfstatat, "dpb0"), R(newfstatat, "dmb0"), R(newfstatat, "Dpb0"), R(newfstatat, "dpbw"),
	R(newfstatat, "fpb0"),
	R(statx, "dp00b"), R(statx, "dm00b"), R(statx, "dpw0b"), R(statx, "dp0wb"),
	R(statfs, "pb"), R(statfs, "mb"),
	R(faccessat, "dp0"), R(faccessat, "fp0"), R(faccessat, "dpw"), R(faccessat2, "dp0w"),
	R(readlinkat, "dpbq"), R(readlinkat, "dmbq"), R(readlinkat, "dpb0"), R(readlinkat, "dpbw"),
	R(openat, "dp00"), R(openat, "fp00"), R(openat, "dpw0"),
	R(openat2, "dpoc"), R(openat2, "dmoc"), R(openat2, "dpo1"), R(openat2, "fpoc"),
	R(mkdirat, "dp0"), R(mknodat, "dp00"), R(mknodat, "dpw0"), R(unlinkat, "dm0"),
	R(unlinkat, "dmw"), R(renameat, "dmdm"), R(renameat, "dpDp"), R(renameat2, "dmdmw"),
	R(linkat, "dmdm0"), R(linkat, "dpdp0"), R(linkat, "dpdpw"), R(symlinkat, "pdp"),
	R(symlinkat, "mfp"),
	R(fchmodat, "dp4"), R(fchownat, "dpww0"), R(fchownat, "dpwww"), R(truncate, "pw"),
	R(truncate, "m0"),
	R(utimensat, "dpt0"), R(utimensat, "dmt0"), R(utimensat, "dptw"), R(utimensat, "fpt0"),
	R(setxattr, "pnbq0"), R(setxattr, "mnbq0"), R(setxattr, "pnbqw"), R(lsetxattr, "pnbq0"),
	R(fsetxattr, "fnbq0"), R(fsetxattr, "fnbqw"), R(fsetxattr, "xnbq0"),
	R(getxattr, "pnbq"), R(getxattr, "mNbq"), R(lgetxattr, "pnbq"), R(fgetxattr, "fnbq"),
	R(listxattr, "pbq"), R(listxattr, "mbq"), R(llistxattr, "pbq"), R(flistxattr, "fbq"),
	R(removexattr, "pn"), R(removexattr, "mn"), R(lremovexattr, "pn"), R(fremovexattr, "fn"),
	R(chdir, "m"), R(getcwd, "bq"), R(getcwd, "b1"),
	R(inotify_add_watch, "ip1"), R(inotify_add_watch, "ip0"), R(inotify_add_watch, "fp1"),
	R(fcntl, "f5b"), R(fcntl, "f6b"), R(fcntl, "x5b"),
	R(cachestat, "fbb0"), R(cachestat, "fbb1"), R(cachestat, "sbb0"),
	R(sendfile, "ffbq"), R(sendfile, "sfbq"), R(copy_file_range, "fbfbq0"),
	R(splice, "rbfbq0"), R(splice, "fbrbq0"),
	R(epoll_ctl, "e1sb"), R(epoll_ctl, "f1sb"), R(epoll_ctl, "e9sb"), R(epoll_ctl, "e1fb"),
	R(bind, "xac"), R(bind, "xaq"), R(bind, "xaw"), R(bind, "fac"), R(bind, "xa0"),
	R(connect, "xac"), R(connect, "sac"), R(connect, "fac"), R(connect, "xaw"),
	R(accept, "laz"), R(accept, "saz"), R(accept, "faz"), R(accept4, "lazw"),
	R(getsockname, "saz"), R(getsockname, "faz"), R(getpeername, "saz"), R(getpeername, "xaz"),
	R(sendto, "sbq000"), R(sendto, "xbq0ac"), R(sendto, "ubq000"), R(sendto, "xbq000"),
	R(sendto, "ubq0aq"), R(sendto, "fbq000"), R(sendto, "lbq000"),
	R(recvfrom, "sbq0az"), R(recvfrom, "ubq0az"), R(recvfrom, "xbq0az"), R(recvfrom, "fbq000"),
	R(sendmsg, "sh0"), R(sendmsg, "uh0"), R(sendmsg, "xh0"), R(sendmsg, "fh0"),
	R(recvmsg, "sH0"), R(recvmsg, "uH0"), R(recvmsg, "xH0"), R(recvmsg, "fH0"),
	R(setsockopt, "s19zc"), R(setsockopt, "s12z4"), R(setsockopt, "f19z4"), R(setsockopt, "s19zw"),
	R(setsockopt, "s19z1"), R(setsockopt, "s69z4"),
	R(getsockopt, "s14bz"), R(getsockopt, "f14bz"), R(getsockopt, "s11bz"), R(getsockopt, "s61bz"),
	R(getresuid, "bbb"), R(getresgid, "bbb"), R(getgroups, "8b"), R(getgroups, "wb"),
	R(setgroups, "1b"), R(setgroups, "wb"), R(capget, "bb"), R(capset, "bb"),
	R(uname, "b"), R(sysinfo, "b"), R(sethostname, "bq"), R(sethostname, "bw"),
	R(setdomainname, "bq"), R(syslog, "3bw"),
	R(name_to_handle_at, "dpbb0"), R(name_to_handle_at, "dmbb0"), R(name_to_handle_at, "dpbbw"),
	R(ioctl, "rAb"), R(ioctl, "fAb"), R(ioctl, "sBb"), R(ioctl, "fBb"), R(ioctl, "xBb"),
	R(ioctl, "fCb"), R(ioctl, "xCb"), R(ioctl, "fEb"), R(ioctl, "xEb"), R(ioctl, "fIb"),
	R(ioctl, "xIb"), R(ioctl, "fFb"), R(ioctl, "xFb"), R(ioctl, "fGb"), R(ioctl, "fJb"),
	R(sendmmsg, "sh10"), R(sendmmsg, "xh10"), R(sendmmsg, "fh10"), R(sendmmsg, "sh00"),
	R(recvmmsg, "xH100"), R(recvmmsg, "xH10t"), R(recvmmsg, "fH10t"), R(recvmmsg, "xH00t"),
	R(ppoll, "b1tb8"), R(ppoll, "b0tb8"), R(ppoll, "b1tb4"), R(pselect6, "1bbbt0"),
	R(epoll_pwait, "eb10b8"), R(epoll_pwait, "eb00b8"), R(epoll_pwait, "eb10b4"),
	R(epoll_pwait, "fb10b8"), R(epoll_pwait2, "eb1tb8"), R(epoll_pwait2, "fb1tb8"),
	R(pipe2, "b0"), R(pipe2, "bw"), /* no execve: its order differs between kernels */
	R(socketpair, "110b"), R(socketpair, "910b"), R(vmsplice, "rv10"), R(vmsplice, "fv10"),
	R(vmsplice, "rv1w"), R(prlimit64, "07b0"), R(prlimit64, "070b"), R(prlimit64, "01b0"),
	R(prlimit64, "010b"), R(prlimit64, "0wbb"),
#ifdef SYS_poll
	R(poll, "b10"), R(select, "1bbbb"), R(pipe, "b"), R(epoll_wait, "eb10"),
#endif
#ifdef SYS_open
	R(open, "p00"), R(creat, "m4"), R(stat, "pb"), R(stat, "mb"), R(lstat, "pb"),
	R(access, "p0"), R(readlink, "pbq"), R(mkdir, "p4"), R(rename, "pm"), R(link, "pm"),
	R(symlink, "pp"), R(chmod, "p4"), R(chown, "pww"), R(utime, "pt"), R(utimes, "pt"),
	R(utime, "mt"), R(futimesat, "dpt"), R(futimesat, "fpt"), R(getdents, "Dbq"),
#endif
};

static int fd_of[128];
static char *peer_text = "sixsix";

static void shut(int c)
{
	if (fd_of[c] > 2)
		close(fd_of[c]);
	fd_of[c] = -1;
}

/* A new one of each descriptor that the row wants, as if nothing had happened. */
static void fresh(const char *args)
{
	static int other[2];
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	for (int i = 0; i < 2; i++)
		if (other[i] > 2) {
			close(other[i]);
			other[i] = -1;
		}
	for (const char *c = "frsuxlieD"; *c; c++) {
		shut(*c);
		if (!strchr(args, *c))
			continue;
		switch (*c) {
		case 'f':
			fd_of['f'] = (int)MUST(open("file", O_RDWR));
			break;
		case 'r':
			fd_of['r'] = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));
			other[0] = (int)MUST(open("fifo", O_WRONLY | O_NONBLOCK));
			MUST(write(other[0], peer_text, 6));
			break;
		case 's': {
			int s[2];

			tcp_pair(s);
			fd_of['s'] = s[0];
			other[1] = s[1];
			MUST(send(s[1], peer_text, 6, 0));
			MUST(recv(s[0], (char[6]){ 0 }, 6, MSG_PEEK | MSG_WAITALL));
			MUST(fcntl(s[0], F_SETFL, O_NONBLOCK));
			break;
		}
		case 'u': {
			int s[2];

			udp_pair(s);
			fd_of['u'] = s[0];
			other[1] = s[1];
			MUST(send(s[1], peer_text, 6, 0));
			MUST(fcntl(s[0], F_SETFL, O_NONBLOCK));
			break;
		}
		case 'x':
			fd_of['x'] = (int)MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
			break;
		case 'l':
			fd_of['l'] = listener4(&at);
			other[1] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
			MUST(getsockname(fd_of['l'], SA(&at), &len));
			MUST(connect(other[1], SA(&at), len));
			MUST(fcntl(fd_of['l'], F_SETFL, O_NONBLOCK));
			break;
		case 'i':
			fd_of['i'] = (int)MUST(inotify_init1(IN_NONBLOCK));
			break;
		case 'e':
			fd_of['e'] = (int)MUST(epoll_create1(0));
			break;
		case 'D':
			fd_of['D'] = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
			break;
		}
	}
}

static struct iovec part;
static struct msghdr message;
static struct sockaddr_in somewhere;
static char bytes[8][256], path_p[] = "file", path_m[] = "none/x", name[] = "user.x";

static bool is_fd(char c) { return strchr("frsuxlieD", c) != NULL; }
static bool is_pointer(char c) { return strchr("pmnbvazhHto", c) != NULL; }

/* The good one. */
static long value(char c, int i)
{
	static struct open_how how;
	static int sixteen[8];
	static struct timespec times[2];
	static char into[64];

	if (is_fd(c))
		return fd_of[(int)c];
	switch (c) {
	case 'd': return AT_FDCWD;
	case 'q': return 64;
	case 'A': return FIONREAD;
	case 'B': return SIOCATMARK;
	case 'C': return TCGETS;
	case 'E': return SIOCGIFCONF;
	case 'F': return FS_IOC_FIEMAP;
	case 'G': return FS_IOC_GETFLAGS;
	case 'I': return SIOCGIFNAME;
	case 'J': return FIONBIO;
	case 'w': return -1;
	case 'c': return 24;
	case 'p': return (long)path_p;
	case 'm': return (long)path_m;
	case 'n':
	case 'N': return (long)name;
	case 'v':
		part = (struct iovec){ into, sizeof(into) };
		return (long)&part;
	case 'a':
		somewhere = loop4();
		return (long)&somewhere;
	case 'h':
	case 'H':
		part = (struct iovec){ into, sizeof(into) };
		message = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1 };
		return (long)&message;
	case 'z':
		sixteen[i] = 16;
		return (long)&sixteen[i];
	case 't': return (long)times;
	case 'o':
		how = (struct open_how){ .flags = O_RDONLY };
		return (long)&how;
	case 'b':
		memset(bytes[i], 0, sizeof(bytes[i]));
		return (long)bytes[i];
	default: return c - '0';
	}
}

/* What is where it was: a file's position, bytes in a FIFO or socket. True: all of it. */
static bool left(const struct row *r)
{
	const char *args = r->args;
	bool same = !strchr("ur", args[0]); /* a failed read may have taken some */
	long at = 0;
	int n = -1;

	if (strchr(args, 'f')) {
		at = (long)lseek(fd_of['f'], 0, SEEK_CUR);
		printf(" at %ld", at);
	}
	/* rsx has taken them by then, and says so */
	if (r->nr == SYS_read || r->nr == SYS_recvfrom)
		args = "";
	for (const char *c = "rsu"; *c; c++)
		if (strchr(args, *c) && !ioctl(fd_of[(int)*c], FIONREAD, &n)) {
			printf(" holds %d", n);
			same = same && n == 6;
		}
	putchar('\n');
	return same && !at && !strpbrk(args, "lx") && *args;
}

enum { GOOD, CLOSED, OTHER, FDS };

static const char *const fd_name[] = { "", ", closed", ", another" };

static void one(const struct row *r, unsigned bad, void *address, const char *how, int fd)
{
	static const struct row *last; /* with its descriptors as they were */
	long arg[6] = { 0 }, ret;

	if (r != last)
		fresh(r->args);
	printf("%s(%s", r->name, r->args);
	for (int i = 0; r->args[i]; i++) {
		arg[i] = value(r->args[i], i);
		if (bad & 1u << i)
			arg[i] = (long)address;
		else if (is_fd(r->args[i]) && fd == CLOSED)
			arg[i] = 999;
		else if (is_fd(r->args[i]) && fd == OTHER)
			arg[i] = STDIN_FILENO;
	}
	ret = syscall(r->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	printf(", %x %s%s) = %s", bad, how, fd_name[fd], ret < 0 ? conf_errname(errno) : "ok");
	if (ret > 2 && (strstr(r->name, "open") || strstr(r->name, "accept") || strstr(r->name, "creat")))
		close((int)ret);
	last = left(r) && ret < 0 ? r : NULL;
}

static void each_bad(const struct row *r, void *address, const char *how)
{
	unsigned all = 0;
	bool has_fd = false;

	if (!address && (strstr(r->name, "poll") || strstr(r->name, "select")))
		return; /* without a time they wait for ever */
	for (int i = 0; r->args[i]; i++) {
		if (is_pointer(r->args[i]))
			all |= 1u << i;
		has_fd |= is_fd(r->args[i]);
	}
	/* another one is a pipe of this machine's, to which nobody is still root */
	for (int fd = GOOD; fd < (!has_fd ? 1 : geteuid() ? OTHER : FDS); fd++) {
		for (unsigned i = 0; i < 6; i++)
			if (all & 1u << i)
				one(r, 1u << i, address, how, fd);
		if (all & (all - 1))
			one(r, all, address, how, fd);
	}
}

static void everything(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i += conf_step()) {
		each_bad(&rows[i], BAD, "BAD");
		if (geteuid())
			continue; /* it is the order of two errors that is new */
		each_bad(&rows[i], KERN, "KERN");
		each_bad(&rows[i], NIL, "NULL");
	}
}

int main(void)
{
	pid_t pid;
	int p[2];

	conf_init();
	conf_handle(SIGPIPE, SIG_IGN, 0);
	MUST(pipe2(p, O_NONBLOCK));
	MUST(dup2(p[0], STDIN_FILENO));
	put("file", "some text that is long enough to be read in more than one piece");
	MUST(mkfifo("fifo", 0666));
	MUST(chmod("fifo", 0666));
	MUST(chmod("file", 0666));
	everything();
	pid = conf_fork();
	if (!pid) {
		MUST(setgroups(0, NULL));
		MUST(setresgid(65534, 65534, 65534));
		MUST(setresuid(65534, 65534, 65534));
		puts("-- as nobody");
		everything();
		exit(0);
	}
	conf_reap("nobody", pid);
	return 0;
}
