# SPDX-License-Identifier: GPL-2.0-or-later
# mmap in its kinds, shared with a child, and past the end of the file.
#: exec t-mapping
