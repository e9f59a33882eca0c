# SPDX-License-Identifier: GPL-2.0-or-later
# One open file in a parent and its children: one offset.
exec 3>log
for i in 1 2 3; do sh -c "echo child $i >&3"; echo "parent $i" >&3; done
exec 3>&-; cat log
exec 4<log; head -c 3 <&4 >/dev/null; sh -c 'read -r x <&4; echo "$x"'; cat <&4
(echo a; (echo b; echo c) ; echo d) >nested; cat nested
