# SPDX-License-Identifier: BSD-3-Clause
"""Captures of dialogues that a test writes down: ("C", "EHLO x") and ("S", "250 mx") become segments."""
import socket
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def frame(src, dst, sport, dport, seq, ack, flags, data=b""):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags,
                      65535, 0, 0) + data
    if ":" in src:
        ip = struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64)
        ip += socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst)
    else:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0)
        ip += socket.inet_aton(src) + socket.inet_aton(dst)
    return b"\2" + b"\0" * 10 + b"\1" + struct.pack("!H", 0x86dd if ":" in src else 0x800) + ip + tcp


def session(turns, client="10.0.0.1", server="192.0.2.25", port=40000, server_port=25):
    """Frames of one connection, opened and closed; a text gets its CRLF, bytes stay as they are."""
    seq = {"C": 1000, "S": 9000}
    frames = []

    def say(who, flags, data=b""):
        mine, other = ("C", "S") if who == "C" else ("S", "C")
        ends = (client, server, port, server_port) if who == "C" else (server, client, server_port, port)
        frames.append(frame(*ends, seq[mine], seq[other] if flags & ACK else 0, flags, data))
        seq[mine] += len(data) + bool(flags & (SYN | FIN))

    say("C", SYN)
    say("S", SYN | ACK)
    say("C", ACK)
    for who, text in turns:
        data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode() + b"\r\n"
        say(who, PSH | ACK, data)
    for who, flags in (("C", FIN | ACK), ("S", FIN | ACK), ("C", ACK)):
        say(who, flags)
    return frames


def write(path, *sessions):
    """A capture of these sessions, one behind another, a millisecond between two frames."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i, data in enumerate(x for s in sessions for x in s):
            f.write(struct.pack("<IIII", 1795838400 + i // 1000, i % 1000 * 1000, len(data), len(data)))
            f.write(data)


def mail(text="Subject: x\n\nhello", sender="<alice@example.net>", rcpts=("<bob@example.org>",),
         hello="EHLO pc.example.net", answer="250 2.0.0 Ok: queued as 4ZX3Yk"):
    """Turns of a session with one mail."""
    turns = [("S", "220 mx.example.org ESMTP Postfix"), ("C", hello), ("S", "250 mx.example.org"),
             ("C", f"MAIL FROM:{sender}"), ("S", "250 ok")]
    for rcpt in rcpts:
        turns += [("C", f"RCPT TO:{rcpt}"), ("S", "250 ok")]
    return turns + [("C", "DATA"), ("S", "354 go"), ("C", text + "\n."), ("S", answer), ("C", "QUIT"),
                    ("S", "221 bye")]
