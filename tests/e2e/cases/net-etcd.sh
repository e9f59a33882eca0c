# SPDX-License-Identifier: GPL-2.0-or-later
# etcd, a Go server with a mapped data base: clients on both sides, a watch, a restart.
#: worlds net
#: needs etcd etcdctl
#: ignore /srv/work/data* /srv/work/log
. t-net
start() { etcd --data-dir data --listen-client-urls http://10.77.0.1:2379 --advertise-client-urls http://10.77.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --log-level error 2>>log & server=$!; until etcdctl endpoint health >/dev/null 2>&1; do kill -0 $server || exit; sleep 0.1; done; }
export ETCDCTL_ENDPOINTS=http://lan.far:2379 ETCDCTL_API=3
start; etcdctl put greeting 'from here'; far 'ETCDCTL_API=3 etcdctl --endpoints http://10.77.0.1:2379 get greeting; for i in 1 2 3; do ETCDCTL_API=3 etcdctl --endpoints http://10.77.0.1:2379 put k/$i v$i; done'
etcdctl watch w >seen & watch=$!; until [ -s seen ]; do etcdctl put w again >/dev/null; sleep 0.05; done; kill $watch; wait $watch; head -n 2 seen; etcdctl get --prefix k/ --print-value-only; etcdctl txn <<'END'
value("greeting") = "from here"

put greeting changed

get none

END
rm seen; kill -KILL $server; wait $server 2>/dev/null; echo $?; start; etcdctl get greeting; etcdctl get --prefix k/ --keys-only; kill $server; wait $server; echo $?
