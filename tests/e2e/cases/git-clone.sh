# SPDX-License-Identifier: GPL-2.0-or-later
# A clone between two folders, a branch pushed back, a worktree.
#: needs git
#: ignore */index */logs/* */ORIG_HEAD
#: filter [0-9a-f]{7,40} => HASH
#: stderr ignore progress depends on timing
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
git init -q -b main one && cd one && cp /srv/data/*.txt . && git add . && git commit -q -m one
cd .. && git clone -q one two && cd two && git checkout -q -b side && echo x >x
git add x && git commit -q -m x && git push -q origin side && git -C ../one branch
git worktree add -q ../three main && ls ../three && git log --all --format=%s
