# SPDX-License-Identifier: GPL-2.0-or-later
# Who and where: users, groups, names.
id; id -u; id -un; groups; whoami; logname 2>/dev/null
uname -n; hostname; cat /proc/sys/kernel/hostname
name=$(awk -F: '$3 == 1000 { print $1 }' /etc/passwd)
id "$name"; getent passwd "$name" root; eval echo "~$name"
getent group 1001; id nobody-at-all
