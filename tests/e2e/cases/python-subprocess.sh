# SPDX-License-Identifier: GPL-2.0-or-later
# Python starts other programs, with pipes, a working directory and time limits.
#: needs python3
#: shell /usr/bin/python3
import os, signal, subprocess

run = subprocess.run
print(run(["uname", "-n"], capture_output=True, text=True))
print(run("cat hello.txt | wc -c; exit 4", shell=True, cwd="/srv/data", capture_output=True))
print(run(["cat"], input=b"through a pipe", capture_output=True).stdout)
with open("out", "wb") as out:
    run(["sort", "-n", "/srv/data/numbers.txt"], stdout=out, check=True)
print(os.path.getsize("out"))
with subprocess.Popen(["sleep", "60"]) as child:
    child.send_signal(signal.SIGTERM); print(child.wait())
try:
    run(["sleep", "60"], timeout=0.2)
except subprocess.TimeoutExpired as err:
    print(err.cmd)
try:
    run(["/srv/data/hello.txt"])
except OSError as err:
    print(type(err).__name__, err.filename)
try:
    run(["nothing-of-that-name"])
except OSError as err:
    print(type(err).__name__, err.filename)
many = [subprocess.Popen(["sh", "-c", f"echo {i} >p{i}; exit {i}"]) for i in range(8)]
print([p.wait() for p in many])
pid = os.fork()
if pid == 0:
    os.execv("/srv/bin/hello.sh", ["hello.sh", "a b"])
print(os.waitpid(pid, 0)[1], os.posix_spawn("/bin/true", ["true"], {}) > 0, os.wait()[1])
