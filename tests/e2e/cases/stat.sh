# SPDX-License-Identifier: GPL-2.0-or-later
# stat and statfs in the formats that do not depend on inode numbers.
cd /srv/data
stat -c '%n %F %a %u:%U %g:%G %s %b %h %Y %y' hello.txt link sub fifo sparse numbers.txt
stat -L -c '%n %s %y' link
stat -c '%a %A %n' 'with space' sticky private
stat -f -c '%T %s %l' /srv
stat missing
test -e link && test -L dangling && test ! -e dangling && test -p fifo && echo tests
[ -r numbers.txt ] && [ -x /srv/bin/hello ] && [ ! -x hello.txt ] && echo access
[ hello.txt -nt blob.bin ] && [ words.txt -ef hard ] && echo compared
