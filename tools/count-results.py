#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Adds up one meson test log (JSON lines): prints "passed failed skipped"."""
import json
import sys

passed = failed = skipped = 0
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        result = json.loads(line)["result"]
        if result in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif result == "SKIP":
            skipped += 1
        else:
            failed += 1
print(passed, failed, skipped)
