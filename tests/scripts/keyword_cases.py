# SPDX-License-Identifier: BSD-3-Clause
"""A rule that matches and one that does not, for each keyword; on the session and the frames below.

A case is (options that match, options that do not), of a detection rule on SMTP. A pair (header, options)
in place of options is a rule with that header.
"""
import base64
import hashlib
import struct

HELO = "p2.example.com"
FILE = b"MZhello"
AUTH = base64.b64encode(b"\0carol\0opensesame").decode()
MAIL = f"""Received: from p2 by mx
From: Ann <ann@example.org>
To: bob@example.net
Cc: eve@example.net
Subject: two  blanks
Date: Sat, 28 Nov 2026 09:00:00 +0000
Message-Id: <a%41b@example.org>
X-Mailer: aGVsbG8=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=cut

--cut
Content-Type: text/plain

See http://www.example.com/page for more
--cut
Content-Type: application/octet-stream; name=hello.exe
Content-Disposition: attachment; filename=hello.exe
Content-Transfer-Encoding: base64

{base64.b64encode(FILE).decode()}
--cut--
"""
STEPS = [
    ("S", "220 mx.example.net ESMTP ready"), ("C", f"EHLO {HELO}"),
    ("S", "250-mx.example.net\n250-SIZE 1000000\n250-STARTTLS\n250 AUTH PLAIN"),
    ("C", f"AUTH PLAIN {AUTH}"), ("S", "235 2.7.0 welcome"),
    ("C", "MAIL FROM:<ann@example.org> SIZE=500 BODY=8BITMIME"), ("S", "250 2.1.0 ok"),
    ("C", "RCPT TO:<bob@example.net> NOTIFY=NEVER"), ("S", "250 2.1.5 ok"),
    ("C", "RCPT TO:<eve@example.net>"), ("S", "550 5.1.1 unknown"),
    ("C", "DATA"), ("S", "354 go on"), ("C", MAIL + ".\n"), ("S", "250 2.0.0 Ok: queued as ABC123"),
    ("C", "NOOP " + "x" * 600), ("S", "250 ok"), ("C", "QUIT"), ("S", "221 bye"),
]
SHORT = [  # a mail of somebody who is in no hurry to say much
    ("S", "220 mx"), ("C", f"HELO {HELO}"), ("S", "250 mx"), ("C", "MAIL FROM:<ann@example.org>"), ("S", "250 ok"),
    ("C", "RCPT TO:<bob@example.net>"), ("S", "250 ok"), ("C", "DATA"), ("S", "354 go on"), ("C", "hello\n.\n"),
    ("S", "250 ok"), ("C", "QUIT"), ("S", "221 bye"),
]
LISTS = {
    "names.lst": HELO + "\n", "scores.lst": HELO + ",80\n",
    "md5.lst": hashlib.md5(FILE).hexdigest() + "\n", "md5-other.lst": hashlib.md5(b"x").hexdigest() + "\n",
    "sha1.lst": hashlib.sha1(FILE).hexdigest() + "\n", "sha1-other.lst": hashlib.sha1(b"x").hexdigest() + "\n",
    "sha256.lst": hashlib.sha256(FILE).hexdigest() + "\n",
    "sha256-other.lst": hashlib.sha256(b"x").hexdigest() + "\n",
}
CONF = "reputation-categories-file: categories.txt\nreputation-files: [bad.list]\n"
LISTS.update({"keywords-conf.yaml": CONF, "categories.txt": "1,Spam,Senders of spam\n", "bad.list": "192.0.2.0/24,1,80\n"})
SETS = [  # rules that leave something behind for others
    "smtp.helo; content:\"p2\"; flowbits:set,said; flowint:n,=,3; hostbits:set,known;",
    "smtp.mail_from; content:\"ann\"; xbits:set,sender,track tx;",
]
ACCEPT = ["tcp:all", *("smtp:" + h for h in "connect greeting helo auth starttls mail rcpt data body message "
                       "rset quit close other".split())]
HIT, MISS = "smtp.helo; content:\"p2\";", "smtp.helo; content:\"zz\";"
FIREWALL = "drop:flow smtp:helo any any -> any any"
REFUSE = "reject:command smtp:helo any any -> any any"
TCP, ICMP, IP = ("alert tcp any any -> any any", "alert icmp any any -> any any",
                 "alert ip any any -> any any")


