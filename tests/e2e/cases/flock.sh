# SPDX-License-Identifier: GPL-2.0-or-later
# flock between processes: shared, exclusive, waiting.
#: needs flock
exec 9>lock; flock 9; flock -n lock true; echo "held: $?"
flock -w 0.2 lock true; echo "waited: $?"
(sleep 0.2; flock -u 9) & flock lock echo got it; wait
flock -s lock flock -sn lock echo shared
flock -s lock flock -xn lock echo not; echo $?
for i in 1 2 3 4 5 6; do
	flock count sh -c 'n=$(cat count); echo $((n + 1)) >count' &
done; wait; cat count
