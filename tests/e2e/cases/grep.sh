# SPDX-License-Identifier: GPL-2.0-or-later
# grep -r over a tree, with context, counts, binary files and none found.
cd /srv/data
grep -r fox --include='*.txt' . | sort | head -n 20
grep -rc two sub | sort
grep -rlw fox . 2>/dev/null | sort
grep -n -B1 -A1 jumps words.txt
grep -q nothing hello.txt; echo $?
grep -c fox long.txt words.txt hard
grep -r 'file 30' many | sort
grep x missing
grep -a -c . blob.bin
