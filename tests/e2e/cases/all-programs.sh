# SPDX-License-Identifier: GPL-2.0-or-later
# --all: everything that runs is the world's: shell, tools, loader, libraries.
#: worlds debian trixie
#: all
cat /etc/debian_version; bash --version | head -n 1; ls --version | head -n 1
for p in /bin/ls /usr/bin/env "$BASH"; do sha256sum "$p"; done
readlink -f /bin/sh; readlink /proc/self/exe; sh -c 'readlink /proc/$$/exe; cat /proc/$$/comm'
( exec -a other sh -c 'echo $0; cat /proc/$$/comm' )
ls -l /srv/data | head -n 5; ls /usr/bin | sha256sum; find /lib/x86_64-linux-gnu/ -name 'libc.so*'
grep -c . /srv/data/long.txt; sort -n /srv/data/numbers.txt | uniq | tail -n 2 | tr '\n' ' '; echo
perl -e 'print "perl $^V\n"; open(F, "<", "/srv/data/hello.txt"); print <F>'
tar cf - -C /srv data/sub | gzip -9n | gunzip | tar tvf - | sort
printf '#!/usr/bin/perl\nprint "script: $0 @ARGV\\n"; exit 3;\n' >/srv/work/s; chmod +x /srv/work/s; /srv/work/s a b; echo $?
cp /bin/echo /srv/work/e; /srv/work/e copied; for i in 1 2 3; do /bin/true; /bin/echo $i; done
cmp /proc/self/exe /usr/bin/cmp && echo same; /srv/bin/hello x; /srv/bin/hello-static | tail -n 1
nosuchprogram 2>/dev/null; echo $?; getent passwd 1000; id; dpkg-query -W -f '${Version}\n' bash
