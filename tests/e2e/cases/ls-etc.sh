# SPDX-License-Identifier: GPL-2.0-or-later
# /etc is the server's: its own users, marks and message of the day.
ls /etc/hostname /etc/passwd
cat /etc/hostname /etc/motd /etc/os-release /etc/hosts
grep 100 /etc/passwd
date -d '2024-01-01 12:00 UTC'
