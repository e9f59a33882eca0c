# SPDX-License-Identifier: GPL-2.0-or-later
"""-p with the other options: each works, or is refused in one line."""

import json
import os
import re

import chrometrace
import rig as r
from rig import LISTER, check, detach, test

# options; what rsx-trace then writes to stderr or, if there is one, to OUT
WORK = (
    (["-c"], r"openat"),
    (["-C"], r"(?s)\d+ openat\(.*100\.00"),
    (["-k", "-e", "trace=openat"], r"openat\(.*\n > /"),
    (["-y", "-T", "-tt", "-e", "trace=openat"], r"openat\(AT_FDCWD</.*, \".\".* <0\.\d+> \[remote\]"),
    (["-o", "OUT"], r"getdents64\("),
    (["-o", "OUT", "--format=json"], r'"name":"openat"'),
    (["-o", "OUT", "--format=chrome"], r'"name":"openat"'),
    (["--flame", "OUT"], r"<svg"),
    (["-P", ".", "-o", "OUT"], r"openat\("),
    (["-e", "remote=%desc,%file", "-v"], r"\[remote\]"),
    (["-e", "trace=none", "-e", "signal=none", "-v"], r""),
    (["--all", "-v"], r"\[remote\]"),
    (["--chdir", ".", "-v"], r"\[remote\]"),
    (["--on-disconnect=eio", "--detach=kill", "-v"], r"\[remote\]"),
)

REFUSED = (
    (["--dry-run"], "opened before"),
    (["--env", "remote"], "environment"),
    (["-E", "A=b"], "environment"),
    (["--", "true"], "besides"),
    (["--doctor"], "no process"),
    (["--explain", "/x"], "no process"),
    (["--detach", "no"], "eio|kill"),
    (["--detach-after", "-1"], "seconds"),
    (["-p", "x"], "process id"),
    (["-p", "0"], "process id"),
    (["-c", "-C"], "alone"),
)


@test
def options_that_work(rig):
    for args, want in WORK:
        p = rig.python(LISTER)
        out = os.path.join(rig.folder, "..", "out")
        t = rig.attach(p.pid, options=[out if a == "OUT" else rig.folder if a == "." and "--chdir" in args
                                       else a for a in args])
        p.say("")
        p.expect("^far fifo$")
        detach(t)
        text = open(out, encoding="ascii").read() if "OUT" in args else "\n".join(t.err)
        check(re.search(want, text), f"{args}: {text}")
        if "--format=json" in args:
            check(all(json.loads(line) for line in text.splitlines()), text)
        if "--format=chrome" in args:
            chrometrace.read(text, unfinished=True)
        check(p.end() == 0, p.err)


@test
def options_that_do_not(rig):
    p = rig.python(LISTER)
    for args, word in REFUSED:
        t = rig.start(r.OPTIONS.trace, "-p", str(p.pid), *args)
        check(t.end() == 2 and len(t.err) == 1 and word in t.err[0],
              f"{args}: {t.child.returncode} {t.err}")
    for args in (["--detach", "eio", "true"], ["--detach-after", "1", "true"]):
        t = rig.start(r.OPTIONS.trace, *args)
        check(t.end() == 2 and len(t.err) == 1 and "without -p" in t.err[0], t.err)
    p.say("")
    p.expect("^near$")
