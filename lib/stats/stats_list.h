/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one list of everything that is counted. /metrics, /stats.json, the stats event, the console,
 * docs/counters.md and the tests are made from it: an error that is not counted cannot exist.
 *
 *	STAT(SYMBOL, "group.name", unit, "sentence")
 *	GAUGE(SYMBOL, "group.name", unit, "sentence")	goes up and down; STAT where not defined
 *	DROP(SYMBOL, "drop.name", "reason in eve.json", "sentence")	why a frame was dropped
 *
 * unit: packets, bytes, sessions, messages, events, times. One entry a line, for the scripts. No
 * include guard: included with STAT and DROP defined, once for each table.
 */
#ifndef GAUGE
#define GAUGE STAT
#endif

/* Frames. Every frame handed to an engine is counted once as accepted or blocked. */
STAT(FRAMES, "decoder.pkts", packets, "Frames handed to the engine")
STAT(FRAME_BYTES, "decoder.bytes", bytes, "Their bytes")
STAT(FRAMES_BAD, "decoder.invalid", packets, "Frames whose headers do not fit together")
STAT(FRAMES_IPV4, "decoder.ipv4", packets, "IPv4 frames")
STAT(FRAMES_IPV6, "decoder.ipv6", packets, "IPv6 frames")
STAT(FRAMES_TCP, "decoder.tcp", packets, "TCP segments")
STAT(FRAMES_UDP, "decoder.udp", packets, "UDP datagrams")
STAT(FRAMES_ICMP, "decoder.icmp", packets, "ICMP and ICMPv6 messages")
STAT(FRAMES_ARP, "decoder.arp", packets, "ARP frames")
STAT(FRAMES_VLAN, "decoder.vlan", packets, "Frames with a VLAN tag")
STAT(ACCEPTED, "firewall.accepted", packets, "Frames let go")
STAT(BLOCKED, "firewall.blocked", packets, "Frames dropped")
STAT(REJECTED, "firewall.rejected", packets, "Frames dropped with a reset to a sender")
STAT(MADE, "firewall.made", packets, "Frames made by the firewall (resets, acknowledgements, parts)")
STAT(MADE_LOST, "firewall.made_lost", packets, "Frames that the firewall could not make for want of room")
STAT(EDITED, "firewall.edited", packets, "Frames changed in place")
STAT(HELD, "firewall.held", packets, "Frames that waited for a verdict")
STAT(CONSUMED, "firewall.consumed", packets, "Frames taken whose bytes left in other frames")
STAT(UNJUDGED, "firewall.unjudged", packets, "Frames passed that could not be judged: in monitor mode, or as failure.overload says")

/* Why a frame was dropped. */
DROP(DROP_RULE, "drop.rule", "firewall rules", "A firewall rule said so")
DROP(DROP_PACKET_POLICY, "drop.packet_policy", "firewall default packet policy", "No packet rule matched")
DROP(DROP_APP_POLICY, "drop.app_policy", "firewall default app policy", "No rule of the hook matched")
DROP(DROP_PRE_FLOW, "drop.pre_flow", "firewall pre flow hook", "A pre_flow rule or its policy said so")
DROP(DROP_PRE_STREAM, "drop.pre_stream", "firewall pre stream hook", "A pre_stream rule or its policy said so")
DROP(DROP_FLOW, "drop.flow", "firewall flow drop", "The flow was condemned before")
DROP(DROP_DETECTION, "drop.detection", "rules", "A detection rule said so")
DROP(DROP_DECODE, "drop.decode", "decode error", "The frame is broken")
DROP(DROP_FLOW_FULL, "drop.flow_full", "flow memcap", "No room in the session table")
DROP(DROP_MEMORY, "drop.memory", "stream memcap", "A memory budget is used up")
DROP(DROP_INTERNAL, "drop.internal", "applayer error", "Something failed inside: fail closed")
DROP(DROP_MIDSTREAM, "drop.midstream", "stream midstream", "A segment of a connection whose start was not seen")
DROP(DROP_TCP_FLAGS, "drop.tcp_flags", "stream error", "Impossible combination of TCP flags")
DROP(DROP_TCP_STATE, "drop.tcp_state", "stream error", "The segment does not fit the state of the connection")
DROP(DROP_TCP_SIDE, "drop.tcp_side", "stream error", "A segment of one end that came in on the port of the other")
DROP(DROP_TCP_WINDOW, "drop.tcp_window", "stream error", "Outside the receiver's window")
DROP(DROP_TCP_ACK, "drop.tcp_ack", "stream error", "Acknowledges bytes that were never sent on")
DROP(DROP_TCP_RST, "drop.tcp_rst", "stream error", "A reset whose sequence number is not exact")
DROP(DROP_TCP_OPTIONS, "drop.tcp_options", "stream error", "Malformed or forbidden TCP options")
DROP(DROP_TCP_OVERLAP, "drop.tcp_overlap", "stream error", "Repeats bytes differently (the flow is reset)")
DROP(DROP_TCP_QUEUE, "drop.tcp_queue", "stream reassembly", "The out-of-order queue of the flow is full")
DROP(DROP_TCP_DUPLICATE, "drop.tcp_duplicate", "stream reassembly", "The same bytes are already held")
DROP(DROP_TCP_AFTER_FIN, "drop.tcp_after_fin", "stream error", "Data after the sender's FIN")
DROP(DROP_TCP_ENDED, "drop.tcp_ended", "stream error", "The firewall has ended this connection")
DROP(DROP_TCP_TIMEOUT, "drop.tcp_timeout", "stream reassembly", "Held too long: a hole was never filled or a verdict never came")
DROP(DROP_SMTP, "drop.smtp", "applayer error", "The dialogue breaks SMTP framing")
DROP(DROP_TX_FULL, "drop.tx_full", "stream memcap", "The transmit queue stayed full")
DROP(DROP_SHUTDOWN, "drop.shutdown", "flow drop", "Held when the program ended")

