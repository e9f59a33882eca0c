# SPDX-License-Identifier: GPL-2.0-or-later
# Logs that are links to /dev/stdout and /dev/stderr, as container images have them.
mkdir logs
ln -s /dev/stdout logs/access.log
ln -s /dev/stderr logs/error.log
ln -s /dev/stdin logs/in
ln -s access.log logs/current
echo "to the log" >>logs/access.log
echo "to the other" >>logs/error.log
echo "by two links" | tee -a logs/current
echo "from a pipe" | cat logs/in
echo "in a pipe" | (cat; echo "and behind it" >logs/current) | sed 's/^/> /'
python3 -c '
import os
with open("logs/access.log", "a") as log:
    print("python", os.readlink("logs/access.log"), file=log)
os.write(os.open("logs/error.log", os.O_WRONLY | os.O_APPEND), b"and unbuffered\n")'
ls -l logs | cut -d" " -f1,9-
