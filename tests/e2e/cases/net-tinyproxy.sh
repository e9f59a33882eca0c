# SPDX-License-Identifier: GPL-2.0-or-later
# tinyproxy between a client and a server: requests, CONNECT, refusals, several at once.
#: worlds net
#: needs tinyproxy curl nginx
#: ignore /srv/work/*.log /srv/work/temp*
. t-net
mkdir temp; printf 'worker_processes 1; pid temp/pid; error_log error.log; user root; events { worker_connections 128; } http { access_log off; client_body_temp_path temp/b; proxy_temp_path temp/p; fastcgi_temp_path temp/f; uwsgi_temp_path temp/u; scgi_temp_path temp/s; server { listen 127.0.0.1:8001; root /srv/data; } }' >nginx.conf
far 'cd /srv/work; nginx -p . -c nginx.conf -e error.log; t-listening 8001'
printf 'Port 8888\nListen 10.77.0.1\nTimeout 20\nMaxClients 20\nLogFile "/srv/work/tiny.log"\nAllow 10.77.0.0/16\nConnectPort 8001\n' >conf; tinyproxy -d -c conf >tiny.log & server=$!; listening 8888
far 'curl -sS -x 10.77.0.1:8888 http://127.0.0.1:8001/long.txt | sha256sum; curl -sS -p -x 10.77.0.1:8888 http://127.0.0.1:8001/hello.txt; curl -sS -x 10.77.0.1:8888 -o /dev/null -w "%{http_code}\n" http://10.77.0.1:9/; curl -sS -p -x 10.77.0.1:8888 -o /dev/null http://10.77.0.1:9/ 2>/dev/null; echo $?; for i in 1 2 3 4 5 6; do curl -sS -x 10.77.0.1:8888 http://127.0.0.1:8001/blob.bin | sha256sum & done; wait'
kill $server; wait $server; echo $?; far 'kill $(cat /srv/work/temp/pid)'
