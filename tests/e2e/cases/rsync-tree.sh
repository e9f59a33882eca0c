# SPDX-License-Identifier: GPL-2.0-or-later
# rsync between two trees over there: archive with hard links, a second run, deletion, a change found by checksum.
#: worlds trixie
#: needs rsync
#: mtime /srv/work/copy/*
rsync -aHX --stats /srv/data/ copy/ | grep -E '^Number|^Total file size'
rsync -aHXi /srv/data/ copy/; echo again $?
stat -c '%n %h %a %u:%g' copy/words.txt copy/hard copy/sub/one.txt 'copy/with space'
echo stray >copy/stray; echo Hallo >copy/hello.txt; touch -r /srv/data/hello.txt copy/hello.txt; rm -r copy/many
rsync -aHXic --delete --exclude 'entry*[1-9]' /srv/data/ copy/ | LC_ALL=C sort
rsync -a --link-dest=/srv/work/copy /srv/data/sub/ linked/; stat -c '%n %h' linked/*
rsync -a /srv/none copy/ 2>/dev/null; echo $?
