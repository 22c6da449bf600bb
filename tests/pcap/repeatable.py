#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two capture runs give the same events and the same forwarded capture, byte for byte.

    repeatable.py PROGRAM TOP
"""
import os
import subprocess
import sys
import tempfile


def run(program, top, folder):
    command = [program, "--pcap", os.path.join(top, "tests/pcap/captures/sample.pcap"),
               "--rules", os.path.join(top, "rules/demo.rules"), "--log-dir", folder,
               "--pcap-out", os.path.join(folder, "out.pcap")]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        print(done.stdout.decode(), done.stderr.decode())
        sys.exit(1)


def content(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def main():
    program, top = sys.argv[1], sys.argv[2]
    wrong = 0
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        run(program, top, one)
        run(program, top, two)
        for name in ("eve.json", "smtp.log", "out.pcap"):
            a, b = content(one, name), content(two, name)
            same = a == b and len(a) > 0
            wrong += not same
            print(("ok   " if same else "FAIL ") + name, len(a), "bytes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
