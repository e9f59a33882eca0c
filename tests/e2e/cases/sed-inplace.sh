# SPDX-License-Identifier: GPL-2.0-or-later
# sed -i: a new file in place of the old one, with and without a backup.
cp /srv/data/words.txt /srv/data/long.txt .
sed -i 's/fox/wolf/' words.txt
sed -i.bak -e '1,10d' -e '/wolf/d' words.txt long.txt
sed -n '5,7p;$p' /srv/data/long.txt
sed -i s/a/b/ missing
cat words.txt; wc -l long.txt
