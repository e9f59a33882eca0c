# SPDX-License-Identifier: GPL-2.0-or-later
# cat of one, several, numbered, missing, a directory, and to a file.
cat /srv/data/hello.txt /srv/WORLD
cat -n /srv/data/words.txt
cat /srv/data/missing
cat /srv/data/private
cat /srv/data/loop
cat /srv/data/blob.bin >copy; cmp copy /srv/data/blob.bin && echo same
cat - /srv/data/hello.txt <<<'from standard input'
cat '/srv/data/with space' /srv/data/grüße $'/srv/data/new\nline'
