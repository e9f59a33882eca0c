# SPDX-License-Identifier: GPL-2.0-or-later
# Interfaces and neighbours changed over there by ioctl(2), and what ip(8) says of them.
#: worlds net
#: needs busybox
exec 2>&1; . t-net
busybox ifconfig lan0 mtu 1400 txqueuelen 77; echo $?
busybox ifconfig lan0:1 10.79.0.1 netmask 255.255.255.0 broadcast 10.79.0.255 up; echo $?
ip -4 -o addr show lan0; ip link show lan0 | grep -o 'mtu [0-9]*'; far 'ip link show lan0' | grep -o 'qlen [0-9]*'
busybox ifconfig lan0:1 down; far 'ip -4 -o addr show lan0'; busybox ifconfig lan0 add fd99::1/64; far 'ip -6 -o addr show lan0 scope global' | awk '{print $4}'
busybox ifconfig lan1 down hw ether 02:00:00:00:00:99 up; busybox ifconfig lan1 | grep -o 'HWaddr.*'
busybox arp -i lan0 -s 10.77.0.44 02:00:00:00:00:44; echo $?; far 'ip neigh show 10.77.0.44'; busybox arp -n -a 10.77.0.44; busybox arp -d 10.77.0.44; ip neigh show 10.77.0.44
busybox ifconfig lan0 promisc; ip link show lan0 | grep -c PROMISC; busybox ifconfig none up; echo $?
# Routes and tunnels, whose requests hold pointers or come from a device.
busybox route add -net 198.18.7.0 netmask 255.255.255.0 gw 10.77.0.44 metric 5 dev lan0; echo $?; far 'ip route show 198.18.7.0/24'; busybox route -n | grep -c 198.18.7.0
busybox route add -host 198.18.8.1 dev lan0; ip route show 198.18.8.1; busybox route del -host 198.18.8.1; busybox route del -net 198.18.7.0 netmask 255.255.255.0; echo $?; far 'ip route show 198.18.0.0/16'
busybox route add -host 198.18.9.9 dev none; echo $?; busybox route add -net 198.18.7.0 netmask 255.0.255.0 dev lan0; echo $?
mkdir -p /dev/net; mknod /dev/net/tun c 10 200; ip tuntap add dev tap7 mode tap user 1; far 'ip link show tap7' | grep -o 'tap7:'; ip tuntap list; ip tuntap del dev tap7 mode tap; far 'ip link show tap7'
