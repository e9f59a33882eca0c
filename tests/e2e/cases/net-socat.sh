# SPDX-License-Identifier: GPL-2.0-or-later
# socat between streams, datagrams, programs, ptys and files, forking.
#: worlds net
#: needs socat
. t-net
socat TCP4-LISTEN:8080,bind=10.77.0.1,reuseaddr,fork EXEC:'tr a-z A-Z' & pid=$!; listening 8080
far 'for i in 1 2 3; do echo "client $i" | socat -t 5 - TCP4:lan.far:8080 & done | sort; wait'; while kill $pid 2>/dev/null; do sleep 0.1; done; wait $pid; echo $?
socat -u TCP6-LISTEN:8081,bind=[fd77::1],reuseaddr OPEN:got,creat,trunc & listening 8081; far 'socat -u FILE:/srv/data/blob.bin TCP6:[fd77::1]:8081'; wait; cmp got /srv/data/blob.bin; echo $?
far 'socat TCP4-LISTEN:8082,bind=10.77.0.1,reuseaddr,fork SYSTEM:"read x; echo got \$x on \$(uname -n); head -c 100000 /srv/data/blob.bin | sha256sum" >/dev/null 2>&1 & t-listening 8082'
for i in 1 2 3; do echo "ask $i" | socat -t 5 - TCP4:lan.far:8082; done
socat TCP4-LISTEN:8083,bind=10.77.0.1,reuseaddr TCP4:lan.far:8082 & listening 8083; far 'echo through | socat -t 5 - TCP4:lan.far:8083'; wait $!; echo $?
socat UDP4-RECVFROM:8084,bind=10.77.0.1,fork EXEC:rev & pid=$!; far 'printf datagram | t-udp 10.77.0.1 8084; echo'; while kill $pid 2>/dev/null; do sleep 0.1; done; wait $pid; echo $?
echo 'test -t 0 && echo on a terminal; exit' | socat -t 5 - EXEC:'sh',pty,stderr,echo=0,raw 2>&1 | tr -d '\r' | grep -o 'on a terminal'
socat -T 0.3 - TCP4-LISTEN:8085,bind=10.77.0.1,accept-timeout=0.2 </dev/null 2>/dev/null; echo $?; socat - TCP4:10.77.0.1:8085 2>/dev/null </dev/null; echo $?
