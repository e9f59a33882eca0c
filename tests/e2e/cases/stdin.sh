# SPDX-License-Identifier: GPL-2.0-or-later
# What comes in on the near side's standard input.
#: stdin some words from the near side
cat
wc -c </srv/data/hello.txt
