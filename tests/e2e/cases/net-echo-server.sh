# SPDX-License-Identifier: GPL-2.0-or-later
# Echo servers of four kinds, asked by clients that run over there.
#: worlds net
. t-net
for how in fork thread epoll; do
	t-echo $how 10.77.0.1 8080 3 & listening 8080
	far 't-echo ask 10.77.0.1 8080 >1 & t-echo ask 10.77.0.1 8080 >2 & t-echo ask 10.77.0.1 8080; wait; cmp 1 2 && cat 1'
	wait $!; echo $how $?; listening - 8080
done
t-echo epoll fd77::1 8081 1 & listening 8081; far 't-echo ask six.far 8081'; wait $!; echo $?
t-echo udp 10.77.0.1 8082 6 & far 'until grep -q :1F92 /proc/net/udp; do sleep 0.01; done; t-echo ask-udp 10.77.0.1 8082'; wait $!; echo $?
near 't-echo ask 10.77.0.1 8080'
