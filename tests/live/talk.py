#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An SMTP client that says things in its own way, for what swaks does not do.

    talk.py HOST PORT bdat FILE FROM TO		RFC 3030: MAIL, RCPT and the first chunk in one piece,
						chunks of all sizes, the last one empty
    talk.py HOST PORT stream SECONDS FROM TO	mails one after the other, until the time is over or the
						connection is; prints how many were accepted

FILE has lines that end in LF; they go out as CRLF. Exit code 0 when every reply was a good one.
"""
import socket
import sys
import time


class Client:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=20)
        self.input = self.socket.makefile("rb")

    def say(self, data):
        self.socket.sendall(data)

    def reply(self, *good):
        while True:
            line = self.input.readline()
            if not line.endswith(b"\n"):
                raise ConnectionError("the connection ended")
            if line[3:4] != b"-":
                break
        if int(line[:3]) not in good:
            raise ValueError(line.decode("latin-1").strip())
        return line

    def begin(self):
        self.reply(220)
        self.say(b"EHLO client.example.net\r\n")
        self.reply(250)


def envelope(sender, recipient):
    return f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\n".encode()


def bdat(client, path, sender, recipient):
    with open(path, "rb") as file:
        data = file.read().replace(b"\n", b"\r\n")
    client.begin()
    sizes = [1, 2, 3, 77, 1000, 20000, 65536]
    out, chunks = envelope(sender, recipient), 0
    while data:
        size = sizes[chunks % len(sizes)]
        out += b"BDAT %d\r\n" % len(data[:size]) + data[:size]
        data = data[size:]
        chunks += 1
    client.say(out + b"BDAT 0 LAST\r\n")
    for _ in range(2 + chunks + 1):
        client.reply(250)
    client.say(b"QUIT\r\n")
    client.reply(221)


def stream(client, seconds, sender, recipient):
    accepted = 0
    end = time.monotonic() + seconds
    try:
        client.begin()
        while time.monotonic() < end:
            client.say(envelope(sender, recipient))
            client.reply(250)
            client.reply(250)
            client.say(b"DATA\r\n")
            client.reply(354)
            client.say(b"Subject: one of a stream\r\n\r\n" + b"line of text\r\n" * 500 + b".\r\n")
            client.reply(250)
            accepted += 1
    except OSError:
        pass  # the wire is gone: that is what the test does
    print(accepted)


def main():
    host, port, what, argument, sender, recipient = sys.argv[1:]
    try:
        client = Client(host, int(port))
        if what == "bdat":
            bdat(client, argument, sender, recipient)
        else:
            stream(client, float(argument), sender, recipient)
    except (OSError, ValueError) as error:
        sys.exit(f"talk.py: {error}")


main()
