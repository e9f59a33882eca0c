/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs of a trace line, read at the wire's offsets: the few fields that
 * tell something, then "...". A layout without a printer is shown as bytes.
 */
#include <netinet/in.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "rsx/xlat.h"
#include "print_value.h"

static uint64_t u64_at(const uint8_t *p, size_t at)
{
	uint64_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

static uint32_t u32_at(const uint8_t *p, size_t at)
{
	uint32_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

static uint16_t u16_at(const uint8_t *p, size_t at)
{
	uint16_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

static void field_u64(struct rsx_buf *b, const char *name, uint64_t v)
{
	rsx_buf_addf(b, "%s=%llu, ", name, (unsigned long long)v);
}

/* asm-generic struct stat */
static void print_stat(struct rsx_buf *b, const uint8_t *p)
{
	uint32_t mode = u32_at(p, 16);

	rsx_buf_adds(b, "{st_mode=");
	print_mode(b, mode);
	if (S_ISCHR(mode) || S_ISBLK(mode)) {
		rsx_buf_adds(b, ", st_rdev=");
		print_dev(b, u64_at(p, 32));
	} else {
		rsx_buf_addf(b, ", st_size=%lld", (long long)u64_at(p, 48));
	}
	rsx_buf_adds(b, ", ...}");
}

static void print_statx(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_adds(b, "{stx_mask=");
	print_flags(b, &rsx_xlat_statx_mask, u32_at(p, 0));
	rsx_buf_adds(b, ", stx_mode=");
	print_mode(b, u16_at(p, 28));
	rsx_buf_addf(b, ", stx_size=%llu, ...}", (unsigned long long)u64_at(p, 40));
}

static void print_statfs(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_adds(b, "{f_type=");
	print_enum(b, &rsx_xlat_fs_type, u64_at(p, 0));
	rsx_buf_adds(b, ", ");
	field_u64(b, "f_bsize", u64_at(p, 8));
	field_u64(b, "f_blocks", u64_at(p, 16));
	field_u64(b, "f_bfree", u64_at(p, 24));
	rsx_buf_adds(b, "...}");
}

static void print_timespec(struct rsx_buf *b, const uint8_t *p)
{
	/* linux/stat.h: utimensat(2) understands these two */
	uint64_t nsec = u64_at(p, 8);

	if (nsec == (1 << 30) - 1) {
		rsx_buf_adds(b, "UTIME_NOW");
	} else if (nsec == (1 << 30) - 2) {
		rsx_buf_adds(b, "UTIME_OMIT");
	} else {
		rsx_buf_addf(b, "{tv_sec=%lld, tv_nsec=%lld}",
			     (long long)u64_at(p, 0), (long long)nsec);
	}
}

static void print_timespec2(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addc(b, '[');
	print_timespec(b, p);
	rsx_buf_adds(b, ", ");
	print_timespec(b, p + 16);
	rsx_buf_addc(b, ']');
}

static void print_utsname(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_adds(b, "{sysname=");
	print_quoted(b, p, strnlen((const char *)p, 65), 65, 0);
	rsx_buf_adds(b, ", nodename=");
	print_quoted(b, p + 65, strnlen((const char *)p + 65, 65), 65, 0);
	rsx_buf_adds(b, ", ...}");
}

static void print_sysinfo(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addc(b, '{');
	field_u64(b, "uptime", u64_at(p, 0));
	field_u64(b, "totalram", u64_at(p, 32));
	field_u64(b, "freeram", u64_at(p, 40));
	field_u64(b, "procs", u16_at(p, 80));
	rsx_buf_adds(b, "...}");
}

static void print_flock(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_adds(b, "{l_type=");
	print_enum(b, &rsx_xlat_lock_type, u16_at(p, 0));
	rsx_buf_adds(b, ", l_whence=");
	print_enum(b, &rsx_xlat_whence, u16_at(p, 2));
	rsx_buf_addf(b, ", l_start=%lld, l_len=%lld, l_pid=%d}",
		     (long long)u64_at(p, 8), (long long)u64_at(p, 16),
		     (int)u32_at(p, 24));
}

static void print_winsize(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addf(b, "{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}",
		     u16_at(p, 0), u16_at(p, 2), u16_at(p, 4), u16_at(p, 6));
}

static void print_termios(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addf(b, "{c_iflag=%#x, c_oflag=%#x, c_cflag=%#x, c_lflag=%#x, ...}",
		     u32_at(p, 0), u32_at(p, 4), u32_at(p, 8), u32_at(p, 12));
}

static void print_u64(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addf(b, "[%lld]", (long long)u64_at(p, 0));
}

/* strace's words: multiples of 1024 as such, and no limit. */
static void limit_text(struct rsx_buf *b, const char *name, uint64_t v)
{
	if (v == UINT64_MAX)
		rsx_buf_addf(b, "%s=RLIM64_INFINITY", name);
	else if (v > 1024 && v % 1024 == 0)
		rsx_buf_addf(b, "%s=%llu*1024", name, (unsigned long long)v / 1024);
	else
		rsx_buf_addf(b, "%s=%llu", name, (unsigned long long)v);
}

void print_rlimit(struct rsx_buf *b, const uint8_t *p)
{
	limit_text(b, "{rlim_cur", u64_at(p, 0));
	limit_text(b, ", rlim_max", u64_at(p, 8));
	rsx_buf_addc(b, '}');
}

static void print_open_how(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_adds(b, "{flags=");
	print_flags(b, &rsx_xlat_open_flags, u64_at(p, 0));
	if (u64_at(p, 8)) {
		rsx_buf_adds(b, ", mode=");
		print_mode(b, (uint32_t)u64_at(p, 8));
	}
	rsx_buf_adds(b, ", resolve=");
	print_flags(b, &rsx_xlat_resolve_flags, u64_at(p, 16));
	rsx_buf_addc(b, '}');
}

static void print_pair(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addf(b, "[%d, %d]", (int)u32_at(p, 0), (int)u32_at(p, 4));
}

static void print_fsxattr(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addf(b, "{fsx_xflags=%#x, fsx_extsize=%u, fsx_projid=%u, ...}",
		     u32_at(p, 0), u32_at(p, 4), u32_at(p, 12));
}

static void print_cap_header(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_addf(b, "{version=%#x, pid=%d}", u32_at(p, 0), (int)u32_at(p, 4));
}

/* Two structs of three words: low halves, high halves. */
static void print_cap_data(struct rsx_buf *b, const uint8_t *p)
{
	static const char *const name[] = { "effective", "permitted", "inheritable" };

	rsx_buf_addc(b, '{');
	for (unsigned i = 0; i < 3; i++) {
		uint64_t set = u32_at(p, 4 * i) | (uint64_t)u32_at(p, 12 + 4 * i) << 32;

		rsx_buf_addf(b, "%s%s=%#llx", i ? ", " : "", name[i],
			     (unsigned long long)set);
	}
	rsx_buf_addc(b, '}');
}

/* asm-generic's, 16 bytes */
static void print_epoll_event(struct rsx_buf *b, const uint8_t *p)
{
	rsx_buf_adds(b, "{events=");
	print_flags(b, &rsx_xlat_epoll_events, u32_at(p, 0));
	rsx_buf_addf(b, ", data={u32=%u, u64=%llu}}", u32_at(p, 8),
		     (unsigned long long)u64_at(p, 8));
}

static const struct struct_printer {
	const struct rsx_layout *layout;
	void (*print)(struct rsx_buf *b, const uint8_t *p);
} printers[] = {
	{ &rsx_layout_stat, print_stat },
	{ &rsx_layout_statx, print_statx },
	{ &rsx_layout_statfs, print_statfs },
	{ &rsx_layout_timespec, print_timespec },
	{ &rsx_layout_timespec2, print_timespec2 },
	{ &rsx_layout_utsname, print_utsname },
	{ &rsx_layout_sysinfo, print_sysinfo },
	{ &rsx_layout_flock, print_flock },
	{ &rsx_layout_winsize, print_winsize },
	{ &rsx_layout_termios, print_termios },
	{ &rsx_layout_u64, print_u64 },
	{ &rsx_layout_rlimit, print_rlimit },
	{ &rsx_layout_open_how, print_open_how },
	{ &rsx_layout_pair, print_pair },
	{ &rsx_layout_fsxattr, print_fsxattr },
	{ &rsx_layout_epoll_event, print_epoll_event },
	{ &rsx_layout_cap_header, print_cap_header },
	{ &rsx_layout_cap_data, print_cap_data },
};

bool print_struct(struct rsx_buf *b, const struct rsx_layout *layout,
		  const struct rsx_xlat *x, const uint8_t *data, size_t len)
{
	if (!data || len < layout->wire_size)
		return false;
	if (layout == &rsx_layout_int) {
		rsx_buf_addc(b, '[');
		if (x)
			print_flags(b, x, u32_at(data, 0));
		else
			rsx_buf_addf(b, "%d", (int)u32_at(data, 0));
		rsx_buf_addc(b, ']');
		return true;
	}
	for (size_t i = 0; i < sizeof(printers) / sizeof(printers[0]); i++) {
		if (printers[i].layout == layout) {
			printers[i].print(b, data);
			return true;
		}
	}
	return false;
}

static void print_inet(struct rsx_buf *b, const uint8_t *p)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, p + 4, text, sizeof(text));
	rsx_buf_addf(b, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")",
		     ntohs(u16_at(p, 2)), text);
}

static void print_inet6(struct rsx_buf *b, const uint8_t *p)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, p + 8, text, sizeof(text));
	rsx_buf_addf(b, ", sin6_port=htons(%u), sin6_addr=\"%s\"",
		     ntohs(u16_at(p, 2)), text);
}

