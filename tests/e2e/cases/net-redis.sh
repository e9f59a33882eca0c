# SPDX-License-Identifier: GPL-2.0-or-later
# redis: a little load, save, restart, the data is there; a subscriber; an end by a signal.
#: worlds net
#: needs redis-server redis-cli redis-benchmark
#: ignore /srv/work/*.log /srv/work/*.rdb /srv/work/aof/*
. t-net
start() { redis-server --bind 10.77.0.1 --protected-mode no --port 6379 --dir /srv/work --logfile redis.log --appendonly "$1" --appenddirname aof --save '' & server=$!; listening 6379; until cli ping 2>/dev/null | grep -q PONG; do sleep 0.02; done; }
cli() { redis-cli -h lan.far "$@"; }
start no
far 'redis-benchmark -h lan.far -q -n 2000 -c 20 -t set,get,lpush,lpop -P 4 --csv | cut -d, -f1; redis-cli -h lan.far dbsize'
cli set greeting 'from this side'; cli rpush list a b c; for i in 1 2 3; do cli incr counter; done
seq 500 | sed 's/.*/set key:& value:&/' | cli | sort | uniq -c; far 'redis-cli -h lan.far mget greeting key:77'
cli subscribe news >sub & pid=$!; far 'until [ "$(redis-cli -h lan.far publish news today)" = 1 ]; do sleep 0.02; done; until grep -q today sub; do sleep 0.02; done'; kill $pid; wait $pid; echo $?; cat sub
cli bgsave; until cli info persistence | grep -q rdb_bgsave_in_progress:0; do sleep 0.02; done; cli save; cli shutdown nosave; wait $server; echo $?
start no; cli mget greeting key:500 counter; cli lrange list 0 -1; cli dbsize; cli config set appendonly yes; until cli info persistence | grep -q aof_rewrite_in_progress:0; do sleep 0.02; done; cli set last word; cli shutdown; wait $server; echo $?
start yes; far 'redis-cli -h lan.far mget last greeting'; near 'redis-cli -h 10.77.0.1 ping'; kill -TERM $server; wait $server; echo $?
