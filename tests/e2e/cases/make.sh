# SPDX-License-Identifier: GPL-2.0-or-later
# A C project whose sources are there, built by the compiler from here.
#: needs make gcc
#: timeout 120
#: filter [0-9.]+ s => TIME
cp -r /srv/cproject . && cd cproject
make -j2 2>&1 | sort
./report; echo $?
touch text.c; make -q; echo $?; make -s report && ./report
sed -i 's/return count/return cuont/' text.c; make 2>&1 | grep -c error; make clean
echo 'int main(void) { return 3; }' | gcc -x c - -o /tmp/three && /tmp/three; echo $?
gcc -E project.h | grep -c list; gcc -c missing.c 2>&1 | head -n 1
