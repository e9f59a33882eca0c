# SPDX-License-Identifier: GPL-2.0-or-later
# Files larger than what is mapped at once: touched here and there, by processes and by calls.
#: needs python3
#: shell /usr/bin/python3
import mmap, os, re

with open("big", "w+b") as f:
    f.truncate(3 << 30)
    m = mmap.mmap(f.fileno(), 3 << 30)
    for i in range(10):
        at = i * 314572811; m[at:at + 7] = b"mark %02d" % i
    f.seek(5 * 314572811); print(f.read(7))
    os.pwrite(f.fileno(), b"written", 2 << 30); print(m[2 << 30:(2 << 30) + 9])
    if os.fork() == 0:
        print(m[9 * 314572811:9 * 314572811 + 7], flush=True); m[0:4] = b"MARK"; os._exit(0)
    os.wait(); print(m[:7]); m.flush(); m.close()
with open("big", "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
    for i in range(10): print(m[i * 314572811:i * 314572811 + 7], end=" ")
    print(m.find(b"mark", 1000 << 20, 1300 << 20), m.rfind(b"mark", 0, 400 << 20))
    with open("part", "wb") as p: print(p.write(memoryview(m)[2 << 30:(2 << 30) + 5000000]))
os.unlink("big")
data = bytes(range(256)) * 60000
with open("full", "wb") as f: f.write(data)
with open("full", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
    print(m[:] == data, len(re.findall(rb"\x41\x42\x43", m)), m.rfind(b"\xff\x00"))
    m.resize(20 << 20); m[-3:] = b"end"; m.move(1 << 20, 100, 1000); f.seek(1 << 20); print(f.read(8))
print(os.path.getsize("full"), open("full", "rb").read()[-5:])
