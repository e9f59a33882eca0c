/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pseudo-terminal, master and slave, by every request of ioctl_tty(2) that is
 * for more than jobs; those of serial lines, which it refuses. Terminals are this
 * machine's; with --remote /dev/ptmx --remote /dev/pts these are the server's.
 */
#include "conf.h"
#include <asm/termbits.h>
#include <linux/serial.h>
#include <poll.h>
#include <sys/ioctl.h>

#define ASYNC_COUNTS 80 /* struct serial_icounter_struct */

static void settings(int fd)
{
	struct termios *t = (void *)guard(36); /* the kernel's, not libc's */
	struct termios2 *t2 = (void *)guard(sizeof(struct termios2));

	T(ioctl(fd, TCGETS, t));
	printf("%#x %#x %#x %#x\n", t->c_iflag, t->c_oflag, t->c_cflag, t->c_lflag);
	dump("c_cc", t->c_cc, 19);
	T(ioctl(fd, TCGETS2, t2));
	printf("%#x %#x %#x %#x %u %u\n", t2->c_iflag, t2->c_oflag, t2->c_cflag, t2->c_lflag,
	       t2->c_ispeed, t2->c_ospeed);
	t2->c_cflag = (t2->c_cflag & ~(tcflag_t)CBAUD) | BOTHER;
	t2->c_ispeed = t2->c_ospeed = 123456;
	t2->c_cc[VEOF] = 5;
	T(ioctl(fd, TCSETS2, t2));
	t2->c_lflag &= ~(tcflag_t)ECHO;
	T(ioctl(fd, TCSETSW2, t2));
	t2->c_iflag &= ~(tcflag_t)IXON;
	T(ioctl(fd, TCSETSF2, t2));
	refill(t2, sizeof(*t2));
	T(ioctl(fd, TCGETS2, t2));
	printf("%#x %#x %#x %#x %u %u %d\n", t2->c_iflag, t2->c_oflag, t2->c_cflag, t2->c_lflag,
	       t2->c_ispeed, t2->c_ospeed, t2->c_cc[VEOF]);
	t->c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	T(ioctl(fd, TCSETS, t));
	T(ioctl(fd, TCSETSW, t));
	T(ioctl(fd, TCSETSF, t));
	T(ioctl(fd, TCGETS2, BAD));
	T(ioctl(fd, TCSETS2, BAD));
	T(ioctl(fd, TCGETS2, RO));
	T(isatty(fd));
}

static void lines(int fd)
{
	int *n = (void *)guard(sizeof(int));
	char *counts = guard(ASYNC_COUNTS);

	T(ioctl(fd, TIOCMGET, n));
	*n = TIOCM_DTR | TIOCM_RTS;
	T(ioctl(fd, TIOCMBIS, n));
	T(ioctl(fd, TIOCMBIC, n));
	T(ioctl(fd, TIOCMSET, n));
	T(ioctl(fd, TIOCMIWAIT, TIOCM_CTS));
	T(ioctl(fd, TIOCGICOUNT, counts));
	*n = -1;
	T(ioctl(fd, TIOCGSOFTCAR, n));
	printf("%d\n", *n);
	T(ioctl(fd, TIOCSSOFTCAR, n));
	T(ioctl(fd, TIOCGETD, n));
	printf("discipline %d\n", *n);
	T(ioctl(fd, TCSBRKP, 0));
	T(ioctl(fd, TIOCSBRK));
	T(ioctl(fd, TIOCCBRK));
	T(ioctl(fd, TCSBRK, 1));
	T(ioctl(fd, TCXONC, TCOOFF));
	T(ioctl(fd, TCXONC, TCOON));
	T(ioctl(fd, TCFLSH, TCIOFLUSH));
}

static void exclusive(int fd, const char *name)
{
	int *n = (void *)guard(sizeof(int)), other;

	T(ioctl(fd, TIOCGEXCL, n));
	printf("%d\n", *n);
	T(ioctl(fd, TIOCEXCL));
	T(ioctl(fd, TIOCGEXCL, n));
	printf("%d\n", *n);
	other = open(name, O_RDWR | O_NOCTTY); /* root may */
	TF(other >= 0 || errno == EBUSY);
	if (other >= 0)
		close(other);
	T(ioctl(fd, TIOCNXCL));
	T(ioctl(fd, TIOCGEXCL, n));
	printf("%d\n", *n);
}

static void size(int master, int slave)
{
	struct winsize *w = (void *)guard(sizeof(*w));

	*w = (struct winsize){ 33, 99, 7, 8 };
	T(ioctl(master, TIOCSWINSZ, w));
	memset(w, 0, sizeof(*w));
	T(ioctl(slave, TIOCGWINSZ, w));
	printf("%d %d %d %d\n", w->ws_row, w->ws_col, w->ws_xpixel, w->ws_ypixel);
}

/* There and back, once it has come. */
static void data(int from, int to)
{
	struct pollfd p = { to, POLLIN, 0 };
	char buf[32];
	int n = -1;

	T(write(from, "text", 4));
	T(poll(&p, 1, 10000));
	T(ioctl(to, FIONREAD, &n));
	printf("%d\n", n);
	T(ioctl(from, TIOCOUTQ, &n));
	dump("got", buf, T(read(to, buf, sizeof(buf))));
}

/* In packet mode a byte stands before what is read, and says what has happened. */
static void packets(int master, int slave)
{
	int *n = (void *)guard(sizeof(int));
	char buf[32];

	T(ioctl(master, TIOCGPKT, n));
	printf("%d\n", *n);
	*n = 1;
	T(ioctl(master, TIOCPKT, n));
	T(ioctl(master, TIOCGPKT, n));
	printf("%d\n", *n);
	T(ioctl(slave, TCFLSH, TCIFLUSH));
	dump("got", buf, T(read(master, buf, sizeof(buf))));
	T(ioctl(slave, TIOCPKT, n));
	T(ioctl(slave, TIOCGPTN, n));
}

int main(void)
{
	int *n = (void *)guard(sizeof(int)), master, slave;
	char name[32];

	conf_init();
	master = (int)TOK(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	if (master < 0)
		return 1;
	T(ioctl(master, TIOCGPTLCK, n));
	printf("%d\n", *n);
	T(ioctl(master, TIOCGPTN, n));
	snprintf(name, sizeof(name), "/dev/pts/%d", *n);
	TF(open(name, O_RDWR | O_NOCTTY) == -1 && errno == EIO);
	*n = 0;
	T(ioctl(master, TIOCSPTLCK, n));
	T(ioctl(master, TIOCGPTLCK, n));
	printf("%d\n", *n);
	slave = (int)TOK(open(name, O_RDWR | O_NOCTTY));
	settings(slave);
	settings(master);
	lines(slave);
	lines(master);
	exclusive(slave, name);
	size(master, slave);
	data(master, slave);
	data(slave, master);
	packets(master, slave);
	T(close(slave));
	T(read(master, name, 1));
	return 0;
}
