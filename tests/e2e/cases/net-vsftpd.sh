# SPDX-License-Identifier: GPL-2.0-or-later
# vsftpd, and lftp: passive and active transfers, upload, rename.
#: worlds net
#: needs vsftpd lftp
#: trace -e allow=chroot
#: server --allow chroot
#: ignore /srv/work/*.log /root/.lftp* /root/.local* /home/user/.l*
. t-net
mkdir -m 755 empty ftp; cp /srv/data/long.txt /srv/data/blob.bin ftp; mkdir -m 777 ftp/in; chmod 755 ftp
cat >conf <<'END'
listen=YES
background=NO
listen_address=10.77.0.1
listen_port=2121
anonymous_enable=YES
anon_root=/srv/work/ftp
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
write_enable=YES
anon_umask=022
ftp_username=user
nopriv_user=sshd
secure_chroot_dir=/srv/work/empty
pasv_address=10.77.0.1
connect_from_port_20=NO
isolate_network=NO
isolate=NO
seccomp_sandbox=NO
xferlog_enable=YES
vsftpd_log_file=/srv/work/ftp.log
END
vsftpd conf & server=$!; listening 2121
far 'curl -sS ftp://10.77.0.1:2121/long.txt | sha256sum; curl -sS --disable-epsv ftp://10.77.0.1:2121/blob.bin | sha256sum; curl -sS -P - ftp://10.77.0.1:2121/long.txt | sha256sum; curl -sS -l ftp://10.77.0.1:2121/ | sort; curl -sS -T /srv/data/hello.txt ftp://10.77.0.1:2121/in/up; echo $?; curl -sS ftp://10.77.0.1:2121/../../../etc/passwd 2>&1 | tail -n 1'
HOME=/srv/work lftp -c 'set net:max-retries 1; set ftp:sync-mode off; open -p 2121 10.77.0.1; cd in; cat up; mv up renamed; mkdir sub; cls -1; put /srv/data/blob.bin -o sub/blob; mirror sub /srv/work/mirrored; rm -r sub; cls -1'; cmp mirrored/blob /srv/data/blob.bin; rm -r mirrored .local .lftp .cache 2>/dev/null
kill $server; wait $server; echo $?; until [ "$(grep -c OK ftp.log)" -ge 18 ]; do sleep 0.02; done; grep -c OK ftp.log; ls ftp/in
