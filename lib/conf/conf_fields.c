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

/* In the order of the enums of conf.h. */
static const char *const tri[] = { "auto", "yes", "no", NULL };
static const char *const idle[] = { "auto", "poll", "yield", "sleep", NULL };
static const char *const tx[] = { "auto", "inline", NULL };
static const char *const mode[] = { "enforce", "monitor", NULL };
static const char *const failure[] = { "closed", "open", NULL };
static const char *const digests[] = { "md5", "sha1", "sha256", NULL };
static const char *const types[] = { "alert", "drop", "smtp", "anomaly", "fileinfo", "flow", "tls",
				     "notice", "verdict", NULL };

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
	{ "smtp.line-max", CONF_SIZE, AT(smtp.line_max), 512, 64 * KIB, "64KiB",
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

	{ "management.http", CONF_TEXT, AT(management.http), .standard = "127.0.0.1:9125",
	  .restart = true,
	  .help = "Where /metrics, /healthz and the JSON pages are served: address:port, [v6]:port "
		  "or unix:/path. Empty: nowhere." },
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
