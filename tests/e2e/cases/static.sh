# SPDX-License-Identifier: GPL-2.0-or-later
# Statically linked programs: one of ours, and busybox.
#: needs busybox
t-list /srv/data; t-list /nowhere
busybox ls -l /srv/data/sub; busybox uname -n; busybox cat /srv/WORLD
busybox sh -c 'cd /srv/data; for f in *.txt; do busybox wc -l "$f"; done; exit 9'; echo $?
busybox find /srv/data/sub | busybox sort; busybox cp -r /srv/data/sub copy; busybox md5sum copy/one.txt
busybox tar -cf - -C /srv/data sub | busybox tar -tf - | sort
