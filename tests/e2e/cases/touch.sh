# SPDX-License-Identifier: GPL-2.0-or-later
# Times set and read back: dates, a reference file, only one of two.
#: mtime /srv/work/*
touch -d '2011-11-11 11:11:11.111111111' a
touch -d '1970-01-01 00:00:00 UTC' b
touch -d '2038-01-19 03:14:08 UTC' c
touch -r /srv/data/words.txt d
touch -a -d '2000-01-01 UTC' a
touch -c none
ln -s a link; touch -h -d '2005-05-05 UTC' link
touch -t 200102030405.06 e
stat -c '%n %x %y' a b c e link | sort; stat -c %y d
touch /nowhere/file
