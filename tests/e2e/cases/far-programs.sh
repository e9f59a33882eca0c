# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts and programs whose files are in the far world.
cd /srv/bin
./hello.sh a 'b c'; /srv/bin/hello.py x; ./hello 1 2; echo $?; ./hello-static; echo $?
./through.sh with; echo $?; sh hello.sh in sh; PATH=$PATH:/srv/bin; hello from PATH | head -n 2
printf '#!/bin/bash\necho new "$0"; exit 6\n' >/srv/work/s; /srv/work/s; chmod +x /srv/work/s; /srv/work/s; echo $?
printf 'echo no interpreter\n' >/tmp/n; chmod +x /tmp/n; /tmp/n
cp hello /srv/work/h; /srv/work/h; cp /bin/echo /tmp/e; /tmp/e copied; ln -s /srv/bin/hello /tmp/l; /tmp/l z
printf '#!/nowhere/x\n' >/tmp/b; chmod +x /tmp/b; /tmp/b 2>/dev/null; echo $?; ./missing; ./; echo $?
env -i A=b ./hello.sh env; (exec -a other ./hello)
