# SPDX-License-Identifier: GPL-2.0-or-later
# bzip2 and bunzip2.
#: needs bzip2
cp -p /srv/data/blob.bin a.bin
bzip2 -k a.bin; bzip2 -tv a.bin.bz2
bunzip2 -c a.bin.bz2 | cmp - a.bin && echo same
rm a.bin; bunzip2 a.bin.bz2
bzcat /srv/data/hello.txt
