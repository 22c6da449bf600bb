#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command line of postern and posternctl: what operators' scripts rely on.

    test_cli.py POSTERN POSTERNCTL CAPTURE

Exit codes, messages that name the object and what to do, JSON that is one document.
"""
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

POSTERN, POSTERNCTL, CAPTURE = (os.path.abspath(p) for p in sys.argv[1:4])
FOLDER = tempfile.mkdtemp(prefix="postern-cli.")
failures = []


def run(*words, program=POSTERN, **more):
    return subprocess.run([program, *words], capture_output=True, text=True, cwd=FOLDER,
                          timeout=60, check=False, **more)


def expect(what, holds, *shown):
    if not holds:
        failures.append(what)
        print("FAIL", what, *shown)


def fails(code, words, *texts, program=POSTERN):
    """The command ends with this code and says all of texts on stderr, nothing on stdout."""
    done = run(*words, program=program)
    line = " ".join(words)
    expect(f"exit {code}: {line}", done.returncode == code, done.returncode, done.stderr[-300:])
    for text in texts:
        expect(f"'{text}' in the message of: {line}", text in done.stderr, done.stderr[-300:])
    expect(f"silent stdout: {line}", done.stdout == "", done.stdout[:200])


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "wb" if isinstance(text, bytes) else "w") as f:
        f.write(text)
    return path


def frames(count):
    """A capture of count short TCP frames of one connection that was never opened."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    for i in range(count):
        f = bytearray(60)
        f[12] = 8
        f[14:16] = b"\x45\0"
        f[16:18] = struct.pack(">H", 40)
        f[22:24] = b"\x40\x06"
        f[26:34] = b"\x0a\0\0\1\x0a\0\0\2"
        f[34:38] = struct.pack(">HH", 1000, 80)
        f[46:48] = b"\x50\x10"
        out += struct.pack("<IIII", 1500000000 + i, 0, 60, 60) + f
    return out


def usage():
    fails(2, ["--pcapp", "x"], "unknown option --pcapp", "did you mean --pcap?")
    fails(2, ["-z"], "unknown option -z")
    fails(2, ["word"], "'word'", "--help")
    fails(2, ["--pcap"], "--pcap needs a value")
    fails(2, ["--pcap="], "--pcap needs a value")
    fails(2, ["--json=1", "-T"], "--json takes no value")
    fails(2, ["--pcap-client", "x"], "--pcap-server")
    fails(2, ["--pcap", "x", "--pcap-client", "y", "--pcap-server", "z"], "--pcap-client")
    fails(2, ["--pcap-out", "x"], "--pcap")
    fails(2, ["--pcap", "x", "--pcap", "y"], "given twice")
    fails(2, ["--pcap", "x", "-i"], "console")
    fails(2, ["--mode", "passive"], "enforce or monitor")
    fails(2, ["--list-hooks", "--list-events"], "one list at a time")
    done = run("--help")
    expect("help", done.returncode == 0 and "--pcap FILE" in done.stdout)
    done = run("-V")
    expect("version", done.returncode == 0 and done.stdout.startswith("postern "))


