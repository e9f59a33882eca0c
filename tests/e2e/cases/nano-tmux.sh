# SPDX-License-Identifier: GPL-2.0-or-later
# nano driven by keys in a tmux of this machine's.
#: worlds nousr
#: timeout 180
#: needs nano tmux
tmux -L nano -f /dev/null new-session -d -x 80 -y 24 'nano -I notes; echo $? >status; exec sleep 60'
keys() { tmux -L nano send-keys "$@"; }
shown() { for _ in $(seq 400); do tmux -L nano capture-pane -p | grep -q "$1" && return; sleep 0.05; done; echo "no $1"; tmux -L nano capture-pane -p; }
shown 'Exit'; keys 'first line' Enter 'second line' Enter; shown 'second line'; keys C-r; shown 'insert'; keys /srv/data/hello.txt Enter; shown 'far'; keys C-o; shown 'Write'; keys Enter; shown 'Wrote'; keys C-x
for _ in $(seq 400); do [ -s status ] && break; sleep 0.05; done; cat status notes; tmux -L nano kill-server
