# SPDX-License-Identifier: GPL-2.0-or-later
# rsync over ssh in both directions, and its own daemon here and over there.
#: worlds net
#: needs rsync ssh sshd
#: ignore /srv/work/key* /srv/work/host* /srv/work/known /var/log/* /root/.ssh* /run/* /srv/work/*.log
. t-net
t-sshd
rsync -a -e 'ssh -q -F conf' lan:/srv/data/ copy --exclude=fifo; echo $?; diff -r --no-dereference --exclude=fifo /srv/data copy && echo the same
echo more >>copy/long.txt; rm -r copy/many; rsync -ai --delete --exclude=fifo -e 'ssh -q -F conf' copy/ lan:/srv/work/back | cut -c1-11 | sort | uniq -c; rsync -ai --delete --exclude=fifo -e 'ssh -q -F conf' copy/ lan:/srv/work/back; far 'diff -r --no-dereference copy back && echo the same'
rsync -e 'ssh -q -F conf' lan:/nowhere . 2>/dev/null; echo $?
printf 'use chroot = no\npid file = /srv/work/daemon.pid\n[data]\npath = /srv/data\nread only = yes\nuid = root\ngid = root\n' >rsyncd.conf
rsync --daemon --no-detach --config=rsyncd.conf --address=10.77.0.1 --port=8730 --log-file=rsyncd.log & server=$!; listening 8730
far 'rsync -a rsync://lan.far:8730/data/sub/ there; find there | sort; rsync rsync://lan.far:8730/; rsync hello rsync://lan.far:8730/data/ 2>/dev/null; echo $?'
kill $server; wait $server; echo $?; rm -f daemon.pid
far 'rsync --daemon --config=/srv/work/rsyncd.conf --address=10.77.0.1 --port=8731 --log-file=there.log; t-listening 8731'; rsync -a rsync://lan.far:8731/data/blob.bin .; cmp blob.bin /srv/data/blob.bin; far 'kill $(cat daemon.pid); t-listening - 8731'
