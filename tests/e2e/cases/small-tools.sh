# SPDX-License-Identifier: GPL-2.0-or-later
# jq, ed, patch, lz4, pigz, acl and attr, fakeroot, dpkg with a root of its own, setpriv, split and its kin.
#: worlds nousr
#: timeout 180
#: needs jq ed patch lz4 pigz setfacl setfattr fakeroot dpkg-deb setpriv
#: ignore *.tar *.deb */dpkg.log
echo '{"a":[1,2,{"b":"x"}]}' >j; jq -c '.a[2]' j; jq -n --slurpfile x j '$x|length'; jq . none; echo $?
cp /srv/data/words.txt w; printf '1,$s/fox/wolf/\nw\nq\n' | ed -s w; diff /srv/data/words.txt w >d; echo $?; cp /srv/data/words.txt v; patch -s -b v d; cmp v w; patch -s -R v d; cmp v /srv/data/words.txt; ls v*; printf '1i\nx\n.\nw\nr !uname -n\nw out\nq\n' | ed -s v; cat out
cp /srv/data/long.txt /srv/data/blob.bin .; lz4 -q -m long.txt blob.bin; lz4 -dcq long.txt.lz4 | cmp - long.txt; pigz -n -p2 blob.bin; pigz -dc blob.bin.gz | cmp - /srv/data/blob.bin; split -n 4 long.txt s.; cat s.* | cmp - long.txt; csplit -s w 3 6; cat xx01; dd if=long.txt of=t bs=4k seek=3 conv=fsync,notrunc status=none; shred -n1 -u t; rm s.* xx* *.lz4 *.gz
touch f; setfacl -m u:1000:rw f; getfacl -c f; setfattr -n user.x -v y f; getfattr -d f; cp -a f g; getfattr -n user.x --only-values g; echo; setfacl -b f; getfacl -c f; install -D -m 640 -o 5 -g 6 w in/st/all; stat -c '%a %u %g' in/st/all
fakeroot sh -c 'touch r; chown 5:6 r; mknod n c 1 3; stat -c "%F %u %g" r n; tar cf r.tar r; tar tvf r.tar | cut -c1-15'; stat -c '%F %u %g' r n
mkdir -p p/DEBIAN p/etc p/opt/p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers; : >root/var/lib/dpkg/status; printf 'Package: far\nVersion: 1\nArchitecture: all\nMaintainer: m <m@m>\nDescription: d\n' >p/DEBIAN/control; echo /etc/far.conf >p/DEBIAN/conffiles; echo c >p/etc/far.conf; echo f >p/opt/p/f
dpkg-deb --root-owner-group -b p far.deb; dpkg-deb -c far.deb | awk '{ print $1, $2, $NF }'; dpkg --root=root --log=/dev/null -i far.deb; echo $?; dpkg --root=root -L far; echo more >root/opt/p/f; dpkg --root=root -V far; dpkg --root=root --log=/dev/null -P far; echo $?; find root -type f | sort
setpriv --reuid 1000 --clear-groups sh -c 'id -u; touch w; id -G; chown 5 w'; echo $?; setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps +chown --ambient-caps +chown sh -c 'chown 77 w'; stat -c %u w; setpriv --bounding-set -chown chown 78 w; stat -c %u w
