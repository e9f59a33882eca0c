# SPDX-License-Identifier: GPL-2.0-or-later
# chroot(8) into a directory of the server's: programs, libraries and devices there.
#: worlds debian
#: needs chroot
#: all
#: trace -e allow=chroot
#: server --allow chroot
jail=/srv/work/jail; mkdir -p $jail/etc $jail/tmp $jail/sub; echo jailed >$jail/etc/hostname; ln -s /etc/hostname $jail/link
for file in /bin/cat /bin/sh /usr/sbin/chroot $(ldd /bin/cat | grep -oE '/[^ :]+ '); do mkdir -p $jail${file%/*}; cp $file $jail$file; done
chroot $jail /bin/sh -c 'echo /*; cat /etc/hostname /link /../../etc/hostname; pwd; cat /etc/passwd; echo >/dev/null; echo $?; cd /tmp; echo made >file; pwd; echo /proc/*'; echo $?
chroot $jail/sub /bin/sh; echo $?; chroot /srv/work/none /bin/sh; echo $?; chroot $jail /bin/cat <$jail/tmp/file; chroot $jail /usr/sbin/chroot /tmp /bin/sh; echo $?
printf '#!/bin/sh\necho script $1; exec cat /etc/hostname\n' >$jail/script; chmod +x $jail/script; chroot $jail /script word
cd $jail/sub; chroot . /etc/hostname; echo $?; chroot --skip-chdir / /bin/cat hostname; cd $jail/etc && chroot --skip-chdir / /bin/cat hostname
