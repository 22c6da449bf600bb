#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Broken captures, configurations and rules: a clear message, a non-zero exit, never a crash; odd
frames in a sound capture: counted, dropped, exit 0.

    bad_input.py PROGRAM TOP
"""
import os
import random
import struct
import subprocess
import sys
import tempfile

HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def record(frame, length=None):
    return struct.pack("<IIII", 1, 0, len(frame), length or len(frame)) + frame


def ethernet(payload, kind=0x0800):
    return bytes(range(12)) + struct.pack("!H", kind) + payload


def ipv4(payload, header_words=5, total=None, proto=6):
    return struct.pack("!BBHHHBBH4s4s", 0x40 | header_words, 0,
                       20 + len(payload) if total is None else total, 0, 0, 64, proto, 0,
                       b"\x0a\0\0\1", b"\x0a\0\0\2") + payload


def tcp(payload=b"", offset=5, flags=2):
    return struct.pack("!HHIIBBHHH", 40000, 25, 1, 0, offset << 4, flags, 1000, 0, 0) + payload


ODD_FRAMES = [
    b"", b"\0" * 5, ethernet(b""), ethernet(b"\x45"), ethernet(ipv4(b"")),
    ethernet(ipv4(tcp(), header_words=15)), ethernet(ipv4(tcp(), header_words=2)),
    ethernet(ipv4(tcp(), total=9)), ethernet(ipv4(tcp(), total=65535)),
    ethernet(ipv4(tcp(offset=15))), ethernet(ipv4(tcp(offset=1))), ethernet(ipv4(tcp()[:11])),
    ethernet(b"\0\1\x81\0" * 9, 0x8100), ethernet(b"\x60" + b"\xff" * 60, 0x86dd),
    ethernet(b"\x60\0\0\0\0\x08\0\x40" + b"\0" * 32 + b"\0" * 8, 0x86dd),
]


def start(program, folder, *options):
    done = subprocess.run([program, *options, "--log-dir", folder], capture_output=True, timeout=60,
                          check=False)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


class Checks:
    def __init__(self):
        self.failed = 0

    def __call__(self, name, holds, output=""):
        self.failed += not holds
        print(("ok   " if holds else "FAIL ") + name)
        if not holds:
            print("       " + output.strip()[-600:].replace("\n", "\n       "))


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def captures(check, program, folder, top):
    with open(os.path.join(top, "tests/pcap/captures/sample.pcap"), "rb") as f:
        sample = f.read()
    code, out = start(program, folder, "--pcap", os.path.join(folder, "none.pcap"))
    check("a missing capture is named", code == 1 and "none.pcap" in out, out)
    code, out = start(program, folder, "--pcap", write(folder, "empty", b""))
    check("an empty file is no capture", code == 1 and "empty" in out, out)
    code, out = start(program, folder, "--pcap", write(folder, "text", b"no capture at all\n" * 9))
    check("a text is no capture", code == 1 and "text" in out, out)
    code, out = start(program, folder, "--pcap", write(folder, "head", HEADER))
    check("a capture without packets is fine", code == 0, out)
    code, out = start(program, folder, "--pcap", write(folder, "cut", sample[:-7]))
    check("a cut last record is told", code == 1 and "cut" in out, out)
    frames = HEADER + b"".join(record(f) for f in ODD_FRAMES)
    code, out = start(program, folder, "--pcap", write(folder, "odd", frames))
    check("odd frames are dropped and counted", code == 0 and "decode" in out, out)
    draw = random.Random(11)
    for i in range(12):
        noise = bytearray(sample)
        for _ in range(400):
            at = draw.randrange(24, len(noise))
            noise[at] = draw.randrange(256)
        code, out = start(program, folder, "--pcap", write(folder, f"noise{i}", bytes(noise)),
                          "--rules", os.path.join(top, "rules/demo.rules"))
        check(f"noise {i} never crashes", code in (0, 1), f"exit {code}: {out}")


def settings(check, program, folder, top):
    sample = os.path.join(top, "tests/pcap/captures/sample.pcap")
    bad = write(folder, "bad.yaml", "smtp:\n  prots: [25]\n")
    code, out = start(program, folder, "-c", bad, "--pcap", sample)
    check("an unknown key is placed, the nearest is named",
          code == 1 and "bad.yaml:2:3" in out and "ports" in out, out)
    bad = write(folder, "list.yaml", "limits:\n  sessions: many\n")
    code, out = start(program, folder, "-c", bad, "-T")
    check("a wrong value is placed", code == 1 and "list.yaml:2" in out, out)
    bad = write(folder, "broken.yaml", "a: [1\nb: }\n")
    code, out = start(program, folder, "-c", bad, "-T")
    check("broken YAML is placed", code == 1 and "broken.yaml:" in out, out)
    bad = write(folder, "bad.rules",
                "alert smtp any any -> any any (smtp.mail_form; content:\"x\"; sid:1;)\n"
                "accept smtp any any -> any any (sid:2;)\n"
                "alert smtp any any -> any any (content:\"x\"; sid:3;\n")
    code, out = start(program, folder, "-T", "--rules", bad)
    check("all errors of a rule file at once",
          code == 1 and all(f"bad.rules:{n}" in out for n in (1, 2, 3)) and "smtp.mail_from" in out
          and "^" in out, out)
    code, out = start(program, folder, "--pcap", sample, "--rules", bad)
    check("a run with broken rules does not begin",
          code == 1 and not os.path.exists(os.path.join(folder, "eve.json")) and "bad.rules:1" in out,
          out)
    code, out = start(program, folder, "--rules", os.path.join(folder, "no.rules"), "-T")
    check("a missing rule file is named", code == 1 and "no.rules" in out, out)


def main():
    program, top = sys.argv[1], sys.argv[2]
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        settings(check, program, folder, top)
        captures(check, program, folder, top)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
