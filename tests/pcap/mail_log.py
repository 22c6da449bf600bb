#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The mail log through the real program: eve.json and smtp.log of dialogues and captures.

    mail_log.py PROGRAM TOP [WORD...]

Every event of every run here is held against docs/events.schema.json. Tests are the functions
test_*; with WORDs only those whose name holds one run.
"""
import base64
import glob
import json
import os
import struct
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import jsonschema

import dialogue
from dialogue import mail, session
from runner import MISSING, Run, value

PROGRAM, TOP = sys.argv[1], sys.argv[2]
with open(os.path.join(TOP, "docs/events.schema.json"), encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)
BY_TYPE = {branch["title"]: jsonschema.Draft7Validator(
    {**branch, "definitions": SCHEMA["definitions"]}, format_checker=jsonschema.FormatChecker())
    for branch in SCHEMA["oneOf"]}
faults = []


def check(good, what):
    if not good:
        faults.append(what)


def same(got, want, what):
    check(got == want, f"{what}: {got!r}, not {want!r}")


def held_to_schema(run, name):
    same(run.code, 0, f"{name}: exit code ({run.output[-300:]})")
    for event in run.events:
        for error in BY_TYPE[event["event_type"]].iter_errors(event):
            faults.append(f"{name}: {event['event_type']} {list(error.path)}: {error.message[:200]}")


def play(*sessions, rules=None, config=None, files=None, options=()):
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "dialogue.pcap")
        dialogue.write(capture, *sessions)
        run = Run(PROGRAM, capture, rules, config, files, options)
    held_to_schema(run, "dialogue")
    return run


def events(run, kind):
    return [e for e in run.events if e["event_type"] == kind]


def notes(run):
    return [e["notice"]["note"].split("::")[1] for e in events(run, "notice")]


def one(run, kind):
    found = events(run, kind)
    same(len(found), 1, f"events of type {kind}")
    return found[0] if found else {}


# ---- the schema ----

def test_schema():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    demo = os.path.join(TOP, "rules/demo.rules")
    ways = ((), ("--rules", demo), ("--rules", demo, "--mode", "monitor"))
    sample = os.path.join(TOP, "tests/pcap/captures/sample.pcap")
    foreign = sorted(glob.glob(os.path.join(TOP, "../shared/conformance/*/captures/*")))
    runs = [(sample, way) for way in ways]
    runs += [(capture, ways[i % len(ways)]) for i, capture in enumerate(foreign)]
    seen = set()
    with ThreadPoolExecutor(2) as pool:
        for (capture, way), run in zip(runs, pool.map(lambda x: Run(PROGRAM, x[0], options=x[1]), runs)):
            held_to_schema(run, f"{os.path.basename(capture)} {way}")
            seen |= {e["event_type"] for e in run.events}
    check(seen >= {"alert", "drop", "smtp", "flow", "stats", "verdict", "notice"}, f"only {seen}")


def test_strict():
    config = "outputs: {eve: {strict: yes}}\n"
    run = play(session(mail("X-Mailer: M 1\n\nx")), config=config)
    for event in run.events:
        check("postern" not in event, f"strict: {event}")
    same(notes(run), [], "notices in strict")
    same(one(run, "smtp")["smtp"]["mail_from"], "<alice@example.net>", "mail_from")


def test_what_is_no_utf8():
    turns = mail("Subject: \udcff\udc80", sender="<x>")
    turns = [(w, t.encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n") + b"\r\n") for w, t in turns]
    run = play(session(turns))
    check("\ufffd" in one(run, "smtp")["email"]["subject"], "no replacement")


# ---- secrets ----

def auth(*turns, accepted=True):
    code = "235 2.7.0 ok" if accepted else "535 5.7.8 no"
    return [*mail()[:2], ("S", "250-mx\n250 AUTH PLAIN LOGIN XOAUTH2"), *turns, ("S", code), *mail()[3:]]


def test_secrets():
    user, password = "someuser", "Hunter2Secret"
    plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    name, word = (base64.b64encode(x.encode()).decode() for x in (user, password))
    oauth = base64.b64encode(f"user={user}\1auth=Bearer {password}\1\1".encode()).decode()
    digest = base64.b64encode(f"{user} 5f4dcc3b5aa765d61d8327deb882cf99".encode()).decode()
    secret = (password, plain, word, oauth, user, name, digest)
    ways = {
        "PLAIN": [("C", f"AUTH PLAIN {plain}")],
        "plain": [("C", "AUTH plain"), ("S", "334 "), ("C", plain)],
        "LOGIN": [("C", "AUTH LOGIN"), ("S", "334 VXNlcm5hbWU6"), ("C", name),
                  ("S", "334 UGFzc3dvcmQ6"), ("C", word)],
        "XOAUTH2": [("C", f"AUTH XOAUTH2 {oauth}")],
        "PLAIN ": [("C", f" auth\tPLAIN\t{plain} ")],
        "LOGIN ": [("C", f"AUTH LOGIN {name}"), ("S", "334 UGFzc3dvcmQ6"), ("C", word)],
        "Oauth2": [("C", "AUTH Oauth2"), ("S", "334 "), ("C", oauth)],
        "CRAM-MD5": [("C", "AUTH CRAM-MD5"), ("S", "334 PDEyMzRAbXg+"), ("C", digest)],
    }
    by_another_verb = [("C", "XLOGIN"), ("S", "334 "), ("C", name), ("S", "334 "), ("C", word)]
    refused = [("C", "AUTH LOGIN"), ("S", "504 no"), ("C", name), ("S", "500 no"), ("C", word)]
    played = [session(auth(*turns, accepted=mechanism != "plain"), port=40000 + i)
              for i, (mechanism, turns) in enumerate(ways.items())]
    rules = ('alert smtp any any -> any any (msg:"all"; flow:established; sid:1;)\n'
             'drop smtp any any -> any any (smtp.rcpt_to; content:"bob"; sid:2;)\n')
    others = [session(auth(*turns), port=40100 + i) for i, turns in enumerate((by_another_verb, refused))]
    asks = rules + ('alert smtp any any -> any any (smtp.auth_user; content:"x"; sid:3;)\n'
                    'alert smtp any any -> any any (smtp.command_line; content:"x"; sid:4;)\n')
    for run in (play(*played, *others), play(*played, *others, rules=rules),
                play(*played, others[0], rules=asks, options=("--why",))):
        text = json.dumps([run.events, run.rows]) + run.output
        for s in secret:
            check(s not in text, f"{s} is in the output")
    run = play(*played)
    got = {e["src_port"]: e["postern"]["auth"] for e in events(run, "smtp")}
    hashes = set()
    for i, mechanism in enumerate(ways):
        same(got[40000 + i]["mechanism"], mechanism.strip(), "mechanism")
        same(got[40000 + i]["ok"], mechanism != "plain", f"{mechanism}: ok")
        hashes.add(got[40000 + i].get("user_hash"))
    hashes.discard(None)
    same(len(hashes), 1, "hashes of one user")


# ---- one record a mail ----

def test_record():
    turns = mail("From: a@example.net\nTo: bob@example.org\n\nhello", sender="<alice@example.net> SIZE=77")
    turns[5:7] = [("C", "RCPT TO:<no@example.org>"), ("S", "550 5.1.1 no"), *turns[5:7]]
    smtp = one(play(session(turns)), "smtp")
    got = smtp["postern"]
    same(smtp["smtp"]["rcpt_to"], ["<no@example.org>", "<bob@example.org>"], "rcpt_to")
    for key, want in {"rcpt_status": ["550", "250"], "reply_code": 250, "queue_id": "4ZX3Yk",
                      "declared_size": 77, "body_size": 51, "end": "reply", "starttls": "none",
                      "banner": "mx.example.org ESMTP Postfix", "tls": False, "mail": 1}.items():
        same(got.get(key), want, key)
    same(got["envelope_us"] + got["data_us"] + got["answer_us"], got["latency_us"], "phases")


def test_queue_ids():
    answers = {"250 2.0.0 Ok: queued as 4ZX3Yk": "4ZX3Yk", "250 OK id=1pgobK-001mwq-ED": "1pgobK-001mwq-ED",
               "250 ok 1754300000 qp 4711": "4711", "250 taken": None}
    run = play(*[session(mail(answer=a), port=40000 + i) for i, a in enumerate(answers)])
    got = {e["src_port"]: e["postern"].get("queue_id") for e in events(run, "smtp")}
    same([got[p] for p in sorted(got)], list(answers.values()), "ids")


def test_open_at_the_end():
    turns = mail()[:9]
    smtp = one(play(session(turns)), "smtp")
    same(value(smtp, "postern.reply_code"), MISSING, "reply_code without a message")
    same(smtp["postern"]["end"], "close", "end")
    same(smtp["postern"]["last_reply"], "354 go", "last_reply")
    half = one(play(session([*turns, ("C", "Subject: half")])), "smtp")
    same(half["postern"].get("truncated"), True, "truncated")


def test_pipelining_makes_no_difference():
    slow = [("C", "MAIL FROM:<a@x.example>"), ("S", "250 ok"), ("C", "RCPT TO:<b@x.example>"),
            ("S", "250 ok"), ("C", "DATA"), ("S", "354 go"), ("C", "Subject: one\n\nx\n."),
            ("S", "250 first"), ("C", "MAIL FROM:<c@x.example>"), ("S", "250 ok"),
            ("C", "RCPT TO:<d@x.example>"), ("S", "451 later"), ("C", "RSET"), ("S", "250 ok")]
    fast = [("C", "MAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\nDATA"), ("S", "250 ok\n250 ok\n354 go"),
            ("C", "Subject: one\n\nx\n.\nMAIL FROM:<c@x.example>\nRCPT TO:<d@x.example>\nRSET"),
            ("S", "250 first\n250 ok\n451 later\n250 ok")]
    begin = [("S", "220 mx"), ("C", "EHLO pc"), ("S", "250-mx\n250 PIPELINING")]
    rows = []
    for turns in (slow, fast):
        run = play(session(begin + turns))
        rows.append([{k: r.get(k) for k in ("mailfrom", "rcptto", "rcpt_status", "subject", "reply_code",
                                            "end", "trans_depth")} for r in run.rows])
    same(rows[1], rows[0], "pipelined rows")
    same([r["mailfrom"] for r in rows[0]], ["a@x.example", "c@x.example"], "senders")


def test_second_mail():
    begin = mail()[:3]
    mail_1, mail_2 = ("C", "MAIL FROM:<one@x.example>"), ("C", "MAIL FROM:<two@x.example>")
    rcpt = [("C", "RCPT TO:<r@x.example>"), ("S", "250 ok")]
    rest = [("C", "DATA"), ("S", "354 go"), ("C", "Subject: x\n\nx\n."), ("S", "250 done")]
    run = play(session([*begin, mail_1, ("S", "250 ok"), *rcpt, mail_2, ("S", "503 nested"), *rest]))
    same([(r["mailfrom"], r["rcptto"], r["end"]) for r in run.rows],
         [("one@x.example", ["r@x.example"], "replaced"), ("one@x.example", ["r@x.example"], "reply")],
         "refused second MAIL")
    run = play(session([*begin, mail_1, ("S", "550 no"), mail_2, ("S", "250 ok"), *rcpt, *rest]))
    same([(r["mailfrom"], r.get("rcptto"), r["last_reply"]) for r in run.rows],
         [("one@x.example", None, "550 no"), ("two@x.example", ["r@x.example"], "250 done")],
         "MAIL behind a refused one")


# ---- what was stopped ----

def test_blocked():
    rule = 'drop smtp any any -> any any (msg:"no bob"; flow:established; smtp.rcpt_to; ' \
           'content:"bob"; flowbits:set,bob; sid:7;)\n'
    run = play(session(mail()), rules=rule)
    same(events(run, "smtp"), [], "smtp events of a stopped mail")
    drop = events(run, "drop")[0]
    same(drop["smtp"]["rcpt_to"], ["<bob@example.org>"], "envelope of the drop")
    same(drop["drop"]["reason"], "rules", "reason of the drop")
    same(events(run, "alert")[0].get("metadata"), {"flowbits": ["bob"]}, "flowbits")
    same(len(run.rows), 1, "rows")
    row = run.rows[0]
    for key, want in {"mailfrom": "alice@example.net", "rcptto": ["bob@example.org"], "blocked": True,
                      "reason": "rules", "sid": 7, "end": "close"}.items():
        same(row.get(key), want, f"row: {key}")
    run = play(session(mail()), rules=rule, options=("--mode", "monitor"))
    same(one(run, "verdict")["postern"]["reason"], "rules", "reason of the verdict")
    same(one(run, "smtp")["postern"]["would"], "drop", "would")
    same(run.rows[0].get("would_block"), True, "row: would_block")
    check("blocked" not in run.rows[0], "monitor mode blocks nothing")


# ---- notices ----

def refused(text):
    return [*mail()[:5], ("C", "RCPT TO:<bob@example.org>"), ("S", text), ("C", "QUIT"), ("S", "221 bye")]


def test_block_lists():
    run = play(session(refused("554 5.7.1 [10.0.0.1] blocked using zen.SpamHaus.org")))
    same(notes(run), ["Blocklist_Blocked_Host"], "blocked host")
    got = one(run, "notice")["notice"]
    same((got["host"], got["local"]), ("10.0.0.1", True), "host")
    check("SpamHaus" in got["sub"], "sub")
    same(notes(play(session(refused("554-see why\n554 see https://www.spamcop.net/bl?203.0.113.9")))),
         ["Blocklist_Error_Message"], "error message")
    run = play(session(refused("550 zen.spamhaus.org"), client="198.51.100.7"))
    same(one(run, "notice")["notice"]["local"], False, "a foreign host")
    same(notes(play(session([("S", "554 10.0.0.1 is on spamhaus.org")]))), ["Blocklist_Blocked_Host"], "banner")
    quiet = ("550 5.1.1 no such user", "250 zen.spamhaus.org", "421 zen.spamhaus.org")
    same(notes(play(*[session(refused(t), port=40000 + i) for i, t in enumerate(quiet)])), [], "no refusals")
    same(notes(play(session(refused("550 spamhaus.org")), config="notices: {enabled: no}\n")), [], "off")
    same(notes(play(session(refused("550 my.list")), config="notices: {block-lists: [my.list]}\n")),
         ["Blocklist_Error_Message"], "a list of one's own")


def test_said_once():
    said = [session(refused("550 spamhaus.org"), port=40000 + i) for i in range(3)]
    run = play(*said)
    same(notes(run), ["Blocklist_Error_Message"], "once")
    same(run.stats()["notices"], {"said": 1, "suppressed": 2, "forgotten": 0}, "counters")
    same(len(notes(play(*said, config="notices: {suppress: 0}\n"))), 3, "suppress 0")
    many = [*mail()[:3], *[t for _ in range(9) for t in (("C", "VRFY x"), ("S", "550 spamhaus.org"))]]
    same(play(session(many)).stats()["limit"]["notices"], 5, "limit.notices")


FROM_FAR = "Received: from far ([203.0.113.9]) by relay.example; Sat, 28 Nov 2026 10:00:00 +0000\n\nx"


def test_suspicious_networks():
    config = "notices: {suspicious-nets: [203.0.113.0/24, 2001:db8:bad::/48]}\n"
    for text in (FROM_FAR, "X-Originating-IP: [203.0.113.9]\n\nx",
                 "Received: from f ([IPv6:2001:db8:bad::1]) by relay.example; now\n\nx"):
        run = play(session(mail(text)), config=config)
        same(notes(run), ["Suspicious_Origination"], text)
    same(notes(play(session(mail("Received: from a ([198.51.100.1])\n\nx")), config=config)), [], "another net")
    same(notes(play(session(mail(FROM_FAR)))), [], "no networks named")
    run = Run(PROGRAM, None, config="notices: {suspicious-nets: [203.0.113/24]}\n", options=("-T",))
    check(run.code == 1 and "203.0.113/24" in run.output, f"a bad network: {run.output}")


def mmdb(path):
    """A database of countries in MaxMind's format (version 2.0): 203.0.113.0/24 is AQ."""
    def text(s):
        return bytes([0x40 | len(s)]) + s.encode()

    def table(*pairs):
        return bytes([0xe0 | len(pairs)]) + b"".join(text(k) + v for k, v in pairs)

    def number(kind, n, size):
        data = n.to_bytes(size, "big")
        return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7]) + data

    def u16(n):
        return bytes([0xa2]) + struct.pack("!H", n)

    def u32(n):
        return bytes([0xc4]) + struct.pack("!I", n)

    bits = [int(b) for b in f"{0xcb0071:024b}"]
    count = len(bits)
    tree = b""
    for i, bit in enumerate(bits):
        follow = i + 1 if i + 1 < count else count + 16  # the first record of the data
        pair = (count, follow) if bit else (follow, count)
        tree += b"".join(n.to_bytes(3, "big") for n in pair)
    data = table(("country", table(("iso_code", text("AQ")))))
    meta = table(("node_count", u32(count)), ("record_size", u16(24)), ("ip_version", u16(4)),
                 ("database_type", text("Country")), ("languages", bytes([0, 4])),
                 ("binary_format_major_version", u16(2)), ("binary_format_minor_version", u16(0)),
                 ("build_epoch", number(9, 1, 8)), ("description", bytes([0xe0])))
    with open(path, "wb") as f:
        f.write(tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + meta)


