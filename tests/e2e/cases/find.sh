# SPDX-License-Identifier: GPL-2.0-or-later
# find by name, type, size, owner, time; -printf, -exec and -delete.
cd /srv/data
find . -name '*.txt' | sort
find . -printf '%p %y %m %u %g %s %l\n' | sort
find . -type l -exec readlink {} + | sort
find . -size +100k -newermt 1998-01-01 ! -newermt 2000-01-01
find many -name '*-1?' -delete
find many -type f | wc -l
find . -maxdepth 2 -empty | sort
find . -user 4242 -o -nouser | sort
find -L link-to-dir -name 'two*' -execdir cat {} \;
find missing
