# SPDX-License-Identifier: GPL-2.0-or-later
# What looks at a machine: ss, ip, ps, top, and the files of /proc that they read.
#: worlds net
#: ignore /home/user/.config*
#: needs ss ip ps top nc
. t-net
nc -k -l 10.77.0.1 8080 >/dev/null & one=$!; nc -u -l fd77::1 8081 >/dev/null & two=$!; listening 8080; far 'until grep -q :1F91 /proc/net/udp6; do sleep 0.01; done'
ss -ltn | grep 8080; ss -lun | grep 8081 | tr -s ' '; ss -Hltn 'sport = :8080' | wc -l; far 'ss -Hltn | grep -c 10.77.0.1:8080'; near 'ss -Hltn | grep -c 10.77.0.1:8080'
exec 3<>/dev/tcp/10.77.0.1/8080; ss -Htn 'dport = :8080' | awk '{ print $1, $5 }'
ip -br -4 address; ip -br -6 address show lan0; ip -o link | cut -d ' ' -f 2; ip route; ip -6 route show dev lan0; ip -s -j link show lan0 | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["address"])'
ip route get 10.77.0.5; ip neigh show 10.78.0.2 | wc -l; ip route add 10.99.0.0/16 via 10.77.0.2; far 'ip route show 10.99.0.0/16'; ip route del 10.99.0.0/16; ip link set lan1 down; far 'ip -br link show lan1 | tr -s " "'; ip link set lan1 up; ip address add 10.77.0.1/24 dev lan0; echo $?
ps aux | head -n 1; ps -e -o comm= | grep -c no-such-program; top -b -n 1 | grep -c 'load average'; top -b -n 1 | grep -E -o '^ +PID.*'
kill $one $two; wait; cat /proc/sys/net/ipv4/ip_forward /proc/net/protocols | head -n 1; cat /proc/sys/kernel/hostname
