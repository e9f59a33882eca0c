# SPDX-License-Identifier: GPL-2.0-or-later
# vim without a terminal (and without a program beside it: while that runs, vim reads stdin, and gives up at its end): substitution, another buffer, a backup, a file that may not be read.
#: worlds nousr
#: needs vim
#: ignore */.viminfo
cp /srv/data/words.txt /srv/data/long.txt .
vim -u NONE -es -c '%s/fox/wolf/g' -c wq words.txt; echo $?; cat words.txt
vim -u NONE -es -c 'set backup backupext=.old' -c 'g/7/d' -c 'wq' long.txt; echo $?; wc -l long.txt long.txt.old
vim -u NONE -es -c 'r /srv/data/hello.txt' -c 'w made' -c 'w! words.txt' -c 'qa!'; echo $?; cat made
vim -u NONE -es -c 'w /srv/none/x' -c 'qa!' made; echo $?; vim -u NONE -es +'r /srv/data/words.txt' +sort +'w sorted' +q; cat sorted; ls -A
