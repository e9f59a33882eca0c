# SPDX-License-Identifier: GPL-2.0-or-later
# vim edits files over there: by commands, with keys on a terminal, with a swap file and recovery.
#: worlds net
#: needs vim script
#: ignore *.swp
. t-net
cp /srv/data/{words,long}.txt .; export TERM=xterm
vim -u NONE -N -i NONE -es -c '%s/fox/cat/g' -c 'g/the/d' -c 'normal Gonew last line' -c 'w! copy' -c wq words.txt; echo $?; cat words.txt; cmp words.txt copy
vim -u NONE -N -i NONE -es -c '1500,$d' -c '%!sort -r' -c 'r !uname -n' -c x long.txt; echo $?; wc -l long.txt; tail -n 1 long.txt; sha256sum long.txt
(printf 'ggOtyped by hand\033'; printf ':set backup backupext=.old\r'; printf 'Gdd:w\r:!cat words.txt | wc -l >count\r\r:q\r') >keys
script -qec 'stty rows 24 cols 80; vim -u NONE -N -i NONE -X words.txt' /dev/null <keys >screen; echo $?; cat words.txt count; cat words.txt.old; grep -q 'typed by hand' screen; echo $?; rm screen
(vim -u NONE -N -i NONE -es -c 'normal ounsaved' -c preserve -c '!kill -KILL $PPID' words.txt; echo $?) 2>/dev/null; ls -A .*.swp; vim -u NONE -N -i NONE -es -c recover -c 'w! recovered' -c q! words.txt; grep -c unsaved recovered; rm -f .words.txt.swp
mkdir locked; echo text >locked/file; chmod 555 locked; vim -u NONE -N -i NONE -es -c 'normal oline' -c x locked/file; cat locked/file; vim -u NONE -N -i NONE -es -c wq /nowhere/file; echo $?