def test_suspicious_countries():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "country.mmdb")
        mmdb(path)
        config = f"notices: {{suspicious-countries: [aq], geoip-database: {path}}}\n"
        got = one(play(session(mail(FROM_FAR)), config=config), "notice")
        same(got.get("notice", {}).get("country"), "AQ", "country")
        near = FROM_FAR.replace("203.0.113.9", "198.51.100.9")
        same(notes(play(session(mail(near)), config=config)), [], "no country")
        same(notes(play(session(mail(FROM_FAR)), config=config.replace("aq", "de"))), [], "another country")
    run = Run(PROGRAM, None, config="notices: {suspicious-countries: [AQ]}\n", options=("-T",))
    check(run.code == 1 and "geoip-database" in run.output, f"no database: {run.output}")


def test_software():
    run = play(session(mail("X-Mailer: Apple Mail (2.2102)\n\nx")),
               session(mail("X-Mailer: Apple Mail (2.2102)\n\nx"), port=40001),
               session(mail("User-Agent: Mutt/1.5\n\nx"), port=40002),
               session(mail("X-Mailer: Apple Mail (2.2102)\n\nx"), client="10.0.0.2"))
    same([(e["notice"]["host"], *e["notice"]["software"].values()) for e in events(run, "notice")],
         [("10.0.0.1", "MAIL_CLIENT", "Apple Mail", "2.2102"), ("10.0.0.1", "MAIL_CLIENT", "Mutt", "1.5"),
          ("10.0.0.2", "MAIL_CLIENT", "Apple Mail", "2.2102")], "software")
    foreign = session(mail("X-Mailer: M 1\n\nx"), client="198.51.100.7")
    same(notes(play(foreign)), [], "a foreign host")
    same(notes(play(foreign, config="notices: {software: all}\n")), ["Software_Found"] * 2, "of all: client and server")
    turns = mail("Subject: x\n\nx")
    turns[0] = ("S", "220 mx.example.org ESMTP Exim 4.96 Sat, 28 Nov 2026")
    config = "notices: {local-nets: ['192.0.2.0/24']}\n"
    run = play(session(turns, client="203.0.113.7"), session(turns, client="203.0.113.8", port=40001), config=config)
    got = one(run, "notice").get("notice", {})
    same((got.get("software"), got.get("local"), got.get("sub", "")[:17]),
         ({"type": "MAIL_SERVER", "name": "Exim", "version": "4.96"}, True, "mx.example.org ES"), "a server")


