# SPDX-License-Identifier: GPL-2.0-or-later
# gunicorn: workers that are forked, threads, a reload, one killed and replaced, a graceful end.
#: worlds net
#: needs gunicorn curl ab
#: ignore /srv/work/__pycache__*
. t-net
cat >app.py <<'END'
import os, socket, time
def app(env, start):
    path = env["PATH_INFO"]
    if path == "/post": body = str(len(env["wsgi.input"].read())).encode()
    elif path == "/pid": body = str(os.getpid()).encode()
    elif path == "/slow": time.sleep(0.3); body = b"slow"
    else: body = (socket.gethostname() + " " + env["REMOTE_ADDR"]).encode()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]
END
gunicorn -w 2 -k gthread --threads 3 -b 10.77.0.1:8091 -b unix:/srv/work/sock --worker-tmp-dir /srv/work --log-level error --graceful-timeout 1 app:app & server=$!; listening 8091
far 'until curl -sS http://lan.far:8091/ 2>/dev/null; do sleep 0.05; done; echo; head -c 200000 /dev/zero | curl -sS --data-binary @- http://lan.far:8091/post; echo; ab -q -n 200 -c 8 http://10.77.0.1:8091/ | grep -E "^(Complete|Failed|Non-2xx)"'
curl -sS --unix-socket sock http://x/; echo; pid=$(curl -sS http://lan.far:8091/pid); kill -KILL $pid; until new=$(curl -sS http://lan.far:8091/pid 2>/dev/null) && [ $new != $pid ]; do sleep 0.05; done; echo another
kill -HUP $server; far 'until curl -sS http://lan.far:8091/slow 2>/dev/null; do sleep 0.05; done; echo'; kill -TERM $server; wait $server; echo $?; ls sock 2>&1; listening - 8091
