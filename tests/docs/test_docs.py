#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The pages say what the program does: their commands run, their links lead somewhere, their names exist.

    test_docs.py POSTERN POSTERNCTL TOP

In: README.md, docs/*.md and the other pages; the two programs. Out: one line a fault, file:line: what is
wrong; exit code 1 when there is any. Commands run in a scratch folder that links to the tree.

- `console` blocks: each `$ command` ends with 0, and the lines below it come out in this order, blanks
  taken together; `...` at the end of a line or alone stands for anything.
- relative links, anchors included.
- `names in backticks`: files, options, keys, counters, hooks, functions.
- the table of floors beside lib/*/meson.build; the demo's output; fields of events that really come out.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

POSTERN, POSTERNCTL, TOP = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
PAGES = sorted(p for p in [*TOP.glob("*.md"), *TOP.glob("docs/*.md"), *TOP.glob("*/README.md"),
                           *TOP.glob("tests/*/README.md")] if "build" not in p.parts[-2])
RUN_PAGES = [p for p in PAGES if p.parent == TOP or p.parent.name == "docs"]
SAMPLE = "tests/pcap/captures/sample.pcap"
faults = []


def fault(page, line, what):
    faults.append(f"{page.relative_to(TOP)}:{line}: {what}")


def blanks(text):
    return " ".join(text.split())


def run(folder, command):
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False)


def scratch(name):
    folder = pathlib.Path(name)
    (folder / "bin").mkdir()
    (folder / "bin/postern").symlink_to(os.path.abspath(POSTERN))
    (folder / "bin/posternctl").symlink_to(os.path.abspath(POSTERNCTL))
    for part in ("config", "docs", "lib", "rules", "tests", "tools"):
        (folder / part).symlink_to(TOP / part)
    return folder


# ---- commands ----

def commands(page):
    """(line number, command, [lines shown]) of each console block."""
    inside = shown = None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            shown = []
            yield number, line[2:], shown
        elif inside and shown is not None:
            shown.append(line)


def first_missing(shown, output):
    """The first line that does not come where it should; None: all do. Between lines that stand below each
    other nothing may come, but where `...` stands."""
    lines = [blanks(line) for line in output.splitlines()]
    at, jump = 0, False
    for want in shown:
        if want.strip() == "...":
            jump = True
            continue
        cut = want.rstrip().endswith("...")
        text = blanks(want.rstrip()[:-3] if cut else want)
        found = next((i for i in range(at, len(lines) if jump else min(at + 1, len(lines)))
                      if (lines[i].startswith(text) if cut else lines[i] == text)), None)
        if found is None:
            return want
        at, jump = found + 1, False
    return None if jump or at == len(lines) else "the end, but more came: " + lines[at]


def check_commands(folder):
    ran = 0
    for page in RUN_PAGES:
        for number, command, shown in list(commands(page)):
            done = run(folder, command)
            ran += 1
            if done.returncode != 0:
                fault(page, number, f"'{command}' ends with {done.returncode}: {done.stdout[-300:]}")
                continue
            missing = first_missing(shown, done.stdout)
            if missing is not None:
                fault(page, number, f"'{command}' does not say: {missing}\n{done.stdout[:1500]}")
    if ran < 8:
        fault(TOP / "README.md", 1, f"only {ran} commands were found in all pages")


# ---- links ----

def anchors(page):
    for line in page.read_text().splitlines():
        if line.startswith("#"):
            title = line.lstrip("#").strip().lower()
            yield re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


def check_links():
    for page in PAGES:
        for number, line in enumerate(page.read_text().splitlines(), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                there = (page.parent / path).resolve() if path else page
                if not there.exists():
                    fault(page, number, f"the link {target} leads nowhere")
                elif anchor and anchor not in anchors(there):
                    fault(page, number, f"no heading of {path or 'this page'} is #{anchor}")


# ---- names ----

def words_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def known():
    """What the program and the tree know, by kind."""
    keys, section = set(), []
    for line in words_of([POSTERN, "--print-config"]).splitlines():
        found = re.match(r"( *)(?:- )?([\w-]+):", line)
        if found:
            depth = len(found[1]) // 2
            section = section[:depth] + [found[2]]
            keys.add(".".join(section))
    rows = set(re.findall(r"^\| `([^`]+)` \|", (TOP / "docs/config.md").read_text(), re.M))
    counters = set(re.findall(r"^\| `([^`]+)` \|", (TOP / "docs/counters.md").read_text(), re.M))
    lists = {n: set(re.findall(r"^(\S+)", words_of([POSTERN, f"--list-{n}"]), re.M))
             for n in ("keywords", "hooks", "events")}
    source = "\n".join(p.read_text(errors="replace") for folder in ("lib", "app", "tests")
                       for p in (TOP / folder).rglob("*.[ch]"))
    return {"dotted": keys | rows | counters | lists["keywords"], "hooks": lists["hooks"],
            "options": words_of([POSTERN, "--help"]) + words_of([POSTERNCTL, "--help"]),
            "words": set(re.findall(r"\w+", source)) | set(re.findall(r'"([\w.]+)"', source))}


FAMILIES = {"eal", "ports", "cores", "limits", "tcp", "smtp", "mime", "firewall", "vars", "failure", "outputs",
            "management", "drop", "flow", "detect", "limit", "events", "decoder", "app_layer"}


def wrong(name, facts):
    """What is wrong with a name in backticks, or None."""
    first = name.split(".")[0].split(":")[0]
    if re.fullmatch(r"(lib|app|tools|tests|docs|rules|config)/[\w./-]+", name):
        return None if (TOP / name).exists() else "no such file"
    if re.fullmatch(r"--[a-z][\w-]*", name):
        return None if re.search(re.escape(name) + r"\b", facts["options"]) else "no such option"
    if re.fullmatch(r"smtp:[a-z_:]+", name):
        return None if name in facts["hooks"] else "no such hook"
    if re.fullmatch(r"[a-z_]+(\.[a-z][\w-]*)+", name) and first in FAMILIES:
        if name.endswith((".c", ".h", ".md", ".log", ".json", ".rules", ".yaml")):
            return None
        return None if name in facts["dotted"] else "no such key, counter or keyword"
    if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name):
        return None if name in facts["words"] else "no such word in the code"
    return None


