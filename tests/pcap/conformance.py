#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Captures of other projects and what they must yield, through the real program.

    conformance.py PROGRAM FOLDER suricata|zeek [WORD...]

FOLDER is the conformance folder; where it is not present the test is skipped. With WORDs only
cases whose name or capture holds one of them run.
"""
import json
import os
import sys

import yaml

from runner import MISSING, SKIP, Run, value


def wanted(name, words):
    return not words or any(word in name for word in words)


# ---- Suricata's captures: cases.yaml ----

def rules_of(case, folder):
    """Text of the case's rules, and files to put beside it."""
    spec = case.get("rules")
    if spec is None:
        return None, {}
    if "text" in spec:
        return spec["text"] + "\n", spec.get("files", {})
    with open(os.path.join(folder, spec["file"]), encoding="utf-8") as f:
        text = f.read()
    return text.replace("@SENDER@", spec.get("sender", "")).replace(
        "@RCPT@", spec.get("rcpt", "")), {}


def matches(event, expect):
    for key, want in expect.items():
        if key == "absent":
            if any(value(event, path) is not MISSING for path in want):
                return False
        elif key != "count" and value(event, key) != want:
            return False
    return True


def check_case(case, run):
    """Sentences about what does not hold."""
    if run.code != 0:
        yield f"exit code {run.code}: {run.output.strip()[-400:]}"
    for expect in case.get("expect", []):
        found = sum(1 for event in run.events if matches(event, expect))
        if found != expect["count"]:
            what = {k: v for k, v in expect.items() if k != "count"}
            yield f"{found} events instead of {expect['count']}: {what}"
    for key, want in (case.get("stats") or {}).items():
        paths = [f"{key}.{k}" for k in want] if isinstance(want, dict) else [key]
        for path, number in zip(paths, want.values() if isinstance(want, dict) else [want]):
            got = value(run.stats(), path)
            if got != number:
                yield f"stats.{path} is {got}, not {number}"


def suricata(program, folder, words):
    folder = os.path.join(folder, "suricata")
    with open(os.path.join(folder, "cases.yaml"), encoding="utf-8") as f:
        cases = yaml.safe_load(f)
    failed = 0
    for case in cases:
        name = f"{case['case']} ({case['capture']})"
        if not wanted(name, words):
            continue
        rules, files = rules_of(case, folder)
        run = Run(program, os.path.join(folder, "captures", case["capture"]), rules,
                  case.get("config"), files)
        wrong = list(check_case(case, run))
        failed += bool(wrong)
        print(("FAIL " if wrong else "ok   ") + name)
        for sentence in wrong:
            print("       " + sentence)
    return failed


# ---- Zeek's captures: rows of smtp.log ----

SETS = ("rcptto", "to", "cc")
IGNORED = ("uid", "ts")


def normal(row, keys):
    """Comparable form: only the expected row's columns, sets sorted, file ids counted."""
    out = {}
    for key in keys:
        if key in IGNORED:
            continue
        got = row.get(key)
        if key in SETS and got is not None:
            got = sorted(got)
        elif key == "fuids":
            got = len(got or [])
        out[key] = got
    return out


COLUMNS = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "trans_depth", "helo", "mailfrom",
           "rcptto", "date", "from", "to", "cc", "reply_to", "msg_id", "in_reply_to", "subject",
           "x_originating_ip", "first_received", "second_received", "last_reply", "path",
           "user_agent", "tls", "fuids")


def zeek(program, folder, words):
    folder = os.path.join(folder, "zeek")
    failed = 0
    for name in sorted(os.listdir(os.path.join(folder, "expected"))):
        with open(os.path.join(folder, "expected", name), encoding="utf-8") as f:
            expected = json.load(f)
        if not wanted(name, words):
            continue
        capture = os.path.join(folder, "captures", os.path.basename(expected["trace"]))
        run = Run(program, capture)
        want = [normal(row, COLUMNS) for row in expected["rows"]]
        got = [normal(row, COLUMNS) for row in run.rows]
        ok = run.code == 0 and want == got
        failed += not ok
        print(("ok   " if ok else "FAIL ") + name)
        if not ok:
            report(run, want, got)
    return failed


def report(run, want, got):
    if run.code != 0:
        print("       exit code", run.code, run.output[-400:])
    if len(want) != len(got):
        print(f"       {len(got)} rows instead of {len(want)}")
    for i, (w, g) in enumerate(zip(want, got)):
        for key in w:
            if w[key] != g[key]:
                print(f"       row {i} {key}: {g[key]!r}, not {w[key]!r}")


def main():
    program, folder, kind, words = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    if not os.path.isdir(folder):
        print(f"no {folder} here: skipped")
        return SKIP
    failed = {"suricata": suricata, "zeek": zeek}[kind](program, folder, words)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
