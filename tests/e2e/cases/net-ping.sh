# SPDX-License-Identifier: GPL-2.0-or-later
# ping and dig: raw sockets with filters of theirs, IP options, time stamps in messages, ICMP errors.
#: worlds net
#: needs ping dig
. t-net
ping -n -c 3 -i 0.01 10.77.0.1 | grep -oE '^[0-9]+ bytes from [0-9.]+: icmp_seq=[0-9]+ ttl=[0-9]+|^3 packets.*loss'; ping -6 -n -c 2 -i 0.01 six.far | grep -oE 'icmp_seq=[0-9]+ ttl=[0-9]+'; ping -n -c 1 -R 10.77.0.1 | grep -c RR; ping -n -c 1 -T tsonly 10.77.0.1 | grep -c TS
ping -n -c 1 -W 1 10.78.0.2 | grep -oE '[0-9]+ received'; ping -c 1 -s 3000 -M want -n 10.77.0.1 | grep -oE '^3008 bytes'; ping -c 1 -f -n 10.77.0.1 >/dev/null; echo $?; ping -n -c 1 -t 1 10.99.99.99 2>&1 | head -n 1
dig +time=1 +tries=1 @127.0.0.1 -p 5555 x.far 2>&1 | grep -c refused; dig +time=1 +tries=1 +tcp @10.77.0.1 -p 5555 x.far 2>&1 | grep -c refused
