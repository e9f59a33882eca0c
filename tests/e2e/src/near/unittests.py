#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""unittests [-s SECONDS] [-o REGEX] [-x REGEX]... MODULE...

Runs Python's own tests of the modules, but for those whose names match a
REGEX (-x), or only those that do (-o), and prints what came of each, sorted.
With -s, the names of those that take longer, to stderr.
"""

import argparse
import os
import re
import sys
import time
import unittest
import warnings


class Outcomes(unittest.TestResult):
    """One line for each test that failed or was skipped, a count of the rest."""

    def __init__(self, slow):
        super().__init__()
        self.slow, self.lines, self.good, self.began = slow, set(), 0, 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def stopTest(self, test):
        took = time.monotonic() - self.began
        if self.slow and took > self.slow:
            print(f"{took:.2f} {test.id()}", file=sys.stderr)
        super().stopTest(test)

    def addSuccess(self, test):
        self.good += 1

    def _bad(self, word, test, err):
        self.lines.add(f"{word} {test.id()}: {err[0].__name__}: {err[1]}".split("\n")[0])

    def addError(self, test, err):
        self._bad("error", test, err)

    def addFailure(self, test, err):
        self._bad("failure", test, err)

    def addSubTest(self, test, subtest, err):
        if err:
            self._bad("subtest", subtest, err)

    def addSkip(self, test, reason):
        self.lines.add(f"skipped {test.id()}: {reason}")


def each(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each(item)
        else:
            yield item


def chosen(options):
    # The suites of one class stay together, for setUpClass.
    def keep(test):
        name = test.id()
        return (not options.only or re.search(options.only, name)) and \
            not any(re.search(pattern, name) for pattern in options.without)

    found = unittest.defaultTestLoader.loadTestsFromNames(options.modules)
    return unittest.TestSuite(test for test in each(found) if keep(test))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-s", dest="slow", type=float)
    parser.add_argument("-o", dest="only")
    parser.add_argument("-x", dest="without", action="append", default=[])
    parser.add_argument("modules", nargs="+")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    result = Outcomes(options.slow)
    suite = chosen(options)
    stdout, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
    suite.run(result)
    sys.stdout = stdout
    print("\n".join(sorted(result.lines)))
    print(f"{result.testsRun} run, {result.good} good")


if __name__ == "__main__":
    main()