def hexed(data):
    return "|" + data.hex(" ") + "|"


def both(option):
    """A keyword that takes no part in matching: with a match, and without one."""
    return f"{option} {HIT}", f"{option} {MISS}"


def asks(field, yes, no):
    return f"{field}; content:\"{yes}\";", f"{field}; content:\"{no}\";"


def on_helo(yes, no):
    return f"smtp.helo; {yes}", f"smtp.helo; {no}"


def number(name, yes, no):
    return f"{name}:{yes};", f"{name}:{no};"


def framed(header, yes, no):
    return (header, yes), (header, no)


def digest(kind):
    return f"file{kind}:{kind}.lst;", f"file{kind}:{kind}-other.lst;"


DIGESTS = {k: hashlib.new(k, HELO.encode()).digest() for k in ("md5", "sha1", "sha256")}
CASES = {
    "msg": both('msg:"m";'), "sid": both(""), "gid": both("gid:7;"), "rev": both("rev:2;"),
    "priority": both("priority:2;"), "classtype": both("classtype:trojan-activity;"),
    "reference": both("reference:url,example.com;"), "metadata": both("metadata:a b;"),
    "target": both("target:dest_ip;"), "requires": both("requires:keyword content;"),
    "alert": framed(FIREWALL, f"enforce:no; alert; {HIT}", f"enforce:no; alert; {MISS}"),
    "noalert": both("noalert;"), "enforce": framed(FIREWALL, f"enforce:no; {HIT}", f"enforce:no; {MISS}"),
    "reply": framed(REFUSE, f'enforce:no; reply:"550 5.7.1 no"; {HIT}',
                    f'enforce:no; reply:"550 5.7.1 no"; {MISS}'),
    "threshold": framed(FIREWALL, f"enforce:no; threshold:type limit, track by_src, count 1, seconds 60; {HIT}",
                        f"enforce:no; threshold:type threshold, track by_src, count 9, seconds 60; {HIT}"),
    "detection_filter": ("smtp.command_line; content:\" \"; detection_filter:track by_src, count 1, seconds 60;",
                         f"detection_filter:track by_src, count 9, seconds 60; {HIT}"),
    "rate": (f"rate:track by_src, count 1, seconds 60; smtp.command; content:\"RCPT\";",
             f"rate:track by_src, count 99, seconds 60; smtp.command; content:\"RCPT\";"),
    "smtp.helo": asks("smtp.helo", "p2", "zz"), "smtp.mail_from": asks("smtp.mail_from", "<ann@", "zz"),
    "smtp.rcpt_to": asks("smtp.rcpt_to", "<eve@", "zz"), "smtp.mode": number("smtp.mode", "data", "closed"),
    "smtp.command": asks("smtp.command", "RCPT TO", "VRFY"),
    "smtp.command_data": ("smtp.command_data; content:\"bob@example.net\"; bsize:15;",
                          "smtp.command_data; content:\"<bob\";"),
    "smtp.command_line": asks("smtp.command_line", "RCPT TO:<bob", "RCPT TO:<zz"),
    "smtp.response_code": number("smtp.response_code", "5xx", "4xx"),
    "smtp.response": asks("smtp.response", "5.1.1 unknown", "550 "),
    "smtp.response_line": asks("smtp.response_line", "550 5.1.1", "zz"),
    "smtp.greeting": asks("smtp.greeting", "ready", "zz"),
    "smtp.ehlo_param": asks("smtp.ehlo_param", "SIZE 1000000", "PIPELINING"),
    "smtp.mail_param": asks("smtp.mail_param", "BODY=8BITMIME", "BODY=7BIT"),
    "smtp.rcpt_param": asks("smtp.rcpt_param", "NOTIFY=NEVER", "ORCPT"), "smtp.size": number("smtp.size", 500, 501),
    "smtp.auth_mechanism": asks("smtp.auth_mechanism", "PLAIN", "LOGIN"),
    "smtp.auth_user": asks("smtp.auth_user", "carol", "alice"), "smtp.tls": number("smtp.tls", "offered", "yes"),
    "smtp.rcpt_count": number("smtp.rcpt_count", 2, 3),
    "smtp.invalid_rcpt_count": number("smtp.invalid_rcpt_count", 1, 2),
    "smtp.command_count": number("smtp.command_count", 3, ">100"),
    "smtp.error_count": number("smtp.error_count", 1, 2), "smtp.data": asks("smtp.data", "Message-Id: <a", "zz"),
    "smtp.body_size": number("smtp.body_size", ">100", ">100000"),
    "smtp.body_line_len": number("smtp.body_line_len", ">20", ">900"),
    "smtp.header_size": number("smtp.header_size", ">100", ">10000"),
    "smtp.header_line_len": number("smtp.header_line_len", ">20", ">900"),
    "smtp.to_count": number("smtp.to_count", 2, 3), "smtp.queue_id": asks("smtp.queue_id", "ABC123", "zz"),
    "email.from": asks("email.from", "Ann", "zz"), "email.subject": asks("email.subject", "two", "zz"),
    "email.to": asks("email.to", "bob@", "eve@"), "email.cc": asks("email.cc", "eve@", "bob@"),
    "email.date": asks("email.date", "2026", "1999"), "email.message_id": asks("email.message_id", "a%41b", "zz"),
    "email.x_mailer": asks("email.x_mailer", "aGVs", "zz"), "email.received": asks("email.received", "by mx", "zz"),
    "email.url": asks("email.url", "example.com/page", "zz"), "email.body_md5": ("email.body_md5; bsize:32;",
                                                                                 "email.body_md5; bsize:31;"),
    "email.header": asks("email.header", "X-Mailer: aGVs", "zz"), "mime.type": asks("mime.type", "text/plain", "zz"),
    "mime.encoding": asks("mime.encoding", "base64", "zz"), "mime.filename": asks("mime.filename", "hello.exe", "zz"),
    "mime.filetype": ("mime.filetype; bsize:>0;", "mime.filetype; content:\"zz\";"),
    "mime.part_count": number("mime.part_count", 2, ">20"), "mime.depth": number("mime.depth", 1, 5),
    "mime.text": asks("mime.text", "for more", "MZhello"),
    "file.data": asks("file.data", "MZhello", "zz"), "file_data": asks("file_data", "MZhello", "zz"),
    "file.name": asks("file.name", "hello.exe", "zz"), "fileext": ('fileext:"exe";', 'fileext:"zip";'),
    "filesize": number("filesize", 7, 8), "file.md5": ("file.md5; bsize:>0;", "file.md5; bsize:1;"),
    "file.sha1": ("file.sha1; bsize:>0;", "file.sha1; bsize:1;"),
    "file.sha256": ("file.sha256; bsize:>0;", "file.sha256; bsize:1;"),
    "app-layer-event": ("app-layer-event:smtp.max_command_line_len_exceeded;",
                        "app-layer-event:smtp.max_reply_line_len_exceeded;"),
    "filename": ('filename:"hello";', 'filename:"zz";'), "filemd5": digest("md5"), "filesha1": digest("sha1"),
    "filesha256": digest("sha256"),
    "pkt.payload": framed(TCP, 'pkt.payload; content:"EHLO";', 'pkt.payload; content:"zz9";'),
    "pkt_data": framed(TCP, 'pkt_data; content:"EHLO";', 'pkt_data; content:"zz9";'),
    "ether.hdr": framed(TCP, 'ether.hdr; content:"|08 00|"; endswith;', 'ether.hdr; content:"|86 dd|"; endswith;'),
    "content": on_helo('content:"|70 32|";', 'content:!"p2";'),
    "nocase": on_helo('content:"P2"; nocase;', 'content:"Q2"; nocase;'),
    "offset": on_helo('content:"e"; offset:8;', 'content:"p2"; offset:1;'),
    "depth": on_helo('content:"p2"; depth:2;', 'content:"2."; depth:2;'),
    "distance": on_helo('content:"p2"; content:"example"; distance:1;', 'content:"p2"; content:"example"; distance:2;'),
    "within": on_helo('content:"p2"; content:"example"; within:8;', 'content:"p2"; content:"example"; within:7;'),
    "startswith": on_helo('content:"p2"; startswith;', 'content:"example"; startswith;'),
    "endswith": on_helo('content:"com"; endswith;', 'content:"example"; endswith;'),
    "fast_pattern": on_helo('content:"p2"; fast_pattern; content:"com";', 'content:"p2"; fast_pattern; content:"zz";'),
    "prefilter": both("prefilter;"), "tag": both("tag:session;"), "filestore": both("filestore;"),
    "rawbytes": on_helo('content:"p2"; rawbytes;', 'content:"zz"; rawbytes;'),
    "pcre": on_helo('pcre:"/^P\\d\\./i";', 'pcre:"/^P\\d\\./";'), "bsize": on_helo("bsize:14;", "bsize:15;"),
    "isdataat": on_helo("isdataat:13;", "isdataat:14;"), "absent": ("smtp.auth_user; absent:or_else; content:\"carol\"; smtp.queue_id; absent:or_else; bsize:0;",
                                                                      "smtp.helo; absent;"),
    "byte_test": on_helo("byte_test:1,=,0x70,0;", "byte_test:1,=,0x71,0;"),
    "byte_jump": on_helo('byte_jump:1,1,string,dec; content:"xample"; within:6;',
                         'byte_jump:1,1,string,dec; content:"example"; within:7;'),
    "byte_extract": on_helo('byte_extract:1,1,n,string,dec; content:"."; offset:n; depth:1;',
                            'byte_extract:1,1,n,string,dec; content:"p"; offset:n; depth:1;'),
    "byte_math": on_helo('byte_math:bytes 1, offset 1, oper +, rvalue 1, result n, string dec; content:"e"; offset:n; '
                         "depth:1;", "byte_math:bytes 1, offset 1, oper /, rvalue 0, result n, string dec;"),
    "to_lowercase": ("smtp.command; to_lowercase; content:\"ehlo\";", "smtp.command; to_lowercase; content:\"EHLO\";"),
    "to_uppercase": on_helo('to_uppercase; content:"EXAMPLE";', 'to_uppercase; content:"example";'),
    "dotprefix": on_helo('dotprefix; content:".p2."; startswith;', 'dotprefix; content:"p2"; startswith;'),
    "domain": ("smtp.mail_from; domain; content:\"example.org\"; bsize:11;", "smtp.mail_from; domain; content:\"ann\";"),
    "tld": on_helo('tld; content:"com"; bsize:3;', 'tld; content:"example";'),
    "strip_whitespace": ("smtp.command_line; strip_whitespace; content:\"EHLOp2\";",
                         "smtp.command_line; strip_whitespace; content:\"EHLO p2\";"),
    "compress_whitespace": ("email.subject; compress_whitespace; content:\"two blanks\";",
                            "email.subject; compress_whitespace; content:\"two  blanks\";"),
    "to_md5": on_helo(f'to_md5; content:"{hexed(DIGESTS["md5"])}";', 'to_md5; content:"p2";'),
    "to_sha1": on_helo(f'to_sha1; content:"{hexed(DIGESTS["sha1"])}";', 'to_sha1; content:"p2";'),
    "to_sha256": on_helo(f'to_sha256; content:"{hexed(DIGESTS["sha256"])}";', 'to_sha256; content:"p2";'),
    "from_base64": ("email.x_mailer; from_base64; content:\"hello\";", "email.x_mailer; from_base64; content:\"aGVs\";"),
    "xor": on_helo(f'xor:"0102"; content:"{hexed(bytes(b ^ (1, 2)[i % 2] for i, b in enumerate(b"p2.")))}"; startswith;',
                   'xor:"0102"; content:"p2";'),
    "url_decode": ("email.message_id; url_decode; content:\"aAb\";", "email.message_id; url_decode; content:\"%41\";"),
    "base64_decode": ('email.x_mailer; content:"aGVs"; base64_decode:bytes 4, relative; base64_data; content:"lo"; bsize:2;',
                      'email.x_mailer; content:"aGVs"; base64_decode:bytes 4, relative; base64_data; content:"hel";'),
    "base64_data": ('email.x_mailer; base64_decode; base64_data; content:"hello"; endswith;',
                    'email.x_mailer; base64_decode:offset 1; base64_data; content:"hello";'),
    "dataset": on_helo("dataset:isset,names,type string,load names.lst;",
                       "dataset:isnotset,names,type string,load names.lst;"),
    "datarep": on_helo("datarep:scores,>,50,type string,load scores.lst;",
                       "datarep:scores,>,90,type string,load scores.lst;"),
    "iprep": ("iprep:any,Spam,>,50; " + HIT, "iprep:both,Spam,isset; " + HIT),
    "flowbits": ("smtp.rcpt_to; content:\"bob\"; flowbits:isset,said;", "smtp.rcpt_to; content:\"bob\"; flowbits:isnotset,said;"),
    "xbits": ("smtp.rcpt_to; content:\"bob\"; xbits:isset,sender,track tx;",
              "smtp.rcpt_to; content:\"bob\"; xbits:isnotset,sender,track tx;"),
    "hostbits": ("smtp.rcpt_to; content:\"bob\"; hostbits:isset,known;",
                 "smtp.rcpt_to; content:\"bob\"; hostbits:isnotset,known;"),
    "flowint": ("smtp.rcpt_to; content:\"bob\"; flowint:n,==,3;", "smtp.rcpt_to; content:\"bob\"; flowint:n,>,3;"),
    "flow": (f"flow:to_server,established; {HIT}", f"flow:to_client; {HIT}"),
    "tcp.flags": framed(TCP, "tcp.flags:S;", "tcp.flags:U;"), "flags": framed(TCP, "flags:S;", "flags:U;"),
    "ttl": framed(TCP, "ttl:64;", "ttl:<10;"), "ip_proto": framed(IP, "ip_proto:icmp;", "ip_proto:gre;"),
    "vlan.id": framed(ICMP, "vlan.id:7;", "vlan.id:8;"), "vlan.layers": framed(ICMP, "vlan.layers:1;", "vlan.layers:0;"), "dsize": framed(TCP, "dsize:>0;", "dsize:>60000;"),
    "tos": framed(ICMP, "tos:4;", "tos:8;"), "id": framed(ICMP, "id:4660;", "id:1;"),
    "seq": framed(TCP, "seq:100;", "seq:99;"), "ack": framed(TCP, "ack:0;", "ack:4294967295;"),
    "window": framed(TCP, "window:1234;", "window:4321;"), "tcp.mss": framed(TCP, "tcp.mss:1460;", "tcp.mss:536;"),
    "itype": framed(ICMP, "itype:8;", "itype:3;"), "icode": framed(ICMP, "icode:5;", "icode:6;"),
    "sameip": framed(ICMP, "sameip;", "sameip; itype:3;"),
    "fragbits": framed(ICMP, "fragbits:+D;", "fragbits:!D;"), "fragoffset": framed(ICMP, "fragoffset:0;", "fragoffset:>0;"),
    "stream_size": framed(TCP, "stream_size:client,>,100;", "stream_size:both,>,1000000;"),
    "app-layer-protocol": framed(TCP, "app-layer-protocol:smtp;", "app-layer-protocol:!smtp|http;"),
}


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(proto, body, src, dst, tos=0):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, tos, 20 + len(body), 4660, 0x4000, 64, proto, 0, bytes(src), bytes(dst))
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def frames():
    """A SYN with an MSS, and an ICMP message on a VLAN from an address to itself."""
    ether = b"\2\0\0\0\0\1\2\0\0\0\0\2"
    syn = struct.pack(">HHIIBBHHH", 40000, 25, 100, 0, 0x60, 2, 1234, 0, 0) + b"\2\4\5\xb4"
    ping = struct.pack(">BBHHH", 8, 5, 0, 1, 1)
    ping = ping[:2] + struct.pack(">H", checksum(ping)) + ping[4:]
    return [ether + b"\x08\x00" + ip(6, syn, (192, 0, 2, 1), (198, 51, 100, 25)),
            ether + b"\x81\x00\x00\x07\x08\x00" + ip(1, ping, (192, 0, 2, 1), (192, 0, 2, 1), tos=4)]


def capture(of=None):
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    for i, frame in enumerate(of or frames()):
        out += struct.pack("<IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame
    return out
