# SPDX-License-Identifier: GPL-2.0-or-later
# std::net of Rust, linked dynamically and statically, on either side.
#: worlds net
#: needs rustc
. t-net
for kind in '' -static; do
	t-rustecho$kind serve 10.77.0.1:8080 4 >served & listening 8080; far 't-rustecho ask lan.far:8080 >asked; head -n 4 asked; rm asked rust-out'; wait $!; echo $?; cat served
	far "t-rustecho$kind serve [::]:8081 4 >/dev/null 2>&1 & t-listening 8081"; t-rustecho$kind ask lan.far:8081; echo $?; listening - 8080 8081
done
