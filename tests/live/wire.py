#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints what clients said to a port, as a capture (Ethernet, IPv4, classic pcap) has it.

    wire.py FILE PORT [CLIENT-PORT]	all connections one after the other, each in order of its sequence
					numbers, every byte once
"""
import struct
import sys


def frames(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at + 16:at + 16 + size]
        at += 16 + size


def segment(frame):
    """Source port, destination port, SYN, sequence number, payload; None for anything but TCP."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    tcp = 14 + (frame[14] & 15) * 4
    sport, dport, seq = struct.unpack_from(">HHI", frame, tcp)
    end = 14 + struct.unpack_from(">H", frame, 16)[0]
    return sport, dport, bool(frame[tcp + 13] & 2), seq, frame[tcp + (frame[tcp + 12] >> 4) * 4:end]


def said(path, port, client):
    streams, begin = {}, {}
    with open(path, "rb") as file:
        for frame in frames(file.read()):
            found = segment(frame)
            if not found or found[1] != port or client not in (0, found[0]):
                continue
            sport, _, syn, seq, payload = found
            if syn:
                begin[sport] = seq + 1
            elif payload:
                streams.setdefault(sport, []).append(((seq - begin.get(sport, seq)) % 2**32, payload))
    for sport in streams:
        out = b""
        for offset, payload in sorted(streams[sport]):
            if offset <= len(out):
                out += payload[len(out) - offset:]
            else:
                out += b"\n[bytes are missing]\n" + payload
        yield out


sys.stdout.buffer.write(b"".join(said(sys.argv[1], int(sys.argv[2]),
                                      int(sys.argv[3]) if len(sys.argv) > 3 else 0)))
