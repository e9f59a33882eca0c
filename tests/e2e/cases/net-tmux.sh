# SPDX-License-Identifier: GPL-2.0-or-later
# tmux with bash inside, its socket on this side (--local): keys, sizes, windows, a client on a terminal.
#: worlds net
#: needs tmux script
#: trace --local /tmp/tmux-case
. t-net
mkdir /tmp/tmux-case; export TERM=xterm ENV=; t() { tmux -S /tmp/tmux-case/socket -f /dev/null "$@"; }
until_is() { local i; for i in {1..200}; do [ "$(cat "$1" 2>/dev/null)" = "$2" ] && break; sleep 0.02; done; echo "$1: $(cat "$1")"; }
t new-session -d -s one -x 100 -y 30 'PS1="\$ " bash --norc --noprofile'; echo $?
t send-keys -t one 'uname -n; pwd; stty size' Enter 'cat /srv/data/hello.txt >typed' Enter; until_is typed 'Hello from far-net.'; t capture-pane -p -t one | head -n 8
t resize-window -t one -x 77 -y 21; t send-keys -t one 'stty size >size' Enter; until_is size '21 77'
t split-window -t one -v -l 5 'bash --norc'; t send-keys -t one 'stty size >size2' Enter; until_is size2 '5 77'; t list-panes -t one -F '#{pane_index} #{pane_width}x#{pane_height} #{pane_current_command}'
t new-window -t one -n second 'cat'; t send-keys -t one:second 'echo this' Enter; t list-windows -t one -F '#{window_index} #{window_name} #{window_panes}'
t send-keys -t one:second 'C-d' ''; t select-window -t one:0; t send-keys -t one:0.0 'sleep 60' Enter; t send-keys -t one:0.0 C-c 'echo $? >interrupted' Enter; until_is interrupted 130
mkfifo hold; exec 5<>hold; script -qec 'stty rows 40 cols 120; tmux -S /tmp/tmux-case/socket attach -t one' /dev/null <&5 >screen 2>&1 & until [ "$(t list-clients -F '#{client_width}x#{client_height}')" = 120x40 ]; do sleep 0.02; done
t list-clients -F '#{client_width}x#{client_height}'; t set-option -g window-size latest; printf 'cat /srv/WORLD >attached\r' >&5; until_is attached net; t detach-client -s one; wait; grep -c detached screen; rm -f screen hold
t send-keys -t one:0.1 exit Enter; t kill-session -t one; t ls; echo $?; rm -r /tmp/tmux-case
