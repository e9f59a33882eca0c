# SPDX-License-Identifier: GPL-2.0-or-later
# The far side is an ordinary user there.
#: user 1000
#: filter ^(bash|case): => shell:
id; whoami
cd /home/user && pwd && touch mine && stat -c %U:%G mine
touch /srv/data/not-mine
cat /srv/data/sub/one.txt; cat /srv/data/numbers.txt
chown 0 mine; chmod 600 mine; ls -l mine | cut -d' ' -f1-4
mkdir /srv/x; [ -w /srv ] || echo not writable; [ -w . ] && echo writable
