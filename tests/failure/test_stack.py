# SPDX-License-Identifier: GPL-2.0-or-later
"""Stacks of calls: -k against what is known and against gdb, for dynamic,
static, stripped and Go programs; and the flame graph, drawn by another
program.
"""

import json
import os
import re
import shutil
import struct
import xml.etree.ElementTree as ElementTree

from rig import Skip, check, same, test, text_of

CHAIN = ["three", "two", "one", "main"]
RETURNS = ("<signal handler called>", "__restore_rt", "__kernel_rt_sigreturn")


def deep(rig, kind="deep"):
    return os.path.join(os.path.dirname(rig.victim), f"failure-{kind}")


def stacks(rig, *program, name="linkat", **more):
    """Of each call of a name: its frames."""
    log = rig.path(f"log{rig.number()}")
    rig.trace("-q", "-k", "--format=json", f"--trace={name}", "-o", log, "--", *program,
              **more).ended(0, None, None)
    found = [json.loads(line) for line in text_of(log).splitlines()]
    return [one["stack"] for one in found if one["type"] == "call"]


def symbols(stack):
    return [frame["symbol"] for frame in stack]


def copy(rig, program, *strip):
    to = rig.path(os.path.basename(program))
    shutil.copy(program, to)
    if strip:
        rig.run(*strip, to).ended(0)
    return to


@test(("deep",), ("deep-static",), ("deep-static-pie",))
def known_stacks(rig, kind):
    program, path = deep(rig, kind), rig.write("file")
    first, second = stacks(rig, program, path)
    same("names", symbols(first)[:5], ["linkat", *CHAIN])
    check(symbols(first)[-1] == "_start", symbols(first))
    same("files", {frame["file"] for frame in first[1:5]}, {os.path.realpath(program)})
    # main was interrupted in raise(3); its frames are under the handler's
    same("handler", symbols(second)[:4], ["linkat", "three", "handler", second[3]["symbol"]])
    check(second[3]["symbol"] in RETURNS, symbols(second))
    check("main" in symbols(second)[4:], symbols(second))
    check(all(frame["symbol"] is None or frame["offset"] < 65536 for frame in first), first)


@test(("deep",), ("deep-static",))
def stripped_programs(rig, kind):
    """No names, but the same frames."""
    program, path = deep(rig, kind), rig.write("file")
    bare = copy(rig, program, "strip")
    whole, stripped = stacks(rig, program, path)[0], stacks(rig, bare, path)[0]
    same("addresses", [f["address"] for f in stripped], [f["address"] for f in whole])
    check(not set(CHAIN) & set(symbols(stripped)), symbols(stripped))


@test(("deep",), ("deep-static",))
def as_gdb_has_it(rig, kind):
    if not shutil.which("gdb"):
        raise Skip("needs gdb")
    program, path = deep(rig, kind), rig.write("file")
    run = rig.run("gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off",
                  "-ex", "set backtrace past-main on", "-ex", "catch syscall linkat", "-ex", "run",
                  "-ex", "bt", "-ex", "p/x $pc", "--args", program, path)
    frames = re.findall(r"^#(\d+) +(?:(0x[0-9a-f]+) in )?(\S+) \(", run.out, re.M)
    check(len(frames) >= 5, run.out + run.err)
    ours = stacks(rig, program, path)[0]
    pcs = [int(pc, 16) for _, pc, _ in frames if pc] or []
    names = [name for _, _, name in frames]
    main = names.index("main")
    same("depth to main", symbols(ours).index("main"), main)
    same("names", [s for s in symbols(ours)[1:main + 1]], names[1:main + 1])
    # where they are in a page does not depend on where they were loaded
    same("addresses", [int(f["pc"], 16) & 0xfff for f in ours[1:main + 1]],
         [pc & 0xfff for pc in pcs[-(len(frames) - 1):][:main]])


