# SPDX-License-Identifier: GPL-2.0-or-later
# A C++ server with threads, streams, futures and exceptions.
#: worlds net
#: needs g++
. t-net
t-cxxchat 10.77.0.1 8080 6 & listening 8080
far 'for i in 1 2 3 4 5; do (exec 3<>/dev/tcp/lan.far/8080; for j in 1 2 3 4 5 6 7 8; do echo "$i says $j"; done >&3; n=0; while [ $n -lt 8 ]; do read -r line <&3 || break; [ "${line%% *}" = $i ] && n=$((n + 1)); done; echo "$i heard itself") & done | sort'
exec 3<>/dev/tcp/10.77.0.1/8080; echo last >&3; read -r line <&3; echo "$line"; exec 3>&-
wait $!; echo $?; wc -l <chat.log; t-cxxchat 10.99.0.1 80 1; echo $?; t-cxxchat x y z; echo $?
