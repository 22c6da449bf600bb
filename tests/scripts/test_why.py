#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What --why and --trace say: each reason that a rule can have, no credentials, the same twice.

    test_why.py PROGRAM TOP
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

SECRET = base64.b64encode(b"\0carol\0opensesame").decode()
RULES = r"""
accept:hook tcp:all any any -> any any (sid:1;)
drop:flow tcp:all any any -> any 2525 (sid:2;)
accept:hook smtp:greeting any any -> any any (sid:3;)
accept:hook smtp:helo any any -> any any (smtp.helo; content:"mx."; startswith; bsize:<20; sid:10;)
accept:hook smtp:helo any any -> any any (smtp.helo; content:"x"; byte_extract:1,0,n,relative; content:"m"; offset:n; sid:13;)
accept:hook smtp:helo any any -> any any (smtp.helo; content:"."; base64_decode:relative; base64_data; content:"abc"; sid:14;)
accept:hook smtp:helo any any -> any any (smtp.helo; content:"pc"; flowbits:set,seen; sid:11;)
accept:hook smtp:helo any any -> any any (sid:12;)
accept:hook smtp:auth any any -> any any (smtp.auth_user; content:"nobody"; sid:20;)
accept:hook smtp:auth any any -> any any (sid:21;)
drop:flow smtp:mail 203.0.113.0/24 any -> any any (sid:30;)
drop:flow smtp:mail any any -> any 587 (sid:31;)
drop:flow smtp:mail any any -> any any (flowbits:isnotset,seen; sid:32;)
drop:flow smtp:mail any any -> any any (flowint:mails,>,3; sid:33;)
drop:flow smtp:mail any any -> any any (smtp.size:>5000; sid:34;)
drop:flow smtp:mail any any -> any any (threshold:type threshold, track by_src, count 3, seconds 60; sid:35;)
drop:flow smtp:mail any any -> any any (smtp.mail_param; content:"BODY=BINARYMIME"; sid:36;)
drop:flow smtp:mail any any -> any any (enforce:no; alert; sid:37;)
drop:flow smtp:mail any any -> any any (smtp.mail_from; domain; content:"other.example"; bsize:13; sid:39;)
accept:hook smtp:mail any any -> any any (smtp.mail_from; pcre:"/^<[a-z]+@/"; sid:38;)
drop:flow smtp:data any any -> any any (smtp.rcpt_to:all; content:"@example.net>"; sid:40;)
accept:hook smtp:rcpt any any -> any any (sid:41;)
drop:flow smtp:data any any -> any any (smtp.helo; absent:or_else; content:!"."; sid:42;)
drop:flow smtp:data any any -> any any (smtp.auth_user; absent; sid:43;)
accept:hook smtp:data any any -> any any (sid:50;)
accept:hook smtp:body any any -> any any (sid:51;)
drop:flow smtp:message any any -> any any (smtp.data; content:"viagra"; sid:52;)
drop:flow smtp:message any any -> any any (file.name; absent; fileext:"exe"; sid:53;)
accept:hook smtp:message any any -> any any (sid:54;)
alert smtp any any -> any any (msg:"helo"; smtp.helo; content:"pc"; sid:60;)
alert tcp any any -> any any (msg:"pay"; content:"AUTH XYZ"; sid:61;)
alert smtp any any -> any any (flow:to_client; smtp.response_code:550; sid:62;)
"""
SCRIPT = """rules: case.rules
sessions:
  - name: a mail
    steps:
      - {S: 220 mx}
      - {C: EHLO pc.example.com}
      - {S: 250-mx
250 AUTH PLAIN}
      - {C: AUTH PLAIN %s}
      - {S: 235 welcome}
      - {C: "MAIL FROM:<ann@example.org> SIZE=100"}
      - {S: 250 ok}
      - {C: "RCPT TO:<bob@example.org>"}
      - {S: 250 ok}
      - {C: DATA}
      - {S: 354 go}
      - {C: "Subject: x\\n\\nhello\\n.\\n"}
      - {S: 250 taken}
      - {C: NOOP, expect: dropped}
""".replace("{S: 250-mx\n250 AUTH PLAIN}", '{S: "250-mx\\n250 AUTH PLAIN"}') % SECRET
SAID = {  # sid: a line that tells of it
    10: 'smtp.helo is "pc.example.com": content:"mx."; startswith does not hold',
    12: "not asked: sid 11 has decided",
    13: 'smtp.helo is "pc.example.com": content:"m"; offset:n does not hold',
    14: 'smtp.helo is "pc.example.com": content:"abc" does not hold',
    20: "smtp.auth_user is 5 bytes that are not shown: content:\"nobody\" does not hold",
    30: "source 192.0.2.1 is not that of its header",
    31: "destination port 25 is not that of its header",
    32: "the bit is set: flowbits:isnotset,seen",
    33: "the number is never set: flowint:mails,>,3",
    34: "smtp.size is 100: smtp.size:>5000 does not hold",
    35: "match 1 within 60 s: threshold:type threshold, track by_src, count 3, seconds 60",
    36: 'smtp.mail_param is "SIZE=100": content:"BODY=BINARYMIME" does not hold',
    37: "match, not enforced",
    38: "match",
    39: 'smtp.mail_from is "<ann@example.org>", transformed "example.org": content:"other.example"',
    40: 'smtp.rcpt_to is "<bob@example.org>": content:"@example.net>" does not hold',
    42: 'smtp.helo is "pc.example.com": content:!"." does not hold',
    43: "smtp.auth_user is there, and absent is asked",
    52: 'content:"viagra" has not been found in smtp.data, ',
    60: "it has matched in this transaction already",
    61: "pkt.payload is 58 bytes that are not shown: content:\"AUTH XYZ\" does not hold",
    62: "this goes to the server; flow:to_client",
}


