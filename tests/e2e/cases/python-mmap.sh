# SPDX-License-Identifier: GPL-2.0-or-later
# mmap of files there: read, copied, and written back.
#: needs python3
#: shell /usr/bin/python3
import mmap, os

with open("/srv/data/blob.bin", "rb") as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
    print(len(m), m[:8].hex(), m[-5:].hex(), m.find(b"\0\0"))
with open("copy", "w+b") as f:
    f.write(open("/srv/data/long.txt", "rb").read()); f.flush()
    with mmap.mmap(f.fileno(), 0) as m:
        m[0:4] = b"LINE"; m[100000:100004] = b"HERE"; m.flush()
        f.seek(0); print(f.read(10))
        m[200:204] = b"MORE"; m.move(300, 0, 20); print(m.rfind(b"LINE"))
    f.seek(200); print(f.read(4))
with open("copy", "r+b") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY) as m:
    m[0:4] = b"gone"; print(m[:4])
print(open("copy", "rb").read(8))
with open("grown", "w+b") as f:
    f.truncate(1 << 20)
    m = mmap.mmap(f.fileno(), 1 << 20); m[1 << 19] = 65
    if os.fork() == 0:
        m[(1 << 19) + 1] = 66; os._exit(0)
    os.wait(); print(m[1 << 19:(1 << 19) + 3])
