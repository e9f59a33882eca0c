# SPDX-License-Identifier: GPL-2.0-or-later
# sqlite3: many inserts, readers beside a writer, a writer killed in a transaction; with a journal and with WAL.
#: worlds debian
#: needs sqlite3
#: timeout 90
for mode in delete wal; do
	db=$mode.db; echo "$mode:"
	sqlite3 $db "PRAGMA journal_mode=$mode" 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)' 'CREATE INDEX i ON t(b)'
	{ echo '.timeout 20000'; for i in $(seq 100); do echo 'BEGIN;'; for j in $(seq 100); do echo "INSERT INTO t(b) VALUES('row $i $j');"; done; echo 'COMMIT;'; done; } >insert.sql
	sqlite3 -cmd '.timeout 20000' -cmd 'PRAGMA synchronous=NORMAL' $db <insert.sql & writer=$!
	# Whoever reads sees whole transactions.
	for r in 1 2; do for k in 1 2 3 4 5; do sqlite3 -cmd '.timeout 20000' $db 'SELECT count(*) % 100 FROM t'; done & done
	wait; echo "writer $?"; rm insert.sql
	sqlite3 $db 'SELECT count(*), max(b), min(b) FROM t; PRAGMA integrity_check'
	# Killed with a transaction that has gone to the file: it must not have been.
	mkfifo asked said; sqlite3 $db <asked >said & killed=$!; exec 3>asked 4<said
	echo 'PRAGMA cache_size=2; BEGIN; UPDATE t SET b = b || a; DELETE FROM t WHERE a % 3 = 0; SELECT changes();' >&3
	read -r changes <&4; echo $changes; kill -9 $killed; wait $killed 2>/dev/null; echo "killed $?"; exec 3>&- 4<&-; rm asked said
	ls $db*
	sqlite3 $db 'SELECT count(*), max(b), min(b) FROM t; PRAGMA integrity_check'
	sqlite3 $db 'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)' 'SELECT sum(length(b)) FROM t'; sqlite3 $db .dump | sha256sum
done
