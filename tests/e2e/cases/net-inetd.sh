# SPDX-License-Identifier: GPL-2.0-or-later
# inetd: internal services, programs that get a connection as their standard input, wait and nowait, a reload.
#: worlds net
#: needs inetd nc
#: ignore /run/*
. t-net
printf '#!/bin/sh\nread x; echo got $x; hostname\n' >program; chmod +x program
printf "echo dgram udp wait root internal\ndaytime stream tcp nowait root internal\n10.77.0.1:farthing stream tcp nowait root /srv/work/program program\n" >conf
inetd -i conf & server=$!; listening 13 7707
far 'echo datagram | nc -u -w 1 10.77.0.1 7; nc -w 5 10.77.0.1 13 | wc -l; echo line | nc -N -w 5 10.77.0.1 7707'
printf '10.77.0.1:8092 stream tcp nowait root /bin/cat cat -n\n' >>conf; kill -HUP $server; listening 8092; far 'for i in 1 2 3; do echo $i | nc -N -w 5 10.77.0.1 8092 & done | sort'
kill $server; wait $server; echo $?
