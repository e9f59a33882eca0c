# SPDX-License-Identifier: GPL-2.0-or-later
# curl of a server over there: ranges, uploads, many at a time, what fails.
#: worlds net
#: needs curl python3
#: filter after \d+ ms => after N ms
#: ignore /srv/work/httpd.log
. t-net
far 'cd /srv/data; python3 -m http.server 8000 --bind :: >/srv/work/httpd.log 2>&1 & t-listening 8000'
curl -sS http://lan.far:8000/hello.txt; curl -sS http://[fd77::1]:8000/words.txt | tail -n 1
curl -sS -o blob -w '%{http_code} %{size_download} %{remote_ip} %{remote_port} %{num_connects}\n' http://10.77.0.1:8000/blob.bin; cmp blob /srv/data/blob.bin
curl -sS -I http://10.77.0.1:8000/long.txt | grep -i length; curl -sS -w '%{http_code}\n' -o /dev/null http://10.77.0.1:8000/none
curl -sS -Z --parallel-max 4 -o '#1' 'http://10.77.0.1:8000/{hello.txt,words.txt,long.txt,numbers.txt,blob.bin}' 2>/dev/null; sha256sum *.txt
curl -sS -d x=y http://10.77.0.1:8000/ -o /dev/null -w '%{http_code}\n'; curl -sS --resolve a.far:8000:10.77.0.1 http://a.far:8000/hello.txt
curl -sS http://10.77.0.1:8001/; echo $?; curl -sS http://no.such.far/; echo $?; curl -sS file:///srv/data/hello.txt
curl -sS -L -m 5 http://10.77.0.1:8000/sub/deeper | grep -c two
