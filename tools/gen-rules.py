#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rules as sites have them, as many as are asked for: tools/gen-rules.py COUNT [--seed N].

In: a count; out: rules on standard output, the same for the same seed. Of a hundred, 40 are on the
envelope, 15 on header fields, 25 on contents of bodies and files, 8 on names of files, 6 regular
expressions, 4 on raw stream data, 2 on other facts. For measurements and for the test that a
large set loads in time; no rule means anything.
"""
import argparse
import random

WORDS = """invoice payment urgent secure account verify update bank delivery parcel order receipt
remittance statement salary bonus voicemail fax scan document contract tender quote shipment customs
password mailbox quota upgrade suspend confirm identity wallet transfer refund prize lottery""".split()
ENDS = ["exe", "scr", "js", "vbs", "iso", "img", "hta", "lnk", "docm", "xlsm", "ace", "jar"]
SYLLABLES = "ka lo mi re su ta ne vo pi zu ga he ri do fa be cy wu xe qo".split()


def word(r, n):
    return "".join(r.choice(SYLLABLES) for _ in range(n))


def domain(r):
    return f"{word(r, r.randint(2, 4))}-{r.randint(1, 99999)}.{r.choice(['example', 'test', 'invalid'])}"


def phrase(r):
    return " ".join(r.sample(WORDS, r.randint(2, 3))) + " " + word(r, 3)


def envelope(r):
    f = r.choice(["smtp.mail_from", "smtp.rcpt_to", "smtp.helo"])
    kind = r.randrange(4)
    if kind == 0:
        return f'{f}; content:"{domain(r)}"; nocase;'
    if kind == 1:
        return f'{f}; content:"@{domain(r)}"; nocase; endswith;' if f == "smtp.helo" else \
            f'{f}; content:"@{domain(r)}>"; nocase; endswith;'
    if kind == 2:
        return f'{f}; content:"{word(r, 3)}."; startswith; content:"{word(r, 2)}"; distance:0; within:24;'
    return f'smtp.mail_from; content:"{word(r, 4)}"; smtp.rcpt_to; content:"{domain(r)}";'


def header(r):
    name = r.choice(["subject", "from", "to", "x_mailer"])
    if r.random() < 0.3:
        return f'email.header; content:"{word(r, 4)}|3a 20|"; content:"{phrase(r)}"; distance:0;'
    return f'email.{name}; content:"{phrase(r)}"; nocase;'


def body(r):
    f = r.choice(["file.data", "file.data", "smtp.data"])
    kind = r.randrange(3)
    if kind == 0:
        return f'{f}; content:"{phrase(r)}"; nocase;'
    if kind == 1:
        return f'{f}; content:"{word(r, 3)}"; content:"{word(r, 4)}"; distance:0; within:{r.randint(12, 90)};'
    return f'{f}; content:"|{r.randrange(1 << 32):08x}{r.randrange(1 << 32):08x}|"; content:!"{word(r, 3)}";'


def names(r):
    return f'file.name; content:"{word(r, 3)}.{r.choice(ENDS)}"; nocase; endswith;'


def regex(r):
    kind = r.randrange(4)
    if kind == 0:
        return f'smtp.mail_from; pcre:"/^<?{word(r, 2)}[0-9]{{2,8}}@{word(r, 3)}/i";'
    if kind == 1:
        return f'email.subject; content:"{word(r, 3)}"; pcre:"/(?<!re: ){word(r, 2)}\\s+[A-Z]{{4,}}\\d{r.randint(1, 6)}/";'
    if kind == 2:
        return f'file.data; pcre:"/{word(r, 3)}[a-z]{{1,8}}={word(r, 2)}/i";'
    return f'smtp.helo; pcre:"/^{word(r, 2)}-(?:[0-9a-f]{{2}}-){{3}}{word(r, 1)}$/";'


def raw(r):
    return f'flow:established,to_server; content:"{word(r, 3)}"; nocase; content:"{word(r, 4)}"; distance:0;'


def other(r):
    return f'mime.part_count:>{r.randint(20, 90)}; smtp.body_size:>{r.randint(1, 99) * 100000};'


KINDS = ([(envelope, "smtp")] * 40 + [(header, "smtp")] * 15 + [(body, "smtp")] * 25 +
         [(names, "smtp")] * 8 + [(regex, "smtp")] * 6 + [(raw, "tcp")] * 4 + [(other, "smtp")] * 2)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("count", type=int)
    args.add_argument("--seed", type=int, default=1)
    args = args.parse_args()
    r = random.Random(args.seed)
    for i in range(args.count):
        kind, protocol = KINDS[i % 100]
        print(f'alert {protocol} any any -> any any (msg:"{kind.__name__} {i}"; {kind(r)} '
              f'sid:{1000000 + i}; rev:1;)')


if __name__ == "__main__":
    main()
