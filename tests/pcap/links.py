#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The sample capture in other clothes gives the same events: NULL, RAW and cooked links, one and two
VLAN tags, nanosecond and swapped headers, pcapng, two files merged by time.

    links.py PROGRAM TOP
"""
import json
import os
import struct
import sys
import tempfile

from runner import Run

LEFT_OUT = ("flow_id", "vlan", "pcap_cnt")


def read(path):
    """(seconds, microseconds, frame) of a little-endian Ethernet capture."""
    with open(path, "rb") as f:
        data = f.read()
    at, records = 24, []
    while at < len(data):
        sec, usec, length, _ = struct.unpack_from("<IIII", data, at)
        records.append((sec, usec, data[at + 16:at + 16 + length]))
        at += 16 + length
    return records


def pcap(records, link, order="<", nano=False):
    out = struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for sec, usec, frame in records:
        out += struct.pack(order + "IIII", sec, usec * (1000 if nano else 1), len(frame), len(frame)) + frame
    return out


def block(kind, body):
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng(records):
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 1, 0, 262144))
    for sec, usec, frame in records:
        time = sec * 1000000 + usec
        pad = b"\0" * (-len(frame) % 4)
        out += block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, len(frame),
                                    len(frame)) + frame + pad)
    return out


def tagged(frame, *tags):
    head = b"".join(struct.pack("!HH", 0x88a8 if i == 0 and len(tags) > 1 else 0x8100, tag)
                    for i, tag in enumerate(tags))
    return frame[:12] + head + frame[12:]


def dressed(records, dress):
    return [(s, u, dress(f)) for s, u, f in records]


def forms(records):
    cooked = struct.pack("!HHH8sH", 0, 1, 6, b"\2\0\0\0\0\1\0\0", 0x0800)
    cooked2 = struct.pack("!HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, b"\2\0\0\0\0\1\0\0")
    yield "as it is", pcap(records, 1)
    yield "nanoseconds", pcap(records, 1, nano=True)
    yield "big-endian", pcap(records, 1, order=">")
    yield "pcapng", pcapng(records)
    yield "NULL", pcap(dressed(records, lambda f: struct.pack("<I", 2) + f[14:]), 0)
    yield "LOOP", pcap(dressed(records, lambda f: struct.pack(">I", 2) + f[14:]), 108)
    yield "RAW", pcap(dressed(records, lambda f: f[14:]), 101)
    yield "cooked", pcap(dressed(records, lambda f: cooked + f[14:]), 113)
    yield "cooked v2", pcap(dressed(records, lambda f: cooked2 + f[14:]), 276)
    yield "VLAN", pcap(dressed(records, lambda f: tagged(f, 7)), 1)
    yield "QinQ", pcap(dressed(records, lambda f: tagged(f, 100, 7)), 1)


def events(run):
    """Comparable: ids that depend on the link are left out, and stats of bytes."""
    out = []
    for event in run.events:
        if event["event_type"] in ("stats", "flow"):
            continue
        if "drop" in event:
            event["drop"].pop("len", None)
        out.append(json.dumps({k: v for k, v in event.items() if k not in LEFT_OUT}, sort_keys=True))
    return out


def main():
    program, top = sys.argv[1], sys.argv[2]
    rules = ["--rules", os.path.join(top, "rules/demo.rules")]
    records = read(os.path.join(top, "tests/pcap/captures/sample.pcap"))
    wrong, first = 0, None

    def compare(name, run):
        nonlocal first, wrong
        got = events(run)
        first = first or got
        same = run.code == 0 and got == first and len(got) > 10
        wrong += not same
        print(("ok   " if same else "FAIL ") + name, len(got), "events", "" if same else run.output[-300:])

    with tempfile.TemporaryDirectory() as folder:
        for name, content in forms(records):
            path = os.path.join(folder, "capture")
            with open(path, "wb") as f:
                f.write(content)
            compare(name, Run(program, path, options=rules))
        sides = {"client": [], "server": []}
        for record in records: # TCP ports behind an IPv4 header of 20 bytes
            to_server = struct.unpack_from("!H", record[2], 14 + 22)[0] == 25
            sides["client" if to_server else "server"].append(record)
        options = list(rules)
        for side, part in sides.items():
            path = os.path.join(folder, side)
            with open(path, "wb") as f:
                f.write(pcap(part, 1))
            options += [f"--pcap-{side}", path]
        compare("two files merged by time", Run(program, None, options=options))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
