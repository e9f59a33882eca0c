# SPDX-License-Identifier: GPL-2.0-or-later
# ssh, scp and sftp to an sshd over there: commands, a pty, a forwarded port.
#: worlds net
#: needs ssh sshd script
#: ignore /srv/work/key* /srv/work/host* /srv/work/known /var/log/* /root/.ssh* /run/*
#: filter (?i)(ED25519 key fingerprint is|by authenticat).* => \1
. t-net
t-sshd
ssh -F conf -o StrictHostKeyChecking=yes lan true 2>/dev/null; echo $?; ssh -F conf lan 'hostname; id -u; tty; exit 3' 2>/dev/null; echo $?; cut -d ' ' -f 2 known
ssh -F conf lan 'cat; echo error >&2' </srv/data/blob.bin 2>err | sha256sum; cat err
ssh -F conf -tt lan 'test -t 0 && test -t 1 && echo on a terminal; exit 4' </dev/null 2>&1 | tr -d '\r'; echo "${PIPESTATUS[0]}"
script -qec 'stty rows 33 cols 99; ssh -F conf -t lan "stty size; read -p name? x; echo got \$x" 2>/dev/null' /dev/null <<<'typed' | grep -oE '33 99|got typed'
printf 'echo $TERM; cd /srv/data && head -n 1 hello.txt\nexit 5\n' | ssh -F conf -tt lan 'HISTFILE= PS1= bash --norc -i' 2>/dev/null | tr -d '\r' | tail -n 3; echo "${PIPESTATUS[1]}"
scp -q -F conf lan:/srv/data/words.txt .; scp -q -F conf -r lan:/srv/data/sub sub 2>&1; scp -q -F conf /srv/data/long.txt lan:/srv/work/copy; cmp copy /srv/data/long.txt; find sub words.txt | sort
printf 'cd /srv/data\nls -1 sub\nget blob.bin\nmkdir /srv/work/made\nput conf /srv/work/made/\n' | sftp -q -b - -F conf lan; cmp blob.bin /srv/data/blob.bin; ls made
far 'cd /srv/data; python3 -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 & t-listening 8000'
ssh -F conf -N -L 127.0.0.1:9000:localhost:8000 lan & pid=$!; listening 9000; curl -sS http://127.0.0.1:9000/hello.txt; while kill $pid 2>/dev/null; do sleep 0.1; done; wait $pid; echo $?
ssh -F conf lan 'sleep 0.2; kill -TERM $$'; echo $?; ssh -F conf -p 2223 lan true; echo $?
