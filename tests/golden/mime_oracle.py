#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""mime_oracle.py MIME_DUMP [COUNT]: messages made at random, but the same each time, are read by
mime_dump and by Python's email package; parts, types, names, sizes and digests must agree, and so
must the top header fields.

Only well-formed messages are made here: what readers disagree about is in test_parts.c.
"""
import base64
import email
import email.policy
import hashlib
import quopri
import random
import subprocess
import sys
import tempfile
from pathlib import Path

WORDS = "mail server relay greeting envelope body header line fold part name".split()
TEXT = "abcdefghijklmnopqrstuvwxyz ABC .,;:-=_/<>()?!0123456789"


def words(r, n):
    return " ".join(r.choice(WORDS) for _ in range(n))


def text_bytes(r):
    """Lines of text; no blanks at their ends, none that begins like a delimiter or a uuencoded file."""
    lines = []
    for _ in range(r.randrange(0, 30)):
        line = "".join(r.choice(TEXT) for _ in range(r.randrange(0, 120))).rstrip()
        lines.append(line if not line.startswith(("-", "begin", "From ")) else "x" + line)
    data = "\r\n".join(lines).encode()
    return data + (b"\r\n" if r.random() < 0.5 else b"")


def binary(r):
    return r.randbytes(r.choice([0, 1, 2, 3, 56, 57, 58, 100, 1000, r.randrange(9000)]))


def quoted(data):
    """Binary-safe quoted-printable in lines of 76."""
    out, line = [], b""
    for byte in data:
        plain = 33 <= byte <= 126 and byte != 61
        item = bytes([byte]) if plain else b"=%02X" % byte
        if len(line) + len(item) > 75:
            out.append(line + b"=")
            line = b""
        line += item
    return b"\r\n".join(out + [line])


def encode(r, data, text):
    """(header line, encoded bytes)"""
    kind = r.choice(["base64", "quoted-printable"] + (["7bit", None] if text else []))
    if kind == "base64":
        width = r.choice([57, 54, 45, 3, 56])
        lines = [base64.b64encode(data[i:i + width]) for i in range(0, len(data), width)]
        if width % 3:
            whole = base64.b64encode(data)
            lines = [whole[i:i + 73] for i in range(0, len(whole), 73)]
        body = b"\r\n".join(lines) + (b"\r\n" if r.random() < 0.5 else b"")
    elif kind == "quoted-printable":
        body = quoted(data) if not text else quopri.encodestring(
            data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    else:
        body = data
    header = f"Content-Transfer-Encoding: {r.choice([kind, kind.upper()])}\r\n" if kind else ""
    return header.encode(), body


def name(r):
    stem = words(r, r.randrange(1, 4))
    return stem + r.choice([".txt", ".pdf", ".exe", "", ".tar.gz"])


def name_params(r, key, value):
    style = r.randrange(4)
    if style == 0:
        return f'; {key}="{value}"'
    if style == 1:
        return f';\r\n\t{key}="{value}"'
    if style == 2:
        return f";\r\n {key}*=utf-8''" + value.replace(" ", "%20")
    cut = max(1, len(value) // 2)
    return f';\r\n {key}*0="{value[:cut]}";\r\n {key}*1="{value[cut:]}"'


def leaf(r):
    text = r.random() < 0.5
    data = text_bytes(r) if text else binary(r)
    ctype = r.choice(["text/plain", "text/html", "Text/Plain"]) if text else r.choice(
        ["application/octet-stream", "image/png", "APPLICATION/PDF"])
    head = b""
    if not text or r.random() < 0.8:
        head += f"Content-Type: {ctype}; charset=utf-8\r\n".encode()
    transfer, body = encode(r, data, text)
    head += transfer
    if not text or r.random() < 0.3:
        disposition = r.choice(["attachment", "inline"])
        head += f"Content-Disposition: {disposition}{name_params(r, 'filename', name(r))}\r\n".encode()
    return head + b"\r\n" + body


def entity(r, depth):
    roll = r.random()
    if depth < 4 and roll < (0.8 if depth == 0 else 0.3):
        boundary = r.choice(["=_", "----=_Part_", "b"]) + f"{depth}.{r.randrange(10 ** 6)}"
        quote = '"' if "=" in boundary or r.random() < 0.5 else ""
        fold = r.choice([" ", "\r\n ", "\r\n\t"])
        head = f"Content-Type: multipart/{r.choice(['mixed', 'alternative', 'related'])};{fold}"
        head += f"boundary={quote}{boundary}{quote}\r\n\r\n"
        out = head.encode() + (b"a preamble\r\n" if r.random() < 0.5 else b"")
        mark = b"--" + boundary.encode()
        for _ in range(r.randrange(1, 5)):
            out += mark + r.choice([b"", b" ", b"\t "]) + b"\r\n" + entity(r, depth + 1) + b"\r\n"
        return out + mark + b"--" + r.choice([b"", b"\r\n", b"\r\n\r\n"])
    if depth < 4 and roll < 0.4:
        return b"Content-Type: message/rfc822\r\n\r\n" + message(r, depth + 1)
    return leaf(r)


def message(r, depth=0):
    head = f"From: {words(r, 2)} <a@example.org>\r\nTo: b@example.com,\r\n c@example.com\r\n"
    head += f"Subject: {words(r, 3)}\r\n {words(r, 2)}\r\nX-Empty:\r\nMIME-Version: 1.0\r\n"
    return head.encode() + entity(r, depth)


def expected(data):
    """What mime_dump should print, as tuples."""
    parsed = email.message_from_bytes(data, policy=email.policy.compat32)
    out = [("header", key, value.replace("\r\n\t", "").replace("\r\n", "").strip())
           for key, value in parsed.items()]
    walk(parsed, out)
    return out


def walk(part, out):
    if part.is_multipart():
        for child in part.get_payload():
            walk(child, out)
        return
    body = part.get_payload(decode=True)
    ctype = part.get_content_type() if "Content-Type" in part else ""
    out.append(("part", ctype, part.get_filename("") or "", len(body),
                hashlib.sha256(body).hexdigest()))


def unescape(s):
    return s.encode().decode("unicode_escape")


def found(text):
    out, part = [], None
    for line in text.splitlines():
        if line.startswith('header 0 "'):
            key, value = line[len('header 0 "'):-1].split('" "', 1)
            out.append(("header", key, unescape(value)))
        elif line.startswith("part "):
            ctype = line.split(' type "', 1)[1].split('"', 1)[0]
            filename = line.split(' name "', 1)[1].split('"', 1)[0] if ' name "' in line else ""
            part = (ctype, unescape(filename))
        elif line.startswith("end ") and part:
            word = line.split()
            sha = next(w[7:] for w in word if w.startswith("sha256="))
            out.append(("part", *part, int(word[3]), sha))
            part = None
        elif line.startswith("oddity ") and "long_enc" not in line:
            out.append(("oddity", line))
    return out


def main():
    dump, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
    r = random.Random(822)
    failed = parts = 0
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i in range(count):
            path = Path(folder) / f"{i:04}.eml"
            path.write_bytes(message(r))
            files.append(path)
        for cut in ("0", "7"):
            run = subprocess.run([dump, "-c", cut, *map(str, files)], capture_output=True,
                                 text=True, check=True)
            for path, text in zip(files, run.stdout.split("== ")[1:]):
                want, got = expected(path.read_bytes()), found(text)
                parts += sum(item[0] == "part" for item in want)
                if want != got:
                    failed += 1
                    bad = next((pair for pair in zip(want, got) if pair[0] != pair[1]),
                               (len(want), len(got)))
                    print(f"{path.name}, pieces of {cut}: email says {bad[0]}, we say {bad[1]}")
                    if failed == 1:
                        sys.stdout.write(path.read_bytes().decode("latin1")[:3000] + "\n")
    print(f"{count} messages, {parts} parts, {failed} differ")
    return 1 if failed or parts < count else 0


if __name__ == "__main__":
    sys.exit(main())
