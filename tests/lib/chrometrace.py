#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Trace Event Format as its readers take it, for the file that --format=chrome writes.

    chrometrace.py FILE...     prints what is wrong, or what is in them

read() is for tests: it raises Wrong, or returns the slices of each thread. It
does what Perfetto's importer does, and fails where that would count an error,
lose something or show it in the wrong place, and where chrome://tracing would:

- events are sorted by time, and those of the same time stay in the file's order;
- a slice ends with the next end of its name on its track, and slices that are
  open then are never ended; what is never ended takes in all that follows;
- an instant belongs into the slice that is open, and two of the same time lie in
  each other;
- names of tracks have no time: the last one in the file counts, an empty one is
  an error, and so is a lone surrogate, anywhere;
- process and thread 0 are nobody's;
- a displayTimeUnit was taken for the unit of all times once;
- nothing may follow the last brace, and no comma be left out or too much.

Times are compared as they are written, in whole nanoseconds: a reader that
works with fractions of microseconds must not find an overlap that is none.
"""

import collections
import decimal
import json
import re
import sys

PHASES = {"B", "E", "i", "M"}
METADATA = {"process_name", "thread_name"}


class Wrong(Exception):
    """The text breaks a rule of the format."""


class Slice:
    """One slice: `parts` are those directly in it; times in nanoseconds; no end: None."""

    def __init__(self, event, begin):
        self.name, self.category = event["name"], event.get("cat")
        self.args, self.begin, self.end, self.parts = event.get("args", {}), begin, None, []

    @property
    def duration(self):
        return None if self.end is None else self.end - self.begin

    def __repr__(self):
        return f"{self.name} [{self.begin}..{self.end}]"


class Track:
    """A thread's slices, as its events come in the order of their times."""

    def __init__(self):
        self.slices, self.opened = [], []

    def begin(self, event, at):
        one = Slice(event, at)
        (self.opened[-1].parts if self.opened else self.slices).append(one)
        self.opened.append(one)

    def finish(self, event, at):
        need(self.opened and self.opened[-1].name == event["name"],
             f"ends another than {self.opened}", event)
        one = self.opened.pop()
        one.end = at
        one.args = {**one.args, **event.get("args", {})}
        need(at >= one.begin and all(p.end <= at for p in one.parts), "ends too early", event)


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
    need(event["pid"] > 0 and event["tid"] > 0, "nobody's", event)
    need((event["ph"] == "M") == ("ts" not in event), "time", event)
    if event["ph"] == "M":
        need(event["name"] in METADATA and isinstance(event["args"]["name"], str) and
             event["args"]["name"], "metadata", event)
    if event["ph"] == "i":
        need(event.get("s") in ("t", "p", "g"), "scope of an instant", event)


def read_names(events):
    """{pid: name of the process}, {(pid, tid): name of the thread}"""
    processes, threads = {}, {}
    for event in events:
        if event["ph"] == "M" and event["name"] == "process_name":
            processes[event["pid"]] = event["args"]["name"]
        elif event["ph"] == "M":
            threads[event["pid"], event["tid"]] = event["args"]["name"]
    return processes, threads


def read(text, unfinished=False):
    """{(pid, tid): [outermost Slices]}, {(pid, tid): name}, instants.

    unfinished: slices may be without an end, if nothing else follows on their track.
    """
    need(not re.search(r"\\ud[89a-f]", text, re.I), "a surrogate", text[-100:])
    need(text.endswith("]}"), "something behind the end", text[-100:])
    trace = json.loads(text, parse_float=decimal.Decimal)
    need("displayTimeUnit" not in trace, "displayTimeUnit", trace.keys())
    tracks, instants = collections.defaultdict(Track), []
    for event in trace["traceEvents"]:
        check_event(event)
    processes, threads = read_names(trace["traceEvents"])
    timed = [(nanoseconds(e), e) for e in trace["traceEvents"] if e["ph"] != "M"]
    for at, event in sorted(timed, key=lambda pair: pair[0]):
        thread = event["pid"], event["tid"]
        if event["ph"] == "B":
            tracks[thread].begin(event, at)
        elif event["ph"] == "E":
            tracks[thread].finish(event, at)
        else:
            instants.append(event)
        need(thread in threads and thread[0] in processes, "a thread or process without a name",
             event)
    for track in tracks.values():
        need(not track.opened or unfinished and track.opened == track.slices[-1:] and
             not track.opened[0].parts, "slices without an end", track.opened)
    return {thread: track.slices for thread, track in tracks.items()}, threads, instants


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            tracks, names, instants = read(file.read(), unfinished=True)
        for thread, slices in tracks.items():
            print(f"{path}: pid {thread[0]} tid {thread[1]} {names[thread]}: {len(slices)} calls, "
                  f"{sum(bool(s.parts) for s in slices)} of them went"
                  f"{', the last goes on' if slices[-1].end is None else ''}")
        print(f"{path}: {len(instants)} signals and ends")


if __name__ == "__main__":
    main()
