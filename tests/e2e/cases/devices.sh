# SPDX-License-Identifier: GPL-2.0-or-later
# Devices and /proc as a program sees them.
head -c 4 /dev/zero | od -An -tx1; head -c 8 /dev/urandom | wc -c; echo x >/dev/full; echo $?
[ -c /dev/null ] && cat </dev/null; readlink /proc/self/cwd; readlink /proc/self/root
grep -c processor /proc/cpuinfo; nproc; tr '\0' ' ' </proc/self/cmdline; echo; [ -d /proc/$$ ] && echo own
readlink /proc/self/fd/0; ls /proc/self/fd | head -n 3 | tr '\n' ' '; echo; cat /proc/self/comm
awk '$5 == "/" { print $5, $9 }' /proc/self/mountinfo | sort -u
