# SPDX-License-Identifier: GPL-2.0-or-later
# gzip and gunzip of files and pipes; times are kept.
#: mtime /srv/work/*.txt
cp -p /srv/data/long.txt a.txt
gzip -9 a.txt; gzip -l a.txt.gz | awk '{ print $1, $2 }'
gzip -t a.txt.gz && zcat a.txt.gz | tail -n 1
gunzip a.txt.gz; cmp a.txt /srv/data/long.txt && echo same
gzip -n <a.txt >b.gz; gzip -d <b.gz | sha256sum
gzip a.txt/none; gzip -d /srv/data/hello.txt
zgrep -c fox b.gz
