#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The fileinfo events that the program writes of real messages, against Python's email package.

files.py POSTERN FETCH_CORPUS DIFFERENCES [FOLDER]

Each message of the corpus is a session of one generated capture. Name, size, MD5, SHA-1 and SHA-256 of
each attachment must be those of the parts that the package decodes, by oracle.py's rules and with its
DIFFERENCES; a file told as TRUNCATED must have its anomaly. Snort's alerts (gid 124) speak where this
script finds their cause, and nowhere else.
Skipped (exit 77) only when the corpus cannot be fetched.
"""
import hashlib
import os
import re
import sys
import tempfile

import oracle

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../pcap"))
import dialogue  # noqa: E402
from runner import Run  # noqa: E402

LINE_MAX = 1000
CONFIG = f"""mime: {{digests: [md5, sha1, sha256]}}
smtp: {{normalizer: {{enabled: yes, max-header-line-len: {LINE_MAX}, max-command-line-len: 512,
  max-response-line-len: 512}}}}
"""
DIGESTS = ("md5", "sha1", "sha256")
PIECE = 1460


def client(number):
    return f"10.1.{number // 250}.{number % 250 + 1}"


def session(text, number):
    """One mail, with an acknowledgement behind every 20 segments."""
    data = re.sub(rb"^\.", b"..", text, flags=re.M)
    data += (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n"
    turns = dialogue.mail()
    at = turns.index(("C", "Subject: x\n\nhello\n."))
    body = []
    for i in range(0, len(data), PIECE):
        body.append(("C", data[i:i + PIECE]))
        if i // PIECE % 20 == 19:
            body.append(("S", b""))
    return dialogue.session(turns[:at] + body + turns[at + 1:], client=client(number))


def attachments(message):
    for part in oracle.leaves(message):
        if part.get_filename() is not None or part.get_content_disposition() == "attachment":
            yield part


def told(event):
    info = event["fileinfo"]
    return (info.get("filename", ""), info["size"], *(info.get(d) for d in DIGESTS))


def expected(part, told_sha256):
    """As told when one of the readings that oracle.py allows has that digest."""
    readings = [part.get_payload(decode=True) or b""]
    rule = oracle.RULES.get(str(part.get("content-transfer-encoding", "")).strip().lower())
    if rule is not None:
        readings.append(rule(part))
    data = next((r for r in readings if hashlib.sha256(r).hexdigest() == told_sha256), readings[0])
    return (oracle.file_name(part), len(data), *(hashlib.new(d, data).hexdigest() for d in DIGESTS))


def differs(message, events, anomalies):
    files = sorted((e for e in events), key=lambda e: e["fileinfo"].get("file_id", 0))
    theirs = list(attachments(message))
    if len(files) != len(theirs):
        return f"{len(files)} files, there {len(theirs)}"
    for event, part in zip(files, theirs):
        ours = told(event)
        want = expected(part, event["fileinfo"].get("sha256"))
        if ours != want:
            return f"{ours}, there {want}"
        if event["fileinfo"]["state"] != "CLOSED" and "MIME_MISSING_CLOSE" not in anomalies:
            return f"{ours[0]!r} is TRUNCATED without a reason"
    return None


def bad_quoted(raw):
    return re.search(rb"=(?![0-9A-Fa-f]{2}|[ \t]*(\r?\n|$))", raw)


def bad_base64(raw):
    raw = re.sub(rb"\s", b"", raw)
    return len(raw) % 4 or re.search(rb"[^A-Za-z0-9+/=]|=[^=]|={3}", raw)


def alerts_due(mail):
    sids = set()
    if any(len(line) > LINE_MAX for line in mail.text.split(b"\r\n\r\n", 1)[0].split(b"\n")):
        sids.add(2)
    for part in oracle.leaves(mail.message):
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        if encoding == "quoted-printable" and bad_quoted(oracle.encoded(part)):
            sids.add(11)
        if encoding == "base64" and bad_base64(oracle.encoded(part)):
            sids.add(10)
    return sids


def main():
    program, fetch, list_file = sys.argv[1:4]
    folder = sys.argv[4] if len(sys.argv) > 4 else oracle.corpus(fetch)
    known = oracle.differences(list_file)
    paths = list(oracle.messages(folder))
    mails = [oracle.Mail(p) for p in paths]
    with tempfile.TemporaryDirectory() as place:
        capture = os.path.join(place, "corpus.pcap")
        dialogue.write(capture, *(session(m.text, i) for i, m in enumerate(mails)))
        run = Run(program, capture, config=CONFIG)
    if run.code != 0:
        sys.exit(run.output)
    by_client = {}
    for event in run.events:
        by_client.setdefault((event.get("src_ip"), event["event_type"]), []).append(event)
    files = faults = spoke = 0
    for i, (path, mail) in enumerate(zip(paths, mails)):
        events = by_client.get((client(i), "fileinfo"), [])
        anomalies = {e["anomaly"]["event"] for e in by_client.get((client(i), "anomaly"), [])}
        what = differs(mail.message, events, anomalies)
        alerts = {e["alert"]["signature_id"] for e in by_client.get((client(i), "alert"), [])}
        spoke += len(alerts)
        if what is None and alerts != alerts_due(mail):
            what = f"alerts {alerts}, due are {alerts_due(mail)}"
        name = oracle.name_of(path, folder)
        files += len(events)
        if what is not None and name not in known:
            faults += 1
            print(f"DIFFERS {name}: {what}")
    accepted = sum(e["email"]["status"] == "PARSE_DONE" for e in run.events if e["event_type"] == "smtp")
    print(f"{len(paths)} messages, {accepted} mails, {files} files, {spoke} alerts of Snort's, {faults} differ")
    sys.exit(bool(faults or accepted != len(paths) or files < 80 or not spoke))


main()
