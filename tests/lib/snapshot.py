# SPDX-License-Identifier: GPL-2.0-or-later
"""One line for everything that a run left in a tree's upper directory."""

import fnmatch
import hashlib
import os
import stat

TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link",
         stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket", stat.S_IFBLK: "block",
         stat.S_IFCHR: "char"}


def _digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()[:20]


def _attributes(path):
    names = [n for n in os.listxattr(path, follow_symlinks=False)
             if not n.startswith("trusted.overlay.")]
    return "".join(f" {n}={os.getxattr(path, n, follow_symlinks=False).hex()}"
                   for n in sorted(names))


def _line(path, shown, with_mtime):
    info = os.lstat(path)
    kind = TYPES[stat.S_IFMT(info.st_mode)]
    if kind == "char" and info.st_rdev == 0:
        return f"{shown} deleted"
    words = [shown, kind, f"{stat.S_IMODE(info.st_mode):04o}",
             f"{info.st_uid}:{info.st_gid}"]
    if kind == "file":
        words += [f"links={info.st_nlink}", f"size={info.st_size}", _digest(path)]
    elif kind == "link":
        words.append("-> " + ascii(os.readlink(path)))
    elif kind in ("block", "char"):
        words.append(f"dev={os.major(info.st_rdev)},{os.minor(info.st_rdev)}")
    if with_mtime:
        words.append(f"mtime={info.st_mtime_ns}")
    return " ".join(words) + _attributes(path)


def _only_opened_up(path, shown, lowers):
    """Whether a folder is in the upper for what is in it, itself unchanged."""
    for lower in lowers:
        if os.path.isdir(lower + shown):
            return _line(path, shown, False) == _line(lower + shown, shown, False)
    return False


def tree(root, lowers=(), mtime_patterns=(), ignore=()):
    """A line for each change that the upper `root` makes to its lowers.

    Sorted by path; times only of paths that match one of the patterns.
    """
    lines = []
    for where, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(where, name)
            shown = path[len(root):]
            if any(fnmatch.fnmatch(shown, pattern) for pattern in ignore):
                continue
            if name in dirs and _only_opened_up(path, shown, lowers):
                continue
            timed = any(fnmatch.fnmatch(shown, p) for p in mtime_patterns)
            lines.append(_line(path, ascii(shown)[1:-1], timed))
    return sorted(lines)
