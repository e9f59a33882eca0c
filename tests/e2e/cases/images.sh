# SPDX-License-Identifier: GPL-2.0-or-later
# Filesystems in files over there: ext4 made from a tree, checked, looked into and grown; FAT; squashfs; a sparse file.
#: worlds nousr
#: timeout 180
#: needs mke2fs debugfs resize2fs mcopy mkfs.vfat mksquashfs
#: ignore /srv/work/ext4
uuid=11111111-2222-3333-4444-555555555555; truncate -s 8M ext4; mke2fs -q -t ext4 -U $uuid -E hash_seed=$uuid -d /srv/data/sub ext4; echo $?; e2fsck -fn ext4 2>/dev/null; debugfs -R 'ls -p /deeper' ext4 2>/dev/null | cut -d/ -f6
debugfs -w -R 'write /srv/data/words.txt w' ext4 2>/dev/null; debugfs -R 'cat w' ext4 2>/dev/null | cmp - /srv/data/words.txt; resize2fs ext4 12M 2>&1 | tail -n 2; tune2fs -L far ext4 | tail -n 1; dumpe2fs -h ext4 2>/dev/null | grep -E 'name|Block count|Inode count'; blkid -p ext4 | grep -o 'LABEL="far"'
truncate -s 2M fat; mkfs.vfat -i 12345678 fat >/dev/null; mcopy -i fat -m /srv/data/hello.txt ::h.txt; mmd -i fat ::d; mmove -i fat ::h.txt ::d; mdir -b -i fat ::d; mcopy -i fat -s ::d x; diff x/h.txt /srv/data/hello.txt; echo $?; rm fat
mksquashfs /srv/data squash -quiet -no-progress -mkfs-time 0 -all-time 0 >/dev/null; echo $?; unsquashfs -q -n -d out squash >/dev/null; echo $?; diff -r /srv/data/many out/many; unsquashfs -l squash | sort | sha256sum; unsquashfs -s squash | grep -c inodes
truncate -s 5G sparse; printf end | dd of=sparse bs=1 seek=4G conv=notrunc status=none; dd if=sparse bs=1 skip=4G count=3 status=none; echo; cp --sparse=always sparse copy; stat -c %s copy; cmp -n 4096 sparse copy; tar cSf - sparse | tar tvf - | cut -d' ' -f3-4 | cut -c1-20; filefrag sparse 2>&1 | sed 's/.*: //'; rm sparse copy
