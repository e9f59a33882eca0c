# SPDX-License-Identifier: GPL-2.0-or-later
# nc on both ends, here and over there, in both directions; what fails.
#: worlds net
#: needs nc
. t-net
nc -l 10.77.0.1 8080 >got & listening 8080; far 'nc -N 10.77.0.1 8080 </srv/data/blob.bin'; wait; sha256sum got
nc -N -l 10.77.0.1 8081 </srv/data/blob.bin & listening 8081; far 'nc -d lan.far 8081 | sha256sum'; wait
far 'nc -l 10.77.0.1 8082 >there 2>/dev/null & t-listening 8082'; nc -N lan.far 8082 </srv/data/long.txt; far 'until cmp there /srv/data/long.txt 2>&1; do sleep 0.01; done | tail -n 0'
far 'nc -N -l 10.77.0.1 8083 </srv/data/blob.bin >/dev/null 2>&1 & t-listening 8083'; nc -d lan.far 8083 | sha256sum
seq 20000 | nc -N -l ::1 8084 & listening 8084; nc -d ::1 8084 | tail -n 1; wait
nc -v -n -z 10.77.0.1 8085; echo $?; nc -v -w 1 -n 10.77.0.99 80; echo $?
nc -k -l 10.77.0.1 8086 >many & pid=$!; listening 8086; for i in 1 2 3; do echo "line $i" | nc -N 10.77.0.1 8086; done
far 'until [ "$(wc -l <many)" = 3 ]; do sleep 0.01; done'; kill $pid; wait $pid; echo $?; cat many
nc -u -l 10.77.0.1 8087 >datagrams & pid=$!; far 'until grep -q :1F97 /proc/net/udp; do sleep 0.01; done; printf one | nc -u -w 1 10.77.0.1 8087'
far 'until grep -q one datagrams; do sleep 0.01; done'; kill $pid; wait $pid; echo $?; cat datagrams
