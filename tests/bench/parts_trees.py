# SPDX-License-Identifier: GPL-2.0-or-later
"""Part h of ./run: many files, a database, an interpreter's start.

Each is a time, and a number of calls that the server makes: over a network
with a round-trip time to speak of, the second is what counts.
"""

import os
import subprocess
import time

from harness import LeftOut, Result, program_here

FILES = 10000
GIT_FILES = 1000
GIT_ENV = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
           "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@localhost",
           "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@localhost"}


def plant(top, count, per_folder):
    """That many small files below top."""
    for i in range(count):
        folder = os.path.join(top, f"dir{i // per_folder}")
        if i % per_folder == 0:
            os.makedirs(folder)
        with open(os.path.join(folder, f"file{i}"), "w", encoding="ascii") as file:
            file.write(f"the text of file {i}\n" * 20)
    return top


def run_of(bench, command, env=None):
    """A variant each, native and traced: the microseconds of a run, after one that does not
    count, and the calls that the server makes for it.

    What spawn.c itself needs, a few calls, is counted with them.
    """
    work = [bench.world.program("spawn"), "fork", 1, *command]

    def traced():
        got = bench.world.traced_figures(*work, env=env)
        return {"spawn": got["spawn"], "calls": got["calls"] / 2}

    return {"native": lambda: bench.world.figures(*work, env=env), "rsx": traced}


def compare(bench, name, command, env=None, rounds=None):
    """Time and calls of that under rsx, and its time natively."""
    got = bench.measure(name, run_of(bench, command, env), rounds)
    return got["rsx"]["spawn"], got["rsx"]["calls"], got["native"]["spawn"]


def walk(bench, name, command, files, env=None):
    """A program that looks at that many files."""
    rsx, calls, native = compare(bench, name, command, env, 1 if bench.quick else 3)
    yield Result(f"{name}, {files:,} files", rsx, native, rsx / native)
    yield Result("  forwarded for a file", calls / files, unit="calls")


# --- files ---

def tree(bench):
    top = bench.world.path("tree")
    return top if os.path.exists(top) else plant(top, FILES, 100)


def list_tree(bench):
    yield from walk(bench, "ls -lR", [program_here("ls"), "-lR", tree(bench)], FILES)


def pack_tree(bench):
    """To a pipe: tar reads no file if it writes to /dev/null."""
    command = ["/bin/sh", "-c", 'cd "$0" && tar c . | cat', tree(bench)]
    program_here("tar")
    yield from walk(bench, "tar c", command, FILES)


def git_status(bench):
    git = program_here("git")
    top = plant(bench.world.path("repository"), GIT_FILES, 50)

    def run(*args):
        subprocess.run([git, "-C", top, *args], env={**os.environ, **GIT_ENV}, check=True,
                       stdout=subprocess.DEVNULL)

    run("init", "-q")
    run("add", ".")
    run("commit", "-qm", "files")
    time.sleep(1.1)  # files as young as the index are read again by every status
    run("status", "--porcelain")
    yield from walk(bench, "git status", [git, "-C", top, "status", "--porcelain"], GIT_FILES,
                    GIT_ENV)


# --- a database ---

def inserts(many, transactions):
    """A script of that many transactions, each of so many inserts, in a table made anew."""
    insert = "INSERT INTO t(name, size) VALUES('a name of some length', 4096);\n"
    one = insert if many == 1 else "BEGIN;\n" + insert * many + "COMMIT;\n"
    return ("DROP TABLE IF EXISTS t;\nCREATE TABLE t(id INTEGER PRIMARY KEY, name, size);\n"
            + one * transactions)


def sqlite(bench):
    """Inserts a second, without what a script with no insert takes."""
    count = 50 if bench.quick else 100
    sqlite3, env = program_here("sqlite3"), {"HOME": bench.world.dir}  # no .sqliterc

    def script(many, transactions):
        path = bench.world.path(f"{many}x{transactions}.sql")
        with open(path, "w", encoding="ascii") as file:
            file.write(inserts(many, transactions))
        command = [sqlite3, "-batch", "-bail", bench.world.path("database"), f".read {path}"]
        return compare(bench, f"sqlite, {many} x {transactions}", command, env)

    start = script(1, 0)
    for name, many, transactions in (("each on its own", 1, count), ("1,000 at a time", 1000, 20)):
        number = many * transactions
        rsx, calls, native = (took - idle for took, idle in
                              zip(script(many, transactions), start))
        if rsx <= 0 or native <= 0:
            raise LeftOut("inserting takes no longer than not to: too much else is going on")
        yield Result(f"sqlite inserts, {name}", number / rsx * 1e6, number / native * 1e6,
                     native / rsx, unit="1/s")
        yield Result("  forwarded for an insert", calls / number, unit="calls")


# --- an interpreter ---

def python_start(bench):
    rsx, calls, native = compare(bench, "python3", [program_here("python3"), "-c", "pass"])
    yield Result("python3 -c pass", rsx, native, rsx / native)
    yield Result("  forwarded for a start", calls, unit="calls")
