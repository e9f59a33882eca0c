# SPDX-License-Identifier: GPL-2.0-or-later
# git with a pack larger than what is mapped at once, in one window and in many.
#: worlds debian
#: needs git python3
#: timeout 90
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' HOME=/srv/work GIT_CONFIG_NOSYSTEM=1
git init -q g; cd g; git config user.email a@b; git config user.name n; git config pack.threads 1
python3 -c "
import random; random.seed(3)
for i in range(4): open(f'f{i}', 'wb').write(random.randbytes(2000000))"
git add .; git commit -qm one; for i in 1 2; do printf x$i >>f$i; git commit -qam c$i; done
git gc -q; git fsck --full; git verify-pack -v .git/objects/pack/*.idx | sha256sum
git -c core.packedGitWindowSize=64k log --stat --format=%H | sha256sum; git cat-file --batch-all-objects --batch-check | sha256sum
git clone -q --no-hardlinks . ../h; cd ../h; git log --format=%H | head -n 2; git diff HEAD~2 --stat
cd ..; rm -rf g/.git h/.git
