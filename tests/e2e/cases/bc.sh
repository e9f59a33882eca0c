# SPDX-License-Identifier: GPL-2.0-or-later
# bc from a file, a pipe and a here-document.
#: needs bc
echo 'scale=30; 4*a(1)' | bc -l
echo '2^200; ibase=16; FF' >sums; bc -q sums </dev/null
bc <<'END'
define f(n) { if (n < 2) return (1); return (n * f(n - 1)); }
f(30)
END
awk '{ s += $1 } END { print s }' /srv/data/numbers.txt
expr 6 \* 7
