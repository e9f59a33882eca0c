# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that a sequence left: a line each, with what does not vary."""

import hashlib
import os
import shutil
import stat


def _line(path, name, st):
    line = f"[{name!a} {stat.filemode(st.st_mode)} {st.st_uid}:{st.st_gid}"
    if not stat.S_ISDIR(st.st_mode):
        line += f" links {st.st_nlink} size {st.st_size}"
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            line += f" {hashlib.sha256(file.read()).hexdigest()[:16]}"
    elif stat.S_ISLNK(st.st_mode):
        line += " -> " + os.fsdecode(os.readlink(path)).replace("/nat/", "/rsx/")
    for which, ns in (("a", st.st_atime), ("m", st.st_mtime)):
        if ns < 1e9 and not stat.S_ISDIR(st.st_mode):
            line += f" {which} {ns}"
    if not stat.S_ISLNK(st.st_mode):
        for attr in sorted(os.listxattr(path)):
            line += f" {attr}={os.getxattr(path, attr)[:40]!r}"
    return line + "]"


def describe(top):
    lines = []

    def visit(folder, prefix):
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            st = os.lstat(path)
            try:
                lines.append(_line(path, prefix + name, st))
            except PermissionError:
                lines.append(f"[{prefix + name!a} cannot be read]")
            if stat.S_ISDIR(st.st_mode) and os.access(path, os.R_OK | os.X_OK):
                visit(path, prefix + name + "/")

    visit(top, "")
    return lines


def remove(top):
    """All of it, whatever the modes are."""
    for root, dirs, _ in os.walk(top):
        for name in dirs:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    shutil.rmtree(top, ignore_errors=True)
