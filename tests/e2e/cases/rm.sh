# SPDX-License-Identifier: GPL-2.0-or-later
# rm -r, of links and folders, and what it refuses.
cp -a /srv/data copy
rm -r copy/sub copy/many
rm copy/link-to-dir copy/dangling copy/fifo
rm copy/private
rm -d copy/empty-dir
rmdir copy
rm missing; rm -f missing; echo $?
rm -rv copy/sticky
rm -rf /srv/data/many
