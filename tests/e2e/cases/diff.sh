# SPDX-License-Identifier: GPL-2.0-or-later
# diff -r of two trees, and the patch applied.
#: needs patch
cp -r /srv/data/sub old; cp -r old new
echo extra >>new/one.txt; rm new/deeper/two.txt; echo 4 >new/four
diff -r old new; echo $?
diff -ruN old new | sed 's/\t.*//' >changes; cat changes
patch -s -p1 -d old <changes && diff -r old new && echo equal
cmp /srv/data/hello.txt /srv/WORLD; diff -q /srv/data/hard /srv/data/words.txt
