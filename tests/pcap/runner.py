# SPDX-License-Identifier: BSD-3-Clause
"""Runs the real program on a capture and reads its events; shared by the tests of this folder."""
import json
import os
import re
import subprocess
import tempfile

SKIP = 77  # meson: this test was skipped


class Run:
    """One capture run: exit code, output, events of eve.json and rows of smtp.log."""

    def __init__(self, program, capture, rules=None, config=None, files=None, options=()):
        with tempfile.TemporaryDirectory() as folder:
            command = [program]
            for name, text in (files or {}).items():
                write(folder, name, text)
            if config is not None:
                command += ["-c", write(folder, "postern.yaml", config)]
            command += ["--pcap", capture] if capture else []
            command += ["--log-dir", folder]
            if rules is not None:
                command += ["--rules", write(folder, "case.rules", rules)]
            command += list(options)
            done = subprocess.run(command, capture_output=True, timeout=120, check=False)
            self.code = done.returncode
            self.output = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
            self.events = read_lines(os.path.join(folder, "eve.json"))
            self.rows = read_lines(os.path.join(folder, "smtp.log"))

    def stats(self):
        """The last stats event."""
        found = [e for e in self.events if e.get("event_type") == "stats"]
        return found[-1]["stats"] if found else {}

    def count(self, **match):
        return sum(1 for e in self.events if all(value(e, k) == v for k, v in match.items()))


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


MISSING = object()


def value(event, path):
    """event["a"]["b"][0] by "a.b[0]"; MISSING when it is not there."""
    for key in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        try:
            event = event[int(key[1:-1])] if key.startswith("[") else event[key]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return event
