# SPDX-License-Identifier: GPL-2.0-or-later
# dash instead of bash, with relative paths.
#: shell sh
cd ../data && cat ./hello.txt ../WORLD sub/../words.txt && pwd
cd sub && ls ../../data/sub
for f in *; do echo "$f"; done; echo ../many/*-29?
