# SPDX-License-Identifier: GPL-2.0-or-later
# stunnel and ncat: TLS in front of a server, certificates, a proxy, exec, an access list.
#: worlds net
#: needs stunnel ncat openssl
#: ignore /srv/work/*.pem
. t-net
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=lan.far -days 2 2>/dev/null
ncat -l -k 127.0.0.1 8093 -c 'read x; echo "tls: $x"' & back=$!; printf 'foreground = yes\npid =\noutput = /dev/null\n[s]\naccept = 10.77.0.1:8094\nconnect = 127.0.0.1:8093\ncert = /srv/work/cert.pem\nkey = /srv/work/key.pem\n' >conf
stunnel conf 2>/dev/null & server=$!; listening 8093 8094; far 'for i in 1 2 3 4; do echo $i | openssl s_client -quiet -verify_quiet -verify_return_error -CAfile cert.pem -connect lan.far:8094; done; echo plain | ncat -w 1 10.77.0.1 8094 >/dev/null 2>&1; echo $?'
echo here | openssl s_client -quiet -verify_quiet -CAfile cert.pem -connect lan.far:8094; ncat -l --ssl --ssl-cert cert.pem --ssl-key key.pem 10.77.0.1 8095 -e /bin/cat & ssl=$!; listening 8095; far '(head -c 100000 /srv/data/blob.bin; sleep 1) | ncat --ssl 10.77.0.1 8095 | sha256sum'; wait $ssl; echo $?
ncat -l --proxy-type http -k 10.77.0.1 8096 & proxy=$!; listening 8096; far 'echo by proxy | ncat --no-shutdown --proxy 10.77.0.1:8096 --proxy-type http 127.0.0.1 8093'; ncat -lU sock -c 'echo unix' & unix=$!; until [ -S sock ]; do sleep 0.02; done; ncat --no-shutdown -U sock </dev/null; wait $unix
ncat -l -u 10.77.0.1 8097 --allow 10.77.0.1 >udp & udp=$!; until far 'grep -q :1FA1 /proc/net/udp'; do sleep 0.02; done; far 'echo allowed | ncat -u --send-only 10.77.0.1 8097'; until [ -s udp ]; do sleep 0.02; done; cat udp
kill $udp $proxy $server $back; wait; echo $?
