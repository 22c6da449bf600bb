#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes mails that are hard to carry, and compares what was stored with what was sent.

    message.py make KIND [NUMBER]	prints one (lines end in LF): dots, eight-bit, attachments, bulk.
					The same arguments give the same bytes
    message.py same SENT... -- STORED...
					exit code 0 when each of the sent ones is stored exactly once,
					but for the lines that the server put in front
"""
import base64
import hashlib
import random
import re
import sys

FRONT = re.compile(rb"(Return-path|X-Original-To|Delivered-To|Envelope-to|Delivery-date|Received):",
                   re.IGNORECASE)
# All but NUL, CR, LF, and what swaks replaces in a message (% and backslash).
ANY_BYTES = bytes(n for n in range(256) if n not in b"\0\r\n%\\")


def dots():
    lines = [".", "..", "...", ". ", ".x", "x.", "", ".", "", "..", "", "." * 900, "QUIT", "RCPT TO:<x@y>"]
    yield from lines
    yield from ("." * (n % 5) + str(n) for n in range(3000))


def eight_bit(dice):
    for n in range(800):
        yield bytes(dice.choice(ANY_BYTES) for _ in range(n % 120))


def part(dice, name, size):
    yield "--=_live"
    yield f'Content-Type: application/octet-stream; name="{name}"'
    yield "Content-Transfer-Encoding: base64"
    yield f'Content-Disposition: attachment; filename="{name}"'
    yield ""
    yield base64.encodebytes(dice.randbytes(size)).decode().rstrip("\n")


def make(kind, number):
    dice = random.Random(f"{kind} {number}")
    lines = [f"Subject: {kind} {number}", "From: Alice <alice@corp.example.com>",
             "To: bob@example.org", "Date: Sat, 28 Nov 2026 10:00:00 +0000",
             f"Message-ID: <{kind}.{number}@corp.example.com>", "MIME-Version: 1.0"]
    if kind == "dots":
        lines += ["", *dots()]
    elif kind == "eight-bit":
        lines += ["Content-Type: text/plain; charset=iso-8859-1",
                  "Content-Transfer-Encoding: 8bit", "", *eight_bit(dice)]
    else:
        size = 512 * 1024 if kind == "attachments" else 140 * 1024
        lines += ['Content-Type: multipart/mixed; boundary="=_live"', "", "for all clients", *part(
            dice, "one.bin", size)]
        if kind == "attachments":
            lines += part(dice, "two.bin", size)
        lines += ["--=_live--"]
    for line in lines:
        sys.stdout.buffer.write((line.encode() if isinstance(line, str) else line) + b"\n")


def digest(data):
    """Of a message with lines that end in LF, without empty lines at its end."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def without_front(data):
    lines = data.splitlines(keepends=True)
    at = 0
    if lines and lines[0].startswith(b"From "):
        at = 1
    while at < len(lines) and (FRONT.match(lines[at]) or (at > 0 and lines[at][:1] in b" \t")):
        at += 1
    return b"".join(lines[at:])


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    what, *args = sys.argv[1:]
    if what == "make":
        make(args[0], int(args[1]) if len(args) > 1 else 0)
        return
    end = args.index("--")
    stored = [digest(without_front(read(path))) for path in args[end + 1:]]
    bad = [path for path in args[:end] if stored.count(digest(read(path))) != 1]
    sys.exit(f"not stored, or twice: {' '.join(bad)}" if bad or end == 0 else 0)


main()
