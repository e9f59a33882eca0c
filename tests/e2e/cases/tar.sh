# SPDX-License-Identifier: GPL-2.0-or-later
# tar: create, list, extract, with compression, to and from a pipe.
#: mtime /srv/work/out/* /srv/work/piped/data/*
tar -cf all.tar -C /srv data
tar -tvf all.tar | sort -k6 | head -n 30
mkdir out piped; tar -xpf all.tar -C out
tar -C /srv -cz data/sub data/many | tar -xz -C piped
tar -cJf small.tar.xz -C /srv/data sub 2>/dev/null || echo no xz
tar -df all.tar -C /srv && echo no difference
tar -xf missing.tar
rm -f small.tar.xz
