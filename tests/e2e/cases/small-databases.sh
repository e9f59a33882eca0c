# SPDX-License-Identifier: GPL-2.0-or-later
# Databases in mapped and locked files: gdbm, lmdb, dbm and shelve of Python, sqlite's import, dump and full text.
#: worlds trixie
#: timeout 180
#: needs gdbmtool mdb_load sqlite3 python3
#: ignore /srv/work/g.db /srv/work/py* /srv/work/*.mdb /srv/work/w.db
printf 'open g.db\nstore a 1\nstore b 2\nlist\ncount\ndelete a\nreorganize\nclose\n' | gdbmtool -n -q; echo $?; printf 'list\n' | gdbmtool -q g.db
mkdir lm lm2; { printf 'VERSION=3\nformat=print\ntype=btree\nmapsize=1048576\nHEADER=END\n'; for i in $(seq 400); do printf ' k%d\n v%d\n' $i $i; done; echo DATA=END; } | mdb_load lm; echo $?; mdb_dump -p lm | sha256sum; mdb_stat -e lm | grep -E 'Entries|Number'; mdb_copy -c lm lm2; mdb_stat lm2 | grep Entries; rm lm/lock.mdb; rm -f lm2/lock.mdb
python3 - <<-END
	import dbm.dumb, dbm.gnu, mmap, os, shelve
	for m in (dbm.gnu, dbm.dumb):
	    with m.open('py-' + m.__name__, 'c') as d:
	        for i in range(100): d[str(i)] = 'x' * i
	    with m.open('py-' + m.__name__) as d: print(m.__name__, len(d.keys()), len(d['99']))
	with shelve.open('py-shelf') as s: s['x'] = list(range(1000))
	with shelve.open('py-shelf') as s: print(sum(s['x']))
	with open('map', 'w+b') as f:
	    f.truncate(100000)
	    with mmap.mmap(f.fileno(), 0) as m:
	        if os.fork() == 0: m[70000:70005] = b'child'; os._exit(0)
	        os.wait(); m.resize(200000); m[150000:150003] = b'end'; m.flush(); print(m.find(b'child'), m.rfind(b'end'))
END
sha256sum map; printf 'a,b\n1,x\n2,"y z"\n' >in.csv; sqlite3 w.db '.mode csv' '.import in.csv t' 'SELECT * FROM t' .schema; sqlite3 w.db 'CREATE VIRTUAL TABLE f USING fts5(t)' "INSERT INTO f SELECT readfile('/srv/data/words.txt')" "SELECT count(*) FROM f WHERE f MATCH 'fox'" '.backup b.db' "SELECT writefile('out', x'616263')"; cat out; echo; sqlite3 b.db .dump | sha256sum; sqlite3 w.db "ATTACH 'b.db' AS o" 'BEGIN; INSERT INTO t VALUES(3, 4); DELETE FROM o.t; COMMIT; SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM o.t)'; rm b.db
