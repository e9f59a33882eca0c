# SPDX-License-Identifier: GPL-2.0-or-later
# A shell loop that starts many programs.
for i in $(seq 150); do /bin/true; done; echo done
for i in $(seq 20); do cat /srv/WORLD; done | uniq -c
for i in $(seq 40); do (echo "$i") & done | sort -n | tail -n 1; wait
