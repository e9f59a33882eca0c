# SPDX-License-Identifier: GPL-2.0-or-later
# Modes and the umask.
umask; umask 027; touch f; mkdir d; umask 0; touch g; umask -S
chmod u+x,g-r f; chmod 4711 g; chmod -R a+rX d
chmod 1777 d; chmod +t,g+s d
cp -r /srv/data/sub sub; chmod -R go-rwx sub
chmod --reference=/srv/data/numbers.txt sub/one.txt
stat -c '%n %a %A' f g d sub/one.txt
chmod 644 missing
