# SPDX-License-Identifier: GPL-2.0-or-later
# A bare repository that is there: clone, push, a rebase with a conflict, bisect by script, gc.
#: worlds debian
#: needs git
#: ignore */index */logs/* */ORIG_HEAD */objects/* */packed-refs */info/refs */BISECT_* */FETCH_HEAD
#: filter [0-9a-f]{7,40} => HASH
#: stderr ignore progress depends on timing
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
git init -q --bare -b main bare.git; git clone -q bare.git a; cd a || exit
for i in 1 2 3 4 5 6 7 8; do seq $((i * 20)) >numbers; [ $i -lt 6 ] || echo bug >bug; git add . && git commit -q -m "step $i"; done
git push -q origin main; git clone -q ../bare.git ../b; git -C ../b log --format=%s
git bisect start -q HEAD HEAD~7; git bisect run sh -c '! test -e bug' | tail -n 1; git show -s --format=%s bisect/bad; git bisect reset -q
git checkout -q -b side HEAD~2; echo side >side; git add side; git commit -q -m side; sed -i 1s/1/one/ numbers; git commit -q -a -m one
git rebase -q main >/dev/null; echo $?; git status --porcelain; git log --format=%s | head -n 4
git checkout -q main; sed -i 1s/1/uno/ numbers; git commit -q -a -m uno; git rebase -q main side >/dev/null; echo $?; git status --porcelain; sed -i '/^[<=>]/d' numbers; git add numbers
GIT_EDITOR=true git rebase --continue >/dev/null; echo $?; git log --format=%s | head -n 4; head -n 3 numbers
git push -q origin side main; cd ../b && git pull -q && git log --format=%s | head -n 2; git branch -r; git fsck
git -c pack.threads=1 -C ../bare.git gc -q --prune=now; git -C ../bare.git count-objects -v | grep -E '^(count|in-pack|packs)'; git stash list; git clone -q ../bare.git ../c && git -C ../c log --format=%T | sha256sum
