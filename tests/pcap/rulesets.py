#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The shipped rulesets on the sample capture: who must pass, who must not, and by which rule.

    rulesets.py PROGRAM TOP
"""
import json
import os
import subprocess
import sys

from runner import Run

# The mails of the sample capture, by subject; what tools/make-sample sends.
ALL = {"Lunch", "Minutes", "Photo", "You have won", "Dots", "Pipelined", "Both"}
CASES = {
    "demo.rules": {"pass": ALL - {"You have won", "Both"}, "rules": {11: 1, 12: 2}},
    "sender-validation.rules": {"pass": ALL - {"You have won"}, "rules": {111: 1}},
    "inbound-gateway.rules": {"pass": ALL - {"Both"}, "rules": {212: 2}},
    "smtp-events.rules": {"pass": ALL, "rules": {}},
}


def untold(program, top):
    """Names of events that smtp-events.rules leaves out."""
    names = json.loads(subprocess.run([program, "--list-events", "--json"], capture_output=True,
                                      check=True).stdout)
    with open(os.path.join(top, "rules", "smtp-events.rules")) as f:
        text = f.read()
    return [e["name"] for e in names if f"app-layer-event:smtp.{e['name']};" not in text]


def passed(run):
    """Subjects of the mails whose message went through and was taken."""
    return {e["email"]["subject"] for e in run.events
            if e["event_type"] == "smtp" and "subject" in e.get("email", {})}


def check(run, case):
    if run.code != 0:
        yield f"exit code {run.code}: {run.output[-300:]}"
    if passed(run) != case["pass"]:
        yield f"passed {sorted(passed(run))}, not {sorted(case['pass'])}"
    refused = {}
    seen = set()
    for e in run.events:
        if e["event_type"] == "drop" and "sid" in e.get("postern", {}) and e["flow_id"] not in seen:
            seen.add(e["flow_id"])
            refused[e["postern"]["sid"]] = refused.get(e["postern"]["sid"], 0) + 1
            if ".rules:" not in e["postern"].get("rule", ""):
                yield f"a drop does not name its rule: {e}"
            if "smtp" not in e:
                yield f"a drop does not tell the envelope: {e}"
    if refused != case["rules"]:
        yield f"refused by {refused}, not {case['rules']}"
    stats = run.stats().get("firewall", {})
    if stats.get("accepted", 0) + stats.get("blocked", 0) != run.stats()["decoder"]["pkts"]:
        yield f"accepted + blocked are not the packets read: {stats}"


def main():
    program, top = sys.argv[1], sys.argv[2]
    capture = os.path.join(top, "tests/pcap/captures/sample.pcap")
    failed = 0
    for name, case in CASES.items():
        run = Run(program, capture, options=["--rules", os.path.join(top, "rules", name)])
        wrong = list(check(run, case))
        failed += bool(wrong)
        print(("FAIL " if wrong else "ok   ") + name)
        for sentence in wrong:
            print("       " + sentence)
    shipped = {n for n in os.listdir(os.path.join(top, "rules")) if n.endswith(".rules")}
    scripts = {n[:-len(".yaml")] + ".rules" for n in os.listdir(os.path.join(top, "rules", "tests"))}
    for name in sorted(shipped - set(CASES) - scripts):
        print(f"FAIL {name} is shipped without a case here and without a script in rules/tests")
        failed += 1
    for name in untold(program, top):
        print(f"FAIL smtp-events.rules does not tell of {name}")
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
