#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of the Trace Event Format, for the file that --format=chrome writes.

    chrometrace.py FILE...     prints what is wrong, or what is in them

read() is for tests: it raises Wrong, or returns the slices of each thread.
Times are compared as they are written, in whole nanoseconds: a reader that
works with fractions of microseconds must not find an overlap that is none.
"""

import collections
import decimal
import json
import sys

PHASES = {"B", "E", "i", "M"}
METADATA = {"process_name", "thread_name", "clock"}


class Wrong(Exception):
    """The text breaks a rule of the format."""


class Slice:
    """One slice: `parts` are those directly in it; times in nanoseconds."""

    def __init__(self, event, begin):
        self.name, self.category = event["name"], event.get("cat")
        self.args, self.begin, self.end, self.parts = event.get("args", {}), begin, None, []

    @property
    def duration(self):
        return self.end - self.begin

    def __repr__(self):
        return f"{self.name} [{self.begin}..{self.end}]"


def need(good, what, event):
    if not good:
        raise Wrong(f"{what}: {str(event)[:300]}")


def nanoseconds(event):
    ns = event["ts"] * 1000
    need(isinstance(event["ts"], decimal.Decimal) and ns == int(ns) >= 0, "not whole nanoseconds", event)
    return int(ns)


def check_event(event):
    need(event.get("ph") in PHASES, "phase", event)
    need(isinstance(event.get("name"), str) and event["name"], "name", event)
    need(isinstance(event.get("pid"), int) and isinstance(event.get("tid"), int), "ids", event)
    need(event["ph"] == "M" or "ts" in event, "no time", event)
    if event["ph"] == "M":
        need(event["name"] in METADATA and isinstance(event["args"]["name"], str), "metadata", event)
    if event["ph"] == "i":
        need(event.get("s") in ("t", "p", "g"), "scope of an instant", event)


def read(text):
    """{(pid, tid): [outermost Slices]}, {(pid, tid): name}, instants."""
    trace = json.loads(text, parse_float=decimal.Decimal)
    need(trace.get("displayTimeUnit") in ("ns", "ms"), "displayTimeUnit", trace.keys())
    tracks, names, instants = collections.defaultdict(list), {}, []
    opened, last = collections.defaultdict(list), collections.defaultdict(int)
    for event in trace["traceEvents"]:
        check_event(event)
        thread = event["pid"], event["tid"]
        if event["ph"] == "M":
            if event["name"] == "thread_name":
                names[thread] = event["args"]["name"]
            continue
        at = nanoseconds(event)
        if event["ph"] == "i":
            instants.append(event)
            continue
        need(at >= last[thread], "a slice's time goes backwards", event)
        last[thread] = at
        if event["ph"] == "B":
            one = Slice(event, at)
            (opened[thread][-1].parts if opened[thread] else tracks[thread]).append(one)
            opened[thread].append(one)
        else:
            need(opened[thread] and opened[thread][-1].name == event["name"], "ends another", event)
            opened[thread].pop().end = at
    left = {t: o for t, o in opened.items() if o}
    need(not left, "slices without an end", left)
    need(set(tracks) <= set(names), "threads without a name", set(tracks) - set(names))
    return tracks, names, instants


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            tracks, names, instants = read(file.read())
        for thread, slices in tracks.items():
            print(f"{path}: pid {thread[0]} tid {thread[1]} {names[thread]}: {len(slices)} calls, "
                  f"{sum(bool(s.parts) for s in slices)} of them went")
        print(f"{path}: {len(instants)} signals and ends")


if __name__ == "__main__":
    main()
