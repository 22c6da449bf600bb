#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What -T takes a run takes, what -T refuses a run refuses, with the same diagnostics.

    test_load.py PROGRAM TOP

Rule files: the shipped ones, those that raise each code, and mutants of both: a byte, a word or a line less.
"""
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

from test_codes import CASES

MUTANTS = 50
LOADED = 24  # so many sound ones are run; the rest is only checked


def mutant(rng, text):
    kind = rng.randrange(3)
    if kind == 0:
        at = rng.randrange(len(text))
        return text[:at] + text[at + 1:]
    parts = text.split(" " if kind == 1 else "\n")
    del parts[rng.randrange(len(parts))]
    return (" " if kind == 1 else "\n").join(parts)


def answer(program, *words):
    got = subprocess.run([program, "--json", *words], capture_output=True, text=True, timeout=60, check=False)
    return got.returncode, json.loads(got.stdout)["diagnostics"]


def files(top, folder):
    """Name and whether it stands beside its lists."""
    shipped = sorted(glob.glob(os.path.join(top, "rules", "*.rules")))
    texts = list(CASES.values())
    for path in shipped:
        yield path
        with open(path, encoding="utf-8") as f:
            texts.append(f.read())
    rng = random.Random(11)
    texts += [mutant(rng, rng.choice([t for t in texts if len(t) < 20000])) for _ in range(MUTANTS)]
    for i, text in enumerate(texts[:len(CASES)] + texts[-MUTANTS:]):
        path = os.path.join(folder, f"{i}.rules")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text + "\n")
        yield path


def main():
    program, top = sys.argv[1], sys.argv[2]
    capture = os.path.join(top, "tests/pcap/captures/sample.pcap")
    wrong = loaded = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in files(top, folder):
            code, said = answer(program, "-T", "--rules", path)
            if code == 0 and path.startswith(folder) and loaded >= LOADED:
                continue
            loaded += code == 0
            refused += code == 1
            run, told = answer(program, "--pcap", capture, "--log-dir", folder, "--rules", path)
            if run != code or told != said or code not in (0, 1):
                with open(path, encoding="utf-8") as f:
                    print(f"FAIL -T exits {code} and says {said}, a run {run} and {told}: {f.read()[:500]}")
                wrong += 1
    print(f"{loaded} rule files load, {refused} are refused, both ways")
    return 1 if wrong or not loaded or not refused else 0


if __name__ == "__main__":
    sys.exit(main())
