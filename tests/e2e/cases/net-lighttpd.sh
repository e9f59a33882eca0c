# SPDX-License-Identifier: GPL-2.0-or-later
# lighttpd: files, ranges, a CGI program, a conditional request, many requests, a graceful end.
#: filter after \d+ ms => after N ms
#: worlds net
#: needs lighttpd curl ab
#: ignore /srv/work/*.log /srv/work/tmp/*
. t-net
mkdir tmp www www/cgi; cp /srv/data/long.txt /srv/data/blob.bin www; printf '#!/bin/sh\necho "Content-type: text/plain"; echo; echo "$REQUEST_METHOD $QUERY_STRING $REMOTE_ADDR $(hostname)"; cat\n' >www/cgi/env; chmod +x www/cgi/env
cat >conf <<'END'
server.document-root = "/srv/work/www"
server.port = 8090
server.bind = "10.77.0.1"
server.errorlog = "/srv/work/error.log"
server.upload-dirs = ( "/srv/work/tmp" )
server.modules = ( "mod_cgi", "mod_accesslog", "mod_dirlisting", "mod_status" )
accesslog.filename = "/srv/work/access.log"
mimetype.assign = ( ".txt" => "text/plain" )
cgi.assign = ( "/env" => "" )
dir-listing.activate = "enable"
END
lighttpd -tt -f conf; echo $?; lighttpd -D -f conf & server=$!; listening 8090
far 'curl -sS http://lan.far:8090/long.txt | sha256sum; curl -sS http://lan.far:8090/blob.bin | sha256sum; curl -sS -r 5-20 http://lan.far:8090/long.txt; curl -sS -o /dev/null -w "%{http_code} %{size_download}\n" http://lan.far:8090/none; curl -sS -z "2035-01-01" -o /dev/null -w "%{http_code}\n" http://lan.far:8090/long.txt'
far 'curl -sS -d posted "http://lan.far:8090/cgi/env?a=b"; head -c 300000 /srv/data/blob.bin | curl -sS --data-binary @- http://lan.far:8090/cgi/env | sha256sum; curl -sS http://lan.far:8090/ | grep -o "href=.[a-z.]*"'
far 'ab -q -k -n 500 -c 10 http://10.77.0.1:8090/long.txt | grep -E "^(Complete|Failed|Non-2xx)"'; near 'curl -sS -m 5 -o /dev/null -w "%{http_code}\n" http://10.77.0.1:8090/long.txt'
kill -INT $server; wait $server; echo $?; grep -c 'GET /long' access.log
