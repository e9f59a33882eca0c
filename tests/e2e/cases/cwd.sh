# SPDX-License-Identifier: GPL-2.0-or-later
# The working directory: there, and in folders that only the far side has.
pwd; /bin/pwd; cd /srv/data/sub; /bin/pwd; cd ..; pwd -P
cd link-to-dir && pwd && pwd -P && /bin/pwd
cd - >/dev/null; (cd sub/deeper && cat two.txt); cat hello.txt
cd /nowhere; pwd; cd; pwd; ls -A
cd /usr && /bin/pwd && ls -d bin && cd ../srv && /bin/pwd && cat WORLD
mkdir -p /tmp/a/b && cd /tmp/a/b && rm -r /tmp/a && ls; /bin/pwd
