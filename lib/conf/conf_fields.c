/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every key of the configuration, once: place, type, range, default, help. Loading, checking,
 * printing, docs/config.md and config/postern.yaml are made from this table, in this order. Keys
 * of one family stand together.
 */
#include "conf_fields.h"

#define AT(member) offsetof(struct conf, member), sizeof(((struct conf *)0)->member)
#define KIB 1024ULL
#define MIB (KIB * KIB)
#define DAY 86400
#define DEPTH_MAX (1024 * 1024 * MIB) /* more than a message can have: unlimited */

/* In the order of the enums of conf.h. */
static const char *const tri[] = { "auto", "yes", "no", NULL };
static const char *const idle[] = { "auto", "poll", "yield", "sleep", NULL };
static const char *const tx[] = { "auto", "inline", NULL };
static const char *const mode[] = { "enforce", "monitor", NULL };
static const char *const mail_path[] = { "all", "local", "remote", "none", NULL };
static const char *const software[] = { "off", "local", "all", NULL };
static const char *const failure[] = { "closed", "open", NULL };
static const char *const digests[] = { "md5", "sha1", "sha256", NULL };
static const char *const types[] = { "alert", "drop", "smtp", "anomaly", "fileinfo", "flow", "tls",
				     "notice", "verdict", NULL };

static const char *const inspection[] = { "stateful", "stateless", NULL };
static const char *const normalize[] = { "all", "none", "cmds", NULL };
static const char *const xlink2state[] = { "enable", "disable", "drop", NULL };
static const char *const sids[] = { "1",  "2",	"3",  "4",  "5",  "6",	"7",  "8", "9",
				    "10", "11", "12", "13", "14", "15", "17", "18", NULL };
#define NORM(member) AT(smtp.normalizer.member)

