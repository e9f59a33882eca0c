# SPDX-License-Identifier: GPL-2.0-or-later
# Logs that are links to /dev/stdout and /dev/stderr, as container images have them. A link to a terminal, opened as a file to be made; links to what may not be used.
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
python3 -c '
import os
master, slave = os.openpty()
os.symlink(os.ttyname(slave), "tty")
for more in 0, os.O_CREAT, os.O_CREAT | os.O_TRUNC:
    tty = os.open("tty", os.O_RDWR | os.O_NOCTTY | more)
    os.write(tty, b"to the terminal\n")
    print(os.read(master, 99), os.path.sameopenfile(tty, slave))
os.unlink("tty")'
ln -s private/x shut; mkdir -m 0 private; touch there; chmod 0 there; ln -s there closed
setpriv --reuid 1000 --clear-groups --inh-caps=-all sh -c 'echo x >shut; echo x >closed; cat closed; echo x >/srv/data/dangling' 2>&1
