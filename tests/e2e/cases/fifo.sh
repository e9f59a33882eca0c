# SPDX-License-Identifier: GPL-2.0-or-later
# FIFOs in the far world between two processes here.
mkfifo a b
echo through >a & cat a; wait
(while read -r l; do echo "echo $l"; done <a >b) &
exec 4>a; exec 5<b; echo one >&4; read -r x <&5; echo "$x"
echo two >&4; exec 4>&-; cat <&5; wait
seq 20000 >a & sha256sum <a; wait
(sleep 0.2; echo late >a) & read -r x <a; echo "$x"; wait
timeout 0.3 cat /srv/data/fifo; echo $?; timeout 0.3 sh -c 'echo x >/srv/data/fifo'; echo $?
stat -c %F a
