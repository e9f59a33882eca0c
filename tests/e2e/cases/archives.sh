# SPDX-License-Identifier: GPL-2.0-or-later
# tar and cpio with hard links, extended attributes and odd names; zip, xz, zstd, openssl on files over there.
#: worlds nousr
#: needs tar cpio zip unzip xz zstd openssl python3
#: mtime /srv/work/out/tree/many/*
#: ignore /srv/work/*.tar /srv/work/*.zip /srv/work/*.xz /srv/work/*.zst /srv/work/*.pem
#: stderr ignore openssl prints thread ids
mkdir tree out in; cp -a /srv/data/. tree; ln tree/hello.txt tree/sub/hard
python3 -c 'import os; os.setxattr("tree/hello.txt", "trusted.rsx", b"one"); os.setxattr("tree/sub", "trusted.rsx", b"dir")'
tar --xattrs --xattrs-include='*' -cf a.tar tree; tar --xattrs --xattrs-include='*' -C out -xpf a.tar
python3 -c 'import os; print([(p, os.listxattr(p), os.stat(p).st_nlink) for p in ("out/tree/hello.txt", "out/tree/sub", "out/tree/words.txt")])'
(cd tree && find . -depth -print0 | cpio -0 -o -H newc --quiet) >c.cpio; (cd in && cpio -idmu --quiet <../c.cpio); diff -r --no-dereference tree/sub in/sub && diff -r tree/many in/many && stat -c '%n %h %a %u:%g %Y' in/hello.txt in/sub/one.txt; sha256sum <c.cpio >/dev/null; rm c.cpio
zip -qry a.zip tree/sub tree/many tree/link; unzip -qo a.zip -d unzipped; diff -r tree/many unzipped/tree/many; ls -l unzipped/tree | wc -l; unzip -tq a.zip
xz -k -T2 tree/long.txt && xz -t tree/long.txt.xz && xzcat tree/long.txt.xz | cmp - tree/long.txt; echo $?
zstd -q -T2 -k tree/blob.bin && zstd -qt tree/blob.bin.zst && zstdcat tree/blob.bin.zst | cmp - tree/blob.bin; echo $?; rm tree/*.xz tree/*.zst
printf '[req]\ndistinguished_name=dn\n[dn]\n' >req.cnf; openssl req -x509 -config req.cnf -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 9000 -subj /CN=far 2>/dev/null; openssl x509 -in c.pem -noout -subject; openssl req -config req.cnf -new -key k.pem -subj /CN=b -out r.pem && openssl x509 -req -in r.pem -CA c.pem -CAkey k.pem -out s.pem 2>/dev/null; openssl verify -CAfile c.pem s.pem; stat -c %a k.pem; rm -f c.srl
openssl enc -aes-256-cbc -pbkdf2 -S 0102030405060708 -pass pass:x -in tree/long.txt -out e; sha256sum <e; openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:x -S 0102030405060708 -in e | cmp - tree/long.txt; echo $?; openssl dgst -sha256 -sign k.pem -out sig e; openssl x509 -in c.pem -pubkey -noout >pub; openssl dgst -sha256 -verify pub -signature sig e; openssl enc -d -aes-128-cbc -pbkdf2 -pass pass:y -in tree/none 2>/dev/null; echo $?; rm sig pub