@test()
def mappings_change(rig):
    """Two libraries, one after the other at the same address: no name is kept too long."""
    host = deep(rig, "plugin")
    libs = [os.path.join(os.path.dirname(rig.victim), f"libfailure-{name}.so")
            for name in ("alpha", "beta")]
    path = rig.write("file")
    log = rig.path("log")
    run = rig.trace("-q", "-k", "--trace=access,faccessat", "-P", path, "--format=json", "-o", log,
                    "--", host, path, *libs, libs[0])
    run.ended(0, None)
    addresses = {line.split()[0] for line in run.out.splitlines()}
    found = [o for o in map(json.loads, text_of(log).splitlines()) if o["type"] == "call"]
    same("names", [symbols(o["stack"])[1] for o in found], ["alpha", "beta", "alpha"])
    same("files", [os.path.basename(o["stack"][1]["file"]) for o in found],
         [os.path.basename(lib) for lib in (*libs, libs[0])])
    if len(addresses) != 1:
        raise Skip("the libraries came to lie at different addresses")


@test()
def another_program(rig):
    """After an exec every address means something else."""
    path = rig.write("file")
    found = stacks(rig, deep(rig), path, deep(rig, "deep-static"), path)
    same("files", [os.path.basename(s[1]["file"]) for s in found],
         ["failure-deep"] * 2 + ["failure-deep-static"] * 2)
    same("names", [symbols(s)[1] for s in found], ["three"] * 4)


@test()
def program_of_the_server(rig):
    """It runs here from a private copy; the stack shows its own name."""
    path = rig.write("file")
    program = copy(rig, deep(rig))
    found = stacks(rig, "/bin/sh", "-c", 'exec "$1" "$2"', "sh", program, path, server=rig.serve())
    same("names", symbols(found[0])[:5], ["linkat", *CHAIN])
    same("file", found[0][1]["file"], program)


GO = """
package main

import ("os"; "fmt")

//go:noinline
func inner(p string) int { b, _ := os.ReadFile(p); return len(b) }

//go:noinline
func outer(p string) int { return inner(p) + 1 }

func main() { fmt.Println(outer(os.Args[1])) }
"""


@test(("plain",), ("bare",))
def go_programs(rig, kind):
    if not shutil.which("go"):
        raise Skip("needs go")
    source, program, path = rig.write("main.go", GO), rig.path("program"), rig.write("file")
    flags = {"plain": [], "bare": ["-ldflags=-s -w"]}[kind]
    rig.env.update(GOCACHE=rig.path("cache"), GOFLAGS="", HOME=rig.dir, GO111MODULE="off")
    built = rig.run("go", "build", *flags, "-o", program, source)
    same(f"go build: {built.err}", built.status, 0)
    log = rig.path("log")
    run = rig.trace("-q", "-k", "--trace=openat", "-P", path, "-o", log, "--", program, path)
    run.ended(0, "7\n")
    names = re.findall(r"^ > .*\((\S+)\+0x", text_of(log), re.M)
    check([n for n in names if n.startswith("main.")] == ["main.inner", "main.outer", "main.main"],
          text_of(log))
    check(names[-2] == "runtime.main" and names[-1].startswith("runtime.goexit"), names)


# --- the flame graph ---

SVG = "{http://www.w3.org/2000/svg}"


def boxes(path):
    """Of each box: name, time in ms, calls, x, width, depth."""
    tree = ElementTree.parse(path)
    found = []
    for group in tree.getroot().find(f"{SVG}g[@id='box']").findall(f"{SVG}g"):
        text = group.find(f"{SVG}title").text
        title = re.fullmatch(r"(.*) \(([\d.]+) ms, (\d+) calls?, ([\d.]+)%\)", text)
        check(title, text)
        found.append((title[1], float(title[2]), int(title[3]), float(group.get("data-x")),
                      float(group.get("data-w")), int(group.get("data-d"))))
    return found


