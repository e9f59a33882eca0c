# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A machine on a network of its own (tests/lib/network.py) that knows names of
# its own.

# shellcheck disable=SC2034
suite=bookworm

recipe()
{
	add_user "$1" user 1000 /home/user
	add_user "$1" sshd 101 /run/sshd
	mkdir -p "$1/run/sshd" "$1/etc/ssh" "$1/etc/ssl" "$1/var/lib"
	chmod 0755 "$1/run/sshd"
	cat >"$1/etc/hosts" <<-END
		127.0.0.1 localhost
		::1 localhost6
		10.77.0.1 far-net lan.far
		fd77::1 six.far
		10.78.0.1 wire.far
	END
	echo 'nameserver 10.77.0.1' >"$1/etc/resolv.conf"
	printf '%s\n' 'echo 7/tcp' 'echo 7/udp' 'daytime 13/tcp' 'daytime 13/udp' 'ssh 22/tcp' \
		'domain 53/tcp' 'domain 53/udp' 'http 80/tcp' 'farthing 7707/tcp' \
		'farthing 7707/udp' >"$1/etc/services"
	printf 'ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\n' \
		>"$1/etc/protocols"
	printf 'hosts: files dns\nservices: files\nprotocols: files\npasswd: files\ngroup: files\n' \
		>"$1/etc/nsswitch.conf"
	printf '[req]\ndistinguished_name = name\n[name]\n' >"$1/etc/ssl/openssl.cnf"
	: >"$1/etc/ssh/ssh_config"
	: >"$1/etc/ssh/sshd_config"
}
