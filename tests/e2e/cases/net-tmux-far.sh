# SPDX-License-Identifier: GPL-2.0-or-later
# tmux with bash inside, its socket over there: keys, sizes, windows, a client on a terminal.
#: worlds net
#: needs tmux script
. t-net
export TERM=xterm; echo 'PS1="ready> " HISTFILE=' >rc
mkdir /srv/work/sockets; t() { tmux -S /srv/work/sockets/socket -f /dev/null "$@"; }
until_is() { for _ in {1..500}; do [ "$(cat "$1" 2>/dev/null)" = "$2" ] && break; sleep 0.02; done; echo "$1: $(cat "$1")"; }
until_shows() { for _ in {1..500}; do t capture-pane -p -t "$1" | grep -q "$2" && return; sleep 0.02; done; echo "$1 does not show $2"; }
t new-session -d -s one -n first -x 100 -y 30 'bash --rcfile rc'; echo $?; until_shows one 'ready>'
t send-keys -t one 'uname -n; pwd; stty size' Enter 'cat /srv/data/hello.txt >typed' Enter; until_is typed 'Hello from far-net.'; t capture-pane -p -t one | head -n 5
t resize-window -t one -x 77 -y 21; t send-keys -t one 'stty size >size' Enter; until_is size '21 77'
t split-window -t one -v -l 5 'bash --rcfile rc'; until_shows one:0.1 'ready>'; t send-keys -t one:0.1 'stty size >size2' Enter; until_is size2 '5 77'; t list-panes -t one -F '#{pane_index} #{pane_width}x#{pane_height} #{pane_current_command}'
t new-window -t one -n second cat; t send-keys -t one:second 'echo this' Enter; until_shows one:second 'echo this'; t list-windows -t one -F '#{window_index} #{window_name} #{window_panes}'
t select-window -t one:0; t send-keys -t one:0.0 'echo begun; sleep 60' Enter; until_shows one:0.0 '^begun'; t send-keys -t one:0.0 C-c; t send-keys -t one:0.0 'echo $? >interrupted' Enter; until_is interrupted 130
mkfifo hold; exec 5<>hold; script -qec 'stty rows 40 cols 120; tmux -S /srv/work/sockets/socket attach -t one' /dev/null <&5 >screen 2>&1 & until [ "$(t list-clients -F '#{client_width}x#{client_height}')" = 120x40 ]; do sleep 0.02; done
printf 'cat /srv/WORLD >attached\r' >&5; until_is attached net; t detach-client -s one; wait; grep -c detached screen; rm -f screen hold
t send-keys -t one:second C-d; t kill-session -t one; while t ls >/dev/null 2>&1; do sleep 0.02; done; t ls 2>/dev/null; echo $?; rm -r /srv/work/sockets