def missing_things():
    fails(1, ["--pcap", "none.pcap"], "none.pcap", "No such file")
    fails(1, ["--pcap", FOLDER], FOLDER, "regular file")
    fails(1, ["--pcap", write("junk.pcap", "junk that is long enough for a header")],
          "junk.pcap", "no capture")
    fails(1, ["--pcap", write("zero.pcap", "")], "zero.pcap", "no capture")
    fails(1, ["--pcap", CAPTURE, "--log-dir", "no/such/dir"], "no/such/dir", "mkdir -p")
    fails(1, ["--pcap", CAPTURE, "--pcap-out", "no/such/out.pcap"], "no/such/out.pcap")
    fails(1, ["--pcap", CAPTURE, "--rules", "none.rules"], "none.rules")
    fails(1, ["-c", "none.yaml", "-T"], "none.yaml")
    fails(1, ["-c", write("odd.yaml", "smtp:\n  portz: 25\n"), "-T"], "odd.yaml:2:", "did you mean")
    verbs = write("verbs.yaml", "smtp: {normalizer: {enabled: yes, print-cmds: yes, valid-cmds: [XFOO]}}\n")
    expect("print-cmds lists the verbs", "XTRN XUSR" in run("-T", "-c", verbs).stderr and
           "XFOO" in run("-T", "-c", verbs).stderr)
    live = write("live.yaml", f"eal: {{no-huge: yes, no-pci: yes}}\noutputs: {{log-dir: {FOLDER}}}\n")
    fails(1, ["-c", live], "there is no port", "eal.vdev")
    one = write("one.yaml", "eal: {no-huge: yes, no-pci: yes, vdev: [net_null0]}\n"
                f"outputs: {{log-dir: {FOLDER}}}\n")
    fails(1, ["-c", one], "1 port found", "pairs")
    twice = write("twice.yaml", "eal: {no-huge: yes, no-pci: yes, vdev: [net_null0, 'net_null0,size=9']}\n"
                  f"outputs: {{log-dir: {FOLDER}}}\n")
    fails(1, ["-c", twice], "net_null0", "twice")
    wrong = write("wrong.yaml", "eal: {no-huge: yes, no-pci: yes, vdev: [net_null0, net_null1]}\n"
                  f"ports: {{pairs: [[net_null0, eth7]]}}\noutputs: {{log-dir: {FOLDER}}}\n")
    fails(1, ["-c", wrong], "eth7", "net_null1")


