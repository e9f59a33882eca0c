# SPDX-License-Identifier: GPL-2.0-or-later
# Redirections to, from and between remote files and local pipes.
(echo a; echo b) >f; cat f
{ echo one; ls /nowhere; echo two; } >both 2>&1; cat both
echo appended >>f; cat <f >g; exec 5<>f; read -r -u 5 l; echo "$l"; echo X >&5; exec 5>&-; cat f
exec 6>six; echo to six >&6; sh -c 'echo from a child >&6'; exec 7>&6 6>&-; echo dup >&7; exec 7>&-; cat six
exec 8<f; read -r -u8 a; (read -r -u8 b; echo "child $b"); read -r -u8 c; echo "$a,$c"; exec 8<&-
set -C; echo no >f; echo yes >|f; set +C; cat f
echo out; echo err >&2; exec 3>&1 >hidden; echo into the file; exec >&3; cat hidden
: >empty; [ -s empty ] || echo empty; wc -c <&0 </srv/data/hello.txt
cat <nofile; echo $?; echo x >/srv/none/x; echo $?; echo y >/srv; echo $?
for i in 1 2 3; do echo $i; done >loop; while read -r n; do echo "<$n>"; done <loop
(echo to stderr >/dev/stderr) 2>&1 | cat; echo to fd | tee /dev/fd/1 | cat; cat /dev/null; echo gone >/dev/null
