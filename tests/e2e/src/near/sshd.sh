#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Starts sshd over there for cases of the world net: `ssh -F conf lan`.
# shellcheck disable=SC1091
. t-net
for name in key host; do ssh-keygen -q -t ed25519 -N '' -f $name; done
cp key.pub key.authorized
cat >sshd.conf <<'END'
Port 2222
ListenAddress 10.77.0.1
HostKey /srv/work/host
AuthorizedKeysFile /srv/work/key.authorized
StrictModes no
PidFile none
UsePAM no
Subsystem sftp /usr/lib/openssh/sftp-server
END
cat >conf <<'END'
Host lan
HostName lan.far
Port 2222
User root
IdentityFile /srv/work/key
UserKnownHostsFile /srv/work/known
StrictHostKeyChecking accept-new
END
far '/usr/sbin/sshd -f /srv/work/sshd.conf; t-listening 2222'
