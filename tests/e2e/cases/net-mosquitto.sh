# SPDX-License-Identifier: GPL-2.0-or-later
# mosquitto: subscribers over there and here, retained messages, persistence over a restart.
#: worlds net
#: needs mosquitto mosquitto_pub mosquitto_sub
#: ignore /srv/work/*.db /srv/work/log
#: stderr ignore it says the time
. t-net
printf 'listener 1883 10.77.0.1\nallow_anonymous true\npersistence true\npersistence_location /srv/work/\nuser root\nlog_dest file /srv/work/log\nlistener 1884 fd77::1\nprotocol websockets\n' >conf
start() { mosquitto -c conf & server=$!; listening 1883 1884; }
start
far 'mosquitto_sub -h lan.far -t "a/#" -C 3 -v >sub & pid=$!; until mosquitto_sub -h lan.far -t "\$SYS/broker/subscriptions/count" -C 1 -W 20 >/dev/null; do :; done; until [ -s sub ]; do mosquitto_pub -h lan.far -t a/ready -m ready; sleep 0.05; done; kill $pid; rm sub; echo subscribed'
mosquitto_pub -h lan.far -t kept -m 'retained text' -r -q 1; far 'mosquitto_sub -h lan.far -t kept -C 1'; mosquitto_sub -h lan.far -t kept -C 1
mosquitto_sub -h lan.far -t stream -C 200 >got & pid=$!; until grep -q 'New client' log && [ "$(grep -c SUBSCRIBE log 2>/dev/null)" -ge 0 ]; do sleep 0.02; done
until mosquitto_pub -h lan.far -t probe -n; do sleep 0.02; done; far 'sleep 0.5; seq 200 | mosquitto_pub -h lan.far -t stream -l -q 1'; wait $pid; echo $?; sha256sum <got; rm got
mosquitto_sub -i me -c -q 1 -h lan.far -t later -E; kill $server; wait $server; echo $?; start; far 'mosquitto_pub -h lan.far -q 1 -t later -m "while away"; mosquitto_sub -h lan.far -t kept -C 1'; mosquitto_sub -i me -c -q 1 -h lan.far -t later -C 1
near 'nc -z -w 5 10.77.0.1 1883; echo $?'; kill $server; wait $server; echo $?
