# SPDX-License-Identifier: GPL-2.0-or-later
# Renames: of files, onto files, of folders, between folders, and refused ones.
cp -a /srv/data/sub a
mv -v a b
mv -v b/one.txt .
echo new >new; mv -f new one.txt; cat one.txt
mkdir full; touch full/x; mv -T b full
mv -n one.txt full/x
mv b full/
mv /srv/data/many .
mv missing elsewhere
mv full full/inside
ls -R full | head -n 20
