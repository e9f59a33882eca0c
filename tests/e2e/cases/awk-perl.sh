# SPDX-License-Identifier: GPL-2.0-or-later
# awk through its alternatives link, and perl.
#: needs awk perl
awk '/fox/ { n++ } END { print n, FILENAME }' /srv/data/long.txt
awk 'BEGIN { while ((getline l < "/srv/data/words.txt") > 0) c++; print c; print "x" > "out"; "uname -n" | getline h; print h }'
perl -e 'use Cwd; print getcwd, "\n"; opendir D, "/srv/data/sub" or die; print join(",", sort grep !/^\./, readdir D), "\n"'
perl -pi -e 's/x/y/' out; cat out; perl -MFile::Find -e 'find(sub { $n++ }, "/srv/data"); print "$n\n"'
perl -e 'open F, ">f" or die; flock F, 2; print F "z" x 10000; close F; print -s "f", "\n"; die "bye\n"'
