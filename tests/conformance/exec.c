/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execve of what lies in the working directory: scripts with and without an
 * argument, scripts run by scripts, a copy of this program (argv[0],
 * /proc/self/exe and comm show the copy's name), the environment, and every way
 * to fail with the caller unharmed.
 */
#include "conf.h"
#include <sys/auxv.h>

extern char **environ;

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void script(const char *name, const char *text)
{
	put(name, text);
	MUST(chmod(name, 0755));
}

static void run(const char *path, char *const argv[], char *const envp[])
{
	pid_t pid;

	fflush(stdout);
	pid = conf_fork();
	if (!pid) {
		execve(path, argv, envp);
		_exit(errno & 0xff);
	}
	conf_reap(path, pid);
}

#define RUN(path, ...) run(path, (char *[]) { __VA_ARGS__, NULL }, environ)

static void scripts(void)
{
	script("plain", "#!/bin/sh\necho plain $# \"$0\" \"$1\"; exit 5\n");
	script("spaced", "#!  /bin/sh  -e \necho spaced \"$0\"; false; echo no\n");
	script("arg", "#!/bin/echo two words\n");
	script("nested", "#!./plain\n");
	script("nested2", "#!./nested with args\n");
	script("noeol", "#!/bin/echo");
	script("data", "#!/bin/cat\nthe script's own text\n");
	MUST(mkdir("sub", 0755));
	script("sub/here", "#!/bin/sh\ncat text; basename \"$0\"\n");
	put("text", "text in the directory\n");
	MUST(symlink("plain", "link"));
	RUN("./plain", "zero", "one");
	RUN("plain", "zero");
	RUN("./spaced", "zero");
	RUN("./arg", "zero", "one");
	RUN("./nested", "zero", "one");
	RUN("./nested2", "zero", "one");
	RUN("./noeol", "zero", "one");
	RUN("./data", "zero");
	RUN("sub/here", "zero");
	RUN("./link", "zero");
	RUN("/bin/sh", "sh", "./plain", "by sh");
	run("./plain", (char *[]) { "zero", NULL }, (char *[]) { "A=1", NULL });
	script("env", "#!/bin/sh\necho \"$A-$B-$HOME\"\n");
	run("./env", (char *[]) { "zero", NULL }, (char *[]) { "A=1", "B=two words", NULL });
	T(execlp("none-of-that-name", "x", (char *)NULL));
}

static void copy(const char *from, const char *to)
{
	static char buf[65536];
	int in = (int)MUST(open(from, O_RDONLY)), out;
	long n;

	out = (int)MUST(open(to, O_WRONLY | O_CREAT | O_EXCL, 0755));
	while ((n = MUST(read(in, buf, sizeof(buf)))) > 0)
		MUST(write(out, buf, n));
	close(in);
	close(out);
}

/* What the copy says about itself. */
static int copied(int argc, char **argv)
{
	char exe[4096] = "", comm[32] = "";
	int fd = open("/proc/self/comm", O_RDONLY);

	if (read(fd, comm, sizeof(comm) - 1) < 0 || readlink("/proc/self/exe", exe, 4095) < 0)
		return 1;
	comm[strcspn(comm, "\n")] = 0;
	printf("argc %d argv0 %s argv2 %s\n", argc, base(argv[0]), argv[2] ? argv[2] : "none");
	printf("comm %s exe %s execfn %s\n", comm, base(exe),
	       base((const char *)getauxval(AT_EXECFN)));
	T(access("text", F_OK));
	return 17;
}

static void failures(void)
{
	char *argv[] = { "x", NULL };

	put("text0", "not a program\n");
	script("text1", "not a program\n");
	script("empty", "");
	script("badinterp", "#!/none/such\n");
	script("badinterp2", "#!./text0\n");
	script("onlybang", "#!");
	script("onlyspace", "#!   \n");
	script("self", "#!./self\n");
	script("elfish", "\177ELF and nothing more");
	T(execve("./none", argv, environ));
	T(execve("none/x", argv, environ));
	T(execve("text/x", argv, environ));
	T(execve("./text0", argv, environ));
	T(execve("./text1", argv, environ));
	T(execve("./empty", argv, environ));
	T(execve("./badinterp", argv, environ));
	T(execve("./badinterp2", argv, environ));
	T(execve("./onlybang", argv, environ));
	T(execve("./onlyspace", argv, environ));
	T(execve("./self", argv, environ));
	T(execve("./elfish", argv, environ));
	T(execve(".", argv, environ));
	T(execve("sub", argv, environ));
	T(execve("", argv, environ));
	T(execve(NIL, argv, environ));
	T(execve(BAD, argv, environ));
	T(execve("./plain", BAD, environ));
	T(execve("./plain", argv, BAD));
	T(execve("./plain", (char *[]) { BAD, NULL }, environ));
	MUST(symlink("loop", "loop"));
	T(execve("loop", argv, environ));
	MUST(mkfifo("fifo", 0755));
	T(execve("./fifo", argv, environ));
	/* open for writing somewhere */
	int fd = (int)MUST(open("plain", O_WRONLY));
	T(execve("./plain", argv, environ));
	close(fd);
	/* the shell's own fall-back for a file without #! */
	printf("%d\n", system("./text2 2>/dev/null") >> 8);
	script("text2", "exit 11\n");
	printf("%d\n", system("./text2 2>/dev/null") >> 8);
}

int main(int argc, char **argv)
{
	char *name = "a-rather-long-program-name";

	conf_init();
	if (argc > 1 && !strcmp(argv[1], "copied"))
		return copied(argc, argv);
	scripts();
	copy("/proc/self/exe", "copy");
	copy("copy", name);
	RUN("./copy", "./copy", "copied", "third");
	RUN("copy", "other", "copied");
	RUN("./a-rather-long-program-name", name, "copied");
	MUST(symlink("copy", "tocopy"));
	RUN("./tocopy", "tocopy", "copied");
	script("bycopy", "#!./copy copied\n");
	RUN("./bycopy", "zero", "one");
	/* replaced while it runs under its old name */
	MUST(rename("copy", "moved"));
	RUN("./moved", "moved", "copied");
	failures();
	MUST(unlink("moved"));
	MUST(unlink(name));
	return 0;
}
