#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make the tables of docs/rules.md from the tables in lib/rules.

In: rules_keywords.c, rules_fields.h, rules_names.c, rules_foreign.c, rules_codes.c, and the page, whose text stands
outside of the markers. Out: the page with its tables made anew; with --check nothing is written,
and the exit code is 1 when the page does not say what the tables say.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "lib" / "rules"
PAGE = ROOT / "docs" / "rules.md"

TEXT = r'"((?:[^"\\]|\\.)*)"'
FIELD = re.compile(r'^FIELD\((\w+), "([^"]+)", (\w+), (\w+), ' + TEXT + r"\)$", re.M)
KEYWORD = re.compile(
    r'\{ "([^"]+)", "([^"]+)", (NO|MAY|MUST),\s+(?:' + TEXT + r"|FORM_NUM),\s+([\w |]+),\s+"
    r"(?:true|false),\s+rules_opt_\w+,\s+\w+,\s+" + TEXT + r" \}")
TRANSFORM = re.compile(r'^\tT\("(\w+)", \w+,\s+' + TEXT + r"\),$", re.M)
HOOK = re.compile(r'^\t(M|C|S)\(\w+, "(\w+)", (\w+), .*?,\s+' + TEXT + r"\),$", re.M | re.S)
PACKET = re.compile(r"^\t\[RULES_\w+\] = PACKET\(" + TEXT + ", " + TEXT + r"\),$", re.M)
FOREIGN = re.compile(r'^\t\{ "([^"]+)", (?:' + TEXT + r"|(\w+)) \},$", re.M)
CODE = re.compile(r"^\t\{ \"([RP]\d+)\", " + TEXT + r",\s+" + TEXT + r" \},$", re.M)

NUMBER = "n, <n, >n, a-b, !n"
WHERE = {"ALL": "everywhere", "PACKET": "packet hooks, detection",
         "FLOW_PACKET": "packet hooks but pre_flow, detection",
         "FLOW_PACKET | RULES_IN_APP": "everywhere but pre_flow",
         "RULES_IN_APP": "smtp hooks", "RULES_IN_SMTP": "smtp hooks, detection",
         "RULES_IN_KNOWN_FLOW": "everywhere but pre_flow",
         "RULES_IN_PRE_STREAM | RULES_IN_FILTER | RULES_IN_SMTP": "everywhere but pre_flow"}
KINDS = {"BUF": "buffer", "MULTI": "buffer, several values", "STREAM": "buffer, stream",
         "NUM": "number", "PKT": "buffer, frame"}
FORMS = {"app-layer-event": "smtp.NAME", "fileext": '"ext"', "smtp.mode": "command, data, closed",
         "smtp.tls": "yes, no, offered, refused"}
DIRS = {"TS": "to the server", "TC": "to the client", "ANY": "any"}
PREFIX = {"M": "smtp:", "C": "smtp:command:", "S": "smtp:"}


def plain(text):
    return text.replace('\\"', '"').replace("\\\\", "\\")


def row(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def head(*names):
    return row(*names) + "| " + " | ".join("---" for _ in names) + " |\n"


def source(name):
    """The text of a table, with strings that are broken over lines joined."""
    return re.sub(r'"\s*\n\s*"', "", (RULES / name).read_text())


def expect(found, text, pattern, name):
    """Every entry of the table was read, or the table has got another form."""
    wanted = len(re.findall(pattern, text, re.M))
    if len(found) != wanted:
        sys.exit(f"lib/rules/{name}:1: {wanted} entries, {len(found)} understood")
    return found


def buffers():
    text = source("rules_fields.h")
    out = [head("Keyword", "Kind", "Value", "Holds")]
    for _, name, kind, _, help_text in expect(FIELD.findall(text), text, r"^FIELD\(", "rules_fields.h"):
        form = FORMS.get(name, {"NUM": NUMBER, "MULTI": "[all or any]"}.get(kind, ""))
        if name == "smtp.response_code":
            form = "[" + NUMBER + ", 4xx]"
        out.append(row(f"`{name}`", KINDS[kind], f"`{form}`" if form else "", help_text))
    return "".join(out)


def keywords():
    text = source("rules_keywords.c")
    table = text[text.index("keywords[] = {"):text.index("#define KEYWORDS")]
    found = expect(KEYWORD.findall(table), table, r'^\t\{ "', "rules_keywords.c")
    out = [head("Keyword", "Kind", "Value", "Where", "Meaning")]
    for name, kind, argument, form, tables, help_text in found:
        form = plain(form) if form or argument == "NO" else NUMBER
        out.append(row(f"`{name}`", kind, f"`{form}`" if form else "", WHERE[tables], plain(help_text)))
    for name, help_text in expect(TRANSFORM.findall(table), table, r'^\tT\("', "rules_keywords.c"):
        out.append(row(f"`{name}`", "transform", "", WHERE["RULES_IN_SMTP"], plain(help_text)))
    return "".join(out)


def hooks():
    text = source("rules_names.c")
    out = [head("Hook", "Direction", "Judged at")]
    for name, help_text in expect(PACKET.findall(text), text, r"= PACKET\(", "rules_names.c"):
        out.append(row(f"`packet:{name}`", "any", plain(help_text)))
    for macro, name, direction, help_text in expect(HOOK.findall(text), text, r"^\t[MCS]\(",
                                                    "rules_names.c"):
        out.append(row(f"`{PREFIX[macro]}{name}`", DIRS[direction], plain(help_text)))
    return "".join(out)


def codes():
    text = source("rules_codes.c")
    found = expect(CODE.findall(text), text, r'^\t\{ "[RP]', "rules_codes.c")
    return head("Code", "What", "Why, and what to do") + "".join(
        row(code, plain(title), plain(long)) for code, title, long in found)


def foreign():
    text = source("rules_foreign.c")
    words = {name: plain(value) for name, value in re.findall(r"^#define (\w+)[ \t\\\n]+" + TEXT + "$", text, re.M)}
    found = expect(FOREIGN.findall(text), text, r'^\t\{ "', "rules_foreign.c")
    instead = {}
    for name, why, word in found:
        name = name + "*" if name[-1] in "._" else name
        instead.setdefault(plain(why) or words[word], []).append(f"`{name}`")
    return head("Keywords", "Instead") + "".join(row(" ".join(names), why) for why, names in instead.items())


def page(text):
    for name, table in (("buffers", buffers), ("keywords", keywords), ("hooks", hooks),
                        ("foreign", foreign), ("codes", codes)):
        begin, end = f"<!-- table: {name} -->\n", "<!-- end of table -->"
        if begin not in text:
            sys.exit(f"docs/rules.md:1: the marker {begin.strip()} is missing")
        before, rest = text.split(begin, 1)
        text = before + begin + table() + end + rest.split(end, 1)[1]
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether the page is right")
    args = parser.parse_args()
    have = PAGE.read_text()
    wanted = page(have)
    if not args.check:
        PAGE.write_text(wanted)
    elif have != wanted:
        sys.exit("docs/rules.md:1: differs from the tables in lib/rules; run tools/gen-rules-doc.py")


if __name__ == "__main__":
    main()
