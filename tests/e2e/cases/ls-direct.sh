# SPDX-License-Identifier: GPL-2.0-or-later
# One program, no shell: names, owners, times and links of another machine.
#: exec ls -l /srv/data /home/user
