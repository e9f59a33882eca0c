# SPDX-License-Identifier: GPL-2.0-or-later
# Names: the far hosts file, and a name server that runs over there.
#: worlds net
#: needs dnsmasq getent python3 curl
. t-net
getent hosts lan.far six.far; getent ahosts far-net; getent services farthing; getent passwd sshd; getent hosts www.zone.far; echo $?
printf 'no-resolv\nno-hosts\nlisten-address=10.77.0.1\nbind-interfaces\naddress=/www.zone.far/10.77.0.1\naddress=/www.zone.far/fd77::1\nptr-record=33.0.77.10.in-addr.arpa,back.zone.far\ntxt-record=text.zone.far,some text\nlocal=/far/\nuser=root\npid-file=/srv/work/dns.pid\n' >dns.conf
far 'dnsmasq -C /srv/work/dns.conf; t-listening 53'
getent hosts www.zone.far; getent ahosts www.zone.far | sort; getent hosts 10.77.0.33; getent hosts none.zone.far; echo $?
python3 -c '
import socket
print(socket.gethostbyname_ex("www.zone.far"), socket.getfqdn("10.77.0.33"))
print(sorted({a[4][0] for a in socket.getaddrinfo("www.zone.far", "http")}))
print(socket.getnameinfo(("10.77.0.1", 7707), 0), socket.getservbyname("farthing"), socket.gethostname())
try: socket.gethostbyname("none.zone.far")
except OSError as e: print(e)'
curl -sS http://www.zone.far:9/ 2>&1 | cut -d ' ' -f 1-10; sed -i 's/10.77.0.1 far-net/10.77.0.1 newname.far far-net/' /etc/hosts; getent hosts newname.far
far 'kill $(cat dns.pid); t-listening - 53'; getent hosts www.zone.far; echo $?