/* Sessions and connections. */
STAT(FLOWS, "flow.total", sessions, "Sessions begun")
GAUGE(FLOWS_ACTIVE, "flow.active", sessions, "Sessions in the table now")
STAT(FLOWS_EVICTED, "flow.evicted", sessions, "Sessions given up because the table, or its share for handshakes, was full")
STAT(FLOWS_EXPIRED, "flow.expired", sessions, "Sessions ended by a timeout")
STAT(TCP_SYN, "tcp.syn", packets, "SYN segments")
STAT(TCP_SYNACK, "tcp.synack", packets, "SYN-ACK segments")
STAT(TCP_RST, "tcp.rst", packets, "RST segments")
STAT(TCP_SESSIONS, "tcp.sessions", sessions, "Three-way handshakes seen whole")
STAT(TCP_OUT_OF_ORDER, "tcp.out_of_order", packets, "Segments that came before an earlier one")
STAT(TCP_RETRANSMIT, "tcp.retransmit", packets, "Segments that repeat bytes already sent on")
STAT(TCP_OVERLAP_DIFFERS, "tcp.overlap_differs", packets, "Segments that repeat bytes differently")
STAT(TCP_SPLIT, "tcp.split", packets, "Frames whose first part left before the rest")
STAT(TCP_OPTION_CLEARED, "tcp.option_cleared", times, "TCP options overwritten with NOP")
STAT(TCP_URGENT_CLEARED, "tcp.urgent_cleared", packets, "Urgent pointers cleared")

/* SMTP. */
STAT(SMTP_SESSIONS, "app_layer.flow.smtp", sessions, "Sessions that speak SMTP")
STAT(SMTP_TX, "app_layer.tx.smtp", messages, "Mail transactions")
STAT(SMTP_COMMANDS, "smtp.commands", events, "Command lines")
STAT(SMTP_REPLIES, "smtp.replies", events, "Replies")
STAT(SMTP_MESSAGES, "smtp.messages", messages, "Messages whose end of data was let through")
STAT(SMTP_ACCEPTED, "smtp.accepted", messages, "Messages that the server took")
STAT(SMTP_REFUSED, "smtp.refused", messages, "Messages refused by a rule or policy")
STAT(SMTP_BODY_BYTES, "smtp.body_bytes", bytes, "Body bytes inspected")
STAT(SMTP_ODDITIES, "smtp.oddities", events, "Oddities in dialogue or message, see anomaly events")
STAT(SMTP_TLS, "smtp.tls", sessions, "Sessions that went into TLS")
STAT(SMTP_NOT_SMTP, "smtp.not_smtp", sessions, "Sessions on a guarded port that are no SMTP")

/* Rules. */
STAT(RULE_EVENTS, "detect.events", events, "Events judged by rules")
STAT(RULE_HITS, "detect.hits", events, "Rules that matched")
STAT(ALERTS, "detect.alert", events, "Alerts")
STAT(ALERTS_LOST, "detect.alert_queue_overflow", events, "Alerts beyond the limit of one event")
STAT(MATCH_LIMIT, "detect.match_limit", times, "PCRE2 confirmations that reached a limit")

/* Limits reached, events lost. */
STAT(LIMIT_LINE, "limit.line", times, "Command or reply line too long")
STAT(LIMIT_SESSION_MEMORY, "limit.session_memory", times, "A session's memory cap was reached")
STAT(LIMIT_RCPT, "limit.rcpt", times, "More recipients than are remembered")
STAT(LIMIT_NOTICES, "limit.notices", times, "More notices of a session than are told")
STAT(LIMIT_DECODE_DEPTH, "limit.decode_depth", times, "A part had more bytes than its decode depth")
STAT(LIMIT_PENDING, "limit.pending", times, "More commands await replies than allowed")
STAT(EVENTS, "events.made", events, "Events handed to the writer")
STAT(EVENTS_LOST, "events.lost", events, "Events lost because the ring was full")

#undef GAUGE
