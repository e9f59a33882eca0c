# SPDX-License-Identifier: GPL-2.0-or-later
# find with -exec, -print0 into xargs -P, -newer, -delete; a tree made by links and its copy, compiled.
#: worlds trixie
#: needs python3
find /srv/data -type f -exec sha256sum {} + | sort | sha256sum; find /srv/data/many -name '*-1?' -exec cat {} \; | sort -n -k2
find /srv/data -type f -print0 | xargs -0 -P4 -n 20 cksum | sort | sha256sum; echo $?
find /srv/data/many -type f | xargs -P2 -I{} sh -c 'test -s {} || echo empty'; seq 9 | xargs -P3 -n1 sh -c 'exit 3'; echo $?
cp -r /srv/data/many m; find m -name '*[02468]' -delete; find m | wc -l; find /srv -newer /srv/data/words.txt -name '*.bin'; find -L /srv/data -maxdepth 1 -xtype l | sort
find /srv/data -perm /4000 -o -uid 4242 | sort; find /srv/data -samefile /srv/data/hard | sort
# What python3 -m venv makes, and a copy of it.
mkdir -p env/bin env/lib/python3.11/site-packages; ln -s lib env/lib64; echo 'x = 6 * 7' >env/lib/python3.11/site-packages/answer.py; printf 'home = /usr/bin\nversion = 3.11\n' >env/pyvenv.cfg
cp -a env copy; /usr/bin/python3 -m compileall -q --invalidation-mode unchecked-hash copy; echo $?; find copy | sort
PYTHONPATH=copy/lib64/python3.11/site-packages /usr/bin/python3 -c 'import answer; print(answer.x, answer.__file__, answer.__cached__)'
