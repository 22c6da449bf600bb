#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Those who watch a live wire: show sessions, posternctl top on a terminal, DPDK's telemetry. The wire has
one session in the middle of a mail, one that a rule stopped, and a server that says all again and again,
with noise behind it, so that numbers move.

    test_watch.py POSTERN POSTERNCTL
"""
import fcntl
import glob
import json
import os
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

import pyte

import dialogue

POSTERN, POSTERNCTL = (os.path.abspath(p) for p in sys.argv[1:3])
FOLDER = tempfile.mkdtemp(prefix="postern-watch.")
SOCKET = os.path.join(FOLDER, "run", "control")  # a folder that the program makes
failures = []
NOISE = [b"\2" + b"\0" * 10 + b"\1\x08\x06" + bytes(46)]  # ARP
RULES = """accept:hook tcp:all any any <> any any (sid:3;)
drop:flow smtp:rcpt any any -> any any (smtp.mail_from; content:"bad.example"; msg:"No mail of theirs"; sid:77;)
"""
CONFIG = f"""eal: {{no-huge: yes, no-pci: yes,
  vdev: ['net_pcap0,rx_pcap=client.pcap', 'net_pcap1,rx_pcap=server.pcap,infinite_rx=1']}}
cores: {{idle: sleep, burst: 1}}
tcp: {{checksum: no}}
rule-files: [{FOLDER}/top.rules]
firewall: {{policies: {{app: {{smtp: {{default-policy: ['accept:hook']}}}}}}}}
outputs: {{log-dir: {FOLDER}}}
management: {{http: '', socket: '{SOCKET}'}}
"""


def expect(what, holds, *shown):
    if not holds:
        failures.append(what)
        print("FAIL", what, *shown, sep="\n")


def ctl(*words):
    return subprocess.run([POSTERNCTL, *words, "--socket", SOCKET], capture_output=True, text=True,
                          timeout=30, check=False)


class Terminal:
    """A terminal with top in it."""

    def __init__(self, rows, columns):
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.size(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.top = subprocess.Popen([POSTERNCTL, "top", "--socket", SOCKET], stdin=self.slave, stdout=self.slave,
                                    stderr=self.slave, env={**os.environ, "TERM": "linux"},
                                    preexec_fn=self.own)

    def own(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def text(self):
        return "\n".join(self.screen.display)

    def until(self, pattern, keys=b""):
        """Types keys and waits until the screen shows this; the match, or None."""
        if keys:
            os.write(self.master, keys)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = re.search(pattern, self.text())
            if found:
                return found
            if select.select([self.master], [], [], 0.1)[0]:
                self.stream.feed(os.read(self.master, 65536))
        expect(f"{keys!r} shows {pattern!r}", False, self.text())
        return None

    def close(self, keys=b"q"):
        os.write(self.master, keys)
        end = time.monotonic() + 10
        while self.top.poll() is None and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.stream.feed(os.read(self.master, 65536))
        while select.select([self.master], [], [], 0.1)[0]:
            self.stream.feed(os.read(self.master, 65536))
        expect("the terminal is as it was", termios.tcgetattr(self.slave) == self.before and
               not self.screen.cursor.hidden)
        os.close(self.master)
        os.close(self.slave)
        return self.top.wait(1)


def tabs():
    t = Terminal(24, 80)
    counted = t.until(r"decoder\.pkts +(\d+) +([1-9]\d*)\s")
    first = int(counted[1]) if counted else 0
    t.until(r"enforce  up \d+ s  2 sessions  [1-9]\d* pkt/s")
    t.until("PAUSED", b"p")
    paused = t.until(r"decoder\.pkts +(\d+)")
    time.sleep(1.2)
    again = t.until(r"decoder\.pkts +(\d+)")
    expect("a pause stands still", paused and again and paused[1] == again[1])
    t.until(r"PAUSED(.|\n)*2 rows by age", b"2")  # a key asks all the same
    t.until(r"enforce  up(.|\n)*decoder", b"1p")
    t.until(r"AGE +IDLE STATE", b"\t")
    moved = t.until(r"2 rows by idle", b"s")
    expect("counters go up", moved and first > 0)
    t.until(r"10\.0\.0\.1:40000")
    t.until(r"1 rows by idle  filter: from:alice", b"/from:alice\n")
    expect("filtered", "10.0.0.2" not in t.text(), t.text())
    t.until(r'mail_from +"<alice@example.net>"', b"\n")
    t.until(r"AGE +IDLE", b"\n")
    t.until(r"did you mean from\?", b"/frm:x\n")
    t.until(r"2 rows by idle  \?", b"/\n")
    t.until(r"<alice@example.net>", b"\x1b[C" * 3)
    t.until(r"\d+ +\d+ +77 drop +smtp:rcpt +No mail", b"3")
    t.until(r"\d+ +[1-9][\d.]* packet_policy", b"4")
    t.until(r"\d worker +0 running +\d+ +[1-9]\d* +\d+% +2", b"5")
    t.until(r"any key: back", b"?")
    t.until(r"LCORE TASK", b"x")
    t.size(10, 40)
    t.until(r"4 drop\w*\nLCORE TASK")
    t.until(r"COUNTER", b"1")
    t.size(2, 5)
    time.sleep(0.3)
    t.size(24, 80)
    t.until(r"5 workers")
    expect("q: exit 0", t.close() == 0)


def gone(daemon, start):
    """The daemon ends while top looks, and comes back."""
    t = Terminal(10, 40)
    t.until(r"pkt/s|sessions")
    daemon.terminate()
    daemon.wait(20)
    t.until(r"cannot reach postern")
    daemon = start()
    t.until(r"rows by list")
    os.write(t.master, b"\x03")
    t.close(b"")
    return daemon


def shown():
    """What the live program says of its sessions."""
    all_of = json.loads(ctl("show", "sessions", "sort:age", "--json").stdout)["sessions"]
    by = {s["client"]: s for s in all_of}
    one = by["10.0.0.1"]
    expect("in the middle of a mail", one["state"] == "data" and one["helo"] == "pc.example.net" and
           one["mail_from"] == "<alice@example.net>" and one["rcpt_to"] == "<bob@example.org>" and
           one["rcpts"] == 1 and one["last_command"] == "DATA" and one["last_reply"].startswith("354") and
           one["code"] == 354 and one["verdict"] == "open" and one["tls"] is False and one["rule"] == 0 and
           one["transactions"] == 1 and one["bytes_to_server"] > 0 and one["bytes_to_client"] > 0, one)
    two = by["10.0.0.2"]
    expect("a stopped one", two["verdict"] == "dropped" and two["rule"] == 77 and two["state"] == "rcpt" and
           two["mail_from"] == "<spam@bad.example>" and two["rcpt_to"] == "<bob@example.org>" and
           two["last_command"].startswith("RCPT TO"), two)
    why = ctl("why", str(two["flow_id"]))
    expect("why it was stopped", all(re.search(text, why.stdout) for text in (
        r"(?m)^\S+ drop$", r" sid +77\n", r" rule +\S+top\.rules:2\n", r" hook +smtp:rcpt\n", r" reason +\w+",
        r"the session is dropped, its dialogue at rcpt")), why.stdout)
    why = json.loads(ctl("why", str(two["flow_id"]), "--json").stdout)
    expect("... as JSON", why["session"]["rule"] == 77 and why["flow_id"] == two["flow_id"] and
           {e["flow_id"] for e in why["events"]} == {two["flow_id"]} and
           "drop" in {e["event_type"] for e in why["events"]}, why)
    expect("nothing stopped the other", ctl("why", str(one["flow_id"])).stdout ==
           "the session is open, its dialogue at data\n")
    time.sleep(1.1)
    later = json.loads(ctl("show", "session", str(one["flow_id"]), "--json").stdout)
    expect("it ages", later["age"] > one["age"] and later["idle"] <= 1, later)


def telemetry():
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(10)
        s.connect(glob.glob(FOLDER + "/**/dpdk_telemetry.v2", recursive=True)[0])
        s.recv(1024)

        def get(path):
            s.send(path.encode())
            return list(json.loads(s.recv(16384)).values())[0]
        stats = get("/postern/stats")
        expect("telemetry counts", stats["stats/decoder/pkts"] > 0 and stats["stats/drop/rule"] == 1 and
               stats["lcores/0/role"] == "worker" and stats["mode"] == "enforce", stats)
        expect("all sessions", len(get("/postern/sessions")) == 2)
        found = get("/postern/sessions,from:bad.example not tls:yes")
        one = get(f"/postern/session,{found[0]}")
        expect("one session", len(found) == 1 and one["rule"] == 77 and one["state"] == "rcpt" and
               one["mail_from"] == "<spam@bad.example>", one)
        expect("rules that matched", get("/postern/rules")["1/77"] == 1)
        expect("a wrong filter", get("/postern/sessions,frm:x") is None)
        expect("no such session", get("/postern/session,1") is None and get("/postern/session") is None)


def start():
    daemon = subprocess.Popen([POSTERN, "-c", "top.yaml"], cwd=FOLDER, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "RUNTIME_DIRECTORY": FOLDER})
    for _ in range(150):
        if daemon.poll() is not None:
            print(daemon.stderr.read())
            break
        done = ctl("show", "sessions")
        if "2 of 2" in done.stdout:
            break
        time.sleep(0.1)
    return daemon


def main():
    turns = dialogue.mail()
    there = turns.index(("S", "354 go")) + 1
    one = dialogue.session(turns[:there])[:-3]
    two = dialogue.session(dialogue.mail(sender="<spam@bad.example>")[:there], client="10.0.0.2")[:-3]
    for side, name in enumerate(("client.pcap", "server.pcap")):  # they take turns, frame by frame
        dialogue.write(os.path.join(FOLDER, name), one[side::2], two[side::2], NOISE[:side])
    for name, text in (("top.rules", RULES), ("top.yaml", CONFIG)):
        with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as f:
            f.write(text)
    done = ctl("top")
    expect("no terminal: exit 2", done.returncode == 2 and "terminal" in done.stderr, done)
    never = Terminal(24, 80)
    never.until("cannot reach postern")
    expect("never reached: exit 3", never.close(b"") == 3)
    daemon = start()
    try:
        shown()
        telemetry()
        tabs()
        daemon = gone(daemon, start)
    finally:
        daemon.terminate()
        daemon.wait(20)


try:
    main()
finally:
    shutil.rmtree(FOLDER)
print(f"{len(failures)} failures")
sys.exit(1 if failures else 0)
