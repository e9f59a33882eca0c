# SPDX-License-Identifier: GPL-2.0-or-later
# Recursive, hidden, by time and size, with numeric owners and a bad name.
ls -lRa --time-style=full-iso /srv/data/sub /srv/bin
ls -ltn /srv/data | head -n 40
ls -lS /srv/data | sed 1d
ls -d /srv/*/ /home/*
ls /srv/data/many | wc -l
ls -lL /srv/data/link
ls /nowhere /srv/data/hello.txt
