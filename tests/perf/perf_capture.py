#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a capture run costs, beside the ceiling that the ports themselves set.

In: the program, gen-traffic, optionally a capture. Out: a table of packets/s, Gbit/s and sessions/s
of one worker core, net of start-up, for no rules, 100 detection rules, and the firewall with those
rules; and dpdk-testpmd in io mode on the same capture (net_pcap in, net_null out) as the ceiling.

Rates are by the CPU time of the worker's thread, less that of a run over a capture of a few
sessions: on a machine that does other things meanwhile, wall time says little. Rounds are
interleaved, figures are medians. See README.md beside this file.
"""
import argparse
import glob
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

WORKER = "rte-worker-1"  # the name that DPDK gives the thread of lcore 1
POLL_S = 0.005
CORPUS = {"mixed": 1000000, "short": 1000000}
FIREWALL = """\
accept:hook tcp:all any any -> any any (flow:not_established; sid:1;)
accept:hook tcp:all any any <> any any (flow:established; sid:2;)
reject:flow smtp:request_started any any -> any any (smtp.mail_from; \
content:"@refused.example.com>"; nocase; endswith; sid:10;)
accept:hook smtp:request_started any any -> any any (smtp.mail_from; content:"@"; sid:11;)
accept:hook smtp:request_started any any -> any any (smtp.rcpt_to; \
content:"@example.org>"; nocase; endswith; sid:12;)
accept:hook smtp:request_started any any -> any any (sid:13;)
accept:hook smtp:request_data any any -> any any (sid:20;)
accept:hook smtp:request_complete any any -> any any (sid:21;)
accept:hook smtp:response_started any any -> any any (sid:30;)
accept:hook smtp:response_data any any -> any any (sid:31;)
accept:hook smtp:response_complete any any -> any any (sid:32;)
"""


def detection_rules():
    """100 rules of the kinds that sites have; a few of them match a few mails."""
    fields = [("smtp.mail_from", 'content:"<sender%d@"; nocase', 25),
              ("smtp.rcpt_to", 'content:"<user%d1@example.org>"; nocase', 19),
              ("smtp.helo", 'content:"client%d7.example.net"', 6),
              ("email.subject", 'content:"won prize %d"; nocase', 6),
              ("email.x_mailer", 'content:"Bulk %d."', 5),
              ("file.name", 'content:"invoice%d.exe"; nocase; endswith', 12),
              ("file.data", 'content:"|4d 5a 90|payload%d"', 11),
              ("", 'content:"urgent transfer %d"; nocase', 13)]
    rules = []
    for buffer, test, count in fields:
        for i in range(count):
            options = f"{buffer}; {test % i}" if buffer else test % i
            rules.append(f'alert smtp any any -> any any (msg:"{buffer or "raw"} {i}"; {options}; '
                         f"sid:{1000 + len(rules)};)")
    for i, pattern in enumerate(("/(?:bitcoin|wallet)\\s+\\d{8}/i", "/account\\W+suspend(?:ed)?/i",
                                 "/https?:\\/\\/\\d+\\.\\d+\\.\\d+\\.\\d+\\/x/")):
        rules.append(f'alert smtp any any -> any any (msg:"pcre {i}"; smtp.data; '
                     f'pcre:"{pattern}"; sid:{1000 + len(rules)};)')
    return "\n".join(rules) + "\n"


class Measure:
    """CPU seconds of the worker thread, of all, and the peak of resident memory."""

    def __init__(self, command, thread, **kwargs):
        self.worker = 0.0
        begin = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              **kwargs) as process:
            while True:
                found = os.wait4(process.pid, os.WNOHANG)
                if found[0] != 0:
                    break
                self.look(process.pid, thread)
                time.sleep(POLL_S)
            process.returncode = os.waitstatus_to_exitcode(found[1])
            self.output = process.stdout.read()
        self.wall = time.monotonic() - begin
        self.code = process.returncode
        self.cpu = found[2].ru_utime + found[2].ru_stime
        self.rss_mb = found[2].ru_maxrss / 1024

    def look(self, pid, thread):
        for task in glob.glob(f"/proc/{pid}/task/*"):
            try:
                with open(task + "/comm", encoding="utf-8") as f:
                    if f.read().strip() != thread:
                        continue
                with open(task + "/schedstat", encoding="utf-8") as f:
                    self.worker = max(self.worker, int(f.read().split()[0]) / 1e9)
            except OSError:
                pass  # it has just ended


def run_postern(args, capture, rules, folder):
    logs = os.path.join(folder, "logs")
    command = [args.program]
    config = os.path.join(folder, "postern.yaml")
    if os.path.exists(config):
        command += ["-c", config]
    command += ["--pcap", capture, "--log-dir", logs]
    if rules:
        command += ["--rules", rules]
    os.makedirs(logs)
    done = Measure(command, WORKER)
    shutil.rmtree(logs)
    if done.code != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.code}\n{done.output}")
    return done


def run_testpmd(capture, packets):
    """Forwarding alone. It does not end with the file: it is stopped when all have come."""
    command = ["dpdk-testpmd", "-l", "0,1", "--no-pci", "--no-huge", "-m", "256", "--no-shconf",
               "--no-telemetry", "--file-prefix", f"perf{os.getpid()}",
               "--vdev", f"net_pcap0,rx_pcap={capture},tx_pcap=/dev/null", "--vdev", "net_null0",
               "--", "-i", "--forward-mode=io", "--no-flush-rx", "--total-num-mbufs=16384"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as process:
        begin = time.monotonic()
        process.stdin.write("set fwd io\nstart\n")
        process.stdin.flush()
        took = 0.0
        while True:
            took, idle = testpmd_cpu(process.pid, took)
            if idle or time.monotonic() - begin > 120:
                break
            time.sleep(POLL_S)
        process.stdin.write("show port stats 0\nstop\nquit\n")
        process.stdin.close()
        text = process.stdout.read()
    found = re.search(r"RX-packets:\s*(\d+)", text)
    if found is None or int(found.group(1)) < packets:
        sys.exit(f"dpdk-testpmd did not read the capture to its end:\n{text}")
    return took


def testpmd_cpu(pid, before):
    """CPU of the forwarding thread at the time that the file's offset reached its end."""
    ended = False
    took = before
    for task in glob.glob(f"/proc/{pid}/task/*"):
        try:
            with open(task + "/comm", encoding="utf-8") as f:
                if f.read().strip() != WORKER:
                    continue
            with open(task + "/schedstat", encoding="utf-8") as f:
                took = int(f.read().split()[0]) / 1e9
        except OSError:
            pass
    for link in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            target = os.readlink(link)
            if not target.endswith(".pcap"):
                continue
            with open(f"/proc/{pid}/fdinfo/{os.path.basename(link)}", encoding="utf-8") as f:
                ended = ended or int(f.readline().split()[1]) >= os.path.getsize(target)
        except OSError:
            pass
    return took, ended


