#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each rule of the shipped policies has a case for and one against, in real runs, as --why tells them.

    test_rule_cases.py PROGRAM TOP

In: the rulesets below with their session scripts, and some frames that are no mail. Out: the sids that never
matched, and those that always did: a case against is an event of the rule's hook where it did not match or where
another rule had decided. Rules that ask nothing, and let all of their hook go, need none.
"""
import os
import re
import subprocess
import sys
import tempfile

from keyword_cases import capture, frames

RULESETS = ["commands", "relay", "gateway", "pairing", "sender-validation", "inbound-gateway"]
TOLD = re.compile(r"^    sid (\d+) \(.*?\) at \S+: (match|no match|not asked)", re.M)
SID = re.compile(r"^[^#\n].*?\((.*)\bsid:(\d+);", re.M)



def arp():
    return b"\xff" * 6 + b"\2\0\0\0\0\1\x08\x06" + b"\0\1\x08\0\6\4\0\1" + b"\0" * 20


def why(program, folder, *words):
    path = os.path.join(folder, "why.txt")
    subprocess.run([program, *words, "--why", "--why-out", path], check=True, timeout=60, stdout=subprocess.DEVNULL)
    with open(path, encoding="utf-8") as f:
        return set(TOLD.findall(f.read()))


def told(program, top, name, folder):
    path = os.path.join(folder, "frames.pcap")
    with open(path, "wb") as f:
        f.write(capture([*frames(), arp()]))
    return why(program, folder, "test", os.path.join(top, "rules/tests", name + ".yaml")) | why(
        program, folder, "--pcap", path, "--log-dir", folder, "--rules",
        os.path.join(top, "rules", name + ".rules"))


def faults(program, top, name, folder):
    with open(os.path.join(top, "rules", name + ".rules"), encoding="utf-8") as f:
        sids = SID.findall(f.read())
    if not sids:
        yield "has no rules"
    seen = told(program, top, name, folder)
    for asks, sid in sids:
        if (sid, "match") not in seen:
            yield f"sid {sid} has no case for: it never matched"
        if asks and not {(sid, "no match"), (sid, "not asked")} & seen:
            yield f"sid {sid} has no case against: it always matched"


def main():
    program, top = sys.argv[1], sys.argv[2]
    failed = 0
    for name in RULESETS:
        with tempfile.TemporaryDirectory() as folder:
            wrong = list(faults(program, top, name, folder))
        failed += bool(wrong)
        print(("FAIL " if wrong else "ok   ") + name)
        for sentence in wrong:
            print("     " + sentence)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
