# SPDX-License-Identifier: GPL-2.0-or-later
# Calls that fewer programs make: O_TMPFILE, rename flags, copy_file_range, fsync.
#: needs python3
#: shell /usr/bin/python3
import ctypes, errno, fcntl, os, select

fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(fd, b"unnamed"); libc = ctypes.CDLL(None, use_errno=True)
print(libc.linkat(-100, b"/proc/self/fd/%d" % fd, -100, b"named", 0x400))
os.close(fd); print(open("named").read())
src = os.open("/srv/data/long.txt", os.O_RDONLY)
dst = os.open("ranged", os.O_RDWR | os.O_CREAT, 0o644)
print(os.copy_file_range(src, dst, 5000), os.sendfile(dst, src, None, 3000))
os.fsync(dst); os.fdatasync(dst); os.posix_fallocate(dst, 0, 20000)
print(os.fstat(dst).st_size, os.lseek(dst, 0, os.SEEK_END))
print(fcntl.fcntl(dst, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR)
os.ftruncate(dst, 10); print(os.pwritev(dst, [b"ab", b"cd"], 4), os.pread(dst, 20, 0))
r, w = os.pipe(); os.write(w, b"p"); print(select.select([r, dst], [], [], 1)[0] == [r, dst])
open("a", "w").write("A"); open("b", "w").write("B")
print(libc.renameat2(-100, b"a", -100, b"b", 2), open("a").read(), open("b").read())
print(libc.renameat2(-100, b"a", -100, b"b", 1), errno.errorcode[ctypes.get_errno()])
d = os.open("/srv/data", os.O_PATH); print(os.fstat(d).st_mode, sorted(os.listdir("/srv/data"))[:2])
try:
    os.read(d, 1)
except OSError as err:
    print(err)
print(os.access("/srv/data/numbers.txt", os.R_OK), os.statvfs("/srv").f_namemax)
os.mkfifo("p"); os.mknod("n", 0o644 | 0o100000); os.symlink("x" * 500, "long"); print(len(os.readlink("long")))
