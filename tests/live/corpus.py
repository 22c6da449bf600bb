#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sends messages of a corpus by SMTP, and compares what was stored with what was sent.

    corpus.py send FOLDER	each message to a recipient of its own, in eight sessions at a time;
				prints how many were accepted, and who refused what
    corpus.py same FOLDER STORED	exit code 0 when each was stored exactly once, byte by byte, but
				for the lines that the server puts in front

Sent is what is on disk with lines that end in CRLF, without a mailbox's separator. A header block ends at
the first line that is no field; there Postfix puts an empty line, and so does the comparison.
"""
import glob
import os
import re
import smtplib
import sys
import threading

SESSIONS = 8
MESSAGES = 50 # of a session
# What this Postfix puts in front.
FRONT = re.compile(rb"Return-Path: .*\nX-Original-To: m(\d+)@.*\nDelivered-To: .*\n"
                   rb"Received: .*\n(?:[ \t].*\n)+")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def to_send(path):
    text = re.sub(rb"\AFrom [^\n]*\n", b"", read(path))
    text = re.sub(rb"\r\n|\r|\n", b"\r\n", text)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def send_some(jobs, lock, refused):
    while True:
        with lock:
            mine = [jobs.pop() for _ in range(min(MESSAGES, len(jobs)))]
        if not mine:
            return
        session = None
        for number, path in mine:
            try:
                if session is None:
                    session = smtplib.SMTP("10.77.0.2", 25, "client.example.net", timeout=60)
                session.sendmail("alice@corp.example.com", f"m{number}@example.org", to_send(path))
            except (smtplib.SMTPException, OSError) as error:
                refused.append(f"{path}: {error!r}")
                session = None
        if session is not None:
            session.quit()


def send(paths):
    jobs, lock, refused = list(enumerate(paths)), threading.Lock(), []
    threads = [threading.Thread(target=send_some, args=(jobs, lock, refused))
               for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{len(paths) - len(refused)} of {len(paths)} accepted")
    sys.exit("\n".join(refused) if refused else 0)


def as_stored(text):
    """Lines end in LF; what is no field of the header begins the body."""
    lines = text.replace(b"\r\n", b"\n").splitlines(keepends=True)
    for at, line in enumerate(lines):
        if line == b"\n":
            break
        if not re.match(rb"[!-9;-~]+[ \t]*:", line) and (at == 0 or line[:1] not in b" \t"):
            lines.insert(at, b"\n")
            break
    return b"".join(lines)


def same(paths, stored):
    got = {}
    for path in glob.glob(f"{stored}/*"):
        text = read(path)
        front = FRONT.match(text)
        got.setdefault(int(front[1]), []).append(text[front.end():])
    bad = [f"{path}: stored {len(got.get(number, []))} times, or otherwise"
           for number, path in enumerate(paths) if got.get(number) != [as_stored(to_send(path))]]
    print(f"{len(paths) - len(bad)} of {len(paths)} stored byte by byte")
    sys.exit("\n".join(bad) if bad or not paths else 0)


def main():
    what, folder, *stored = sys.argv[1:]
    paths = sorted(glob.glob(f"{folder}/*/*.txt"))
    if what == "send":
        send(paths)
    same(paths, *stored)


main()