def rendered(rig, path):
    """What rsvg-convert makes of it: width, height."""
    if not shutil.which("rsvg-convert"):
        raise Skip("needs rsvg-convert (librsvg2-bin)")
    png = rig.path("flame.png")
    rig.run("rsvg-convert", "-o", png, path).ended(0)
    with open(png, "rb") as file:
        head = file.read(24)
    same("PNG", head[:8], b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", head[16:24])


@test()
def flame_graph(rig):
    svg, path = rig.path("flame.svg"), rig.write("file")
    run = rig.trace("-q", "--flame", svg, "--", deep(rig), path)
    run.ended(0, "")
    found = boxes(svg)
    names = {box[0] for box in found}
    check({*CHAIN, "handler", "linkat", "failure-deep", "all remote calls"} <= names, names)
    root = [box for box in found if box[5] == 0]
    same("root", (len(root), root[0][0], root[0][3], root[0][4]), (1, "all remote calls", 0.0, 1.0))
    for name, spent, calls, at, width, depth in found:
        check(abs(width - spent / root[0][1]) < 0.01, f"{name}: {width} of {spent} ms")
        if depth:
            under = [b for b in found if b[5] == depth - 1 and b[3] - 1e-6 <= at and
                     at + width <= b[3] + b[4] + 1e-6]
            check(len(under) == 1 and under[0][1] >= spent and under[0][2] >= calls, name)
    width, height = rendered(rig, svg)
    check(width == 1200 and height > 150, f"{width} x {height}")
    text = text_of(svg)
    check("<script>" in text and "http" not in text.replace("http://www.w3.org/2000/svg", ""),
          "it needs something from elsewhere")


@test()
def flame_graph_names(rig):
    """Whatever a program is called, the picture is well formed."""
    svg = rig.path("flame.svg")
    program = rig.path("<a&\"b'>")
    shutil.copy(deep(rig), program)
    rig.trace("-q", "--flame", svg, "--", program, rig.write("file")).ended(0, "")
    check("<a&\"b'>" in {box[0] for box in boxes(svg)}, text_of(svg))


@test()
def flame_graph_of_nothing(rig):
    """No call goes: there is a root and nothing else."""
    svg = rig.path("flame.svg")
    run = rig.trace("-q", "--flame", svg, "--local", "/", "--", deep(rig, "deep-static"), "/")
    run.ended(0, "")
    same("boxes", [box[0] for box in boxes(svg) if box[5] == 0], ["all remote calls"])


CPLUSPLUS = """
#include <functional>
#include <unistd.h>
namespace outer {
template <typename T> struct Box {
	__attribute__((noinline)) int put(T from, T to) { int r = link(from, to); asm(""); return r; }
};
}
__attribute__((noinline)) int call(const std::function<int()> &f) { int r = f(); asm(""); return r; }
int main(int, char **argv)
{
	outer::Box<const char *> box;
	return call([&] { return box.put(argv[1], argv[2]); });
}
"""


@test(("plain",), ("static-pie",))
def names_of_cplusplus(rig, kind):
    """As the source has them, and as gdb does, but for what is inlined."""
    if not shutil.which("g++"):
        raise Skip("g++ is not installed")
    program = rig.path("box")
    flags = ("-static-pie",) if kind == "static-pie" else ()
    rig.run("g++", "-O1", *flags, "-o", program, rig.write("box.cc", CPLUSPLUS)).ended(0)
    (stack,) = stacks(rig, program, rig.write("file"), rig.path("new"))
    names = symbols(stack)
    same("names", (names[1], names[3], names[4]),
         ("outer::Box<char const*>::put(char const*, char const*)",
          "call(std::function<int ()> const&)", "main"))
    check(names[2].startswith("std::_Function_handler<int (), main::"), names)
    svg = rig.path("flame.svg")
    rig.trace("-q", "--flame", svg, "--", program, rig.path("file"), rig.path("new2")).ended(0, None)
    check("outer::Box&lt;char const*&gt;::put(" in text_of(svg), text_of(svg)[:3000])
