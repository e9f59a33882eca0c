# SPDX-License-Identifier: GPL-2.0-or-later
# git over ssh to an sshd over there: clone, push, fetch.
#: worlds net
#: needs git ssh sshd
#: ignore /srv/work/key* /srv/work/host* /srv/work/known /var/log/* /root/.ssh* /run/* */index */logs/* /srv/work/*/objects/* /srv/work/*/ORIG_HEAD /srv/work/*/FETCH_HEAD
. t-net
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_SSH_COMMAND='ssh -F /srv/work/conf -q' HOME=/home/user
t-sshd
far 'export HOME=/home/user GIT_AUTHOR_DATE=2024-01-01T00:00:00Z GIT_COMMITTER_DATE=2024-01-01T00:00:00Z; git init -q --bare -b main there.git; git init -q -b main seed && cd seed && cp -r /srv/cproject/* . && git add . && git commit -q -m First && git push -q ../there.git main'
git clone -q lan:/srv/work/there.git repo; echo $?; cd repo && git log --oneline --stat | cat; cmp main.c /srv/cproject/main.c
echo change >>main.c; head -c 200000 /srv/data/blob.bin >blob; git add .; git commit -q -m Second; git push -q; echo $?; git ls-remote | sort
far 'export HOME=/home/user GIT_AUTHOR_DATE=2024-01-01T00:00:00Z GIT_COMMITTER_DATE=2024-01-01T00:00:00Z; cd seed; git pull -q ../there.git main 2>&1; git log --format=%s; sha256sum blob; echo back >back; git add .; git commit -q -m Third; git push -q ../there.git main'
git fetch -q; git status -sb; git merge -q --ff-only; ls; git push -q origin :none; echo $?; git clone -q lan:/nowhere x 2>/dev/null; echo $?
