# SPDX-License-Identifier: GPL-2.0-or-later
# sort by number, reversed, unique, checked, to its own input, with temporary files.
cd /srv/work
sort -n /srv/data/numbers.txt | head -n 5
sort -r -u /srv/data/words.txt
sort -k2,2n -k1,1 -o sorted /srv/data/long.txt; tail -n 2 sorted
sort -o sorted sorted; sort -c sorted; echo $?
sort -S 32k -T /tmp -R --random-source=/srv/data/blob.bin /srv/data/long.txt | wc -l
sort /srv/data/words.txt | uniq -c | sort -rn
comm -12 <(sort /srv/data/words.txt) <(sort /srv/data/hard) | wc -l
join <(echo a 1) <(echo a 2); paste -s -d, /srv/data/words.txt
