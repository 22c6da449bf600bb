#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The scripts in rules/tests go as they say; what `postern test` says when one does not, and when it is
wrong.

    test_scripts.py PROGRAM TOP
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

HEAD = """rules: {top}/rules/relay.rules
vars: {{ HOME_NET: 10.0.0.0/8 }}
client: 10.0.20.7
server: 10.0.10.25
sessions:
  - name: one
"""
GREETED = HEAD + """    steps:
      - {{ S: 220 relay }}
      - {{ C: EHLO pc }}
      - {{ S: 250 relay }}
"""
MAIL = GREETED + """      - {{ C: "MAIL FROM:<a@{domain}>", expect: {expect}, sid: {sid} }}
"""
OWN = {  # rule files of cases, beside their scripts
    "connect.rules": """accept:hook tcp:all any any <> any any (sid:1;)
drop:flow smtp:connect 192.0.2.66 any -> any any (sid:2;)
accept:hook smtp:connect any any -> any any (sid:3;)
accept:hook smtp:greeting any any -> any any (sid:4;)
""",
    "close.rules": """accept:hook tcp:all any any <> any any (sid:1;)
accept:hook smtp:connect any any -> any any (sid:2;)
accept:hook smtp:greeting any any -> any any (sid:3;)
accept:hook smtp:helo any any -> any any (sid:4;)
accept:hook smtp:response_started any any -> any any (sid:5;)
accept:hook smtp:request_started any any -> any any (sid:7;)
drop:flow smtp:close any any -> any any (msg:"gone"; alert; smtp.helo; content:"evil"; sid:6;)
""",
    "lines.rules": """accept:hook tcp:all any any <> any any (sid:1;)
drop:flow smtp:response_started any any -> any any (smtp.response_line; content:"one"; smtp.response_code:250; sid:2;)
drop:flow smtp:response_started any any -> any any (smtp.response_code:2xx; smtp.response; content:"two"; sid:3;)
accept:hook smtp:response_started any any -> any any (sid:4;)
accept:hook smtp:request_started any any -> any any (sid:5;)
""",
}


def line_case(place, word, sid):
    """A reply of three lines, one of them with the word: the rule that asks for text and code."""
    lines = [f"{'250 ' if i == 2 else '250-'}x{' ' + word if i == place else ''}" for i in range(3)]
    step = {"S": "\n".join(lines), "expect": "dropped" if sid in (2, 3) else "passes", "sid": sid}
    return json.dumps({"rules": "lines.rules", "sessions": [{"name": "a", "steps": [
        {"S": "220 mx"}, {"C": "EHLO a"}, step]}]}), 0, "ok   "


CASES = [  # text, exit code, what is said
    (MAIL.format(top="{top}", domain="corp.example.com", expect="passes", sid=4), 0, "ok   "),
    (MAIL.format(top="{top}", domain="corp.example.com", expect="dropped", sid=4), 1,
     ".yaml:11: one: expected dropped, got passes: sid 3, {top}/rules/relay.rules:"),
    (MAIL.format(top="{top}", domain="example.net", expect="passes", sid=4), 1,
     ".yaml:11: one: expected passes, got dropped: no rule accepted it"),
    (MAIL.format(top="{top}", domain="example.net", expect="held", sid=0), 1,
     "expected held, got dropped"),
    (MAIL.format(top="{top}", domain="corp.example.com", expect="passes", sid=5), 1,
     "expected decided by sid 5, got another decision: sid 3"),
    (HEAD.format(top="{top}") + "    connect: dropped\n", 1, "expected a connection that is dropped"),
    (GREETED.format(top="{top}") + "    alerts: [7]\n", 1, "expected alerts 7, got alerts none"),
    (HEAD.format(top="{top}") + "    stpes: []\n", 2, "unknown key 'stpes'; did you mean 'steps'?"),
    (MAIL.format(top="{top}", domain="x", expect="lost", sid=0), 2,
     "it is passes, held, dropped or reset"),
    ("rules: {top}/rules/none.rules\nsessions: [{{name: a, steps: [{{S: x}}]}}]\n"
     .replace("{{", "{").replace("}}", "}"), 1, "its rules do not load"),
    *(line_case(place, *case) for place in range(3) for case in (("one", 2), ("two", 3), ("three", 4))),
    ("rules: close.rules\nsessions: [{name: a, steps: [{S: 220 mx}, {C: EHLO evil}], alerts: [6]}]\n", 0, "ok   "),
    ("rules: close.rules\nsessions: [{name: a, steps: [{S: 220 mx}, {C: EHLO good}], alerts: []}]\n", 0, "ok   "),
    ("rules: connect.rules\nclient: 192.0.2.66\nsessions: [{name: a, steps: [{S: 220 mx, expect: dropped, sid: 2}]}]\n",
     0, "ok   "),
    ("rules: connect.rules\nclient: 192.0.2.67\nsessions: [{name: a, steps: [{S: 220 mx, sid: [3, 4]}]}]\n", 0, "ok   "),
    ("rules: connect.rules\nclient: 192.0.2.66\nsessions: [{name: a, steps: [{C: EHLO a, expect: dropped, sid: 2}]}]\n",
     0, "ok   "),
    ("sessions: []\n", 2, "rules: names the rule file"),
    ("config: none.yaml\nsessions: [{{name: a, steps: [{{S: x}}]}}]\n", 2, "none.yaml"),
    ("config: {top}/tools/who.py\nsessions: [{{name: a, steps: [{{S: x}}]}}]\n", 2, "who.py"),
]


