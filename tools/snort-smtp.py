#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make our configuration from what Snort says of SMTP.

    snort-smtp.py FILE... > postern.yaml

In: configuration of Snort 2 ("preprocessor smtp:", "suppress gen_id 124", rules of gid 124) or of
Snort 3 in Lua ("smtp = { ... }", "suppress = { ... }"). Out: the keys that mean the same, on standard
output; on standard error each option that has none, as FILE:LINE: what. Exit code 0: all was
understood; 1: not all; 2: nothing of SMTP was found, or a file cannot be read.
"""
import re
import sys

NUMBER, FLAG, WORDS, DEPTH, CHOICE = "number", "flag", "words", "depth", "choice"
N = "smtp.normalizer."
OPTIONS = {  # Snort's name: (kind, our key, range or choices)
    "inspection_type": (CHOICE, N + "inspection-type", ("stateful", "stateless")),
    "normalize": (CHOICE, N + "normalize", ("all", "none", "cmds")),
    "normalize_cmds": (WORDS, N + "normalize-cmds", None),
    "ignore_data": (FLAG, N + "ignore-data", None),
    "ignore_tls_data": (FLAG, N + "ignore-tls-data", None),
    "max_command_line_len": (NUMBER, N + "max-command-line-len", (0, 65535)),
    "max_header_line_len": (NUMBER, N + "max-header-line-len", (0, 65535)),
    "max_response_line_len": (NUMBER, N + "max-response-line-len", (0, 65535)),
    "max_auth_command_line_len": (NUMBER, N + "max-auth-command-line-len", (0, 65535)),
    "valid_cmds": (WORDS, N + "valid-cmds", None),
    "invalid_cmds": (WORDS, N + "invalid-cmds", None),
    "data_cmds": (WORDS, "smtp.data-cmds", None),
    "binary_data_cmds": (WORDS, "smtp.binary-data-cmds", None),
    "auth_cmds": (WORDS, "smtp.auth-cmds", None),
    "alert_unknown_cmds": (FLAG, N + "alert-unknown-cmds", None),
    "no_alerts": (FLAG, N + "no-alerts", None),
    "print_cmds": (FLAG, N + "print-cmds", None),
    "log_mailfrom": (FLAG, N + "log-mailfrom", None),
    "log_rcptto": (FLAG, N + "log-rcptto", None),
    "log_filename": (FLAG, N + "log-filename", None),
    "log_email_hdrs": (FLAG, N + "log-email-hdrs", None),
    "email_hdrs_log_depth": (NUMBER, N + "email-hdrs-log-depth", (0, 20480)),
    "memcap": (NUMBER, N + "memcap", (3276, 104857600)),
    "b64_decode_depth": (DEPTH, "mime.b64-decode-depth", (-1, 65535)),
    "qp_decode_depth": (DEPTH, "mime.qp-decode-depth", (-1, 65535)),
    "bitenc_decode_depth": (DEPTH, "mime.bitenc-decode-depth", (-1, 65535)),
    "uu_decode_depth": (DEPTH, "mime.uu-decode-depth", (-1, 65535)),
    "max_mime_depth": (NUMBER, None, (4, 20480)),
    "max_mime_mem": (NUMBER, None, (3276, 104857600)),
    "enable_mime_decoding": (FLAG, None, None),
    "disabled": (FLAG, None, None),
}
FOURS = {"b64_decode_depth", "uu_decode_depth"}  # rounded up to a multiple of four, as Snort does
NO_PLACE = {
    "decompress_pdf": "PDF files are not looked into", "decompress_swf": "SWF files are not looked into",
    "decompress_zip": "archives are not looked into", "decompress_vba": "macros are not looked into",
}
DEPTHS = [name for name, option in OPTIONS.items() if option[0] == DEPTH]
LOGS = ["log_mailfrom", "log_rcptto", "log_filename"]
# What each version takes where its configuration is silent and our default is another.
DEFAULTS = {
    2: {**dict.fromkeys(DEPTHS, 1460), **dict.fromkeys(LOGS, False)},
    3: {**dict.fromkeys(LOGS, False), "max_command_line_len": 512, "max_header_line_len": 1000,
        "max_response_line_len": 512, "normalize": "none", "alert_unknown_cmds": True},
}
SIDS = set(range(1, 19)) - {16}
VERB = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Reading:
    """What all files say, and what could not be understood."""

    def __init__(self):
        self.said, self.verbs, self.limits, self.ports, self.off = {}, {}, {}, [], set()
        self.xlink = self.version = None
        self.named = {}  # what a Lua file gives a name
        self.faults = []

    def fault(self, where, text):
        self.faults.append(f"{where[0]}:{where[1]}: {text}")

    def number(self, where, name, text, span):
        if re.fullmatch(r"-?\d+", str(text)) and span[0] <= int(text) <= span[1]:
            return int(text)
        self.fault(where, f"{name}: '{text}' is no number from {span[0]} to {span[1]}")
        return None

    def words(self, where, name, words):
        good = [w.upper() for w in words if VERB.fullmatch(w)]
        for word in set(words) - {w for w in words if VERB.fullmatch(w)}:
            self.fault(where, f"{name}: '{word}' is no verb")
        return list(dict.fromkeys(good))

    def option(self, where, name, value):
        """One option with its value: text, True for a flag, or a list of words."""
        kind, _, span = OPTIONS[name]
        if kind in (NUMBER, DEPTH):
            value = self.number(where, name, value, span)
        elif kind == WORDS:
            value = self.words(where, name, value)
        elif kind == CHOICE and value not in span:
            self.fault(where, f"{name}: '{value}' is none of {', '.join(span)}")
            value = None
        if value is not None:
            self.said[name] = value

    def limit(self, where, verbs, length):
        length = self.number(where, "alt_max_command_line_len", length, (0, 65535))
        for verb in self.words(where, "alt_max_command_line_len", verbs):
            if length is not None:
                self.limits[verb] = length

    def silence(self, where, sid):
        if sid in SIDS:
            self.off.add(sid)
        else:
            self.fault(where, f"124:{sid} is no alert of ours")


# ---- Snort 2 ----

def logical_lines(text):
    """(number of its first line, [(number, text)]) of each line, those that end in \\ joined."""
    pieces = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.rstrip()
        pieces.append((number, line.rstrip("\\")))
        if not line.endswith("\\"):
            yield pieces
            pieces = []
    if pieces:
        yield pieces


class Tokens:
    """Words and braces, each with the line that it stands on."""

    def __init__(self, found):
        self.found, self.at = found, 0

    def next(self):
        self.at += 1
        return self.found[self.at - 1] if self.at <= len(self.found) else (None, 0)

    def peek(self):
        return self.found[self.at][0] if self.at < len(self.found) else None

    def braces(self):
        """Words in { }, or the one word that stands without."""
        if self.peek() != "{":
            return [self.next()[0] or ""]
        self.next()
        words = []
        while self.peek() not in (None, "}"):
            words.append(self.next()[0])
        self.next()
        return words


def read_preprocessor(reading, path, tokens):
    while tokens.peek() is not None:
        word, line = tokens.next()
        where, name = (path, line), word.lower()
        if name == "ports":
            for port in tokens.braces():
                if reading.number(where, name, port, (0, 65535)) is not None:
                    reading.ports.append(port)
        elif name == "xlink2state":
            words = [w.lower() for w in tokens.braces()]
            if not words or not set(words) <= {"enable", "enabled", "disable", "disabled", "drop"}:
                reading.fault(where, f"{name}: '{' '.join(words)}' is none of enable, disable, drop")
            reading.xlink = ("disable" if words and words[0].startswith("disable") else
                             "drop" if "drop" in words else "enable")
        elif name == "alt_max_command_line_len":
            length = tokens.next()[0]
            reading.limit(where, tokens.braces(), length)
        elif name not in OPTIONS:
            if re.match(r"\{|-?\d", tokens.peek() or ""):
                tokens.braces()
            reading.fault(where, f"unknown option '{word}'")
        elif OPTIONS[name][0] == FLAG:
            reading.option(where, name, True)
        elif OPTIONS[name][0] == WORDS:
            reading.option(where, name, tokens.braces())
        else:
            reading.option(where, name, (tokens.next()[0] or "").lower())


def read_snort2(reading, path, text):
    active, commented, where = set(), set(), None
    for pieces in logical_lines(text):
        line = " ".join(piece for _, piece in pieces).strip()
        where = (path, pieces[0][0])
        if re.match(r"preprocessor\s+smtp\b", line, re.I):
            reading.version = reading.version or 2
            found = [(t, n) for n, piece in pieces
                     for t in re.findall(r"[{}]|[^\s{}]+", re.sub(r"^\s*preprocessor\s+smtp\s*:?", "", piece,
                                                                 flags=re.I))]
            read_preprocessor(reading, path, Tokens(found))
        elif re.match(r"suppress\s+gen_id\s+124\b", line):
            sid = re.search(r"sig_id\s+(\d+)", line)
            if "track" in line or not sid:
                reading.fault(where, "suppress by address has no place: write a pass rule")
            else:
                reading.silence(where, int(sid[1]))
        elif re.search(r"^#?\s*alert\s*\(.*\bgid\s*:\s*124\s*;", line):
            sid = re.search(r"\bsid\s*:\s*(\d+)", line)
            (commented if line.startswith("#") else active).add(int(sid[1]) if sid else 0)
    for sid in sorted((commented - active) & SIDS):
        reading.silence(where, sid)


# ---- Snort 3 ----

LUA = re.compile(r"--\[\[.*?\]\]|--[^\n]*|\[\[.*?\]\]|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
                 r"|-?\d+|[A-Za-z_][\w.]*|[{}=,;]|\S", re.S)


def lua_tokens(text):
    for found in LUA.finditer(text):
        if not found[0].startswith("--"):
            yield found[0], text.count("\n", 0, found.start()) + 1


class Name(str):
    """A word that names another value."""


def scalar(token):
    if token.startswith("[["):
        return token[2:-2]
    if token[0] in "'\"":
        return token[1:-1]
    return Name(token) if re.match("[A-Za-z_]", token) and token not in ("true", "false") else token


def lua_table(tokens):
    """After "{": [(key or None, value, line)] up to its "}"; a value is a text or such a list."""
    rows, key, value, line = [], None, None, 0
    while True:
        token, at = tokens.next()
        if token in (None, "}", ",", ";"):
            if value is not None:
                rows.append((key, value, line))
            key = value = None
            if token in (None, "}"):
                return rows
        elif token == "=":
            key, value = value, None
        elif token == "{":
            value, line = lua_table(tokens), at
        else:
            value, line = scalar(token), at


def read_smtp_table(reading, path, rows):
    for key, value, line in rows if isinstance(rows, list) else []:
        where = (path, line)
        if key == "alt_max_command_line_len" and isinstance(value, list):
            for _, entry, _ in value:
                pair = {k: v for k, v, _ in entry} if isinstance(entry, list) else {}
                reading.limit(where, str(pair.get("command", "")).split(), pair.get("length", ""))
        elif key == "xlink2state" and value in ("alert", "disable", "drop"):
            reading.xlink = "enable" if value == "alert" else value
        elif key not in OPTIONS or isinstance(value, list) or OPTIONS[key][1] is None:
            why = NO_PLACE.get(key)
            if not why or value != "false":
                reading.fault(where, f"{key}: {why}" if why else f"unknown option '{key}'")
        elif OPTIONS[key][0] == FLAG:
            if value not in ("true", "false"):
                reading.fault(where, f"{key}: '{value}' is neither true nor false")
            reading.option(where, key, value == "true")
        else:
            reading.option(where, key, value.split() if OPTIONS[key][0] == WORDS else value)


def read_suppress(reading, path, rows):
    for _, entry, line in rows if isinstance(rows, list) else []:
        pair = {k: v for k, v, _ in entry} if isinstance(entry, list) else {}
        if pair.get("gid") != "124":
            continue
        if "ip" in pair or "track" in pair or not str(pair.get("sid", "")).isdigit():
            reading.fault((path, line), "suppress by address has no place: write a pass rule")
        else:
            reading.silence((path, line), int(pair["sid"]))


def read_snort3(reading, path, text):
    """Values that are given names are known in the files that follow, too."""
    tokens = Tokens(list(lua_tokens(text)))
    while tokens.peek() is not None:
        name, line = tokens.next()
        if tokens.peek() != "=" or not re.match("[A-Za-z_]", name):
            continue
        tokens.next()
        token, _ = tokens.next()
        value = lua_table(tokens) if token == "{" else scalar(token or "nil")
        if name in ("smtp", "suppress"):
            value = resolved(reading, (path, line), value)
        if name == "smtp":
            reading.version = 3
            read_smtp_table(reading, path, value)
        elif name == "suppress":
            read_suppress(reading, path, value)
        else:
            reading.named[name] = value


def resolved(reading, where, value):
    """A table with the values that its names stand for."""
    if isinstance(value, Name) and value in reading.named:
        return resolved(reading, where, reading.named[value])
    if isinstance(value, Name):
        reading.fault(where, f"{value} is not in these files: name the one that it is in before this one")
        return []
    if isinstance(value, list):
        return [(key, resolved(reading, (where[0], line), inner), line) for key, inner, line in value]
    return value


# ---- ours ----

def depth(name, value, version):
    off, unlimited = (-1, 0) if version == 2 else (0, -1)
    if value in (off, unlimited):
        return "off" if value == off else "unlimited"
    return str(-(-value // 4) * 4 if name in FOURS else value)


def written(kind, name, value, version):
    if kind == DEPTH:
        return depth(name, value, version)
    if kind == FLAG:
        return "yes" if value else "no"
    return "[" + ", ".join(f'"{w}"' for w in value) + "]" if kind == WORDS else str(value)


def keys_of(reading):
    """Our keys and values as text."""
    said = dict(reading.said)
    if said.pop("enable_mime_decoding", False):
        said.setdefault("b64_decode_depth", said.get("max_mime_depth", 1460))
    for name, value in DEFAULTS[reading.version].items():
        said.setdefault(name, value)
    keys = {N + "enabled": "no" if said.get("disabled") else "yes"}
    for name, value in said.items():
        kind, key, _ = OPTIONS[name]
        if key is not None:
            keys[key] = written(kind, name, value, reading.version)
    if reading.ports:
        keys["smtp.ports"] = "[" + ", ".join(dict.fromkeys(reading.ports)) + "]"
    if reading.limits or reading.version == 3:
        keys[N + "alt-max-command-line-len"] = written(
            WORDS, "", [f"{v}:{n}" for v, n in reading.limits.items()], 0)
    if reading.xlink:
        keys[N + "xlink2state"] = reading.xlink
    if reading.off:
        keys[N + "disable-sids"] = "[" + ", ".join(str(s) for s in sorted(reading.off)) + "]"
    return keys


def print_tree(tree, depth_now, out):
    for name, value in tree.items():
        if isinstance(value, dict):
            out.write("  " * depth_now + name + ":\n")
            print_tree(value, depth_now + 1, out)
        else:
            out.write("  " * depth_now + f"{name}: {value}\n")


def print_yaml(reading, out):
    tree = {}
    for key, value in keys_of(reading).items():
        *path, last = key.split(".")
        at = tree
        for part in path:
            at = at.setdefault(part, {})
        at[last] = value
    out.write(f"# What a configuration of Snort {reading.version} says of SMTP.\n")
    if "max_mime_mem" in reading.said:
        out.write(f"# max_mime_mem {reading.said['max_mime_mem']}: limits.messages bounds that here; with "
                  "too few, mail\n# would have to wait, so its default stays.\n")
    print_tree(tree, 0, out)


def main():
    reading = Reading()
    for path in sys.argv[1:]:
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
        except OSError as e:
            print(f"{path}: {e.strerror}", file=sys.stderr)
            return 2
        if re.search(r"^\s*\w+\s*=", text, re.M):
            read_snort3(reading, path, text)
        else:
            read_snort2(reading, path, text)
    for fault in reading.faults:
        print(fault, file=sys.stderr)
    if reading.version is None:
        print("no 'preprocessor smtp:' and no 'smtp = {' was found" if sys.argv[1:] else __doc__,
              file=sys.stderr)
        return 2
    print_yaml(reading, sys.stdout)
    return 1 if reading.faults else 0


if __name__ == "__main__":
    sys.exit(main())