const struct conf_field conf_fields[] = {
	{ "eal.lcores", CONF_TEXT, AT(eal.lcores), .standard = "", .restart = true,
	  .help = "DPDK's --lcores. Empty: as many as cores.rx and cores.tx ask for, from the first "
		  "CPU on." },
	{ "eal.vdev", CONF_LIST, AT(eal.vdev), .standard = "", .restart = true,
	  .help = "Virtual devices, DPDK's --vdev, for example "
		  "net_af_packet0,iface=eth1,blocksz=65536,framesz=2048,framecnt=4096." },
	{ "eal.allow", CONF_LIST, AT(eal.allow), .standard = "", .restart = true,
	  .help = "PCI addresses of the devices to take, DPDK's --allow. Empty: all that are bound "
		  "to a DPDK driver." },
	{ "eal.extra-args", CONF_LIST, AT(eal.extra), .standard = "", .restart = true,
	  .help = "Further EAL options, as they are." },
	{ "eal.no-huge", CONF_BOOL, AT(eal.no_huge), .standard = "no", .restart = true,
	  .help = "Work without hugepages. For trials; costs some throughput." },
	{ "eal.no-pci", CONF_BOOL, AT(eal.no_pci), .standard = "no", .restart = true,
	  .help = "Do not look for PCI devices: only those of eal.vdev." },
	{ "eal.in-memory", CONF_BOOL, AT(eal.in_memory), .standard = "no", .restart = true,
	  .help = "Leave no files of DPDK behind. Not together with no-huge." },
	{ "eal.memory-mb", CONF_NUMBER, AT(eal.memory_mb), 0, 1048576, "0", .restart = true,
	  .help = "Memory to take at start, in MiB. 0: what DPDK takes by itself." },
	{ "eal.file-prefix", CONF_TEXT, AT(eal.file_prefix), .standard = "postern", .restart = true,
	  .help = "Name of DPDK's runtime files; two programs on one machine need two names." },

	{ "ports.pairs", CONF_PAIRS, AT(ports), .standard = "", .restart = true,
	  .help = "Which two ports form a wire: [[a, b], [c, d]], as device names (PCI address, "
		  "net_af_packet0) or DPDK port numbers. Empty: ports 0 and 1, 2 and 3, and so on." },

	{ "cores.rx", CONF_NUMBER, AT(cores.rx), 1, 128, "1", .restart = true,
	  .help = "Cores that receive and inspect. A session stays on one of them." },
	{ "cores.tx", CONF_TX, AT(cores.tx), 1, 128, "auto", tx, true,
	  .help = "Cores that only send. inline: receiving cores send by themselves. auto: inline "
		  "where there are few cores." },
	{ "cores.idle", CONF_WORD, AT(cores.idle), .standard = "auto", .words = idle, .restart = true,
	  .help = "What a core does with nothing to do: poll (fastest), yield, sleep (cheapest). "
		  "auto: yield where cores share CPUs, else poll." },
	{ "cores.burst", CONF_NUMBER, AT(cores.burst), 1, 512, "32", .restart = true,
	  .help = "Frames taken from a port at a time." },
	{ "cores.ring-size", CONF_NUMBER, AT(cores.ring_size), 64, 1048576, "4096", .restart = true,
	  .help = "Frames that a ring between cores holds; a power of two." },
	{ "cores.rxd", CONF_NUMBER, AT(cores.rxd), 32, 32768, "1024", .restart = true,
	  .help = "Receive descriptors of a queue." },
	{ "cores.txd", CONF_NUMBER, AT(cores.txd), 32, 32768, "1024", .restart = true,
	  .help = "Transmit descriptors of a queue." },
	{ "cores.mbufs", CONF_NUMBER, AT(cores.mbufs), 0, 67108864, "0", .restart = true,
	  .help = "Frame buffers in all. 0: computed from descriptors, rings and what may be held." },
	{ "cores.mtu", CONF_NUMBER, AT(cores.mtu), 576, 9600, "1500", .restart = true,
	  .help = "Largest IP packet that the wire carries, in bytes." },

	{ "limits.sessions", CONF_NUMBER, AT(limits.sessions), 16, 67108864, "131072",
	  .restart = true, .help = "TCP sessions that one worker knows at a time." },
	{ "limits.half-open", CONF_NUMBER, AT(limits.half_open), 16, 67108864, "65536",
	  .restart = true, .help = "Handshakes that one worker waits for at a time." },
	{ "limits.hold", CONF_SIZE, AT(limits.hold_bytes), 1 * MIB, 1024 * KIB * MIB, "64MiB",
	  .restart = true, .help = "Frames that one worker holds until their verdict, in bytes." },
	{ "limits.session-hold", CONF_SIZE, AT(limits.session_hold), 16 * KIB, 1024 * MIB, "4MiB",
	  .restart = true, .help = "Frames held for one session, in bytes." },
	{ "limits.session-queue", CONF_NUMBER, AT(limits.session_queue), 1, 4096, "64",
	  .restart = true, .help = "Segments of one session that wait for an earlier one." },
	{ "limits.session-memory", CONF_SIZE, AT(limits.session_memory), 64 * KIB, 1024 * MIB,
	  "256KiB", .restart = true,
	  .help = "Memory for the inspection of one session, in bytes." },
	{ "limits.messages", CONF_NUMBER, AT(limits.messages), 1, 16777216, "4096",
	  .restart = true, .help = "Messages that one worker decodes at a time." },
	{ "limits.events", CONF_NUMBER, AT(limits.events), 16, 1048576, "4096", .restart = true,
	  .help = "Event records of one worker that wait for the log; 14 KiB each." },

	{ "tcp.timeouts.syn", CONF_SECONDS, AT(tcp.syn_s), 1, DAY, "30",
	  .help = "How long a SYN waits for its answer." },
	{ "tcp.timeouts.handshake", CONF_SECONDS, AT(tcp.handshake_s), 1, DAY, "30",
	  .help = "How long an answered SYN waits for the end of the handshake." },
	{ "tcp.timeouts.idle", CONF_SECONDS, AT(tcp.idle_s), 1, 30 * DAY, "900",
	  .help = "How long a session may be silent. RFC 5321 4.5.3.2 lets peers wait 10 minutes." },
	{ "tcp.timeouts.closing", CONF_SECONDS, AT(tcp.closing_s), 1, DAY, "60",
	  .help = "How long a session is known after both sides have ended it." },
	{ "tcp.timeouts.held", CONF_SECONDS, AT(tcp.held_s), 1, 3600, "60",
	  .help = "How long frames are held for a verdict or for a missing segment." },
	{ "tcp.timeouts.dropped", CONF_SECONDS, AT(tcp.dropped_s), 1, DAY, "600",
	  .help = "How long a dropped session stays dropped after its last frame." },
	{ "tcp.midstream", CONF_BOOL, AT(tcp.midstream), .standard = "no",
	  .help = "Take up sessions whose start was not seen. They cannot be judged as a whole." },
	{ "tcp.checksum", CONF_BOOL, AT(tcp.checksum), .standard = "yes",
	  .help = "Drop segments with a wrong checksum: the receiver would, too." },

	{ "smtp.ports", CONF_PORTS, AT(smtp.ports), .standard = "25 465 587 2525",
	  .help = "Server ports that are guarded; ranges as 2525:2530." },
	{ "smtp.detect", CONF_BOOL, AT(smtp.detect), .standard = "yes",
	  .help = "Recognise SMTP on other ports, too." },
	{ "smtp.line-max", CONF_SIZE, AT(smtp.line_max), 512, 64 * KIB, "12KiB",
	  .help = "Longest command or reply line, in bytes. A longer one ends the session." },
	{ "smtp.auth-max", CONF_SIZE, AT(smtp.auth_max), 512, 64 * KIB, "12288",
	  .help = "Longest line of an AUTH exchange, in bytes (RFC 4954 section 4)." },
	{ "smtp.bdat-max", CONF_SIZE, AT(smtp.bdat_max), 1, 4294967295, "2147483647",
	  .help = "Largest chunk that BDAT may announce, in bytes." },
	{ "smtp.pending-max", CONF_NUMBER, AT(smtp.pending_max), 1, 1024, "256",
	  .help = "Pipelined commands that await their replies; the next one waits." },
	{ "smtp.rcpt-max", CONF_NUMBER, AT(smtp.rcpt_max), 1, 65535, "1000",
	  .help = "Recipients of a transaction that are kept for rules and events." },
	{ "smtp.strict", CONF_BOOL, AT(smtp.strict), .standard = "no",
	  .help = "End sessions that break the framing of RFC 5321 where by default only an event "
		  "is written (bare CR or LF and the like)." },
	{ "smtp.other-protocol-pass", CONF_BOOL, AT(smtp.other_protocol_pass), .standard = "no",
	  .help = "Let through what is no SMTP on a guarded port." },
	{ "smtp.data-cmds", CONF_LIST, AT(smtp.data_cmds), .standard = "DATA",
	  .help = "Verbs that are read as DATA: a message up to a lone dot follows. DATA always is "
		  "one." },
	{ "smtp.binary-data-cmds", CONF_LIST, AT(smtp.binary_data_cmds), .standard = "BDAT XEXCH50",
	  .help = "Verbs that are read as BDAT: counted bytes follow. BDAT always is one; XEXCH50 is "
		  "known, and its data is no part of a message." },
	{ "smtp.auth-cmds", CONF_LIST, AT(smtp.auth_cmds), .standard = "AUTH XAUTH X-EXPS",
	  .help = "Verbs that are read as AUTH: their arguments are secret. AUTH always is one." },

	{ "smtp.normalizer.enabled", CONF_BOOL, NORM(enabled), .standard = "no",
	  .help = "Snort's SMTP preprocessor: its alerts, 124:1 and so on, as rules, and what it "
		  "changes in what rules see. Without it the keys below mean nothing." },
	{ "smtp.normalizer.inspection-type", CONF_WORD, NORM(inspection_type),
	  .standard = "stateful", .words = inspection,
	  .help = "stateless: 124:8 asks for no first chunk, and 124:14 and 124:18 are not told. "
		  "Framing keeps its state always." },
	{ "smtp.normalizer.normalize", CONF_WORD, NORM(normalize), .standard = "cmds",
	  .words = normalize,
	  .help = "Commands that smtp.command_line shows with one space behind the verb and no other "
		  "blanks around: all, none, or those of normalize-cmds. The wire is not changed." },
	{ "smtp.normalizer.normalize-cmds", CONF_LIST, NORM(normalize_cmds),
	  .standard = "RCPT VRFY EXPN", .help = "Verbs for normalize: cmds." },
	{ "smtp.normalizer.ignore-data", CONF_BOOL, NORM(ignore_data), .standard = "no",
	  .help = "Rules do not see the message behind its header: smtp.data, mime.*, file.*, URLs." },
	{ "smtp.normalizer.ignore-tls-data", CONF_BOOL, NORM(ignore_tls_data), .standard = "no",
	  .help = "Packet rules do not see the payload of sessions that went over to TLS." },
	{ "smtp.normalizer.max-command-line-len", CONF_NUMBER, NORM(max_command), 0, 65535, "0",
	  .help = "124:1 when a command line is longer, its line end counted. 0: never." },
	{ "smtp.normalizer.alt-max-command-line-len", CONF_LIST, NORM(alt_max_command),
	  .standard = "MAIL:260 RCPT:300 HELP:500 HELO:500 ETRN:500 EXPN:255 VRFY:255",
	  .help = "VERB:BYTES, in place of max-command-line-len for that verb; told as 124:4. 0: no "
		  "limit." },
	{ "smtp.normalizer.max-auth-command-line-len", CONF_NUMBER, NORM(max_auth), 0, 65535, "1000",
	  .help = "124:15 when a line of AUTH is longer. 0: never." },
	{ "smtp.normalizer.max-header-line-len", CONF_NUMBER, NORM(max_header), 0, 65535, "0",
	  .help = "124:2 when a line of a header is longer: each line of a folded field by itself. 0: "
		  "never." },
	{ "smtp.normalizer.max-response-line-len", CONF_NUMBER, NORM(max_response), 0, 65535, "0",
	  .help = "124:3 when a reply line is longer. 0: never." },
	{ "smtp.normalizer.alert-unknown-cmds", CONF_BOOL, NORM(alert_unknown), .standard = "no",
	  .help = "124:5 for verbs that are neither in Snort's list nor named by a key here." },
	{ "smtp.normalizer.valid-cmds", CONF_LIST, NORM(valid_cmds), .standard = "",
	  .help = "Further verbs that 124:5 is not told of." },
	{ "smtp.normalizer.invalid-cmds", CONF_LIST, NORM(invalid_cmds), .standard = "",
	  .help = "Verbs that 124:6 is told of." },
	{ "smtp.normalizer.xlink2state", CONF_WORD, NORM(xlink2state), .standard = "enable",
	  .words = xlink2state,
	  .help = "124:8, an overflow in X-LINK2STATE (CVE-2005-0560). drop: the session ends." },
	{ "smtp.normalizer.no-alerts", CONF_BOOL, NORM(no_alerts), .standard = "no",
	  .help = "None of the alerts. xlink2state: drop still drops." },
	{ "smtp.normalizer.disable-sids", CONF_LIST, NORM(disable_sids), .standard = "",
	  .words = sids,
	  .help = "Alerts of gid 124 to leave out; a rule of your own may then have that number." },
	{ "smtp.normalizer.print-cmds", CONF_BOOL, NORM(print_cmds), .standard = "no",
	  .help = "A check (-T) and a start list the verbs that 124:5 knows." },
	{ "smtp.normalizer.log-mailfrom", CONF_BOOL, NORM(log_mailfrom), .standard = "yes",
	  .help = "Alerts tell the sender." },
	{ "smtp.normalizer.log-rcptto", CONF_BOOL, NORM(log_rcptto), .standard = "yes",
	  .help = "Alerts tell the recipients." },
	{ "smtp.normalizer.log-filename", CONF_BOOL, NORM(log_filename), .standard = "yes",
	  .help = "Alerts tell the names of attachments." },
	{ "smtp.normalizer.log-email-hdrs", CONF_BOOL, NORM(log_email_hdrs), .standard = "no",
	  .restart = true,
	  .help = "Alerts tell the begin of the message's header, as postern.email_hdrs." },
	{ "smtp.normalizer.email-hdrs-log-depth", CONF_NUMBER, NORM(email_hdrs_log_depth), 0, 20480,
	  "1464", .restart = true,
	  .help = "Bytes of the header that are kept for that; an event has room for 4096." },
	{ "smtp.normalizer.memcap", CONF_SIZE, NORM(memcap), 3276, 104857600, "838860",
	  .restart = true,
	  .help = "Memory of one worker for headers that are kept: this by 3072 and "
		  "email-hdrs-log-depth messages at a time, others tell no header." },

	{ "mime.decode-mime", CONF_BOOL, AT(mime.decode), .standard = "yes",
	  .help = "Decode messages: header fields, parts, attachments." },
	{ "mime.extract-urls", CONF_BOOL, AT(mime.urls), .standard = "yes",
	  .help = "Collect the URLs of text parts for rules and events." },
	{ "mime.extract-urls-schemes", CONF_LIST, AT(mime.url_schemes),
	  .standard = "http https ftp mailto", .help = "Schemes of the URLs to collect." },
	{ "mime.log-url-scheme", CONF_BOOL, AT(mime.log_url_scheme), .standard = "no",
	  .help = "Write URLs with their scheme." },
	{ "mime.body-md5", CONF_WORD, AT(mime.body_md5), .standard = "auto", .words = tri,
	  .help = "MD5 of message bodies. auto: when a rule asks for it." },
	{ "mime.header-max", CONF_SIZE, AT(mime.header_max), 1 * KIB, 64 * MIB, "1MiB",
	  .help = "Largest header block, in bytes; the rest is scanned as it is." },
	{ "mime.depth-max", CONF_NUMBER, AT(mime.depth_max), 1, 32, "32",
	  .help = "Parts within each other; what is deeper is scanned as it is." },
	{ "mime.parts-max", CONF_NUMBER, AT(mime.parts_max), 1, 65535, "1000",
	  .help = "Parts of a message; the rest is scanned as it is." },
	{ "mime.b64-decode-depth", CONF_SIZE, AT(mime.b64_depth), 0, DEPTH_MAX, "unlimited",
	  .help = "Decoded bytes of a part in base64, or off. What is behind is not decoded: no "
		  "rule and no digest sees it, and limit.decode_depth and an anomaly tell." },
	{ "mime.qp-decode-depth", CONF_SIZE, AT(mime.qp_depth), 0, DEPTH_MAX, "unlimited",
	  .help = "The same for quoted-printable." },
	{ "mime.uu-decode-depth", CONF_SIZE, AT(mime.uu_depth), 0, DEPTH_MAX, "unlimited",
	  .help = "The same for uuencode." },
	{ "mime.bitenc-decode-depth", CONF_SIZE, AT(mime.bitenc_depth), 0, DEPTH_MAX, "unlimited",
	  .help = "The same for parts that are not encoded." },
	{ "mime.digests", CONF_LIST, AT(mime.digests), .standard = "", .words = digests,
	  .help = "Digests of attachments in fileinfo events. Those that rules ask for are "
		  "computed anyway." },

	{ "firewall.enabled", CONF_WORD, AT(firewall.enabled), .standard = "auto", .words = tri,
	  .help = "Engage the firewall tables with their default drops. auto: when a firewall rule "
		  "is loaded." },
	{ "firewall.policies", CONF_POLICIES, AT(firewall.policy), .standard = "",
	  .help = "What happens where no rule decides: packet.{pre-flow, pre-stream, filter}, "
		  "app.smtp.HOOK, each a list such as [\"drop:flow\", \"alert\"]; default-policy at "
		  "any level holds for all below it. Built in: pre-flow and pre-stream accept:hook, "
		  "filter drop:packet, app drop:flow." },

	{ "vars.address-groups", CONF_VARS, AT(address_groups), .standard = "",
	  .help = "Names for addresses in rules, with Suricata's names and defaults. A list or a "
		  "text such as \"[192.0.2.0/24,!192.0.2.1]\"; ! negates, $NAME refers." },
	{ "vars.port-groups", CONF_VARS, AT(port_groups), .standard = "",
	  .help = "Names for ports in rules." },

	{ "rule-files", CONF_LIST, AT(rule_files), .standard = "",
	  .help = "Files with rules, read in this order." },
	{ "rule-dir", CONF_TEXT, AT(rule_dir), .standard = "",
	  .help = "Where rule files are. Empty: beside the configuration file." },
	{ "classification-file", CONF_TEXT, AT(classification), .standard = "",
	  .help = "Classes of alerts and their priorities for classtype, as Suricata's classification.config has "
		  "them; a path relative to this configuration. Empty: those built in, which are also in "
		  "config/classification.config." },
	{ "reputation-categories-file", CONF_TEXT, AT(reputation_categories), .standard = "",
	  .help = "Categories of reputation for iprep, one number,name,description a line, as Suricata "
		  "has them. Paths are relative to this configuration. Empty: none." },
	{ "reputation-files", CONF_LIST, AT(reputation_files), .standard = "",
	  .help = "Lists of addresses and networks with a score of 1 to 127, one address,category "
		  "number,score a line. The longest prefix counts; 0 takes a network out of a wider one." },
	{ "cache-dir", CONF_TEXT, AT(cache_dir), .standard = "",
	  .help = "Where compiled pattern databases are kept between starts. Empty: nowhere." },
	{ "mode", CONF_WORD, AT(mode), .standard = "enforce", .words = mode,
	  .help = "monitor: judge everything, touch nothing, say in events what would have been." },

	{ "failure.overload", CONF_WORD, AT(failure.overload), .standard = "closed",
	  .words = failure,
	  .help = "What cannot be inspected because a table or memory is full: closed drops it, "
		  "open lets it pass uninspected." },
	{ "failure.internal", CONF_WORD, AT(failure.internal), .standard = "closed",
	  .words = failure, .help = "The same for faults of the program itself." },

	{ "outputs.log-dir", CONF_TEXT, AT(outputs.log_dir), .standard = "/var/log/postern",
	  .restart = true, .help = "Where eve.json and smtp.log are written." },
	{ "outputs.eve.enabled", CONF_BOOL, AT(outputs.eve), .standard = "yes", .restart = true,
	  .help = "Write events to eve.json, in Suricata's format." },
	{ "outputs.eve.strict", CONF_BOOL, AT(outputs.eve_strict), .standard = "no",
	  .restart = true, .help = "Only fields that Suricata has: no postern object." },
	{ "outputs.eve.types", CONF_LIST, AT(outputs.eve_types), .standard = "", .words = types,
	  .restart = true, .help = "Event types to write. Empty: all." },
	{ "outputs.smtp-log", CONF_BOOL, AT(outputs.smtp_log), .standard = "no", .restart = true,
	  .help = "Write smtp.log: Zeek's columns, one JSON line a transaction." },
	{ "outputs.stats-interval", CONF_SECONDS, AT(outputs.stats_interval_s), 0, DAY, "60",
	  .restart = true, .help = "Time between stats events. 0: one, at the end." },
	{ "outputs.node", CONF_TEXT, AT(outputs.node), .standard = "", .restart = true,
	  .help = "Name of this machine in events. Empty: left out." },
	{ "outputs.user-key-file", CONF_TEXT, AT(outputs.user_key_file), .standard = "",
	  .restart = true,
	  .help = "The key by which events hash names of users. Made with mode 0600 when it is missing, "
		  "such as /var/lib/postern/user.key: hashes of one user stay the same. Empty: another "
		  "key at each start." },
	{ "outputs.mail-path", CONF_WORD, AT(outputs.mail_path), .standard = "all",
	  .words = mail_path, .restart = true,
	  .help = "How far smtp.log follows a mail's Received fields: to the end; local, remote: "
		  "to the first host that is not (or is) in notices.local-nets, that one included; "
		  "none: server and client only." },

	{ "notices.enabled", CONF_BOOL, AT(notices.enabled), .standard = "yes", .restart = true,
	  .help = "Tell of what somebody should look at, in events of type notice." },
	{ "notices.local-nets", CONF_LIST, AT(notices.local_nets),
	  .standard = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 127.0.0.0/8 "
		      "169.254.0.0/16 fc00::/7 fe80::/10 ::1/128",
	  .restart = true, .help = "Networks that are yours: a host in them that is on a block list "
				   "is your trouble." },
	{ "notices.block-lists", CONF_LIST, AT(notices.block_lists),
	  .standard = "spamhaus.org spamcop.net barracudacentral.org uceprotect.net "
		      "abuseat.org surriel.com junkemailfilter.com sophos.com/security/ "
		      "mail-abuse.com/ sorbs.net/ borderware.com/ imp.ch/ knology.net/ "
		      "datapacket.net/ dyndns.com/ spamrats.com mailspike.net abuse.ch "
		      "backscatterer.org invaluement.com senderscore.org",
	  .help = "What names a block list in a server's refusal, in any case." },
	{ "notices.suspicious-nets", CONF_LIST, AT(notices.suspicious_nets), .standard = "",
	  .restart = true, .help = "Networks from which no mail should come." },
	{ "notices.suspicious-countries", CONF_LIST, AT(notices.suspicious_countries),
	  .standard = "", .restart = true,
	  .help = "Countries from which no mail should come, as codes of two letters (ISO 3166). "
		  "They need notices.geoip-database." },
	{ "notices.geoip-database", CONF_TEXT, AT(notices.geoip_database), .standard = "",
	  .restart = true, .help = "Database of countries in MaxMind's format (.mmdb)." },
	{ "notices.software", CONF_WORD, AT(notices.software), .standard = "local",
	  .words = software, .restart = true,
	  .help = "Tell of mail programs that a host was not seen with before: off, of mails that "
		  "hosts in notices.local-nets send and of servers there, of all." },
	{ "notices.suppress", CONF_SECONDS, AT(notices.suppress_s), 0, 30 * DAY, "3600",
	  .restart = true, .help = "Time in which the same notice of the same host is told once." },

	{ "management.http", CONF_TEXT, AT(management.http), .standard = "127.0.0.1:9125",
	  .restart = true,
	  .help = "Where /metrics, /healthz and the JSON pages are served: address:port, [v6]:port "
		  "or unix:/path. Empty: nowhere." },
	{ "management.socket", CONF_TEXT, AT(management.socket), .standard = "", .restart = true,
	  .help = "Path of the control socket that posternctl speaks to. Who may open it commands the "
		  "program: mode 0600. Empty: none." },
};

const size_t conf_field_count = sizeof(conf_fields) / sizeof(conf_fields[0]);

const char *
conf_type_name(enum conf_type type)
{
	static const char *const name[] = {
		[CONF_BOOL] = "yes or no", [CONF_NUMBER] = "number", [CONF_SIZE] = "size",
		[CONF_SECONDS] = "duration", [CONF_TEXT] = "text", [CONF_WORD] = "word",
		[CONF_LIST] = "list", [CONF_PORTS] = "list of ports", [CONF_TX] = "word or number",
		[CONF_PAIRS] = "list of pairs", [CONF_VARS] = "names and values",
		[CONF_POLICIES] = "policies",
	};

	return name[type];
}
