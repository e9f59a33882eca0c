# SPDX-License-Identifier: GPL-2.0-or-later
# iperf3 as server and client, TCP and UDP, several streams, both directions.
#: worlds net
#: needs iperf3 python3
. t-net
serve() { iperf3 -s -1 -B 10.77.0.1 -p 5201 >/dev/null & server=$!; listening 5201; }
sums() { python3 -c 'import json, sys; r = json.load(sys.stdin); e = r["end"]; print(r.get("error"), len(e["streams"]), [e[k]["bytes"] >= 100000 for k in ("sum_sent", "sum") if k in e])'; }
serve; far 'iperf3 -c 10.77.0.1 -n 2M -P 3 -J' | sums; wait $server; echo $?
far 'iperf3 -s -1 -D -B 10.77.0.1 -p 5201; t-listening 5201'; iperf3 -c 10.77.0.1 -n 1M -R -J | sums
serve; far 'iperf3 -u -c 10.77.0.1 -n 100K -b 8M -J' | sums; wait $server; echo $?; iperf3 -c 10.77.0.1 -n 1; echo $?
