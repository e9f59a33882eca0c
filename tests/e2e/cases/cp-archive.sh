# SPDX-License-Identifier: GPL-2.0-or-later
# cp -a keeps modes, owners, times, links and holes; cp -r and -u do less.
#: mtime /srv/work/copy/* /srv/work/copy
cp -a /srv/data copy
cp -r --reflink=never /srv/data/sub plain
cp /srv/data/hello.txt plain/
cp -u /srv/data/words.txt plain/hello.txt
cp -v /srv/data/missing plain/
cp -l /srv/data/long.txt hard-link
cp -s /srv/data/long.txt symlink
diff -r /srv/data/sub plain
stat -c '%n %b' copy/sparse
