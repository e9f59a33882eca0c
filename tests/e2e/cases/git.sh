# SPDX-License-Identifier: GPL-2.0-or-later
# A repository from init to a merge.
#: needs git
#: ignore */.git/index
#: filter [0-9a-f]{7,40} => HASH
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
git init -q -b main repo && cd repo
cp -r /srv/cproject/* . && git add . && git commit -q -m 'First.'
git status --short; git log --format='%an <%ae> %ad %s'
echo change >>main.c; echo new >new; git status --porcelain; git diff --stat
git add -A; git commit -q -m 'Second.'; git log --oneline | cat
git checkout -q -b side HEAD~1; echo side >side; git add side; git commit -q -m Side
git checkout -q main; git merge -q -m Merge side; git log --graph --format=%s | cat
git -c pack.threads=1 gc -q; git fsck; git show --stat --format=%s HEAD~1 | cat
git stash list; git rm -q new; git status --short; git grep -c list
cd .git && git rev-parse --git-dir; cd /srv/data && git status
