#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Who was let through and who was refused, from eve.json: one line a mail.

    tools/who.py EVE.JSON
"""
import json
import sys


def envelope(event):
    smtp = event.get("smtp", {})
    return f"{smtp.get('mail_from', '(no sender)')} -> {', '.join(smtp.get('rcpt_to', [])) or '(nobody yet)'}"


def main():
    passed, refused, seen, messages = [], [], set(), {}
    with open(sys.argv[1], encoding="utf-8") as eve:
        for line in eve:
            event = json.loads(line)
            kind, more = event["event_type"], event.get("postern", {})
            if kind == "alert":
                messages[event["alert"]["signature_id"]] = event["alert"]["signature"]
            if kind == "smtp" and more.get("end") == "reply":  # the server answered the message
                passed.append(f"  {envelope(event):68} {event.get('email', {}).get('subject', '')}")
            if kind == "drop" and event.get("flow_id") not in seen and "smtp" in event:
                seen.add(event["flow_id"])
                why = messages.get(more.get("sid"), event["drop"]["reason"])
                rule = f" (sid {more['sid']}, {more['rule']})" if "rule" in more else ""
                refused.append(f"  {envelope(event):68} {why}{rule}")
    print("\nlet through:")
    print("\n".join(passed) or "  nobody")
    print("\nrefused:")
    print("\n".join(refused) or "  nobody")


if __name__ == "__main__":
    main()
