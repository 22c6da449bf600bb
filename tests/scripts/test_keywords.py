#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every keyword is seen to match and not to match, in real runs, as --why tells them.

    test_keywords.py PROGRAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from keyword_cases import ACCEPT, CASES, LISTS, SETS, SHORT, STEPS, capture

HEADER = "alert smtp any any -> any any"
TOLD = re.compile(r"^    sid (\d+) \(.*?\) at \S+: (match|no match)")


def rule(case, sid):
    header, options = case if isinstance(case, tuple) else (HEADER, case)
    return f"{header} ({options} sid:{sid};)\n"


def rules():
    text = "".join(rule(options, i + 1) for i, options in enumerate(SETS))
    for i, (yes, no) in enumerate(CASES.values()):
        text += rule(yes, 1000 + 2 * i) + rule(no, 1001 + 2 * i)
    return text + "".join(f"accept:hook {hook} any any -> any any (sid:{100 + i};)\n"
                          for i, hook in enumerate(ACCEPT))


def script():
    sessions = [{"name": name, "steps": [{side: text} for side, text in steps]}
                for name, steps in (("all keywords", STEPS), ("a short mail", SHORT))]
    return json.dumps({"rules": "keywords.rules", "config": "keywords-conf.yaml", "sessions": sessions})


def errors(text):
    """Without the warnings, which idle keywords deserve."""
    return "\n".join(m for m in re.split(r"\n(?=\w+\[)", text) if not m.startswith("warning"))


def run(program, folder, *words):
    why = os.path.join(folder, "why.txt")
    got = subprocess.run([program, *words, "--why", "--why-out", why], capture_output=True, text=True,
                         timeout=60, check=False)
    if got.returncode != 0:
        print(f"FAIL {words}: exit {got.returncode}: {got.stdout[-2000:]}{errors(got.stderr)}")
        sys.exit(1)
    with open(why, encoding="utf-8") as f:
        return [m.groups() for m in map(TOLD.match, f) if m]


def keywords(program):
    got = subprocess.run([program, "--list-keywords", "--json"], capture_output=True, check=True, timeout=60)
    return [k["name"] for k in json.loads(got.stdout)]


def uncovered(names, told):
    for name in names:
        if name not in CASES:
            yield f"{name} has no case in keyword_cases.py"
            continue
        yes = 1000 + 2 * list(CASES).index(name)
        if (str(yes), "match") not in told:
            yield f"{name}: {CASES[name][0]} never matched"
        if (str(yes + 1), "match") in told:
            yield f"{name}: {CASES[name][1]} matched"
        if (str(yes + 1), "no match") not in told:
            yield f"{name}: {CASES[name][1]} was never asked"
    for name in set(CASES) - set(names):
        yield f"{name} has a case and is no keyword"


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        files = {**LISTS, "keywords.rules": rules(), "keywords.yaml": script()}
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        path = os.path.join(folder, "frames.pcap")
        with open(path, "wb") as f:
            f.write(capture())
        told = set(run(program, folder, "test", os.path.join(folder, "keywords.yaml")))
        told |= set(run(program, folder, "-c", os.path.join(folder, "keywords-conf.yaml"), "--pcap", path, "--rules",
                        os.path.join(folder, "keywords.rules"), "--log-dir", folder))
    names = keywords(program)
    wrong = list(uncovered(names, told))
    for sentence in wrong:
        print("FAIL " + sentence)
    print(f"{len(names)} keywords, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
