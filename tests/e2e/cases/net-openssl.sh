# SPDX-License-Identifier: GPL-2.0-or-later
# TLS: openssl's server for clients over there, and its client of a server over there.
#: worlds net
#: needs openssl curl
#: ignore /srv/work/key.pem /srv/work/cert.pem /srv/work/bad.pem
. t-net
for n in cert bad; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out $n.pem -days 9000 -subj /CN=lan.far -addext subjectAltName=DNS:lan.far 2>/dev/null; mv key.pem $n.key; cat $n.key >>$n.pem; done; rm ./*.key
cd /srv/data; openssl s_server -accept 10.77.0.1:4433 -cert ../work/cert.pem -WWW -quiet 2>/dev/null & server=$!; cd ../work; listening 4433
far 'curl -sS --cacert cert.pem https://lan.far:4433/hello.txt; curl -sS --cacert cert.pem https://lan.far:4433/blob.bin | sha256sum; curl -sS --cacert bad.pem https://lan.far:4433/hello.txt >/dev/null 2>&1; echo $?'
far 'openssl s_client -connect lan.far:4433 -CAfile cert.pem -verify_return_error </dev/null 2>&1 | grep -E "^New|Verification|^subject"'
kill $server; wait $server; echo $?; listening - 4433
far 'cd /srv/data; openssl s_server -accept 10.77.0.1:4434 -cert ../work/cert.pem -WWW -quiet >/dev/null 2>&1 & t-listening 4434'
curl -sS --cacert cert.pem https://lan.far:4434/hello.txt; curl -sS --cacert cert.pem --http1.0 https://lan.far:4434/blob.bin | sha256sum; curl -sS --cacert bad.pem https://lan.far:4434/ 2>/dev/null; echo $?
openssl s_client -connect lan.far:4434 -CAfile cert.pem -verify_return_error </dev/null 2>&1 | grep -E '^New|Verification|^subject'
for v in tls1_2 tls1_3; do printf 'GET /hello.txt HTTP/1.0\r\n\r\n' | openssl s_client -connect lan.far:4434 -$v -CAfile cert.pem -quiet -ign_eof 2>/dev/null; done
openssl rand 200000 >plain; openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in plain -out locked; openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:x -in locked | cmp - plain; echo $?; rm plain locked