/* A name that begins with NUL is abstract: shown with @, as netstat does. */
static void print_unix(struct rsx_buf *b, const uint8_t *p, size_t len, size_t max, unsigned hex)
{
	if (len <= 2)
		return;
	rsx_buf_adds(b, ", sun_path=");
	if (p[2]) {
		print_quoted(b, p + 2, strnlen((const char *)p + 2, len - 2), max, hex);
	} else {
		rsx_buf_addc(b, '@');
		print_quoted(b, p + 3, len - 3, max, hex);
	}
}

void print_sockaddr(struct rsx_buf *b, const uint8_t *data, size_t len, size_t max, unsigned hex)
{
	unsigned family;

	if (len < 2) {
		print_quoted(b, data, len, max, hex);
		return;
	}
	family = u16_at(data, 0);
	rsx_buf_adds(b, "{sa_family=");
	print_enum(b, &rsx_xlat_af, family);
	if (family == AF_INET && len >= 16) {
		print_inet(b, data);
	} else if (family == AF_INET6 && len >= 28) {
		print_inet6(b, data);
	} else if (family == AF_UNIX) {
		print_unix(b, data, len, max, hex);
	} else if (len > 2) {
		rsx_buf_adds(b, ", sa_data=");
		print_quoted(b, data + 2, len - 2, max, hex);
	}
	rsx_buf_addc(b, '}');
}
