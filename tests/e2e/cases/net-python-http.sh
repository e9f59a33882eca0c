# SPDX-License-Identifier: GPL-2.0-or-later
# Python's http.server, threaded, and urllib of it, in both directions.
#: filter after \d+ ms => after N ms
#: worlds net
#: needs python3 curl
#: ignore /srv/work/*.log
. t-net
python3 -m http.server 8000 --bind 10.77.0.1 -d /srv/data 2>http.log & server=$!; listening 8000
far 'for i in 1 2 3 4; do curl -sS http://lan.far:8000/blob.bin | sha256sum & done; wait; curl -sS http://lan.far:8000/many/ | grep -c entry; curl -sS -o /dev/null -w "%{http_code}\n" http://lan.far:8000/none'
near 'curl -sS -m 5 http://10.77.0.1:8000/; echo $?'; curl -sS http://10.77.0.1:8000/hello.txt
kill $server; wait $server; echo $?; cut -d ' ' -f 1,6-9 http.log | grep -v '^$' | sort | uniq -c
far 'python3 -m http.server 8001 --bind :: -d /srv/data >/dev/null 2>&1 & t-listening 8001'
python3 - <<'END'
import concurrent.futures, hashlib, urllib.error, urllib.request
def get(name):
    with urllib.request.urlopen("http://lan.far:8001/" + name) as answer:
        return name, answer.status, hashlib.sha256(answer.read()).hexdigest()[:12]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for line in pool.map(get, ["hello.txt", "blob.bin", "long.txt", "words.txt"] * 3):
        print(*line)
for url in ("http://six.far:8001/none", "http://six.far:8002/", "http://no.far/"):
    try:
        urllib.request.urlopen(url)
    except urllib.error.URLError as err:
        print(err)
END
