# SPDX-License-Identifier: GPL-2.0-or-later
# A virtual environment over there: its python3 is a link to what is only here. Its scripts, activated and not.
#: worlds nousr trixie
#: timeout 180
#: needs python3 perl /usr/lib/python3.11/venv/__init__.py
#: ignore */__pycache__/*
python3 -m venv --without-pip venv; echo $?; find venv | grep -v __pycache__ | sort; readlink venv/bin/*
show='import os, sys, platform; print(sys.prefix, sys.base_prefix, sys.executable, sys.argv, os.readlink("/proc/self/exe"), open("/proc/self/comm").read().strip(), open("/proc/self/cmdline").read().split("\0")[0], platform.node())'
venv/bin/python -c "$show"; ./venv/bin/python3 -c "$show" a; (cd venv/bin && ./python3.11 -c "$show"); (exec -a other venv/bin/python3 -c "$show")
(. venv/bin/activate; command -v python3; python3 -c "$show"; cd /srv/data && python -c "$show")
echo 'answer = 42' >venv/lib64/python3.11/site-packages/rsxmod.py
printf '#!/srv/work/venv/bin/python3 -B\nimport rsxmod, sys; print(rsxmod.answer, sys.prefix, sys.argv, open("/proc/self/comm").read(), end="")\n' >venv/bin/tool; chmod +x venv/bin/tool
venv/bin/tool x; PATH=/srv/work/venv/bin:$PATH tool y; ln -s ../venv/bin/tool far-tool; mkdir bin; mv far-tool bin; bin/far-tool z
printf '#!/srv/work/bin/far-tool\n' >nested; chmod +x nested; ./nested n; env -i venv/bin/python3 -c 'import sys; print(sys.prefix)'
venv/bin/python3 -c 'import subprocess, sys; subprocess.run([sys.executable, "-c", "import sys; print(sys.prefix)"]); subprocess.run(["venv/bin/tool", "s"])'
test -x venv/bin/python3; echo $?; stat -c %F venv/bin/python3; stat -L -c '%F %n' venv/bin/python3; readlink -f venv/bin/python; cmp venv/bin/python /usr/bin/python3; echo $?
ln -s /usr/lib/python3.11 stdlib; ls stdlib/os.py; head -n 1 stdlib/os.py; (cd stdlib && pwd && pwd -P && ls os.py); cat stdlib/none; mkdir stdlib/os.py; ln -s none dangling; cat dangling; dangling=1; ./dangling; /srv/work/venv/bin/none
printf '#!/srv/work/venv/bin/none\n' >bad; chmod +x bad; ./bad; echo $?; cp -a venv copy; copy/bin/python3 -c 'import sys, rsxmod; print(sys.prefix, rsxmod.answer)'
# The server may have a program of that name, too: what runs is this side's.
ln -s /usr/bin/perl perl; ./perl -e 'print "$^V $^X\n"'; printf '#!/srv/work/perl -w\nprint "$0\n"; exit 3;\n' >script; chmod +x script; ./script; echo $?