def count(capture):
    """Packets and bytes of a pcap file as gen-traffic writes it, and how many begin a session."""
    packets = size = 0
    with open(capture, "rb") as f:
        if f.read(24)[:4] != b"\xd4\xc3\xb2\xa1":
            sys.exit(f"{capture}: not a little-endian pcap file")
        while len(head := f.read(16)) == 16:
            length = struct.unpack_from("<I", head, 8)[0]
            packets += 1
            size += length
            f.seek(length, os.SEEK_CUR)
    return packets, size


def sessions_of(output):
    found = re.search(r"^\s+sessions\s+(\d+)", output, re.M)
    return int(found.group(1)) if found else 0


def measure(args, capture, folder):
    tiny = os.path.join(folder, "tiny.pcap")
    subprocess.run([args.generator, tiny, "1", "7", "short"], check=True, capture_output=True)
    packets, size = count(capture)
    tiny_packets, _ = count(tiny)
    cases = {"none": None, "100 rules": "detect.rules", "firewall + 100": "firewall.rules"}
    rules = detection_rules()
    with open(os.path.join(folder, "detect.rules"), "w", encoding="utf-8") as f:
        f.write(rules)
    with open(os.path.join(folder, "firewall.rules"), "w", encoding="utf-8") as f:
        f.write(FIREWALL + rules)
    taken = {name: [] for name in cases}
    ceiling = []
    for _ in range(args.rounds):
        if not args.no_testpmd:
            ceiling.append(run_testpmd(capture, packets))
        for name, file in cases.items():
            path = os.path.join(folder, file) if file else None
            base = run_postern(args, tiny, path, folder)
            full = run_postern(args, capture, path, folder)
            taken[name].append((full.worker - base.worker, full.cpu - base.cpu, full.rss_mb,
                                sessions_of(full.output) - sessions_of(base.output)))
    show(args, capture, (packets, size), packets - tiny_packets, taken, ceiling)


def show(args, capture, whole, net, taken, ceiling):
    packets, size = whole
    mean = size / packets
    top = packets / statistics.median(ceiling) if ceiling else None
    print(f"{os.path.basename(capture)}: {packets} packets, {mean:.0f} bytes on average; "
          f"median of {args.rounds}")
    print(f"{'':16} {'packets/s':>10} {'Gbit/s':>7} {'sessions/s':>10} {'all us/packet':>13} "
          f"{'RSS MB':>7} {'of ceiling':>10} {'of no rules':>11}")
    if top:
        print(f"{'testpmd io':16} {top:10.0f} {top * mean * 8 / 1e9:7.2f}")
    first = None
    for name, runs in taken.items():
        worker, cpu, rss, sessions = (statistics.median(r[i] for r in runs) for i in range(4))
        rate = net / worker
        first = first or rate
        print(f"{name:16} {rate:10.0f} {rate * mean * 8 / 1e9:7.2f} {sessions / worker:10.0f} "
              f"{cpu / net * 1e6:13.2f} {rss:7.0f} {rate / top if top else 0:10.3f} "
              f"{rate / first:11.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="postern")
    parser.add_argument("generator", help="gen-traffic")
    parser.add_argument("--capture", help="this one instead of generated ones")
    parser.add_argument("--mix", action="append", choices=sorted(CORPUS),
                        help="which to generate (default: mixed)")
    parser.add_argument("--packets", type=int, help="how many, instead of 1,000,000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-testpmd", action="store_true", help="no ceiling")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if args.capture:
            measure(args, args.capture, folder)
            return
        for mix in args.mix or ["mixed"]:
            capture = os.path.join(folder, mix + ".pcap")
            packets = args.packets or CORPUS[mix]
            subprocess.run([args.generator, capture, str(packets), "1", mix], check=True,
                           capture_output=True)
            measure(args, capture, folder)
            os.remove(capture)


if __name__ == "__main__":
    main()
