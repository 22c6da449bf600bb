#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looks into an eve.json for the live tests.

    eve.py FILE count EXPRESSION	how many events it holds for; e is the event, a field that
					is missing is empty
    eve.py FILE show EXPRESSION		its value for each event, where it has one
    eve.py FILE balance			the last stats event: read = accepted + blocked
"""
import json
import sys


class Event(dict):
    """Fields as attributes; one that is missing is an empty event."""

    def __getattr__(self, name):
        return self.get(name, Event())


def events(path):
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # the last one may be half written
                    yield json.loads(line, object_hook=Event)
    except FileNotFoundError:
        return


def balance(path):
    stats = [e.stats for e in events(path) if e.event_type == "stats"]
    if not stats:
        return "no stats event"
    read, accepted, blocked = (stats[-1].decoder.pkts, stats[-1].firewall.accepted,
                               stats[-1].firewall.blocked)
    lost = stats[-1].events.lost
    print(f"{read} read = {accepted} accepted + {blocked} blocked, {lost} events lost")
    if read == 0 or read != accepted + blocked:
        return "frames are missing"
    return f"{lost} events were lost" if lost else None


def value(rule, event):
    try:
        return eval(rule, {"e": event})  # the tests' own text
    except TypeError:
        return None  # compares a field that is missing


def main():
    path, what = sys.argv[1:3]
    if what == "balance":
        sys.exit(balance(path))
    rule = compile(sys.argv[3], "expression", "eval")
    values = [value(rule, e) for e in events(path)]
    if what == "count":
        print(sum(1 for v in values if v))
    else:
        print("\n".join(str(v) for v in values if v))


main()
