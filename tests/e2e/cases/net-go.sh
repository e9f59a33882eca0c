# SPDX-License-Identifier: GPL-2.0-or-later
# net/http of Go: a server for curl over there, and a client of such a server over there.
#: filter after \d+ ms => after N ms
#: worlds net
#: needs go curl ab
#: filter 127.0.0.1:\d+->|10.77.0.1:\d+-> => ADDRESS->
. t-net
t-gonet serve 10.77.0.1:8080 >log & server=$!; listening 8080
far 'curl -sS http://lan.far:8080/hello.txt; curl -sS --data-binary @/srv/data/blob.bin http://lan.far:8080/sum; curl -sS http://lan.far:8080/sub/'
far 'ab -q -k -n 500 -c 8 http://10.77.0.1:8080/words.txt | grep -E "^(Complete|Failed|Non)"; t-gonet get http://lan.far:8080/{sum,blob.bin,long.txt,none} | head -n 4'
near 'curl -sS -m 5 http://10.77.0.1:8080/; echo $?'; curl -sS http://lan.far:8080/quit; wait $server; echo $?; cat log
far 't-gonet serve :8081 >/dev/null 2>&1 & t-listening 8081'
t-gonet get http://lan.far:8081/{sum,blob.bin,long.txt,none} http://six.far:8081/hello.txt http://lan.far:8081/many/ http://no.far/; echo $?
t-gonet serve 10.77.0.1:8081; t-gonet serve 10.78.9.9:80; curl -sS http://lan.far:8081/quit
