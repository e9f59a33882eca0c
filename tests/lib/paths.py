# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are: the project's folders and the cache outside of it."""

import hashlib
import os

PROJECT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
E2E = os.path.join(PROJECT, "tests", "e2e")
CACHE = os.environ.get("RSX_CACHE") or os.path.join(
    os.path.expanduser("~"), ".cache", "rsx")


def files_below(*folders):
    for folder in folders:
        for where, dirs, names in os.walk(folder):
            dirs.sort()
            for name in sorted(names):
                yield os.path.join(where, name)


def fingerprint(*folders):
    """A short hash over the names, modes and contents of all files below."""
    digest = hashlib.sha256()
    for path in files_below(*folders):
        digest.update(f"{path}\0{os.stat(path).st_mode & 0o111}\0".encode())
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]
