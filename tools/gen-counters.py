#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make docs/counters.md from lib/stats/stats_list.h, the one list of everything that is counted.

In: the list. Out: the page; with --check nothing is written, and the exit code is 1 when the page
does not say what the list says. Run it after every change of the list.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "lib" / "stats" / "stats_list.h"
PAGE = ROOT / "docs" / "counters.md"

ENTRY = re.compile(
    r'^(STAT|GAUGE|DROP)\((\w+), "([^"]+)", ("[^"]+"|\w+), "([^"]+)"\)$')
HEADING = re.compile(r"^/\* (.+) \*/$")

HEAD = """# Counters

Everything that Postern counts. The names are those of the stats event in `eve.json`, of
`posternctl stats` and of `/stats.json`; `/metrics` calls a counter `postern_<name>_total` with `_`
for `.` (a gauge has no `_total`), and all drop reasons are one family,
`postern_drops_total{reason="<name without drop.>"}`.

Made from `lib/stats/stats_list.h` by `tools/gen-counters.py`; change the list, not this page.
"""


def entries(text):
    """Yield (heading, macro, name, unit or reason, sentence); stop at what cannot be read."""
    heading = ""
    for number, line in enumerate(text.splitlines(), 1):
        found = HEADING.match(line)
        if found and "SPDX" not in line:
            heading = found.group(1)
        if not line.startswith(("STAT(", "GAUGE(", "DROP(")):
            continue
        found = ENTRY.match(line)
        if not found:
            sys.exit(f"{LIST.relative_to(ROOT)}:{number}: not an entry of the usual form")
        macro, _, name, third, sentence = found.groups()
        yield heading, macro, name, third.strip('"'), sentence


def page(text):
    out = [HEAD]
    section = None
    for heading, macro, name, third, sentence in entries(text):
        if heading != section:
            section = heading
            title, _, remark = heading.partition(". ")
            out.append(f"\n## {title.rstrip('.')}\n\n")
            if remark:
                out.append(f"{remark}\n\n")
            columns = ("Name", "Reason in eve.json" if macro == "DROP" else "Unit", "Meaning")
            out.append("| {} | {} | {} |\n| --- | --- | --- |\n".format(*columns))
        if macro == "GAUGE":
            third += ", now"
        out.append(f"| `{name}` | {third} | {sentence} |\n")
    return "".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether the page is right")
    args = parser.parse_args()
    wanted = page(LIST.read_text())
    if not args.check:
        PAGE.write_text(wanted)
        return
    have = PAGE.read_text() if PAGE.exists() else ""
    if have != wanted:
        sys.exit(f"{PAGE.relative_to(ROOT)}:1: differs from {LIST.relative_to(ROOT)}; "
                 "run tools/gen-counters.py")


if __name__ == "__main__":
    main()
