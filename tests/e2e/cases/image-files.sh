# SPDX-License-Identifier: GPL-2.0-or-later
# File systems, swap and partition tables made in files over there and looked at; attributes of files.
#: worlds nousr
#: needs mkfs.ext4 fsck.ext4 dumpe2fs e2image wipefs mkswap sfdisk blockdev lsattr chattr
#: ignore /srv/work/*.img
exec 2>&1; id=11111111-2222-3333-4444-555555555555
truncate -s 16M fs.img; mkfs.ext4 -q -F -U $id -E hash_seed=$id fs.img; echo $?; wipefs fs.img; fsck.ext4 -fn fs.img; dumpe2fs -h fs.img | grep -E 'UUID|features|Block (count|size)|Free'
e2image -r fs.img raw.img; fsck.ext4 -fn raw.img | tail -n 1; e2image fs.img meta.img; stat -c '%n %s' raw.img meta.img; blockdev --getsize64 fs.img
wipefs -q -a fs.img; wipefs fs.img; mkswap -q -U $id fs.img; wipefs fs.img
truncate -s 64M disk.img; printf 'label: dos\nlabel-id: 0x1234\nsize=10M,type=83\nsize=20M\n' | sfdisk -q disk.img; sfdisk -d disk.img; sfdisk -l disk.img; printf 'label: gpt\nlabel-id: %s\nsize=10M,uuid=%s\n' $id $id | sfdisk -q disk.img; sfdisk -d disk.img
echo text >file; lsattr file; chattr +Ad file; lsattr file; lsattr -d .; chattr -d file; chattr +i file; echo more >>file; rm file; lsattr file; chattr -i file; rm file; chattr +Z none; lsattr none
