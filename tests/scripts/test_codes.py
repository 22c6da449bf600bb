#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every code that the source can tell is explained, and told for a rule that deserves it, with its place.

    test_codes.py PROGRAM TOP
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

H = "accept:hook smtp:helo any any -> any any "
D = "alert smtp any any -> any any "
CASES = {  # text of a rule file
    "R002": H + "(msg:\"a\x01\"; sid:1;)",
    "R003": H + '(msg:"' + "x" * 33000 + '"; sid:1;)',
    "R004": " " + H + "(sid:1;)",
    "R005": H + "\\\n\n(sid:1;)",
    "R006": H,
    "R007": H + "(sid:1;",
    "R008": H + "(sid:1;) # new",
    "R009": H + "(sid:1)",
    "R010": "acept:hook smtp:helo any any -> any any (sid:1;)",
    "R011": "accept:packet smtp:helo any any -> any any (sid:1;)",
    "R012": "accept:hook smpt:helo any any -> any any (sid:1;)",
    "R013": "accept:hook smtp:hello any any -> any any (sid:1;)",
    "R014": H + "(smtp.hello; sid:1;)",
    "R015": "accept:hook smtp:helo any any (sid:1;)",
    "R016": "accept:hook smtp:helo 10.0.0.300 any -> any any (sid:1;)",
    "R017": "accept:hook smtp:helo any any -> any 70000 (sid:1;)",
    "R018": "accept:hook smtp:helo $NOWHERE any -> any any (sid:1;)",
    "R019": "accept:hook smtp:helo [10.0.0.1,!10.0.0.1] any -> any any (sid:1;)",
    "R020": H + "(sid;)",
    "R021": H + "(alert:yes; sid:1;)",
    "R022": H + "(smtp.helo; bsize:x; sid:1;)",
    "R023": H + "(sid:99999999999;)",
    "R024": H + "(nocase; sid:1;)",
    "R025": H + '(smtp.helo; content:"a"; startswith; offset:2; sid:1;)',
    "R026": H + "(sid:1;)\n" + D + '(smtp.helo; content:"a"; sid:1;)',
    "R027": H + "()",
    "R028": H + '(smtp.data; content:"a"; sid:1;)',
    "R029": H + "(sid:1; sid:2;)",
    "R030": "accept:hook smtp:request_data any any -> any any (sid:1;)\n"
            'accept:hook smtp:request_complete any any -> any any (smtp.command; content:"QUIT"; sid:2;)',
    "R031": D + '(smtp.helo; content:"a"; classtype:none-such; sid:1;)',
    "R032": H + "(smtp.helo; dataset:isset,s,type string,load none.lst; sid:1;)",
    "R033": H + "(smtp.helo; dataset:isset,s,type string,load empty.lst; sid:1;)",
    "R034": H + '(smtp.helo; content:"abcdef"; depth:3; sid:1;)',
    "R036": H + '(smtp.helo; pcre:"/a/q"; sid:1;)',
    "R037": "mask:command smtp:helo any any -> any any (sid:1;)",
    "R038": H + "(smtp.helo; sid:1;)",
    "R039": D + "(app-layer-event:smtp.none_such; sid:1;)",
    "R040": H + "(smtp.helo; content:abc; sid:1;)",
    "R041": D + '(smtp.helo; content:"a"; rawbytes; sid:1;)',
    "R042": D + '(http.uri; content:"a"; sid:1;)',
    "R043": H + "(flow:to_client; sid:1;)",
    "R044": H + '(smtp.helo; content:"a"; offset:n; sid:1;)',
    "R045": D + "(smtp.helo; byte_test:1,?,3,0; sid:1;)",
    "R046": H + "(flowbits:isset,never; sid:1;)",
    "R048": D + '(requires:keyword none_such; smtp.helo; content:"a"; sid:1;)',
    "R049": "\n".join(H + f"(nosuch; sid:{i + 1};)" for i in range(1100)),
    "R050": H + "(sid:1;)\n" + H + '(smtp.helo; content:"a"; sid:2;)',
    "R052": H + '(smtp.helo; content:"abcdef"; bsize:<4; sid:1;)',
    "R053": "accept:hook smtp:helo any any -> any 2600 (sid:1;)",
    "R054": D + "(iprep:any,Spam,isset; sid:1;)",
    "R200": H + '(smtp.helo; pcre:"/(a/"; sid:1;)',
    "R201": D + '(smtp.data; content:"a"; content:"b"; distance:-3; sid:1;)',
    "R202": "drop:flow smtp:body any any -> any any (smtp.data; content:\"a\"; endswith; sid:1;)",
    "R207": "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to:all; content:\"a\"; sid:1;)",
}
# What no rule can bring about at will.
EXCUSED = {
    "R001": "raised below, by a file that is not there",
    "P001": "raised below, by a configuration",
    "P002": "raised below, by a configuration",
    "P003": "raised below, by a configuration",
    "R055": "raised below, by a file that a configuration names",
    "R204": "no pattern is known that Hyperscan accepts and then does not compile",
    "R205": "no set of patterns is known that Hyperscan takes one by one and refuses together",
    "R206": "memory that is out",
}
CONFIG = "rule-files: [case.rules]\nsmtp: {ports: [25], detect: no}\n"


