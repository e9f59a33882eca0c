# SPDX-License-Identifier: GPL-2.0-or-later
# mkdir, rmdir and long paths, many entries, names up to the limit.
mkdir -p a/b/c/d; mkdir a; mkdir -m 700 e; rmdir -p a/b/c/d; mkdir /srv/x/y; rmdir e /srv/data
for i in $(seq 400); do : >"e$i"; done; ls | wc -l; rm e*; ls
long=$(printf 'n%.0s' $(seq 255)); : >"$long"; ls | wc -c; : >"${long}n"; mkdir "$long/x"
p=.; for i in $(seq 60); do p=$p/deep-directory-name; done; mkdir -p "$p"; echo x >"$p/f"; cat "$p/f"
(cd "$p" && pwd | wc -c); du -s --apparent-size --inodes . | cut -f1; rm -r deep-directory-name
echo "$(ls -A /srv/data/empty-dir)|"; mktemp -d /tmp/XXXX >/dev/null && ls /tmp | wc -l; rm -rf /tmp/*
