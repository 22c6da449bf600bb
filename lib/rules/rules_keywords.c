/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one table of keywords: name, kind, form of the argument, where it may stand, who parses it,
 * and a line of help. The parser, --list-keywords and docs/rules.md are driven by it. Sticky
 * buffers and numbers come from rules_fields.h. Data only.
 */
#include "rules_parse.h"

#define NO RULES_ARG_NONE
#define MAY RULES_ARG_MAY
#define MUST RULES_ARG_MUST

#define ALL RULES_IN_ALL
#define PACKET (RULES_IN_PACKET | RULES_IN_DETECT)
#define FLOW_PACKET (RULES_IN_PRE_STREAM | RULES_IN_FILTER | RULES_IN_DETECT)

#define KIND_BUF "buffer"
#define KIND_MULTI "buffer, several values"
#define KIND_STREAM "buffer, stream"
#define KIND_NUM "number"
#define KIND_PKT "buffer, frame"
#define FORM_BUF ""
#define FORM_MULTI "[all|any]"
#define FORM_STREAM ""
#define FORM_NUM "n | <n | >n | a-b | !n"
#define FORM_PKT ""

/* Fields that other forms than their kind's need. */
#define NEEDS(sym) (RULES_##sym == RULES_EVENT || RULES_##sym == RULES_FILE_EXT)
#define ARG_OF(sym, kind)                                                                          \
	(NEEDS(sym)			      ? MUST                                               \
	 : RULES_##sym == RULES_RESPONSE_CODE ? MAY                                                \
	 : RULES_##kind == RULES_MULTI	      ? MAY                                                \
	 : RULES_##kind == RULES_NUM	      ? MUST                                               \
					      : NO)
