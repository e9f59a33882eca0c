/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/status and stat: the ids, groups, capabilities and umask are those that the
 * calls say, nobody traces, who looks runs, and who waits or has stopped is shown so.
 */
#include "conf.h"
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/file.h>

#ifdef __aarch64__
#define LARGEFILE 0400000
#else
#define LARGEFILE 0100000 /* libc's O_LARGEFILE is 0 */
#endif

static char text[16384];

/* The whole file, in pieces. False: it cannot be opened. */
static bool get(int dir, const char *path, size_t piece)
{
	int fd = openat(dir, path, O_RDONLY);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0) {
		printf("not to be opened: %s\n", conf_errname(errno));
		return false;
	}
	while (len + piece < sizeof(text) && n > 0) {
		n = read(fd, text + len, piece);
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	close(fd);
	return true;
}

/* What stands behind "Name:\t", up to the line's end. */
static const char *field(const char *name)
{
	static char value[4096];
	char *at = strstr(text, name);

	if (!at || (at != text && at[-1] != '\n'))
		return "missing";
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + strlen(name) + 1, "\n"),
		 at + strlen(name) + 1);
	return value;
}

static const char *const shown[] = {
	"Name:", "Umask:", "State:", "TracerPid:", "Uid:", "Gid:", "Groups:", "Threads:",
	"CapInh:", "CapPrm:", "CapEff:", "CapAmb:", "NoNewPrivs:",
};

static void show(const char *what, int dir, const char *path)
{
	printf("-- %s\n", what);
	if (!get(dir, path, sizeof(text) / 2))
		return;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		printf("%s %s\n", shown[i], field(shown[i]));
	TF(atoi(field("Pid:")) == getpid());
	TF(atoi(field("Tgid:")) == getpid());
	TF(atoi(field("PPid:")) == getppid());
}

/* What the calls say is what the file says. */
static void agrees(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct cap[2];
	uid_t r, e, s;
	char line[128];

	MUST(getresuid(&r, &e, &s));
	snprintf(line, sizeof(line), "%u\t%u\t%u\t%u", r, e, s, e);
	TF(!strcmp(line, field("Uid:")));
	MUST(getresgid(&r, &e, &s));
	snprintf(line, sizeof(line), "%u\t%u\t%u\t%u", r, e, s, e);
	TF(!strcmp(line, field("Gid:")));
	MUST(syscall(SYS_capget, &head, cap));
	snprintf(line, sizeof(line), "%08x%08x", cap[1].effective, cap[0].effective);
	TF(!strcmp(line, field("CapEff:")));
}

static void other_user(void)
{
	pid_t pid = conf_fork();

	if (!pid) {
		MUST(setgroups(3, (gid_t[]){ 7, 8, 9 }));
		MUST(setresgid(12, 13, 14));
		MUST(setresuid(65534, 3, 0));
		umask(0137);
		show("another user", AT_FDCWD, "/proc/self/status");
		agrees();
		MUST(setresuid(65534, 65534, 65534));
		show("nobody", AT_FDCWD, "/proc/thread-self/status");
		agrees();
		exit(0);
	}
	conf_reap("other user", pid);
}

/* By other ways, and in small pieces. */
static void ways(void)
{
	char name[64], whole[sizeof(text)], here[4096];
	int dir;

	snprintf(name, sizeof(name), "/proc/%d/status", getpid());
	show("by its number", AT_FDCWD, name);
	snprintf(name, sizeof(name), "/proc/%d/task/%d/status", getpid(), getpid());
	show("as a thread", AT_FDCWD, name);
	dir = (int)MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
	show("in its folder", dir, "status");
	close(dir);
	MUST(getcwd(here, sizeof(here)) ? 0 : -1);
	MUST(chdir("/proc/self"));
	show("from there", AT_FDCWD, "status");
	MUST(chdir(here));
	MUST(get(AT_FDCWD, "/proc/self/status", 7) ? 0 : -1);
	strcpy(whole, text);
	printf("in pieces: %d\n", strstr(whole, "TracerPid:\t0\n") != NULL);
	TOK(dir = open("/proc/self/status", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
	T(fcntl(dir, F_GETFD));
	T(write(dir, "x", 1));
	T(read(dir, text, 6));
	T(lseek(dir, 0, SEEK_SET));
	T(read(dir, text, 6));
	close(dir);
	dir = (int)MUST(syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | LARGEFILE));
	text[MUST(read(dir, text, sizeof(text) / 2))] = '\0';
	printf("as other libraries open it: traced by %s\n", field("TracerPid:"));
	close(dir);
	T(open("/proc/self/status", O_RDONLY | O_DIRECTORY));
	T(open("/proc/self/status", O_RDONLY | O_CREAT | O_EXCL, 0600));
	T(open("/proc/self/status/x", O_RDONLY));
	T(access("/proc/self/status", R_OK));
}

static char state(pid_t pid, const char *file)
{
	char name[64], *at;

	snprintf(name, sizeof(name), "/proc/%d/%s", (int)pid, file);
	if (!get(AT_FDCWD, name, sizeof(text) / 2))
		return '?';
	at = strcmp(file, "stat") ? strstr(text, "State:\t") : strrchr(text, ')');
	return at ? at[strcmp(file, "stat") ? 7 : 2] : '?';
}

/* Until both files say so; prints what they do. */
static void expect(const char *what, pid_t pid, char want)
{
	char s = 0, t = 0;

	for (int i = 0; i < 2000 && (s != want || t != want); i++) {
		if (i)
			conf_msleep(2);
		s = state(pid, "status");
		t = state(pid, "stat");
	}
	printf("%s: %c %c, traced by %s\n", what, s, t, state(pid, "status") ? field("TracerPid:") : "");
}

/* A child that waits for a FIFO, is stopped, goes on, and has ended. */
static void others(void)
{
	pid_t pid;
	int fd;

	MUST(mkfifo("fifo", 0600));
	pid = conf_fork();
	if (!pid)
		_exit(open("fifo", O_WRONLY) < 0);
	expect("waits", pid, 'S');
	kill(pid, SIGSTOP);
	MUST(waitpid(pid, NULL, WUNTRACED));
	expect("stopped", pid, 'T');
	kill(pid, SIGCONT);
	expect("waits again", pid, 'S');
	fd = (int)MUST(open("fifo", O_RDONLY));
	expect("a zombie", pid, 'Z');
	conf_reap("it", pid);
	close(fd);
	printf("gone: %c\n", state(pid, "stat"));
}

static void *in_thread(void *arg)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/task/%ld/status", syscall(SYS_gettid));
	show(arg, AT_FDCWD, name);
	TF(get(AT_FDCWD, "/proc/thread-self/stat", 100) && strstr(text, ") R "));
	return NULL;
}

int main(void)
{
	pthread_t t;

	conf_init();
	show("as it is", AT_FDCWD, "/proc/self/status");
	agrees();
	TF(get(AT_FDCWD, "/proc/self/stat", 100) && strstr(text, ") R "));
	other_user();
	ways();
	others();
	pthread_create(&t, NULL, in_thread, "a thread");
	pthread_join(t, NULL);
	return 0;
}
