# SPDX-License-Identifier: GPL-2.0-or-later
"""Case files: a shell script with directives in lines that start with `#:`.

    #: worlds debian nousr    only in these (default: all but net)
    #: needs git make         commands (or /files) that must exist here, else it is skipped
    #: all                    with --all: all code is the world's, natively too
    #: shell sh               what runs it (default bash)
    #: exec ls -l /srv        run this directly, without a shell; no script then
    #: stdin TEXT             standard input (default: /dev/null)
    #: trace OPTIONS          more options for rsx-trace
    #: server OPTIONS         more options for rsx-server
    #: gap REASON             known not to work: skipped, unless with --gaps
    #: user UID               the far side's user (tcp only; default 0)
    #: transport tcp          always this one (default: they alternate)
    #: timeout SECONDS        for each of the two runs (default 60)
    #: mtime GLOB...          compare the modification times of these paths
    #: ignore GLOB...         changed paths that are not compared
    #: filter REGEX => TEXT   replaced in both outputs before they are compared
    #: stderr ignore REASON   do not compare the standard error
"""

import glob
import os
import re
import shlex
import shutil

import worlds


class Case:
    """One case file, parsed."""

    def __init__(self, path):
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.worlds = list(worlds.FILE_WORLDS)
        self.needs = []
        self.all = False
        self.shell = "bash"
        self.exec = None
        self.stdin = ""
        self.user = None
        self.trace = []
        self.server = []
        self.gap = None
        self.transport = None
        self.timeout = 60.0
        self.mtime = []
        self.ignore = []
        self.filters = []
        self.compare_stderr = True
        with open(path, encoding="utf-8") as file:
            self.script = file.read()
        for number, line in enumerate(self.script.splitlines(), 1):
            if line.startswith("#:"):
                try:
                    self._directive(*(line[2:].strip().split(None, 1) + [""])[:2])
                except (TypeError, ValueError, re.error) as err:
                    raise SystemExit(f"{path}:{number}: {line}: {err}") from err

    def _directive(self, word, value):
        if word == "all" and not value:
            self.all = True
        elif not value:
            raise ValueError("nothing behind it")
        elif word in ("worlds", "needs", "mtime", "ignore"):
            setattr(self, word, value.split())
        elif word in ("shell", "transport"):
            setattr(self, word, value)
        elif word in ("exec", "trace", "server"):
            setattr(self, word, shlex.split(value))
        elif word == "gap":
            self.gap = value
        elif word == "stdin":
            self.stdin = value + "\n"
        elif word == "user":
            self.user = int(value)
            self.transport = "tcp"
        elif word == "timeout":
            self.timeout = float(value)
        elif word == "filter":
            pattern, text = value.split("=>", 1)
            self.filters.append((re.compile(pattern.strip()), text.strip()))
        elif word == "stderr" and re.match(r"ignore \S", value):
            self.compare_stderr = False
        else:
            raise ValueError("unknown directive")

    @property
    def argv(self):
        return self.exec or [self.shell, "-c", self.script, "case"]

    def missing(self, path):
        return [name for name in self.needs
                if not (os.path.exists(name) if name.startswith("/")
                        else shutil.which(name, path=path))]

    def filtered(self, text):
        for pattern, replacement in self.filters:
            text = pattern.sub(replacement, text)
        return text


def load(folder, pattern):
    found = [Case(path) for path in sorted(glob.glob(os.path.join(folder, "*.sh")))]
    return [case for case in found if re.search(pattern or "", case.name)]
