# SPDX-License-Identifier: GPL-2.0-or-later
# nginx, a master and two workers: files, load from over there, reload, log, quit.
#: filter after \d+ ms => after N ms
#: worlds net
#: needs nginx ab wrk curl
#: ignore /srv/work/*.log /srv/work/pid /srv/work/temp*
. t-net
mkdir temp; cat >nginx.conf <<'END'
worker_processes 2; pid /srv/work/pid; error_log /srv/work/error.log; user root;
events { worker_connections 256; }
http { access_log /srv/work/access.log; sendfile on; client_body_temp_path temp/b; proxy_temp_path temp/p;
fastcgi_temp_path temp/f; uwsgi_temp_path temp/u; scgi_temp_path temp/s;
server { listen 10.77.0.1:80; listen [fd77::1]:80; server_name lan.far; root /srv/data; location /list/ { alias /srv/data/sub/; autoindex on; }
location /old { return 301 /hello.txt; } } }
END
nginx -p /srv/work -c nginx.conf -e error.log -t 2>&1 | tail -n 1
nginx -p /srv/work -c nginx.conf -e error.log -g 'daemon off;' & master=$!; listening 80
far 'curl -sS http://lan.far/hello.txt; curl -sS http://six.far/blob.bin | sha256sum; curl -sSL http://lan.far/old; curl -sS -r 100-119 http://lan.far/long.txt'
curl -sS http://lan.far/list/ | grep -o 'href="[^"]*"'; curl -sS -o /dev/null -w '%{http_code}\n' http://lan.far/none
far 'ab -q -n 1500 -c 16 http://10.77.0.1/hello.txt | grep -E "^(Complete|Failed|Non-2xx|Document Length|HTML)"; ab -q -k -n 1000 -c 8 http://10.77.0.1/long.txt | grep -E "^(Complete|Failed|Keep-Alive|HTML)"'
far 'wrk -t 2 -c 16 -d 1s http://10.77.0.1/words.txt >wrk.out && grep -c "Requests/sec" wrk.out; grep -c "Socket errors\\|Non-2xx" wrk.out; rm wrk.out'
near 'curl -sS -m 5 http://10.77.0.1/; echo $?'
sed -i 's/return 301 .*;/return 200 "reloaded\\n";/' nginx.conf; kill -HUP $master
far 'until curl -sS http://lan.far/old | grep reloaded; do sleep 0.02; done'
mv access.log old.log; kill -USR1 $master; until [ -s access.log ]; do curl -sS http://lan.far/words.txt | wc -l >lines; done
cat lines; grep -q '"GET /words.txt HTTP/1.1" 200 62' access.log; echo $?; grep -c hello.txt old.log
kill -QUIT $master; wait $master; echo $?; listening - 80; grep -cE 'alert|crit|emerg' error.log