def run(program, *words, code=0):
    got = subprocess.run([program, *words], capture_output=True, text=True, timeout=60)
    if got.returncode != code:
        print(f"FAIL {words}: exit {got.returncode}: {got.stdout[-500:]}{got.stderr}")
        sys.exit(1)
    return got.stdout + got.stderr


def reasons(program, path):
    text = run(program, "test", path, "--why")
    for sid, said in SAID.items():
        lines = [x for x in text.splitlines() if x.startswith(f"    sid {sid} (")]
        if not any(said in x for x in lines):
            yield f"sid {sid}: {said!r} is not in {lines}"
    if "by the default policy of smtp:other (drop:flow)" not in text:
        yield "the default policy is not told"
    for secret in (SECRET, "opensesame", "carol"):
        if secret in text:
            yield f"{secret} is shown"
    if text != run(program, "test", path, "--why"):
        yield "another text at the second run"


def traced(program, path, folder):
    file = os.path.join(folder, "why.txt")
    text = run(program, "test", path, "--trace", "34", "--why-out", file)
    with open(file, encoding="utf-8") as f:
        told = f.read()
    if "sid 34" in text or "sid 35 (" in told or "smtp.size is 100" not in told:
        yield f"--trace --why-out: {text} {told}"
    if "sid 34: not judged: its hook is smtp:mail" not in told or "packet:filter" in told:
        yield "--trace does not tell of other hooks, or tells of frames"
    run(program, "test", path, "--trace", "99", code=1)


def capture(program, top, folder):
    base = [program, "--pcap", os.path.join(top, "tests/pcap/captures/sample.pcap"), "--rules",
            os.path.join(top, "rules/demo.rules"), "--log-dir", folder]
    file = os.path.join(folder, "why.txt")
    summary = json.loads(run(*base, "--json", "--why", "--why-out", file))
    with open(file, encoding="utf-8") as f:
        told = f.read()
    for rule in summary["rules"]:
        times = sum(1 for x in told.splitlines() if x.startswith(f"    sid {rule['sid']} (")
                    and x.endswith(": match"))
        if times != rule["hits"]:
            yield f"sid {rule['sid']}: {rule['hits']} hits, told {times} times"
    flow = told.split("flow ")[1].split()[0].rstrip(",")
    part = run(*base, "--trace", "11", "--flow", flow)
    if "sid 11 (" not in part or f"flow {flow}" not in part or part.count(", flow ") != part.count(flow):
        yield f"--flow {flow}: {part[:300]}"
    for words, said in ((["--json", "--why"], "--why-out"), (["--trace", "x"], "a number"),
                        (["--flow", "3"], "goes with --why"), (["--trace", "0"], "a number")):
        if said not in run(*base, *words, code=2):
            yield f"{words}: {said} is not said"
    run(program, "--why", "--rules", "x", code=2)
    run(*base, "--trace", "99", code=1)


def main():
    program, top = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("case.rules", RULES), ("case.yaml", SCRIPT)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        path = os.path.join(folder, "case.yaml")
        wrong = [*reasons(program, path), *traced(program, path, folder),
                 *capture(program, top, folder)]
    for sentence in wrong:
        print("FAIL " + sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
