# SPDX-License-Identifier: GPL-2.0-or-later
# php -S with workers, ruby's webrick and sockets, perl's IO::Socket and IO::Select.
#: worlds net
#: needs php ruby perl curl pgrep
. t-net
echo '<?php if ($_SERVER["REQUEST_URI"] == "/post") echo strlen(file_get_contents("php://input")); else { echo gethostname(), " ", PHP_SAPI, " ", file_get_contents("/srv/WORLD"); }' >index.php
PHP_CLI_SERVER_WORKERS=3 php -S 10.77.0.1:8098 index.php 2>/dev/null & php=$!; listening 8098
far 'curl -sS http://lan.far:8098/; head -c 300000 /dev/zero | curl -sS --data-binary @- http://lan.far:8098/post; echo; for i in 1 2 3 4 5 6; do curl -sS http://lan.far:8098/ & done | sort | uniq -c'
kill $(pgrep -P $php) $php; wait $php; echo $?; php -r '$s = stream_socket_client("tcp://lan.far:22222", $e, $m, 3); var_dump($s, $m); echo gethostbyname("six.far"), gethostbyname("lan.far"), "\n"; $p = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0); fwrite($p[0], "x"); $r = [$p[1]]; echo stream_select($r, $w, $x, 1), fread($p[1], 9), "\n";'
ruby -rwebrick -e 's = WEBrick::HTTPServer.new(BindAddress: "10.77.0.1", Port: 8099, DocumentRoot: "/srv/data", Logger: WEBrick::Log.new(File::NULL), AccessLog: []); s.mount_proc("/name") { |q, r| r.body = Socket.gethostname + " " + q.peeraddr[3] }; trap("TERM") { s.shutdown }; s.start; puts "ended"' & ruby=$!; listening 8099
far 'curl -sS http://lan.far:8099/name; echo; curl -sS http://lan.far:8099/long.txt | sha256sum'; kill $ruby; wait $ruby; echo $?
ruby -rsocket -e 'p Addrinfo.tcp("lan.far", 80).ip_address; s = TCPServer.new("fd77::1", 0); t = Thread.new { c = s.accept; c.puts c.gets.upcase; c.close }; c = TCPSocket.new("fd77::1", s.addr[1]); c.puts "hi"; puts c.gets; u = UDPSocket.new; u.bind("10.77.0.1", 0); u.send("dgram", 0, "10.77.0.1", u.addr[1]); puts u.recvfrom(9)[0]; r, w = IO.pipe; w.write "x"; p IO.select([r, s], [], [], 1)[0].size; begin; TCPSocket.new("lan.far", 1); rescue => e; p e.class; end'
perl -MIO::Socket::INET -MIO::Select -e '$s = IO::Socket::INET->new(Listen => 5, LocalAddr => "10.77.0.1", LocalPort => 8100, ReuseAddr => 1) or die; $| = 1; $sel = IO::Select->new($s); $n = 0; while ($n < 3) { for ($sel->can_read) { if ($_ == $s) { $sel->add($s->accept) } elsif (defined($l = <$_>)) { print $_ "perl $l" } else { $sel->remove($_); close $_; $n++ } } }' & perl=$!; listening 8100; far 'for i in 1 2 3; do echo $i | nc -N -w 5 10.77.0.1 8100 & done | sort'; wait $perl; echo $?
