# SPDX-License-Identifier: GPL-2.0-or-later
# What listens, listens in the far network: it answers there and not on this side.
#: worlds net
#: needs nc
. t-net
hostname; cat /etc/hosts /etc/resolv.conf
echo 'hello from the listener' | nc -N -l 10.77.0.1 8080 &
listening 8080; near 'nc -w 5 10.77.0.1 8080 </dev/null; echo $?; hostname >/dev/null; ip -br address show wire'
far 'nc 10.77.0.1 8080 </dev/null'; wait
nc -N -l 10.78.0.1 8081 <<<'over the wire' & listening 8081
near 'nc 10.78.0.1 8081 </dev/null'; wait
near 'nc -N -l 10.78.0.2 8082 <<<"from the near end"' & near 't-listening 8082'; nc 10.78.0.2 8082 </dev/null; wait
nc -w 5 10.79.0.1 80; echo $?; nc 10.77.0.1 4444; echo $?
cat /proc/net/dev | awk '{ print $1 }'; ls /sys/class/net
