# SPDX-License-Identifier: GPL-2.0-or-later
# sshd, run by root, as a machine runs it.
#: worlds net
#: needs ssh sshd
#: ignore /srv/work/key* /srv/work/host* /srv/work/known /var/log/* /root/.ssh* /run/*
#: trace -e allow=chroot
#: server --allow chroot
. t-net
t-sshd; far 'pkill sshd; t-listening - 2222'
/usr/sbin/sshd -D -e -f /srv/work/sshd.conf 2>log & server=$!; listening 2222
far 'ssh -q -F conf lan "id -un; hostname; exit 3"; echo $?; ssh -q -F conf -o User=user lan "id -un; pwd"; echo $?'
far 'ssh -q -F conf -tt lan "test -t 0 && echo on a terminal" </dev/null | tr -d "\r"'
kill $server; wait $server; echo $?; grep -c 'Accepted publickey' log; rm log
