# SPDX-License-Identifier: GPL-2.0-or-later
# sha256sum, md5sum, cksum; written to a file and checked.
cd /srv/data
sha256sum hello.txt blob.bin sparse long.txt
md5sum < blob.bin; cksum words.txt
sha256sum -- *.txt many/* >/srv/work/sums
sha256sum --quiet -c /srv/work/sums && echo all well
echo more >>hello.txt; sha256sum -c /srv/work/sums 2>&1 | grep -v OK
