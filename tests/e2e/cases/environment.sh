# SPDX-License-Identifier: GPL-2.0-or-later
# Environment, arguments and large argument lists.
env | sort | grep -v '^_='
printf '%s\n' "$@" "$0"; X=1 sh -c 'echo $X'; args=$(seq 20000); /bin/echo $args | wc -c
echo /srv/data/many/* | wc -w; xargs -a /srv/data/numbers.txt echo | wc -c; env -i /usr/bin/env; ulimit -n
