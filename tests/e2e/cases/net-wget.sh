# SPDX-License-Identifier: GPL-2.0-or-later
# wget: a file, a whole tree, times of the files, what fails.
#: worlds net
#: needs wget python3
#: ignore /srv/work/httpd.log /srv/work/.wget-hsts
#: mtime /srv/work/*.txt
. t-net
far 'cd /srv/data; python3 -m http.server 8000 --bind 10.77.0.1 >/srv/work/httpd.log 2>&1 & t-listening 8000'
wget -q http://lan.far:8000/words.txt http://lan.far:8000/blob.bin; echo $?; wget -qO- http://lan.far:8000/hello.txt
wget -q -r -np -nH --cut-dirs=1 -R 'index.html*' http://10.77.0.1:8000/sub/; echo $?; find . -type f | sort
head -c 1000 /srv/data/long.txt >long.txt; wget -q -c http://lan.far:8000/long.txt; echo $?; cmp long.txt /srv/data/long.txt
wget -q -N http://lan.far:8000/words.txt; echo $?; wget -q http://lan.far:8000/none; echo $?; wget -q -t 1 http://lan.far:8001/; echo $?
