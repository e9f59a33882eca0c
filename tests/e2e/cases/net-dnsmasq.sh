# SPDX-License-Identifier: GPL-2.0-or-later
# A name server that runs here, for programs over there.
#: worlds net
#: needs dnsmasq getent
. t-net
printf 'no-resolv\nno-hosts\nlisten-address=10.77.0.1\nbind-interfaces\naddress=/www.zone.far/10.77.0.1\naddress=/www.zone.far/fd77::1\nptr-record=33.0.77.10.in-addr.arpa,back.zone.far\ntxt-record=text.zone.far,some text\nlocal=/far/\nuser=root\npid-file=/srv/work/dns.pid\n' >dns.conf
dnsmasq -k -C dns.conf & pid=$!; listening 53; far 'getent hosts www.zone.far; getent hosts 10.77.0.33'; kill $pid; wait $pid; echo $?
