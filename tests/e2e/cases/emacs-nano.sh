# SPDX-License-Identifier: GPL-2.0-or-later
# emacs --batch: a backup, a regexp, a subprocess; nano driven by keys in a tmux of this machine's.
#: worlds nousr
#: needs emacs nano tmux
#: filter [0-9.]+ms => TIME
cp /srv/data/words.txt /srv/data/long.txt .; ln -s words.txt link
emacs -Q --batch words.txt --eval '(progn (while (re-search-forward "fox" nil t) (replace-match "wolf")) (save-buffer))' 2>&1; echo $?; cat words.txt; ls -A
emacs -Q --batch --eval '(progn (find-file "link") (insert (shell-command-to-string "uname -n; id -u")) (setq make-backup-files nil) (save-buffer) (princ buffer-file-truename) (terpri) (princ (file-attributes-size (file-attributes "long.txt"))) (terpri))' 2>/dev/null; cat words.txt; stat -c %F link
emacs -Q --batch --eval '(progn (make-directory "el/deep" t) (with-temp-file "el/a.el" (insert "(defun a () 42)\n(provide (quote a))")) (byte-compile-file "el/a.el") (add-to-list (quote load-path) "el") (load "el/a.elc" nil t) (princ (a)) (terpri) (copy-directory "el" "el2") (princ (directory-files-recursively "el2" ".")) (delete-directory "el" t))' 2>/dev/null; ls -R el2; rm el2/a.elc
emacs -Q --batch /srv/none/x --eval '(save-buffer)' </dev/null 2>/dev/null; echo $?; rm -f words.txt~
tmux -L nano -f /dev/null new-session -d -x 80 -y 24 'nano -I notes; echo $? >status; exec sleep 60'
keys() { tmux -L nano send-keys "$@"; }
shown() { for _ in $(seq 400); do tmux -L nano capture-pane -p | grep -q "$1" && return; sleep 0.05; done; echo "no $1"; tmux -L nano capture-pane -p; }
shown 'Exit'; keys 'first line' Enter 'second line' Enter; shown 'second line'; keys C-r; shown 'insert'; keys /srv/data/hello.txt Enter; shown 'far'; keys C-o; shown 'Write'; keys Enter; shown 'Wrote'; keys C-x
for _ in $(seq 400); do [ -s status ] && break; sleep 0.05; done; cat status notes; tmux -L nano kill-server
