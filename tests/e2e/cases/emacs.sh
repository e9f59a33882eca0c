# SPDX-License-Identifier: GPL-2.0-or-later
# emacs --batch: a backup, a regexp, a subprocess, byte-compiled lisp, trees copied and deleted.
#: worlds nousr
#: timeout 180
#: needs emacs
cp /srv/data/words.txt /srv/data/long.txt .; ln -s words.txt link
emacs -Q --batch words.txt --eval '(progn (while (re-search-forward "fox" nil t) (replace-match "wolf")) (save-buffer))' 2>&1; echo $?; cat words.txt; ls -A
emacs -Q --batch --eval '(progn (find-file "link") (insert (shell-command-to-string "uname -n; id -u")) (setq make-backup-files nil) (save-buffer) (princ buffer-file-truename) (terpri) (princ (file-attributes-size (file-attributes "long.txt"))) (terpri))' 2>/dev/null; cat words.txt; stat -c %F link
emacs -Q --batch --eval '(progn (make-directory "el/deep" t) (with-temp-file "el/a.el" (insert "(defun a () 42)\n(provide (quote a))")) (byte-compile-file "el/a.el") (add-to-list (quote load-path) "el") (load (expand-file-name "el/a.elc") nil t) (princ (a)) (terpri) (copy-directory "el" "el2") (princ (directory-files-recursively "el2" ".")) (delete-directory "el" t))' 2>/dev/null; ls -R el2; rm el2/a.elc
emacs -Q --batch /srv/none/x --eval '(save-buffer)' </dev/null 2>/dev/null; echo $?; rm -f words.txt~
