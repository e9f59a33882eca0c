# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that are refused: what they fail with, and one line for each that says
why. What programs try only to do without it is refused without a word.
"""

import os

from rig import check, same, test

EPERM = """mount umount2 pivot_root open_tree move_mount fsopen fsmount fsconfig fspick
mount_setattr quotactl quotactl_fd swapon swapoff acct setns fanotify_init fanotify_mark
open_by_handle_at pidfd_getfd ptrace reboot""".split()
ENOSYS = """io_setup io_submit io_uring_setup statmount listmount setxattrat getxattrat listxattrat
removexattrat add_key""".split()
OTHERS = [
    # a word of the line, what is asked, what it fails with
    ("landlock_create_ruleset", "landlock_create_ruleset", "EOPNOTSUPP"),
    ("unshare of namespaces", "unshare of namespaces", "EPERM"),
    ("fcntl F_SETLEASE", "F_SETLEASE", "EINVAL"),
    (None, "F_UNLCK of none", "EAGAIN"),
    ("fcntl F_NOTIFY", "F_NOTIFY", "EINVAL"),
    (None, "F_NOTIFY of nothing", "ok"),
    ("ioctl FITRIM", "FITRIM", "EPERM"),
    ("ioctl FIFREEZE", "FIFREEZE", "EPERM"),
    ("ioctl TIOCSTI (0x5412) on descriptor 5 (FOLDER/file)", "TIOCSTI", "ENOTTY"),
    ("ioctl 0x12345678 on descriptor 5 (FOLDER/file)", "a request without a name", "ENOTTY"),
    (None, "TIOCSTI of another", "ENOTTY"),
    ("ioctl SIOCGETTUNNEL", "SIOCGETTUNNEL", "EOPNOTSUPP"),
    ("setsockopt PACKET_RX_RING (0x5) on descriptor 4 (a socket)", "PACKET_RX_RING", "ENOPROTOOPT"),
    ("setsockopt SO_ATTACH_BPF (0x32) on descriptor 4 (a socket)", "SO_ATTACH_BPF", "ENOPROTOOPT"),
    ("setsockopt XDP_UMEM_REG (0x4) on descriptor 4 (a socket)", "XDP_UMEM_REG", "ENOPROTOOPT"),
    ("setsockopt level 272, option 1 on descriptor 4 (a socket)", "an option without a name",
     "ENOPROTOOPT"),
    (None, "a level that is none", "ENOPROTOOPT"),
    ("bpf", "bpf", "EPERM"),
    ("perf_event_open", "perf_event_open", "EPERM"),
]


@test(("unix",), ("tcp",))
def refused_calls(rig, transport):
    folder = rig.path("work")
    os.mkdir(folder)
    program = os.path.join(os.path.dirname(rig.victim), "failure-refusals")
    run = rig.trace("--", program, server=rig.serve(transport), cwd=folder)
    want = [(name, "EPERM") for name in EPERM] + [(what, errno) for _, what, errno in OTHERS]
    want += [(name, "ENOSYS") for name in ENOSYS]
    same("exit status", run.status, 0)
    got = [tuple(line.rsplit(" ", 1)) for line in run.out.splitlines()]
    same("first and second time", got[::2], got[1::2])
    same("errors", got[::2], want)
    lines = run.err.splitlines()
    for name in EPERM + [word for word, _, _ in OTHERS if word]:
        name = name.replace("FOLDER", folder)
        said = [line for line in lines if f" {name} fails with " in line]
        check(len(said) == 1 and len(said[0].split(": ")) > 2, f"{name}: {said}")
    for name in ENOSYS:
        same(f"lines about {name}", [line for line in lines if f" {name} " in line], [])
