# SPDX-License-Identifier: GPL-2.0-or-later
# PostgreSQL by a user: initdb, processes that share memory, transactions from both sides, a crash and recovery.
#: worlds net
#: user 1000
#: needs /usr/lib/postgresql/15/bin/postgres psql
#: ignore /tmp/pg* /home/user/.psql_history
#: timeout 120
. t-net
PATH=/usr/lib/postgresql/15/bin:$PATH; cd /tmp; export TZ=UTC
initdb -D pg -N -E UTF8 --no-locale -A trust -U user >init.out 2>&1; echo $?; rm init.out; cat >>pg/postgresql.conf <<'END'
listen_addresses = '10.77.0.1'
unix_socket_directories = '/tmp'
shared_buffers = 2MB
max_connections = 20
logging_collector = off
fsync = off
END
echo 'host all all 10.0.0.0/8 trust' >>pg/pg_hba.conf
start() { postgres -D pg 2>>pg.log & server=$!; until pg_isready -q -h lan.far; do kill -0 $server || exit; sleep 0.05; done; }
sql() { psql -h lan.far -U user -d postgres -qAt "$@"; }
start
sql -c 'create table t (id serial primary key, word text, at int); create index on t (word)' -c "insert into t (word, at) select 'w' || i, i % 7 from generate_series(1, 2000) i"
sql -c 'select count(*), sum(at), max(word) from t' -c "select inet_server_addr()" -c "copy (select * from t where at = 3 order by id limit 3) to stdout"
far 'psql -h 10.77.0.1 -U user -d postgres -qAt -c "select count(*) from t where at = 2; begin; update t set at = 9 where id < 10; rollback; select sum(at) from t where id < 10"'; psql -h /tmp -U user -d postgres -qAt -c 'select 40 + 2'
for i in 1 2 3 4; do (for k in 1 2 3 4 5; do echo "update t set at = at + 1 where id = 1;"; done | sql) & done; wait $(jobs -p | grep -vx $server); sql -c 'select at from t where id = 1'
(echo 'listen news;'; until [ -e pg.sent ]; do sleep 0.05; done; echo 'select 1;') | sql -f - | sed 's/PID .*/PID/' & listener=$!; until [ "$(sql -c "select count(*) from pg_stat_activity where query like 'listen%'")" = 1 ]; do sleep 0.05; done; sql -c "notify news, 'today'"; touch pg.sent; wait $listener
sql -c "select pg_sleep(30)" 2>/dev/null & sleeper=$!; until sql -c "select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(30)'" | grep -q t; do sleep 0.05; done; wait $sleeper; echo $?
kill -QUIT $server; wait $server; echo $?; start; sql -c 'select count(*), max(at) from t' -c vacuum; near 'nc -z -w 5 10.77.0.1 5432; echo $?'
kill -INT $server; wait $server; echo $?; grep -c 'database system was not properly shut down' pg.log
