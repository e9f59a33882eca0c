# SPDX-License-Identifier: GPL-2.0-or-later
# Temporary files are the far side's, too.
f=$(mktemp) && echo x >"$f" && [ -s "$f" ] && case $f in /tmp/*) echo in /tmp;; esac; rm "$f"
exec 3>/tmp/open; rm /tmp/open; echo unlinked >&3; cat /proc/self/fd/3 2>/dev/null; exec 3>&-
ls -A /tmp; install -m 640 /srv/data/hello.txt /var/tmp/i; stat -c %a /var/tmp/i; ls -ld /tmp | cut -c1-10
