# SPDX-License-Identifier: GPL-2.0-or-later
# Threads and processes in Python, and sqlite's locking.
#: needs python3
#: shell /usr/bin/python3
import concurrent.futures as cf, multiprocessing, os, sqlite3, threading

def work(i):
    with open(f"t{i}", "w") as f:
        for n in range(20):
            f.write(f"{i} {n}\n")
    return os.path.getsize(f"t{i}"), len(open("/srv/data/blob.bin", "rb").read())

with cf.ThreadPoolExecutor(8) as pool:
    print(sorted(set(pool.map(work, range(24)))))
lock, total = threading.Lock(), []
def count():
    for _ in range(50):
        with lock:
            total.append(os.stat("/srv/data/hello.txt").st_size)
threads = [threading.Thread(target=count) for _ in range(6)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(total), len(set(total)))
with multiprocessing.get_context("fork").Pool(3) as pool:
    print(pool.map(abs, range(-5, 0)))
db = sqlite3.connect("db")
db.execute("create table t (n int, s text)")
db.executemany("insert into t values (?, ?)", ((n, str(n)) for n in range(500)))
db.commit(); print(db.execute("select count(*), sum(n) from t").fetchone())
other = sqlite3.connect("db", timeout=0.1)
db.execute("begin immediate")
try:
    other.execute("begin immediate")
except sqlite3.OperationalError as err:
    print(err)
db.rollback(); print(other.execute("pragma integrity_check").fetchone())
