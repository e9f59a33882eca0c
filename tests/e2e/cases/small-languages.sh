# SPDX-License-Identifier: GPL-2.0-or-later
# Lua, Tcl, m4, dash and zsh with files: directories, locks, links, pipes, redirections that must not overwrite.
#: worlds trixie
#: timeout 180
#: needs lua5.4 tclsh m4 dash zsh
lua5.4 -e 'for l in io.lines("/srv/data/words.txt") do io.write(#l, " ") end; local f <close> = io.open("l", "w+"); f:write("abc"); f:seek("set", 1); print(f:read("a"), f:seek("end")); os.rename("l", "m"); print(os.remove("none")); print(io.open("/srv/none")); print(io.popen("uname -n"):read(), os.execute("exit 3"))'
cat >t.tcl <<-'END'
	set f [open t w+]; puts $f hi; fconfigure $f -translation binary; seek $f 0; puts [read $f]; close $f; puts [file size t]; puts [lsort [glob /srv/data/*.txt]]; puts [exec uname -n | cat]
	file copy t u; file mkdir d/e; file rename u d/e; puts [file exists d/e/u]; catch { open /srv/none } e; puts $e; file link -symbolic s d/e; puts [file readlink s]; file attributes t -permissions 0600; file mtime t 1000000000; file stat t a; puts "$a(size) $a(mode) $a(type)"; cd /srv/data; puts [pwd]; puts [file normalize ../data/link-to-dir/one.txt]
END
tclsh t.tcl; printf 'define(x, y)include(/srv/data/hello.txt)x esyscmd(uname -n)' | m4
dash -c 'set -C; echo x >n; echo y >n; cat n; exec 5<>n; read a <&5; echo $a; umask 077; echo z >um; stat -c %a um; trap "echo bye" EXIT; cat <<-E | tr a b
	aa $(cat n)
	E'
zsh -fc 'print -l /srv/data/**/*.txt(.on); echo =ls; { echo hi } > >(cat >z); while [[ ! -s z ]] sleep 0.05; cat z; cat <(echo x) =(echo y); zmodload zsh/files zsh/stat zsh/system; mkdir zd; zstat +size z; zsystem flock z && echo locked; ln z zd/l; mv zd/l zd/m; sysopen -w -o creat,excl -u 8 z; echo $?; rm -r zd; setopt noclobber; echo q >z; echo >>|new; autoload -Uz zmv; zmv "(z)" "\$1\$1"; ls'
