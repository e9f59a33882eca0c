# SPDX-License-Identifier: GPL-2.0-or-later
# Large reads and writes, holes, truncation, in blocks of several sizes.
dd if=/dev/zero of=big bs=1M count=20 status=none; stat -c %s big
dd if=/srv/data/blob.bin of=big bs=64k seek=10 conv=notrunc status=none
dd if=big bs=4M skip=0 status=none | sha256sum; dd if=big of=copy bs=3000000 status=none; cmp big copy
truncate -s 5M copy; truncate -s +1 copy; stat -c %s copy; dd if=copy bs=512 count=1 skip=2048 status=none | wc -c
head -c 3000000 /dev/zero | tr '\0' x >x; tail -c 5 x; fallocate -l 1M alloc && stat -c %s alloc
dd if=/srv/data/blob.bin bs=1 count=300 status=none | sha256sum; sync big; rm big copy x
split -b 50000 /srv/data/blob.bin part-; cat part-* | cmp - /srv/data/blob.bin && echo split; shred -n1 -u alloc