#define FORM_OF(sym, kind)                                                                         \
	(RULES_##sym == RULES_EVENT	 ? "smtp.NAME"                                             \
	 : RULES_##sym == RULES_FILE_EXT ? "\"ext\""                                               \
	 : RULES_##sym == RULES_MODE	 ? "command | data | closed"                               \
	 : RULES_##sym == RULES_TLS	 ? "yes | no | offered | refused"                          \
					 : FORM_##kind)
#define TABLES_OF(kind) (RULES_##kind == RULES_PKT ? PACKET : RULES_IN_SMTP)

static const struct rules_keyword keywords[] = {
	/* meta */
	{ "msg", "meta", MUST, "\"text\"", ALL, true, rules_opt_msg, 0, "Text of the alert" },
	{ "sid", "meta", MUST, "n", ALL, true, rules_opt_number_id, 0,
	  "Number of the rule, its own within its gid" },
	{ "gid", "meta", MUST, "n", ALL, true, rules_opt_number_id, 1,
	  "Group of the number, 1 by default" },
	{ "rev", "meta", MUST, "n", ALL, true, rules_opt_number_id, 2, "Revision" },
	{ "priority", "meta", MUST, "1-255", ALL, true, rules_opt_number_id, 3,
	  "Priority of the alert; wins over that of classtype" },
	{ "classtype", "meta", MUST, "name", ALL, true, rules_opt_classtype, 0,
	  "Class of the alert; gives its priority" },
	{ "reference", "meta", MUST, "type,value", ALL, false, rules_opt_reference, 0,
	  "Where to read more" },
	{ "metadata", "meta", MUST, "key value[, key value]", ALL, false, rules_opt_metadata, 0,
	  "Shown with the alert" },
	{ "target", "meta", MUST, "src_ip | dest_ip", ALL, true, rules_opt_target, 0,
	  "Which side is the victim; checked and kept in the rule's text" },
	{ "requires", "meta", MUST, "keyword K | feature F | version >= n", ALL, false,
	  rules_opt_requires, 0, "The rule is left out, not refused, where this does not hold" },
	{ "alert", "action", NO, "", ALL, true, rules_opt_flag, 0, "Also write an alert" },
	{ "noalert", "action", NO, "", ALL, true, rules_opt_flag, 1, "Write no alert" },
	{ "enforce", "action", MUST, "yes | no", ALL, true, rules_opt_enforce, 0,
	  "no: report what the rule would do, do nothing" },
	{ "reply", "action", MUST, "\"550 5.7.1 text\"", RULES_IN_APP, true, rules_opt_reply, 0,
	  "What the client is told by reject and tempfail" },
	{ "threshold", "action", MUST,
	  "type limit|threshold|both, track TRACK, count n, seconds s, or type backoff, track TRACK, "
	  "count n, multiplier m",
	  ALL, true, rules_opt_threshold, 0, "How often the alert is written" },
	{ "detection_filter", "action", MUST,
	  "track by_src|by_dst|by_both|by_flow|by_rule, count n, seconds s", ALL, true,
	  rules_opt_threshold, 1, "The rule holds only after n matches within s seconds" },
	{ "rate", "action", MUST,
	  "track by_src|by_net24|by_sender|by_sender_domain|by_rcpt|by_auth_user|by_helo|..., count n "
	  "[bytes], seconds s",
	  ALL, true, rules_opt_threshold, 2,
	  "The rule holds only after n matches within s seconds; at smtp:message: after n bytes" },

/* sticky buffers and numbers */
#define FIELD(sym, name, kind, dir, help)                                                          \
	{ name,                                                                                    \
	  KIND_##kind,                                                                             \
	  ARG_OF(sym, kind),                                                                       \
	  FORM_OF(sym, kind),                                                                      \
	  TABLES_OF(kind),                                                                         \
	  false,                                                                                   \
	  rules_opt_field,                                                                         \
	  RULES_##sym,                                                                             \
	  help },
#include "rules_fields.h"
#undef FIELD
	{ "file_data", "buffer, stream", NO, "", RULES_IN_SMTP, false, rules_opt_field,
	  RULES_FILE_DATA, "The same as file.data" },
	{ "pkt_data", "buffer, frame", NO, "", PACKET, false, rules_opt_field, RULES_PAYLOAD,
	  "The same as pkt.payload" },
	{ "filename", "file", MUST, "\"name\"", RULES_IN_SMTP, false, rules_opt_file_name, 0,
	  "An attachment whose name holds this, in any case" },
	{ "filemd5", "file", MUST, "[!]list", RULES_IN_SMTP, false, rules_opt_file_list,
	  RULES_FILE_MD5,
	  "An attachment whose MD5 is in the file list, one hexadecimal digest a line" },
	{ "filesha1", "file", MUST, "[!]list", RULES_IN_SMTP, false, rules_opt_file_list,
	  RULES_FILE_SHA1, "The same by SHA-1" },
	{ "filesha256", "file", MUST, "[!]list", RULES_IN_SMTP, false, rules_opt_file_list,
	  RULES_FILE_SHA256, "The same by SHA-256" },

	/* content */
	{ "content", "content", MUST, "[!]\"text|0d 0a|\"", ALL, false, rules_opt_content, 0,
	  "The buffer holds these bytes" },
	{ "nocase", "modifier", NO, "", ALL, false, rules_opt_modifier, 0, "In any case" },
	{ "offset", "modifier", MUST, "n", ALL, false, rules_opt_modifier, 1,
	  "Not before this byte of the buffer" },
	{ "depth", "modifier", MUST, "n", ALL, false, rules_opt_modifier, 2,
	  "Within so many bytes from offset on" },
	{ "distance", "modifier", MUST, "n", ALL, false, rules_opt_modifier, 3,
	  "At least so many bytes behind the last match" },
	{ "within", "modifier", MUST, "n", ALL, false, rules_opt_modifier, 4,
	  "Within so many bytes behind the last match" },
	{ "startswith", "modifier", NO, "", ALL, false, rules_opt_modifier, 5,
	  "At the first byte of the buffer" },
	{ "endswith", "modifier", NO, "", ALL, false, rules_opt_modifier, 6,
	  "At the last byte of the buffer" },
	{ "fast_pattern", "modifier", MAY, "only | offset,length", ALL, false, rules_opt_modifier,
	  7, "Search for this content first; at most one a rule" },
	{ "prefilter", "content", NO, "", ALL, true, rules_opt_idle, 0,
	  "No effect: what is searched first is chosen by the program" },
	{ "tag", "action", MUST, "any", ALL, true, rules_opt_idle, 1,
	  "No effect: the events of a flow tell what else it did" },
	{ "filestore", "action", MAY, "any", ALL, true, rules_opt_idle, 2,
	  "No effect: attachments are not stored, fileinfo events carry their digests" },
	{ "rawbytes", "modifier", NO, "", ALL, false, rules_opt_rawbytes, 0, "No effect" },
	{ "pcre", "content", MUST, "[!]\"/regex/ismxAEGRBO\"", ALL, false, rules_opt_pcre, 0,
	  "The buffer matches; R: behind the last match" },
	{ "bsize", "content", MUST, FORM_NUM, ALL, false, rules_opt_bsize, 0,
	  "Length of the buffer" },
	{ "isdataat", "content", MUST, "[!]n[,relative]", ALL, false, rules_opt_isdataat, 0,
	  "The buffer has a byte there" },
	{ "absent", "content", MAY, "or_else", RULES_IN_SMTP, false, rules_opt_absent, 0,
	  "The buffer never comes in this transaction; or_else: or it does, and what follows holds" },
	{ "byte_test", "content", MUST,
	  "count,[!]op,value,offset[,relative][,big|little][,string,hex|dec|oct][,bitmask n]", ALL,
	  false, rules_opt_byte, RULES_BYTE_TEST, "Compare a number in the buffer" },
	{ "byte_jump", "content", MUST,
	  "count,offset[,relative][,multiplier n][,align][,from_beginning|from_end][,post_offset n]"
	  "[,...]",
	  ALL, false, rules_opt_byte, RULES_BYTE_JUMP,
	  "Move the last match by a number in the buffer" },
	{ "byte_extract", "content", MUST,
	  "count,offset,name[,relative][,multiplier n][,align 2|4][,...]", ALL, false,
	  rules_opt_byte, RULES_BYTE_EXTRACT, "Keep a number in the buffer as a variable" },
	{ "byte_math", "content", MUST,
	  "bytes n, offset n, oper +|-|*|/|<<|>>, rvalue n, result name[, relative][, endian "
	  "big|little][, string hex|dec|oct][, bitmask n]",
	  ALL, false, rules_opt_byte, RULES_BYTE_MATH,
	  "Reckon with a number in the buffer, and keep the result as a variable" },
	{ "base64_decode", "content", MAY, "[bytes n][, offset n][, relative]", ALL, false,
	  rules_opt_base64_decode, 0,
	  "What stands here is base64 (RFC 4648): decoded up to the first other byte, for base64_data" },
	{ "base64_data", "modifier", NO, "", ALL, false, rules_opt_base64_data, 0,
	  "What follows looks at what base64_decode in front of it has decoded" },

/* transforms */
#define T(name, t, help)                                                                           \
	{                                                                                          \
		name, "transform", NO, "", RULES_IN_SMTP, false, rules_opt_transform, t, help      \
	}
	T("to_lowercase", RULES_T_LOWER, "ASCII letters in lower case"),
	T("to_uppercase", RULES_T_UPPER, "ASCII letters in upper case"),
	T("dotprefix", RULES_T_DOTPREFIX, "With a dot in front"),
	T("domain", RULES_T_DOMAIN,
	  "The registered domain of an address or host name, without a list of suffixes"),
	T("tld", RULES_T_TLD, "The last label of an address or host name"),
	T("strip_whitespace", RULES_T_STRIP_SPACE, "Without blanks"),
	T("compress_whitespace", RULES_T_COMPRESS_SPACE, "Runs of blanks become one space"),
	T("to_md5", RULES_T_MD5, "The MD5, 16 bytes"),
	T("to_sha1", RULES_T_SHA1, "The SHA-1, 20 bytes"),
	T("to_sha256", RULES_T_SHA256, "The SHA-256, 32 bytes"),
	T("url_decode", RULES_T_URL_DECODE, "%41 and + decoded"),
#undef T
	{ "from_base64", "transform", MAY, "[bytes n][, offset n][, mode rfc4648]", RULES_IN_SMTP, false,
	  rules_opt_transform, RULES_T_FROM_BASE64,
	  "Decoded from base64 (RFC 4648), up to the first other byte" },
	{ "xor", "transform", MUST, "\"hexadecimal key\"", RULES_IN_SMTP, false, rules_opt_transform,
	  RULES_T_XOR, "Each byte with that of the key in turn, up to 64 bytes of key" },

	/* sets */
	{ "dataset", "set", MUST,
	  "isset|isnotset|set|unset,name[,type string|md5|sha1|sha256|ip][,load file|state file]"
	  "[,save file][,format text|base64][,match subdomain][,hashsize n][,memcap n]",
	  RULES_IN_SMTP, false, rules_opt_dataset, 0,
	  "The buffer is in the set; set: it was not, and is when the rule has fired; unset: it "
	  "was, and is no more" },
	{ "datarep", "set", MUST, "name,>|<|==,n[,type t][,load file]", RULES_IN_SMTP, false,
	  rules_opt_datarep, 0, "The score of the buffer in the list" },

	{ "iprep", "set", MUST, "any|src|dst|both,category,>|>=|<|<=|=,n or any|src|dst|both,category,isset|isnotset",
	  ALL, false, rules_opt_iprep, 0,
	  "The score of an address in the lists of reputation-files; an address without one has no score to "
	  "compare" },

	/* state */
	{ "flowbits", "state", MUST, "set|unset|toggle|isset|isnotset,name[|name] or noalert",
	  RULES_IN_KNOWN_FLOW, false, rules_opt_flowbits, 0, "Bits of the connection" },
	{ "xbits", "state", MUST,
	  "set|unset|toggle|isset|isnotset,name[,track tx|ip_src|ip_dst|ip_pair][,expire s]",
	  RULES_IN_KNOWN_FLOW, false, rules_opt_xbits, 0, "Bits of the transaction, or of hosts" },
	{ "hostbits", "state", MUST, "set|unset|toggle|isset|isnotset,name[,src|dst|both]",
	  RULES_IN_KNOWN_FLOW, false, rules_opt_hostbits, 0, "Bits of a host; src by default" },
	{ "flowint", "state", MUST, "name,=|+|-|==|!=|<|>|<=|>=,n|name or name,isset|notset",
	  RULES_IN_KNOWN_FLOW, false, rules_opt_flowint, 0, "Numbers of the connection" },

	/* packet */
	{ "flow", "packet", MUST,
	  "to_server|to_client, established|not_established, stateless, only_stream|no_stream",
	  RULES_IN_PRE_STREAM | RULES_IN_FILTER | RULES_IN_SMTP, true, rules_opt_flow, 0,
	  "Direction and state of the connection" },
	{ "tcp.flags", "packet", MUST, "[!|+|*]FSRPAUEC0[,mask]", PACKET, true, rules_opt_tcp_flags,
	  0,
	  "Flags of the TCP header: exactly these, + and others, * any of them, ! none of them" },
	{ "flags", "packet", MUST, "[!|+|*]FSRPAUEC0[,mask]", PACKET, true, rules_opt_tcp_flags, 0,
	  "The same as tcp.flags" },
	{ "ttl", "packet", MUST, FORM_NUM, ALL, true, rules_opt_packet_number, RULES_PN_TTL,
	  "TTL or hop limit" },
	{ "ip_proto", "packet", MUST, "n | name | !n", ALL, true, rules_opt_packet_number, RULES_PN_PROTO,
	  "Protocol of the IP header" },
	{ "vlan.id", "packet", MUST, FORM_NUM, ALL, true, rules_opt_packet_number, RULES_PN_VLAN,
	  "A VLAN id of the frame" },
	{ "vlan.layers", "packet", MUST, FORM_NUM, ALL, true, rules_opt_packet_number,
	  RULES_PN_VLAN_LAYERS, "VLAN tags of the frame" },
	{ "dsize", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_DSIZE,
	  "Bytes of payload" },
	{ "tos", "packet", MUST, FORM_NUM, ALL, true, rules_opt_packet_number, RULES_PN_TOS,
	  "Type of service, or traffic class" },
	{ "id", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_ID,
	  "Identification of the IPv4 header" },
	{ "seq", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_SEQ,
	  "Sequence number of the TCP header" },
	{ "ack", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_ACK,
	  "Acknowledgement number of the TCP header" },
	{ "window", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_WINDOW,
	  "Window of the TCP header, not scaled" },
	{ "tcp.mss", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_MSS,
	  "Maximum segment size that a SYN announces" },
	{ "itype", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_ITYPE,
	  "Type of ICMP" },
	{ "icode", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_ICODE,
	  "Code of ICMP" },
	{ "sameip", "packet", NO, "", ALL, true, rules_opt_same_ip, 0,
	  "Source and destination are one address" },
	{ "fragbits", "packet", MUST, "[!|+|*]MDR", PACKET, true, rules_opt_fragbits, 0,
	  "Bits of the IPv4 header: exactly these, + and others, * any of them, ! none of them" },
	{ "fragoffset", "packet", MUST, FORM_NUM, PACKET, true, rules_opt_packet_number, RULES_PN_FRAGOFFSET,
	  "Offset of the fragment in the IPv4 header, in units of 8 bytes" },
	{ "stream_size", "packet", MUST, "client|server|both|either,>|>=|<|<=|=|!=,n", FLOW_PACKET,
	  false, rules_opt_stream_size, 0, "Bytes in order that a side has sent before this frame" },
	{ "app-layer-protocol", "packet", MUST, "[!]smtp|tls|http|ssh|ftp|unknown|failed",
	  FLOW_PACKET | RULES_IN_APP, true, rules_opt_app_protocol, 0,
	  "What the connection speaks, from the frame behind the one that told; ! holds once it is known; failed: "
	  "none of these" },
};
#define KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

const struct rules_keyword *
rules_keyword_at(size_t i)
{
	return i < KEYWORDS ? &keywords[i] : NULL;
}

size_t
rules_keyword_count(void)
{
	return KEYWORDS;
}

const struct rules_keyword *
rules_keyword_find(struct span name)
{
	for (size_t i = 0; i < KEYWORDS; i++)
		if (span_eq(name, span_str(keywords[i].name)))
			return &keywords[i];
	return NULL;
}

const char *const *
rules_keyword_names(void)
{
	static const char *names[KEYWORDS + 1];

	if (names[0] == NULL)
		for (size_t i = 0; i < KEYWORDS; i++)
			names[i] = keywords[i].name;
	return names;
}
