# SPDX-License-Identifier: GPL-2.0-or-later
# chroot(2) by a program: who shares the root, what is outside of it, devices in it.
#: worlds debian nousr
#: needs python3
#: trace -e allow=chroot --deny /srv/work/jail/shut
#: server --allow chroot
jail=/srv/work/jail; mkdir -p $jail/etc $jail/tmp $jail/sub $jail/dev; echo jailed >$jail/etc/hostname; echo '#!/bin/sh' >$jail/script; chmod +x $jail/script
mknod -m 666 $jail/dev/null c 1 3; ln -s /etc/hostname $jail/link; ln -s /usr/bin/env $jail/code
python3 - $jail <<'END'
import os, socket, subprocess, sys, threading
sys.stdout.reconfigure(line_buffering=True); os.chdir("/srv"); top = os.open("/", os.O_RDONLY); jail = sys.argv[1]
def root(): return sorted(os.listdir("/"))
def attempt(f, *a, **k):
    try: return f(*a, **k)
    except OSError as e: return e
if not os.fork():
    t = threading.Thread(target=os.chroot, args=(jail + "/sub/../tmp",)); t.start(); t.join()
    print(root(), os.path.exists("data"), os.path.exists("../etc/passwd"), os.listdir("/../.."))
    os.fchdir(top); print(os.path.exists("srv/data")); os.chroot("."); print("srv" in root(), os.getcwd())
    os._exit(0)
os.wait(); print("srv" in root())
print(attempt(subprocess.run, ["/script"], preexec_fn=lambda: os.chroot(jail)))
os.chroot(jail); os.chdir("/sub")
print(open("/link").read(), attempt(open, "/code"), attempt(open, "/usr/bin/env"), attempt(os.stat, "/proc/self"))
print(os.open("/dev/null", os.O_RDWR) > 2, attempt(os.open, "/dev/tty", os.O_RDWR), attempt(os.listdir, "/dev/fd"), attempt(os.listdir, "/dev/shm"))
s = socket.socket(socket.AF_UNIX); s.bind("/tmp/name"); s.listen(); c = socket.socket(socket.AF_UNIX); c.connect("../tmp/name"); print(s.accept()[0].getpeername(), os.listdir("/tmp"))
fd = os.open("/", os.O_PATH); print(os.listdir("/etc"), attempt(os.open, "../../etc/passwd", os.O_RDONLY, dir_fd=fd), os.stat("..", dir_fd=fd).st_ino == os.stat("/").st_ino)
print(attempt(os.rename, "/link", "/sub/link2"), os.readlink("link2"), attempt(os.mkdir, "/sub/new"), sorted(os.listdir(".")), attempt(os.chroot, "/link"))
os.setuid(1000); print(attempt(os.chroot, "/sub"))
END
