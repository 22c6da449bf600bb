#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The decoded parts of thousands of real messages, against Python's email package.

oracle.py MAIL_PARTS FETCH_CORPUS DIFFERENCES [FOLDER]

Count, type, file name, decoded bytes and text of the leaf parts must be the same. Where the package decodes
otherwise than the standard says, its own input is brought to the standard's form first (a rule below),
and must then give our bytes. What is left stands in DIFFERENCES: "message reason", each line used, or it fails.
Skipped (exit 77) only when the corpus cannot be fetched.
"""
import binascii
import codecs
import email
import email.header
import hashlib
import json
import os
import re
import subprocess
import sys

MESSAGES = 6046 # in the package
texts = {} # compared, by charset


def leaves(part):
    if part.is_multipart():
        for inner in part.get_payload():
            yield from leaves(inner)
    else:
        yield part


def encoded(part):
    return part._payload.encode("ascii", "surrogateescape")


def blanks_at_line_ends(part):
    """RFC 2045 6.7, rule 3: blanks at the end of an encoded line are not part of it."""
    return binascii.a2b_qp(re.sub(rb"[ \t]+(?=\r\n|\Z)", b"", encoded(part)))


def junk_in_base64(part):
    """RFC 2045 6.8: characters outside the alphabet are ignored; data ends at the padding."""
    digits = re.sub(rb"[^A-Za-z0-9+/=]", b"", encoded(part)).split(b"=")[0]
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


RULES = {"quoted-printable": blanks_at_line_ends, "base64": junk_in_base64}


def same_bytes(part, ours, used):
    def is_ours(theirs):
        return hashlib.sha256(theirs).hexdigest() == ours["sha256"]

    if is_ours(part.get_payload(decode=True) or b""):
        return True
    rule = RULES.get(ours["encoding"])
    if rule is None or not is_ours(rule(part)):
        return False
    used[rule.__name__] = used.get(rule.__name__, 0) + 1
    return True


def file_name(part):
    name = part.get_filename("")
    return str(email.header.make_header(email.header.decode_header(name)))


def same_text(raw, charset, ours):
    """A text without a charset, in ASCII, UTF-8 or a charset that is not known keeps its bytes; in another,
    what is no character is U+FFFD on both sides."""
    mine = ours["text"].encode("latin-1")
    try:
        as_it_is = codecs.lookup(charset).name in ("ascii", "utf-8")
    except LookupError:
        as_it_is = True
    return mine == (raw if as_it_is else raw.decode(charset, "replace").encode("utf-8"))


def differs(ours, used):
    """None, or what differs between our parts of a message and the package's."""
    theirs = list(leaves(Mail(ours["file"]).message))
    if len(theirs) != len(ours["parts"]):
        return f"{len(ours['parts'])} parts, there {len(theirs)}"
    for number, (part, our) in enumerate(zip(theirs, ours["parts"]), 1):
        if not same_bytes(part, our, used):
            return f"part {number}: {our['encoding']}, {our['size']} bytes, others there"
        raw = part.get_payload(decode=True) or b""
        if "text" in our and hashlib.sha256(raw).hexdigest() == our["sha256"]:
            charset = part.get_content_charset("us-ascii")
            texts[charset] = texts.get(charset, 0) + 1
            if not same_text(raw, charset, our):
                return f"part {number}: its text in {charset} is other there"
        if our["type"] and our["type"] != part.get_content_type():
            return f"part {number}: {our['type']}, there {part.get_content_type()}"
        name = our["name"].encode("latin-1").decode("utf-8", "replace")
        if name != file_name(part):
            return f"part {number}: named {name!r}, there {file_name(part)!r}"
    return None


class Mail:
    """A message as it is sent, and as the package reads it."""

    def __init__(self, path):
        with open(path, "rb") as f:
            text = re.sub(rb"\AFrom [^\n]*\n", b"", f.read()) # a mailbox's separator
        self.text = re.sub(rb"(?<!\r)\n", b"\r\n", text)
        self.message = email.message_from_bytes(self.text)


def messages(folder):
    return sorted(os.path.join(at, name) for at, _, names in os.walk(folder)
                  for name in names if name.endswith(".txt"))


def name_of(path, folder):
    return os.path.relpath(path, folder).split(".")[0]


def differences(list_file):
    with open(list_file, encoding="utf-8") as f:
        return dict(line.split(maxsplit=1) for line in f if line.strip() and line[0] != "#")


def corpus(fetch):
    got = subprocess.run([fetch], capture_output=True, text=True, check=False)
    if got.returncode == 3:
        print(got.stderr.strip())
        sys.exit(77)
    if got.returncode != 0:
        sys.exit(got.stderr)
    return got.stdout.strip()


def main():
    program, fetch, list_file = sys.argv[1:4]
    folder = sys.argv[4] if len(sys.argv) > 4 else corpus(fetch)
    known = differences(list_file)
    files = messages(folder)
    out = subprocess.run([program], input="\n".join(files) + "\n", capture_output=True, text=True,
                         check=True).stdout
    used, open_ones, explained, odd = {}, [], set(), 0
    for line in out.rstrip("\n").split("\n"):
        ours = json.loads(line)
        name = name_of(ours["file"], folder)
        what = differs(ours, used)
        odd += bool(ours["oddities"])
        if what is None:
            continue
        if name in known:
            explained.add(name)
        else:
            open_ones.append(f"{name}: {what} {ours['oddities']}")
    print(f"{len(files)} messages, {len(files) - len(explained) - len(open_ones)} decoded alike, "
          f"{len(explained)} explained, {len(open_ones)} differ; {odd} with an oddity")
    for rule, parts in used.items():
        print(f"  {parts} parts by rule {rule}: {globals()[rule].__doc__}")
    print("texts:", ", ".join(f"{n} {c}" for c, n in sorted(texts.items(), key=lambda i: -i[1])))
    for text in open_ones:
        print("DIFFERS", text)
    for name in sorted(set(known) - explained):
        print("EXPLAINED, BUT NO DIFFERENCE", name)
    complete = len(sys.argv) > 4 or len(files) == MESSAGES
    if not complete:
        print(f"{MESSAGES} messages expected")
    sys.exit(bool(open_ones or set(known) - explained or not complete))


if __name__ == "__main__":
    main()