def check_names():
    facts = known()
    made = {"config.md", "counters.md", "rules.md"}  # by the program's own tables
    seen = 0
    for page in RUN_PAGES:
        if page.name in made:
            continue
        fenced = False
        for number, line in enumerate(page.read_text().splitlines(), 1):
            fenced ^= line.startswith("```")
            for name in [] if fenced else re.findall(r"`([^`]+)`", line):
                seen += 1
                what = wrong(name, facts)
                if what:
                    fault(page, number, f"`{name}`: {what}")
    if seen < 300:
        fault(TOP / "README.md", 1, f"only {seen} names were found")
    for bad in ("lib/no/such.c", "--no-such", "smtp:nowhere", "limits.none", "drop.nothing", "no_such_word_at_all"):
        if wrong(bad, facts) is None:
            fault(TOP / "README.md", 1, f"this test would not see a wrong `{bad}`")


# ---- tables ----

def check_floors():
    page = TOP / "docs/architecture.md"
    text = page.read_text()
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|$", text, re.M)
    shown = {name: (sorted(re.findall(r"\w+", deps)), sorted(re.findall(r"\w+", outside)))
             for name, deps, outside in rows}
    built = {}
    for build in (TOP / "lib").glob("*/meson.build"):
        lists = [re.search(rf"^{which} \+= \[([^]]*)\]", build.read_text(), re.M)
                 for which in ("deps", "ext_deps")]
        built[build.parent.name] = tuple(sorted(re.findall(r"\w+", found[1])) for found in lists)
    for name in sorted(shown.keys() | built.keys()):
        if shown.get(name) != built.get(name):
            fault(page, 1, f"floors: {name} is {shown.get(name)} here, {built.get(name)} in its meson.build")


def check_demo(folder):
    page = TOP / "README.md"
    if not re.search(r"--pcap " + SAMPLE + " --rules rules/demo.rules ", (TOP / "tools/demo").read_text()):
        fault(page, 1, "tools/demo runs another capture or other rules than this page is compared with")
    run(folder, f"mkdir demo && postern --pcap {SAMPLE} --rules rules/demo.rules --log-dir demo")
    said = run(folder, "python3 tools/who.py demo/eve.json").stdout.strip().splitlines()
    block = re.search(r"```text\n(let through:\n.*?)```", page.read_text(), re.S)
    if not block or block[1].strip().splitlines() != said:
        fault(page, 1, "the demo's output is:\n" + "\n".join(said))


# ---- events ----

def fields(value, prefix=""):
    for key, inner in value.items():
        if key not in ("stats", "metadata"):
            yield key
            if isinstance(inner, dict):
                yield from fields(inner)


def check_events(folder):
    page = TOP / "docs/events.md"
    text = page.read_text()
    named = set(re.findall(r"`([\w.]+)(?:\{\})?`", text))
    runs = ["--rules rules/demo.rules", "--rules rules/smtp-events.rules",
            "--rules rules/demo.rules --mode monitor", "--rules rules/relay.rules"]
    types = set()
    for i, options in enumerate(runs):
        done = run(folder, f"mkdir e{i} && postern --pcap {SAMPLE} {options} --log-dir e{i}")
        if done.returncode != 0:
            fault(page, 1, f"a capture run with {options} fails: {done.stdout[-300:]}")
            continue
        for name in ("eve.json", "smtp.log"):
            for line in (folder / f"e{i}" / name).read_text().splitlines():
                event = json.loads(line)
                types.add(event.get("event_type", "smtp.log"))
                for field in fields(event):
                    if field not in named:
                        named.add(field)
                        fault(page, 1, f"{name} has a field {field} that this page does not name")
    for kind in sorted(types - named):
        fault(page, 1, f"events of type {kind} are written, but not named here")
    if not {"smtp", "alert", "drop", "flow", "stats", "fileinfo", "verdict", "smtp.log"} <= types:
        fault(page, 1, f"these runs gave only {sorted(types)}")
    written = set(re.findall(r'"([\w.]+)"', "\n".join(
        p.read_text() for folder in ("lib/event", "app/postern", "lib/inspect")
        for p in (TOP / folder).glob("*.c"))))
    column = 0
    for number, line in enumerate(text.splitlines(), 1):
        column = {"| Object |": 2, "| Field | ": 1}.get(line[:10], column if line.startswith("|") else 0)
        for field in re.findall(r"`([a-z_0-9]+)`", line.split("|")[column] if column else ""):
            if field not in written:
                fault(page, number, f"no event has a field {field}")


def main():
    with tempfile.TemporaryDirectory(prefix="postern-docs.") as name:
        folder = scratch(name)
        check_commands(folder)
        check_demo(folder)
        check_events(folder)
    check_links()
    check_names()
    check_floors()
    print("\n".join(faults) or "every command, link and name holds")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
