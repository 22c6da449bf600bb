#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A large set of rules compiles in time and loads from the cache in a fraction of that.

    large_ruleset.py PROGRAM TOP [COUNT]

In: tools/gen-rules.py; out: processor seconds of both loads, and whether they keep the bounds,
which are 30 s and 1 s for 10,000 rules and a share of them for fewer. A cache that is damaged is
said to be and costs no more than none.
"""
import os
import resource
import subprocess
import sys
import tempfile

COMPILE, LOAD, OF = 30.0, 1.0, 10000
START = 0.3  # what a start takes without rules
CHECKED = 4  # times longer with sanitizers, which check every access
SHARE = 1 / 3  # of the first load that the second may take


def load(program, folder):
    """Processor seconds and output of a check of the configuration."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "-c", "postern.yaml", "-T", "--rules", "large.rules"],
                          cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, done.stdout + done.stderr, done.returncode


def check(program, top, count, folder):
    generator = os.path.join(top, "tools", "gen-rules.py")
    with open(os.path.join(folder, "large.rules"), "w", encoding="ascii") as f:
        subprocess.run([sys.executable, generator, str(count)], stdout=f, check=True)
    with open(os.path.join(folder, "postern.yaml"), "w", encoding="ascii") as f:
        f.write(f"cache-dir: {folder}/cache\n")
    os.mkdir(os.path.join(folder, "cache"), 0o700)
    first, said, code = load(program, folder)
    if code != 0 or f" {count} rules (" not in said:
        yield f"does not load: {said[-500:]}"
        return
    again, said, code = load(program, folder)
    print(f"{count} rules: {first:.2f} s compiled, {again:.2f} s from the cache")
    if code != 0 or "anew" in said:
        yield f"the cache is not used: {said[-500:]}"
    with open(program, "rb") as f:
        times = CHECKED if b"__asan_init" in f.read() else 1
    if first > times * (COMPILE * count / OF + START):
        yield "compiling takes too long"
    if again > times * (LOAD * count / OF + START):
        yield "loading takes too long"
    if again > first * SHARE:
        yield "the cache saves too little"
    victim = sorted(os.listdir(os.path.join(folder, "cache")))[0]
    with open(os.path.join(folder, "cache", victim), "r+b") as f:
        f.seek(200)
        f.write(b"damage")
    _, said, code = load(program, folder)
    if code != 0 or said.count("damaged") != 1:
        yield f"a damaged file should cost a line and nothing else: {said[-500:]}"


def main():
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    with tempfile.TemporaryDirectory() as folder:
        wrong = list(check(os.path.abspath(sys.argv[1]), sys.argv[2], count, folder))
    for sentence in wrong:
        print("FAIL", sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
