# SPDX-License-Identifier: GPL-2.0-or-later
# haproxy in front of two nginx and of redis, with health checks and statistics; a soft stop.
#: filter after \d+ ms => after N ms
#: worlds net
#: needs haproxy nginx redis-server redis-cli curl ab
#: ignore /srv/work/*.log /srv/work/temp*
. t-net
mkdir temp one two; echo from one >one/name; echo from two >two/name
cat >nginx.conf <<'END'
worker_processes 1; pid temp/pid; error_log error.log; user root; events { worker_connections 128; }
http { access_log off; client_body_temp_path temp/b; proxy_temp_path temp/p; fastcgi_temp_path temp/f; uwsgi_temp_path temp/u; scgi_temp_path temp/s;
server { listen 127.0.0.1:8001; root one; } server { listen 127.0.0.1:8002; root two; } }
END
cat >haproxy.cfg <<'END'
global
    maxconn 200
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend web
    bind 10.77.0.1:80
    http-request deny if { path /secret }
    http-response set-header x-proxy far
    default_backend pair
backend pair
    balance roundrobin
    option httpchk GET /name
    server one 127.0.0.1:8001 check inter 100
    server two 127.0.0.1:8002 check inter 100
listen redis
    mode tcp
    bind fd77::1:6380
    server redis 127.0.0.1:6379
listen stats
    bind 127.0.0.1:8404
    stats enable
    stats uri /
END
far 'cd /srv/work; nginx -p . -c nginx.conf -e error.log; redis-server --bind 127.0.0.1 --save "" --daemonize yes >/dev/null; t-listening 8001 8002 6379'
haproxy -c -f haproxy.cfg 2>/dev/null; echo $?
haproxy -f haproxy.cfg 2>haproxy.log & server=$!; listening 80 6380 8404
far 'for i in 1 2 3 4; do curl -sS http://lan.far/name; done | sort; curl -sS -o /dev/null -w "%{http_code}\n" http://lan.far/secret; curl -sS -I http://lan.far/name | grep -i x-proxy'
far 'ab -q -n 500 -c 8 http://10.77.0.1/name | grep -E "^(Complete|Failed|Non-2xx)"; redis-cli -h six.far -p 6380 set a 1; redis-cli -h six.far -p 6380 incr a'
near 'curl -sS -m 5 http://10.77.0.1/name; echo $?'; curl -sS http://lan.far/name | cut -d ' ' -f 1
curl -sS 'http://127.0.0.1:8404/;csv' | cut -d, -f 1,2,18 | grep -E '^(pair|redis|web)'
kill -USR1 $server; wait $server; echo $?; listening - 80 8404
far 'kill $(cat temp/pid); redis-cli shutdown nosave'
