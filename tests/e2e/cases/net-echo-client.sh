# SPDX-License-Identifier: GPL-2.0-or-later
# Clients of echo servers that run over there, by address and by name.
#: worlds net
. t-net
far 't-echo epoll 10.77.0.1 8080 5 >/dev/null 2>&1 & t-echo thread :: 8081 2 >/dev/null 2>&1 & t-echo udp :: 8082 12 >/dev/null 2>&1 & t-listening 8080 8081'
t-echo ask 10.77.0.1 8080; t-echo ask lan.far 8080
t-echo ask six.far 8081; t-echo ask localhost 8081; t-echo ask-udp six.far 8082; t-echo ask-udp far-net 8082
for i in 1 2 3; do t-echo ask lan.far 8080 >ask$i & done; wait; cat ask3; cmp ask1 ask2; cmp ask2 ask3
listening - 8080 8081
t-echo ask 10.77.0.1 8080; echo $?; t-echo ask nobody.far 8080; echo $?
