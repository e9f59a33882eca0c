# SPDX-License-Identifier: GPL-2.0-or-later
# Python's file functions.
#: needs python3
#: shell /usr/bin/python3
import glob, hashlib, os, shutil, stat, tempfile

print(os.getcwd(), os.uname().nodename, os.getuid())
print(sorted(os.listdir("/srv/data"))[:8])
for path in sorted(glob.glob("/srv/data/*.txt")):
    with open(path, "rb") as f:
        print(path, hashlib.sha256(f.read()).hexdigest()[:16])
with open("new", "w+") as f:
    f.write("line\n" * 1000)
    f.seek(0)
    print(len(f.readlines()), f.tell())
    f.truncate(12)
os.chmod("new", 0o600); os.utime("new", (1e9, 1e9)); os.rename("new", "newer")
info = os.stat("newer"); print(info.st_size, stat.filemode(info.st_mode), info.st_mtime)
shutil.copytree("/srv/data/sub", "tree"); shutil.rmtree("tree/deeper")
with os.scandir("/srv/data") as entries:
    print(sorted((e.name, e.is_dir(), e.is_symlink()) for e in entries
                 if e.name != "loop")[:6])
for where, dirs, files in sorted(os.walk("/srv/data/sub")):
    print(where, dirs, files)
with tempfile.TemporaryDirectory() as d:
    print(d.startswith("/tmp/"), os.path.isdir(d))
    with tempfile.NamedTemporaryFile(dir=d) as t:
        t.write(b"x" * 70000); t.flush(); print(os.path.getsize(t.name))
    with tempfile.TemporaryFile(dir=d) as t:
        t.write(b"y"); print(os.fstat(t.fileno()).st_nlink)
print(os.path.exists(d))
fd = os.open("/srv/data", os.O_RDONLY | os.O_DIRECTORY)
print(os.stat("hello.txt", dir_fd=fd).st_size, os.readlink("link", dir_fd=fd))
os.close(fd)
fd = os.open("/srv/data/blob.bin", os.O_RDONLY)
print(len(os.pread(fd, 100, 300000)), os.preadv(fd, [bytearray(10), bytearray(20)], 5))
for bad in ("/srv/none", "/srv/WORLD/x", "/srv/data/private/../loop"):
    try:
        open(bad)
    except OSError as err:
        print(type(err).__name__, err)