def test_webmail():
    for text, webmail in (("X-Mailer: ZimbraWebClient - FF3.0 (Linux)/6.0\n\nx", True),
                          ("User-Agent: SquirrelMail/1.4.22\n\nx", True),
                          ("X-Mailer: Apple Mail (2.2102)\n\nx", False)):
        run = play(session(mail(text)))
        same(run.rows[0]["is_webmail"], webmail, text)
        same(one(run, "notice")["notice"]["software"]["type"],
             "WEBMAIL_SERVER" if webmail else "MAIL_CLIENT", text)
    text = "Received: from [203.0.113.9] by web.example with HTTP; now\nX-Mailer: Web 1\n\nx"
    run = play(session(mail(text)))
    same(one(run, "notice")["notice"]["host"], "10.0.0.1", "the webmail, not the browser")
    same(one(run, "smtp")["postern"].get("webmail"), True, "webmail")


# ---- the way of a mail ----

def test_path():
    text = ("Received: from relay.example (relay.example [192.0.2.7])\n\tby mx.example.org (Postfix) with\n"
            " ESMTPS id ABC123 for <bob@example.org>; Sat, 28 Nov 2026 10:00:02 +0000 (UTC)\n"
            "Received: from [10.1.1.1] (helo=[10.9.9.9]) by relay.example\n"
            "\twith esmtpa (Exim 4.96) id 1pgobK-001mwq-ED; Sat, 28 Nov 2026 10:00:00 +0000\n\nx")
    got = one(play(session(mail(text))), "smtp")["postern"]
    same(got["upstream_id"], "ABC123", "upstream_id")
    same(got["origin_ip"], "10.1.1.1", "origin_ip: what the host saw, not what the client said")
    top = got["path"][0]
    for key, want in {"from": "relay.example", "rdns": "relay.example", "from_ip": "192.0.2.7",
                      "by": "mx.example.org", "with": "ESMTPS", "for": "<bob@example.org>"}.items():
        same(top.get(key), want, key)
    same(got["path"][1]["id"], "1pgobK-001mwq-ED", "id below")


def test_mismatch():
    text = "From: a@elsewhere.example\nReply-To: c@third.example\nTo: carol@example.org\n\nx"
    run = play(session(mail(text)))
    same(one(run, "smtp")["postern"]["mismatch"], ["from_mismatch", "reply_to_mismatch", "rcpt_mismatch"],
         "mismatch")
    same(events(run, "anomaly"), [], "anomalies")
    text = "From: a@example.net\nTo: bob@example.org\n\nx"
    same(value(one(play(session(mail(text))), "smtp"), "postern.mismatch"), MISSING, "no mismatch")


def main():
    words = sys.argv[3:]
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (words and not any(w in name for w in words)):
            continue
        faults.clear()
        test()
        failed += bool(faults)
        print(("FAIL " if faults else "ok   ") + name)
        for sentence in faults[:10]:
            print("       " + sentence)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
