# SPDX-License-Identifier: GPL-2.0-or-later
# How programs end by signals, as their parent sees it.
#: filter (?m)^case: line \d+: +\d+ => case: PID
t-crash; echo $?
sh -c 'kill -TERM $$'; echo $?
sh -c 'kill -KILL $$'; echo $?
sleep 60 & kill -HUP $!; wait $!; echo $?
timeout -s INT 0.2 sleep 60; echo $?
timeout --foreground 0.2 sh -c 'trap "echo caught; exit 5" TERM; while :; do :; done'; echo $?
sh -c 'trap "" HUP; kill -HUP $$; echo ignored'
(sleep 0.1; kill -CONT $$) & kill -0 $$ && echo alive; wait
yes | head -n 1; echo "${PIPESTATUS[@]}"
