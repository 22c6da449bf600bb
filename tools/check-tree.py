#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Check what the compiler cannot: licence lines, floors, file sizes, banned calls, stray paths.

In: the tracked files of a tree (all files where there is no git). Out: one line a fault,
file:line: what is wrong; exit code 1 when there is any. It changes nothing.
"""
import argparse
import pathlib
import re
import subprocess
import sys

LINES_MAX = 600
BANNED = ("strcpy", "strcat", "sprintf", "atoi", "gets", "strtok")
RUN_HALF = ("lib/inspect/", "lib/engine/", "lib/dp/")  # must not see how things are built
DPDK = ("lib/dp/", "app/postern/", "tests/dp/", "tests/perf/")

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
# Folders of the machine that the code was written on; spelt so that this file does not match.
MACHINE_PATH = re.compile(r"(?<![\w.-])(/(?:work|root)/|/tmp/" + r"build)")
# Comments, strings and character constants, so that only code is searched for calls.
NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def tracked(root):
    try:
        out = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True,
                             capture_output=True).stdout.decode()
        names = out.rstrip("\0").split("\0") if out else []
    except (OSError, subprocess.CalledProcessError):
        names = [str(p.relative_to(root)) for p in root.rglob("*")]
    return sorted(n for n in names if (root / n).is_file() and not (root / n).is_symlink())


def blank(match):
    """What stands for a comment or string: its line breaks alone."""
    return " " + "\n" * match.group().count("\n")


def check_licence(name, lines):
    base = name.rsplit("/", 1)[-1]
    script = bool(lines) and lines[0].startswith("#!")
    if not (base.endswith((".c", ".h", ".py", ".sh")) or base == "meson.build" or script):
        return
    if not any("SPDX-License-Identifier: BSD-3-Clause" in line for line in lines[:2]):
        yield 1, "no SPDX-License-Identifier: BSD-3-Clause in the first two lines"


def check_include(name, form, header):
    base = header.rsplit("/", 1)[-1]
    if form == '"' and header.startswith("../"):
        yield f'"{header}" leaves its folder; list the library in deps and include its name'
    elif form == '"' and "/" in header and name.startswith("lib/"):
        yield f'"{header}" reaches into a folder; list the library in deps and include its name'
    if base.endswith("_build.h") and name.startswith(RUN_HALF):
        yield f"{base} belongs to the building half; the packet path must not see it"
    if base.startswith("rte_") and not name.startswith(DPDK):
        yield f"{base}: only lib/dp, app/postern and their tests may know DPDK"
    if base == "hs.h" and not name.startswith("lib/match/"):
        yield "hs.h: only lib/match may know Hyperscan"


def check_c(name, text, lines):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        found = INCLUDE.match(line)
        if found:
            for what in check_include(name, *found.groups()):
                yield number, what
    if not name.startswith(("lib/", "app/")):
        return
    for number, line in enumerate(NO_CODE.sub(blank, text).splitlines(), 1):
        for call in BANNED_CALL.findall(line):
            yield number, f"{call}() is banned; use str.h, span_to_u64() or the bounded form"


def check_file(name, text):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    yield from check_licence(name, lines)
    if name.startswith(("lib/", "app/")) and len(lines) > LINES_MAX:
        yield LINES_MAX + 1, f"{len(lines)} lines; a file has at most {LINES_MAX}"
    if name.endswith((".c", ".h")):
        yield from check_c(name, text, lines)
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield number, "a path of the machine that this was written on"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", help="the tree (default: the one this file is in)")
    args = parser.parse_args()
    root = pathlib.Path(args.root or pathlib.Path(__file__).resolve().parent.parent)
    faults = 0
    for name in tracked(root):
        data = (root / name).read_bytes()
        if b"\0" in data:
            continue  # not text
        for number, what in check_file(name, data.decode("utf-8", "replace")):
            print(f"{name}:{number}: {what}")
            faults += 1
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