def emitted(top):
    text = ""
    for folder in ("rules", "policy"):
        for path in glob.glob(os.path.join(top, "lib", folder, "*.c")):
            if not path.endswith("rules_codes.c"):
                with open(path, encoding="utf-8") as f:
                    text += f.read()
    return set(re.findall(r'"([RP]\d{3})"', text))


def check(program, folder, code, text):
    path = os.path.join(folder, "case.rules")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + "\n")
    got = subprocess.run([program, "-T", "--json", "-c", os.path.join(folder, "postern.yaml")],
                         capture_output=True, text=True, timeout=60, check=False)
    answer = json.loads(got.stdout)
    found = [d for d in answer["diagnostics"] if d.get("code") == code]
    if not found:
        yield f"{code} is not told: {[d.get('code') for d in answer['diagnostics']]}"
        return
    lines = text.split("\n")
    for d in found[:1]:
        inside = 1 <= d["line"] <= len(lines) and 1 <= d["col"] <= len(lines[d["line"] - 1]) + 1
        if d["file"] != path or not inside or d["len"] < 1 or not d["text"]:
            yield f"{code}: no place, or none that is there: {d}"
    bad = any(d["severity"] == "error" for d in answer["diagnostics"])
    if got.returncode != (1 if bad else 0) or answer["ok"] == bad:
        yield f"{code}: exit {got.returncode}, ok {answer['ok']}"


def explained(program, code):
    got = subprocess.run([program, "--explain-error", code], capture_output=True, text=True, timeout=60,
                         check=False)
    return got.returncode == 0 and len(got.stdout) > 20


def main():
    program, top = sys.argv[1], sys.argv[2]
    wrong = []
    codes = emitted(top)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("empty.lst", ""), ("last.rules", H + "(sid:1;)\n"), ("postern.yaml", CONFIG)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        for code in sorted(codes | set(CASES)):
            if not explained(program, code):
                wrong.append(f"{code} has no text")
            if code not in codes:
                wrong.append(f"{code} has a case, and nothing tells it")
            if code in CASES:
                wrong += check(program, folder, code, CASES[code])
            elif code not in EXCUSED:
                wrong.append(f"{code} has no rule here that raises it")
        os.unlink(os.path.join(folder, "case.rules"))
        got = subprocess.run([program, "-T", "--rules", os.path.join(folder, "case.rules")],
                             capture_output=True, text=True, timeout=60, check=False)
        path = os.path.join(folder, "postern.yaml")
        for code, text in (("P001", 'firewall: {policies: {app: {smtp: {helo: ["accept:packet"]}}}}\n'),
                           ("R055", "reputation-categories-file: postern.yaml\n"),
                           ("P002", "rule-files: [empty.lst]\n"), ("P003", "rule-files: [last.rules]\n")):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            bad = subprocess.run([program, "-T", "--json", "-c", path], capture_output=True, text=True, timeout=60,
                                 check=False)
            if bad.returncode != (0 if code in ("P002", "P003") else 1) or code not in bad.stdout:
                wrong.append(f"{code} is not told: {bad.stdout}")
        if got.returncode != 1 or "R001" not in got.stderr:
            wrong.append(f"R001 is not told: {got.stderr}")
    for sentence in wrong:
        print("FAIL " + sentence)
    print(f"{len(codes)} codes, {len(CASES)} of them raised")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