def run(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60)


def shipped(program, top):
    """False when a script of a shipped ruleset does not go as it says."""
    folder = os.path.join(top, "rules", "tests")
    files = [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith(".yaml")]
    got = run(program, "test", *files)
    print(got.stdout + got.stderr, end="")
    return got.returncode == 0 and got.stdout.count("ok   ") == len(files) > 0


def cpu_ms(program, path):
    """The least of three runs, in milliseconds of this script's own CPU time."""
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(program, "test", path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(took) * 1000


def main():
    program, top = sys.argv[1], os.path.abspath(sys.argv[2])
    failed = 0 if shipped(program, top) else 1
    took = cpu_ms(program, os.path.join(top, "rules", "tests", "relay.yaml"))
    print(f"relay.yaml: {took:.0f} ms")
    if took > 150:  # some 20 without sanitizers; each session with eager pools took 30
        print("FAIL a script takes so long that nobody will write one")
        failed += 1
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.yaml")
        for name, text in OWN.items():
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        for text, code, words in CASES:
            with open(path, "w") as f:
                f.write(text.replace("{top}", top).replace("{{", "{").replace("}}", "}"))
            got = run(program, "test", path)
            if got.returncode != code or words.replace("{top}", top) not in got.stdout + got.stderr:
                print(f"FAIL {words!r} ({code}): exit {got.returncode}: {got.stdout}{got.stderr}")
                failed += 1
            summary = json.loads(run(program, "test", path, "--json").stdout)
            if summary["ok"] != (code == 0):
                print(f"FAIL --json: {summary}")
                failed += 1
    rules = ["--rules", os.path.join(top, "rules", "relay.rules")]
    for words, code, said in [
            (["test"], 2, "needs a session script"), (["explain", "4", *rules], 0, "MAIL FROM"),
            (["explain", "4", "--json", *rules], 0, '"lines":['),
            (["explain", "4", *rules], 0, "what the event covers is let go"),
            (["explain", "99", *rules], 1, "no rule has sid 99"),
            (["explain", "1:4", *rules], 0, "MAIL FROM"),
            (["explain", "2:4", *rules], 1, "no rule has sid 2:4"),
            (["explain", "0:4", *rules], 2, "is no sid"), (["explain", "1:", *rules], 2, "is no sid"),
            (["explain", "124:8"], 1, "smtp.normalizer"),
            (["explain", "124:8", "-c", os.path.join(top, "config", "snort-alerts.yaml")], 0,
             "smtp.xlink2state_overflow"),
            (["explain", "x", *rules], 2, "is no sid"),
            (["--explain-error", "R014"], 0, "unknown keyword"),
            (["--explain-error", "R014", "--json"], 0, '"code":"R014"'),
            (["explain", "-h"], 0, "usage: postern"), (["test", "--help"], 0, "usage: postern"),
            (["-T", "--stats-period", "0"], 2, "a number from 1 to 86400"),
            (["-T", "--stats-period", "x"], 2, "--stats-period x"),
            (["--explain-error", "R999"], 1, "there is no error R999"),
            (["tset"], 2, "there is no place for 'tset'")]:
        got = run(program, *words)
        if got.returncode != code or said not in got.stdout + got.stderr:
            print(f"FAIL {words}: exit {got.returncode}: {got.stdout}{got.stderr}")
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
