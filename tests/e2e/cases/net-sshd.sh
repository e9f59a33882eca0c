# SPDX-License-Identifier: GPL-2.0-or-later
# sshd, run by a user, for ssh, scp and sftp from over there.
#: worlds net
#: user 1000
#: needs ssh sshd script
#: ignore /tmp/sshd/* /home/user/.ssh* /root/.ssh*
. t-net
mkdir /tmp/sshd; cd /tmp/sshd || exit; ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -q -t ed25519 -N '' -f host
cat >sshd.conf <<'END'
Port 2222
ListenAddress 10.77.0.1
HostKey /tmp/sshd/host
AuthorizedKeysFile /tmp/sshd/key.pub
StrictModes no
PidFile none
UsePAM no
Subsystem sftp /usr/lib/openssh/sftp-server
END
printf 'Host lan\nHostName lan.far\nPort 2222\nUser user\nIdentityFile /tmp/sshd/key\nUserKnownHostsFile /tmp/sshd/known\nStrictHostKeyChecking accept-new\nLogLevel error\n' >conf
/usr/sbin/sshd -D -e -f /tmp/sshd/sshd.conf 2>log & server=$!; listening 2222; near 'nc -z -w 5 10.77.0.1 2222; echo $?'
far 'cd /tmp/sshd; ssh -F conf lan "id -un; hostname; pwd; exit 3"; echo $?; ssh -F conf lan "cat; echo error >&2" </srv/data/blob.bin 2>err | sha256sum; cat err'
far 'cd /tmp/sshd; ssh -F conf -tt lan "test -t 0 && echo on a terminal; stty size; exit 4" </dev/null | tr -d "\r"; echo ${PIPESTATUS[0]}'
far 'cd /tmp/sshd; script -qec "stty rows 33 cols 99; ssh -F conf -t lan \"stty size; read x; echo got \\\$x\"" /dev/null <<<typed | grep -oE "33 99|got typed"'
far 'cd /tmp/sshd; scp -q -F conf -r lan:/srv/data/many . && ls many | wc -l; scp -q -F conf /srv/data/long.txt lan:/tmp/sshd/copy && cmp copy /srv/data/long.txt; echo get /srv/data/words.txt | sftp -q -b - -F conf lan; cmp words.txt /srv/data/words.txt; echo $?'
far 'cd /tmp/sshd; for i in 1 2 3 4; do ssh -F conf lan "sleep 0.1; echo $i" & done | sort; ssh -F conf -o User=root lan true 2>/dev/null; echo $?'
kill $server; wait $server; echo $?; grep -c 'Accepted publickey for user' log