def capture_run():
    done = run("--pcap", CAPTURE, "--json")
    summary = json.loads(done.stdout)
    packets = summary["packets"]
    expect("a capture run is quiet on stderr", done.stderr == "", done.stderr)
    expect("exit 0", done.returncode == 0)
    expect("summary is ok", summary["ok"] and summary["complete"])
    expect("the balance", packets["read"] == packets["accepted"] + packets["blocked"], packets)
    expect("packets were read", packets["read"] > 0)
    with open(os.path.join(FOLDER, "eve.json"), encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    expect("the last event is stats", events[-1]["event_type"] == "stats")
    stats = events[-1]["stats"]
    expect("stats and summary agree", stats["decoder"]["pkts"] == packets["read"])
    expect("ips and firewall agree", all(stats["ips"][k] == stats["firewall"][k]
                                         for k in ("accepted", "blocked", "rejected")))
    expect("smtp.log is there", os.path.exists(os.path.join(FOLDER, "smtp.log")))
    done = run("--pcap", CAPTURE)
    expect("a table for people", "packets read" in done.stdout and "packets/s" in done.stdout)
    comma = shutil.copy(CAPTURE, os.path.join(FOLDER, "a,b c.pcap"))
    expect("a comma in the name", run("--pcap", comma, "--json").returncode == 0)
    expect("a log directory is made", run("--pcap", CAPTURE, "--log-dir", "new").returncode == 0 and
           os.path.exists(os.path.join(FOLDER, "new", "eve.json")))


def kept_sets():
    """What a rule puts into a set with a state file is there in the next run."""
    rules = write("seen.rules", "alert smtp any any -> any any (smtp.helo; "
                  "dataset:set,seen,type string,state seen.lst; sid:1;)\n")

    def alerts(log):
        done = run("--pcap", CAPTURE, "--rules", rules, "--log-dir", log)
        expect("a run with a set", done.returncode == 0, done.stderr)
        with open(os.path.join(FOLDER, log, "eve.json"), encoding="utf-8") as f:
            return sum(json.loads(line)["event_type"] == "alert" for line in f)

    first, second = alerts("sets1"), alerts("sets2")
    with open(os.path.join(FOLDER, "seen.lst"), encoding="utf-8") as f:
        form, *values = f.read().splitlines()
    expect("the file is text", form == "#:text" and len(values) == first, form, values, first)
    expect("known names are not new", first > 0 and second == 0, first, second)
    write("seen.rules", "alert smtp any any -> any any (smtp.helo; "
          "dataset:set,seen,type string,save nowhere/seen.lst; sid:1;)\n")
    done = run("--pcap", CAPTURE, "--rules", rules)
    expect("a set that cannot be saved: exit 1", done.returncode == 1 and
           "nowhere/seen.lst" in done.stderr, done.returncode, done.stderr)


def runs_repeat():
    def one(out, log):
        os.mkdir(os.path.join(FOLDER, log))
        run("--pcap", CAPTURE, "--pcap-out", out, "--log-dir", log)
        with open(os.path.join(FOLDER, out), "rb") as f, \
                open(os.path.join(FOLDER, log, "eve.json"), "rb") as e:
            return f.read(), [line for line in e if b'"uptime"' not in line]

    first, second = one("1.pcap", "log1"), one("2.pcap", "log2")
    expect("two runs forward the same bytes", first[0] == second[0] and len(first[0]) > 24)
    expect("two runs give the same events", first[1] == second[1] and len(first[1]) > 0)


def damage():
    whole = frames(50)
    done = run("--pcap", write("whole.pcap", whole), "--json")
    expect("50 frames", json.loads(done.stdout)["packets"]["read"] == 50, done.stdout)
    cut = write("cut.pcap", whole[:-5])
    done = run("--pcap", cut)
    expect("damaged: exit 1", done.returncode == 1)
    expect("damaged: says where", "cut.pcap" in done.stderr and "after packet 49" in done.stderr,
           done.stderr)
    done = run("--pcap", cut, "--json")
    summary = json.loads(done.stdout)
    expect("damaged: in the summary", not summary["ok"] and summary["packets"]["read"] == 49 and
           summary["diagnostics"][0]["file"].endswith("cut.pcap"), summary)
    half = frames(20)
    done = run("--pcap-client", write("c.pcap", half), "--pcap-server", write("s.pcap", half), "--json")
    expect("two captures", json.loads(done.stdout)["packets"]["read"] == 40)


def check():
    done = run("-T")
    expect("check of the defaults", done.returncode == 0 and "0 rules" in done.stdout)
    bad = write("bad.rules", "drop smtp any any -> any any (msg:\"x\"; nonsense; sid:1;)\n")
    fails(1, ["-T", "--rules", bad], "bad.rules:1", "nonsense")
    done = run("-T", "--rules", bad, "--json")
    found = json.loads(done.stdout)
    expect("check as JSON", done.returncode == 1 and not found["ok"] and found["errors"] >= 1 and
           any(d["file"].endswith("bad.rules") and d["line"] == 1 for d in found["diagnostics"]), found)
    done = run("-T", "-c", write("odd.yaml", "smtp:\n  portz: 25\n"), "--json")
    found = json.loads(done.stdout)
    expect("a configuration's error as JSON", found["errors"] == 1 and
           found["diagnostics"][0]["line"] == 2, found)
    done = run("--pcap", "none.pcap", "--json")
    found = json.loads(done.stdout)
    expect("a failure as JSON", done.returncode == 1 and not found["ok"] and
           found["diagnostics"][0]["file"] == "none.pcap", found)
    done = subprocess.run([POSTERN.encode(), b"--pcap", b"no\xff.pcap", b"--json"], cwd=FOLDER,
                          capture_output=True, timeout=60, check=False)
    found = json.loads(done.stdout)
    expect("a name that is no UTF-8", "\\xff.pcap" in found["diagnostics"][0]["file"], found)


def lists():
    for option in ("--list-keywords", "--list-hooks", "--list-events", "--print-config"):
        done = run(option)
        expect(option, done.returncode == 0 and len(done.stdout.splitlines()) > 5, done.stderr)
        done = run(option, "--json")
        expect(option + " --json", len(json.loads(done.stdout)) > 5)
    config = write("printed.yaml", run("--print-config").stdout)
    expect("the printed configuration is read back", run("-c", config, "-T").returncode == 0)
    again = run("-c", config, "--print-config").stdout
    with open(config, encoding="utf-8") as f:
        expect("and printed the same", again == f.read())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rotated(daemon):
    """After a rename, SIGHUP makes a new file, and the old one gets nothing more."""
    log = os.path.join(FOLDER, "service", "eve.json")
    os.rename(log, log + ".1")
    daemon.send_signal(signal.SIGHUP)
    for _ in range(100):
        if os.path.exists(log):
            break
        time.sleep(0.1)
    expect("SIGHUP opens the files again", os.path.exists(log) and daemon.poll() is None)
    return os.path.getsize(log + ".1")


def ask(*words):
    return run(*words, "--socket", FOLDER + "/control", program=POSTERNCTL)


def sets():
    """Data sets by hand, and what becomes of their file."""
    for words, says in ((["dataset-lookup", "known", "string", "<b@example.org>"], "not found"),
                        (["dataset-add", "known", "ip", "192.0.2.1"], "is of type string"),
                        (["dataset-add", "unknown", "string", "x"], "unknown")):
        done = ask(*words)
        expect(f"{words} is refused", done.returncode == 1 and says in done.stderr, done)
    expect("a value more", "data added" in ask("dataset-add", "known", "string", "<b@example.org>").stdout)
    expect("it is there", "found" in ask("dataset-lookup", "known", "string", "<b@example.org>").stdout)
    expect("a value less", "removed" in ask("dataset-remove", "known", "string", "<a@example.org>").stdout)
    expect("it is gone", ask("dataset-lookup", "known", "string", "<a@example.org>").returncode == 1)
    shown = json.loads(ask("show", "sets", "--json").stdout)
    expect("show sets", [(s["name"], s["loaded"], s["learnt"]) for s in shown] == [("known", 1, 2)], shown)
    expect("cleared", "cleared" in ask("dataset-clear", "known", "string").stdout)
    expect("all are gone", ask("dataset-lookup", "known", "string", "<b@example.org>").returncode == 1)
    expect("a value again", "data added" in ask("dataset-add", "known", "string", "<b@example.org>").stdout)
    expect("written", "written" in ask("dataset-dump").stdout)
    with open(os.path.join(FOLDER, "known.lst"), encoding="utf-8") as f:
        text = f.read()
    expect("the file", "<b@example.org>" in text and "<a@example.org>" not in text, text)


def control():
    """The control socket: posternctl, and a client that speaks as suricatasc does."""
    expect("show workers", "worker" in ask("show", "workers").stdout)
    expect("sessions as JSON", json.loads(ask("show", "sessions", "tls:no", "--json").stdout)["sessions"] == [])
    expect("one counter", json.loads(ask("dump-counters", "--json").stdout)["decoder"]["pkts"] > 0)
    expect("rules check", "are good" in ask("rules", "check").stdout)
    expect("help", "show sessions [FILTER...]" in ask("help").stdout)
    for words, says in ((["shwo"], "did you mean 'show'?"), (["show", "wrkers"], "did you mean 'show workers'?"),
                        (["show", "port"], "not complete"), (["show", "sessions", "frm:x"], "did you mean from?"),
                        (["iface-stat", "9"], "unknown iface '9'"), (["show", "session", "7"], "no session 7")):
        done = ask(*words)
        expect(f"{words} is refused", done.returncode == 1 and says in done.stderr, done)
    expect("set rule", "until the program ends" in ask("set", "rule", "1", "disabled").stdout)
    expect("is switched off", "switched off by hand" in ask("show", "rule", "1").stdout)
    expect("with its gid", ask("set", "rule", "1:1", "enabled").returncode == 0)
    expect("is as written", "by hand" not in ask("explain", "1").stdout)
    for words, says in ((["set", "rule", "2", "monitor"], "No rule with sid 2"), (["set", "rule", "x", "monitor"], "not x"),
                        (["set", "rule", "1", "off"], "unknown command"), (["why", "7"], "eve.json has all"),
                        (["why", "x"], "is a number")):
        done = ask(*words)
        expect(f"{words} is refused", done.returncode == 1 and says in done.stderr, done)
    sets()
    expect("mode 0600", os.stat(FOLDER + "/control").st_mode & 0o777 == 0o600)
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(FOLDER + "/control")
        lines = s.makefile("r", encoding="utf-8")

        def say(text):
            s.sendall(text.encode())
            return json.loads(lines.readline())
        expect("a version without a line's end", say('{"version": "0.2"}') == {"return": "OK"})
        expect("another version", say('{"version": "7"}')["return"] == "NOK")
        for byte in '{"command": "iface-stat", "arguments": {"iface": "1"':
            s.sendall(byte.encode())
        stat = say("}}\n")
        expect("byte by byte", stat["return"] == "OK" and stat["message"]["pkts"] > 0, stat)
        expect("two at once", say('{"command": "iface-list"}\n{"command": "running-mode"}\n')["message"]["count"] == 2 and
               json.loads(lines.readline())["message"] == "workers")
        expect("an argument is missing", "not complete" in say('{"command": "iface-stat"}\n')["message"])
        listed = say('{"command": "command-list"}\n')["message"]
        expect("the list", listed["count"] == len(listed["commands"]) and "uptime" in listed["commands"])
        s.sendall(b"{nonsense\n")
        expect("nonsense ends the connection", lines.readline() == "")


def pages(at):
    """Queries of the session page, and the metrics as Prometheus reads them."""
    def get(path):
        try:
            with urllib.request.urlopen(f"http://{at}{path}", timeout=10) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
    expect("a query", json.loads(get("/sessions.json?filter=age%3E5+not+tls:yes&sort=bytes&limit=3")[1])["whole"])
    code, text = get("/sessions.json?filter=frm:x")
    expect("a wrong filter", code == 400 and "did you mean from?" in text, code, text)
    expect("a query that is too long", get("/sessions.json?filter=" + "a%20" * 2000)[0] == 400)
    expect("no such page", get("/nothing")[0] == 404)
    families = list(text_string_to_metric_families(get("/metrics")[1]))
    expect("metrics have help and type", len(families) > 50 and
           all(f.documentation and f.type in ("counter", "gauge") for f in families))
    labels = {key for f in families for s in f.samples for key in s.labels}
    expect("no label names an address or a domain", labels <= {"reason", "version"}, labels)


def console(config):
    """The console on a terminal: completion, suggestions, the end of input."""
    master, slave = pty.openpty()
    with subprocess.Popen([POSTERN, "-c", config, "-i"], cwd=FOLDER, stdin=slave, stdout=slave,
                          stderr=subprocess.DEVNULL) as daemon:
        os.close(slave)
        seen = ""

        def until(text):
            nonlocal seen
            end = time.monotonic() + 15
            while text not in seen and time.monotonic() < end:
                if select.select([master], [], [], 0.2)[0]:
                    seen += os.read(master, 65536).decode(errors="replace")
            expect(f"the console says {text!r}", text in seen, seen[-300:])
            seen = ""
        until("postern> ")
        os.write(master, b"sho\tw\t\n")
        until("running")
        os.write(master, b"show p\t?")
        until("xstats")
        os.write(master, b"\x03show sesions\n")
        until("did you mean 'show sessions'?")
        os.write(master, b"quit\n")
        until("Closing Postern")
        expect("quit ends it", daemon.wait(20) == 0, daemon.returncode)
    os.close(master)


def user_key(config):
    """The key of users' names outlives the program, and nobody else may read it."""
    key = os.path.join(FOLDER, "user.key")
    with open(key, encoding="ascii") as f:
        first = f.read()
    expect("a key was made", re.fullmatch("[0-9a-f]{32}\n", first) and os.stat(key).st_mode & 0o777 == 0o600, first)
    stop = write("stop", "quit\n")
    expect("it is taken again", run("-c", config, "--cmdline-file", stop).returncode == 0)
    with open(key, encoding="ascii") as f:
        expect("... unchanged", f.read() == first)
    os.chmod(key, 0o640)
    fails(1, ["-c", config, "--cmdline-file", stop], key, "chmod 600")
    os.chmod(key, 0o600)
    for text in ("", first[:-2], first + "x", "g" + first[1:]):
        with open(key, "w", encoding="ascii") as f:
            f.write(text)
        fails(1, ["-c", config, "--cmdline-file", stop], key, "32 hexadecimal digits")
    os.remove(key)


def service():
    """A wire of two net_null ports: http, posternctl, console commands, an orderly end."""
    at = f"127.0.0.1:{free_port()}"
    os.mkdir(os.path.join(FOLDER, "service"))
    write("known.lst", "<a@example.org>\n")
    rules = write("service.rules", "alert smtp any any -> any any (smtp.rcpt_to; dataset:isset,known,type string,"
                  f"state {FOLDER}/known.lst; sid:1;)\n")
    config = write("service.yaml", "eal: {no-huge: yes, no-pci: yes, extra-args: [--no-telemetry], "
                   "vdev: [net_null0, net_null1]}\ncores: {idle: sleep}\n"
                   f"rule-files: ['{rules}']\n"
                   f"outputs: {{log-dir: {FOLDER}/service, user-key-file: {FOLDER}/user.key}}\nmanagement: {{http: '{at}', socket: '{FOLDER}/control'}}\n")
    commands = write("commands", "show workers\nshow port stats all\nset mode monitor\n# a comment\n"
                     "show rules hits\nstop\nstart\nclear fwd stats\n")
    with subprocess.Popen([POSTERN, "-c", config, "--cmdline-file", commands], cwd=FOLDER, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as daemon:
        for _ in range(100):
            done = run("health", "--at", at, program=POSTERNCTL)
            if done.returncode != 3:
                break
            time.sleep(0.1)
        expect("health", done.returncode == 0 and done.stdout.startswith("ok:"), done)
        stats = json.loads(run("stats", "--json", "--at", at, program=POSTERNCTL).stdout)
        expect("frames pass", stats["stats"]["decoder"]["pkts"] > 0 and stats["mode"] == "monitor")
        expect("sessions", run("sessions", "--at", at, program=POSTERNCTL).returncode == 0)
        control()
        pages(at)
        expect("metrics", "postern_" in run("metrics", "--at", at, program=POSTERNCTL).stdout)
        fails(1, ["-c", config], "cannot listen on " + at)
        old = rotated(daemon)
        daemon.send_signal(signal.SIGTERM)
        out, err = daemon.communicate(timeout=20)
    expect("an orderly end", daemon.returncode == 0, daemon.returncode, err[-400:])
    expect("the console answered", "worker" in out and "NIC statistics for port 1" in out and
           "Accumulated forward statistics" in out and "Command not found" not in out, out[-600:])
    with open(os.path.join(FOLDER, "service", "eve.json"), encoding="utf-8") as f:
        expect("a last stats event", json.loads(f.readlines()[-1])["event_type"] == "stats")
    expect("in the new file", os.path.getsize(os.path.join(FOLDER, "service", "eve.json.1")) == old)
    user_key(config)
    wrong = write("wrong-commands", "show nothing\nquit\n")
    done = run("-c", config, "--cmdline-file", wrong)
    expect("a wrong console command: exit 1", done.returncode == 1 and
           "wrong-commands:1: unknown command 'show nothing'" in done.stderr, done.stderr[-300:])
    console(config)


def client():
    at = f"127.0.0.1:{free_port()}"
    fails(3, ["stats", "--at", at], "cannot reach postern", at, program=POSTERNCTL)
    fails(3, ["stats", "--at", "unix:" + FOLDER + "/none"], "cannot reach", program=POSTERNCTL)
    fails(3, ["show", "workers", "--socket", FOLDER + "/none"], "cannot reach", program=POSTERNCTL)
    fails(2, ["--json"], "usage", program=POSTERNCTL)
    fails(2, ["stats", "--nonsense"], "--nonsense", program=POSTERNCTL)
    for place in ("here", "127.0.0.1:65536", "127.0.0.1:0", ":9125", "unix:"):
        fails(2, ["stats", "--at", place], "--at " + place, "ADDRESS:PORT", program=POSTERNCTL)
    expect("both have one version", run("-V").stdout.split()[1:] ==
           run("-V", program=POSTERNCTL).stdout.split()[1:] != [])
    with socket.socket(socket.AF_UNIX) as half:  # says hello and is gone
        half.bind(FOLDER + "/half")
        half.listen(1)
        with subprocess.Popen([POSTERNCTL, "show", "workers", "--socket", FOLDER + "/half"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ctl:
            peer, _ = half.accept()
            peer.recv(1000)
            peer.sendall(b'{"return":"OK"}\n')
            peer.close()
            out, err = ctl.communicate(timeout=20)
        expect("no answer: exit 1", ctl.returncode == 1 and out == "" and "no answer" in err, out, err)
    expect("posternctl --help", run("--help", program=POSTERNCTL).returncode == 0)


def closed_descriptors():
    done = subprocess.run(["/bin/sh", "-c", f'"{POSTERN}" --pcap "{CAPTURE}" --json <&- 2>&-'],
                          capture_output=True, text=True, cwd=FOLDER, timeout=60, check=False)
    expect("closed stdin and stderr", done.returncode == 0 and json.loads(done.stdout)["ok"])


try:
    for step in (usage, missing_things, capture_run, kept_sets, runs_repeat, damage, check, lists, service, client,
                 closed_descriptors):
        step()
finally:
    shutil.rmtree(FOLDER)
print(f"{len(failures)} failures")
sys.exit(1 if failures else 0)
