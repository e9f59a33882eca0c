# SPDX-License-Identifier: GPL-2.0-or-later
# Links over there to what is only here: programs, scripts, directories; followed by what walks and copies trees.
#: worlds nousr
#: timeout 180
#: needs busybox perl rsync
mkdir -p bin lib/sub; ln -s /bin/busybox bin/ls; ln -s busybox bin/wc; ln -s /bin/busybox bin/busybox; ln -s /usr/bin/ldd bin/ldd; ln -s /usr/share/perl/5.36 lib/perl; ln -s ../../../../usr/share/perl/5.36/File lib/sub/up; ln -s /usr/bin/env bin/env; ln -s /usr/none/x lib/sub/none; ln -s sub/up lib/twice
bin/ls /srv/data/sub; bin/wc -c </srv/data/hello.txt; bin/ldd /bin/true | wc -l; (PATH=/srv/work/bin:$PATH; hash -r; type ls wc ldd; ls -d /srv/data/sub; ldd --version | head -n 1; env -i A=b env)
perl -e 'exec {"bin/ls"} "ls", "/srv/data/sub"'; perl -e 'print -x "bin/ls", -l "bin/ls" ? 1 : 0, -e "lib/sub/none" ? 1 : 0, " ", -s "lib/perl/Cwd.pm" // 0, "\n"; opendir D, "lib/sub/up" or die $!; print scalar(grep /pm$/, readdir D), "\n"; require "./lib/sub/up/Basename.pm"; print File::Basename::basename("/a/b"), "\n"'
(cd lib/sub/up && pwd && pwd -P && ls Basename.pm && ls -d ../File); (cd lib && cd twice && pwd -P && head -n 1 Copy.pm && cat ../sub/none); (cd bin && ./env pwd)
find -L lib/sub -name 'B*.pm'; find lib -type l | sort; find -L lib -type l; du -sL lib/sub/up >/dev/null; echo $?; ls -lL lib/sub/up/Copy.pm | cut -d' ' -f1; ls lib/sub/up/ | wc -l; ls -l lib | cut -c1-10
cp -rL lib/sub/up copied; echo $?; diff -r lib/sub/up copied; echo $?; cp -a lib links; readlink links/perl links/sub/up; rsync -aL lib/sub/up/ synced; diff -r copied synced; tar chf - -C lib/sub up | tar tf - | sort | sha256sum; cp -L bin/env env; cmp env /usr/bin/env; ./env echo ran; rm -r env copied synced
stat -Lc %F lib/perl lib/sub/none lib/twice; test lib/sub/up/Copy.pm -nt /srv/data/none; echo $?; mkdir lib/sub/none; ln lib/perl/Cwd.pm hard; mv lib/perl/none x; : >lib/none/x; cat lib/perl/none lib/sub/none; ln -sf up lib/sub/none; ls lib/sub/none | head -n 2; rm lib/sub/up; ls lib/twice; sed -n 1p lib/perl/Env.pm
