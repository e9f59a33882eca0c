# SPDX-License-Identifier: GPL-2.0-or-later
# memcached with threads: a client over there and one here, items, counters, flush, an end.
#: worlds net
#: needs memcached python3 nc
. t-net
memcached -u root -l 10.77.0.1 -p 11211 -U 11211 -t 4 -m 16 & server=$!; listening 11211
far "printf 'set a 0 0 5\r\nhello\r\nget a\r\nadd a 0 0 1\r\nx\r\nset n 0 0 1\r\n7\r\nincr n 35\r\ndelete a\r\nget a\r\nquit\r\n' | nc -N 10.77.0.1 11211 | tr -d '\r'"
cat >client.py <<'END'
import socket, sys, threading
def work(k):
    f = socket.create_connection(("10.77.0.1", 11211)).makefile("rwb", 0)
    for i in range(60):
        data = bytes([65 + i % 26]) * (i * 97)
        f.write(b"set k%d-%d 0 0 %d\r\n%s\r\n" % (k, i, len(data), data)); assert f.readline() == b"STORED\r\n"
        f.write(b"get k%d-%d\r\n" % (k, i)); f.readline(); got = b""
        while len(got) < len(data) + 7: got += f.read(len(data) + 7 - len(got))
        assert got == data + b"\r\nEND\r\n"
t = [threading.Thread(target=work, args=(k,)) for k in range(8)]
[x.start() for x in t]; [x.join() for x in t]; print("done")
END
far 'python3 /srv/work/client.py'; python3 client.py; near "printf 'version\r\nquit\r\n' | nc -N -w 5 10.77.0.1 11211 | cut -c 1-8"
printf 'stats\r\nquit\r\n' | nc -N 10.77.0.1 11211 | tr -d '\r' | grep -E 'threads|curr_items|cmd_set|get_hits'
kill $server; wait $server; echo $?
