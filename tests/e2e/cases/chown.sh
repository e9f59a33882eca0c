# SPDX-License-Identifier: GPL-2.0-or-later
# Owners by number and by the other machine's names.
touch a b; ln -s a l
chown 1000:1001 a; chown :4243 b; chown -h 7:8 l
name=$(awk -F: '$3 == 1001 { print $1 }' /etc/passwd)
chown "$name" b
chgrp 1000 b
cp -r /srv/data/sub sub; chown -R 55:66 sub
stat -c '%n %u:%U %g:%G' a b l sub/one.txt
chown nosuchuser a
