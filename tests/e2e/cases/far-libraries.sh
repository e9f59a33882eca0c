# SPDX-License-Identifier: GPL-2.0-or-later
# Libraries, Python's modules and a plugin that lie over there, and a program there that uses them.
#: worlds debian
#: needs python3 gcc
#: trace --remote /usr/share/doc
L=$(ldconfig -p | sed -n 's/.*libz\.so\.1 .*=> //p' | head -n 1); mkdir lib; cp "$L" lib/libz.so.1
python3 -c 'import ctypes; z = ctypes.CDLL("/srv/work/lib/libz.so.1"); z.zlibVersion.restype = ctypes.c_char_p
print(z.zlibVersion()[:2], z.crc32(0, b"hello", 5)); import re; print("libz.so.1" in open("/proc/self/maps").read())'
cat >plug.c <<'C'
__thread int tls = 5; int counter; static char big[6000000] = { 1, 2, 3 };
__attribute__((constructor)) static void begin(void) { counter = 7; big[5999999] = 9; }
int plug(int x) { tls++; return x + counter + tls + big[5999999]; }
C
gcc -shared -fPIC -o lib/libplug.so plug.c
cat >main.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	for (int i = 0; i < 2; i++) {
		void *h = dlopen(argv[argc - 1], i ? RTLD_LAZY : RTLD_NOW);
		int (*f)(int) = h ? dlsym(h, "plug") : NULL;
		Dl_info info;
		if (!f) { puts(dlerror()); return 1; }
		dladdr((void *)f, &info);
		printf("%d %d %s\n", f(1), f(2), info.dli_fname);
		dlclose(h);
	}
	return 0;
}
C
gcc -o main main.c; ./main /srv/work/lib/libplug.so; ./main /srv/work/lib/none.so
echo 'int plug(int); int main(void) { return plug(1); }' >linked.c; gcc -o linked linked.c -Llib -lplug
LD_LIBRARY_PATH=/srv/work/lib ./linked; echo $?; ./linked 2>/dev/null; echo $?; LD_PRELOAD=/srv/work/lib/libplug.so /bin/echo preloaded
cp "$(python3 -c 'import _json; print(_json.__file__)' 2>/dev/null || echo /dev/null)" lib/ 2>/dev/null
PYTHONPATH=/srv/work/lib python3 -c 'import json; print(json.loads("[1, 2]"))'
