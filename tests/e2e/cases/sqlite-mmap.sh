# SPDX-License-Identifier: GPL-2.0-or-later
# sqlite3 with its file mapped: growing, written by transactions, by several processes, with WAL.
#: worlds debian
#: needs sqlite3
#: timeout 90
#: ignore /srv/work/a.db
S='PRAGMA mmap_size=268435456'
q() { sqlite3 -cmd '.timeout 20000' -cmd "$S" a.db "$@" | grep -v '^268435456$'; }
{ echo 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);BEGIN;'; for i in $(seq 3000); do echo "INSERT INTO t(b) VALUES('$((i * 7919 % 100003)) some text that makes the row longer');"; done; echo 'COMMIT;'; } >insert.sql
sqlite3 -cmd "$S" a.db <insert.sql; rm insert.sql
q 'SELECT count(*), sum(length(b)), max(b) FROM t' 'CREATE INDEX i ON t(b)' 'SELECT a FROM t WHERE b LIKE "500%"'
q 'INSERT INTO t(b) SELECT b || a || b || b FROM t' 'INSERT INTO t(b) SELECT b FROM t' 'SELECT count(*), sum(length(b)) FROM t'
q 'UPDATE t SET b = a WHERE a % 3 = 0' 'DELETE FROM t WHERE a > 9000' 'PRAGMA integrity_check' VACUUM 'SELECT sum(length(b)) FROM t'
q 'PRAGMA journal_mode=wal'; for i in 1 2 3; do q "UPDATE t SET b='x$i' WHERE a%100=$i" & done; wait
q 'SELECT count(*) FROM t WHERE b LIKE "x%"' 'PRAGMA wal_checkpoint(truncate)' 'PRAGMA integrity_check'
ls; sqlite3 a.db .dump | sha256sum
