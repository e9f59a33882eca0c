# SPDX-License-Identifier: GPL-2.0-or-later
# Hard and symbolic links, relative ones, replacing, and errors.
ln /srv/data/hello.txt hard
ln -s /srv/data/hello.txt soft
ln -sr /srv/data/sub relative
ln -s here soft
ln -sf here soft
ln /srv/data/private hard-to-dir
ln -sfn /srv relative
readlink soft relative; readlink -f /srv/data/link /srv/data/link-to-dir/deeper
realpath --relative-to=/srv /srv/data/link
stat -c '%h %F' hard soft
unlink hard
stat -c %h /srv/data/hello.txt
