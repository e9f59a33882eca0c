# SPDX-License-Identifier: GPL-2.0-or-later
# The file systems of the other machine.
df --output=source,fstype,size,target /srv /home/user
df -T /srv/data/hello.txt | awk '{ print $1, $2, $NF }'
df -i /srv | awk '{ print $1, $2, $NF }'
df /missing
