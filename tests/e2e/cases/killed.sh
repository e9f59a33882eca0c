# SPDX-License-Identifier: GPL-2.0-or-later
# The program that rsx-trace started is killed by a signal that it sends itself.
#: exec sh -c 'echo going; kill -TERM $$'
