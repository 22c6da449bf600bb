/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keywords of Suricata that are not here, and what a rule may say instead. In: a name; out: the
 * hint of R042, or NULL. Called by the parser; the table of docs/rules.md is made from it. Data
 * only. A name that ends in a dot or an underscore stands for all that begin so.
 */
#include "rules_parse.h"

#define ONLY_SMTP "this firewall reads SMTP only"
#define IN_TLS "what is inside TLS is not read; smtp.tls tells whether it is on"
#define NUMBERS "use ttl, tos, id, ip_proto, seq, ack, window, tcp.flags or tcp.mss"
#define NO_CODE "rules run no programs"
#define COUNTED "use rate, or smtp.body_size; the flow event tells age, frames and bytes"
#define EVENTS                                                                                     \
	"use app-layer-event:smtp.NAME; what decoding and TCP find wrong is dropped and counted"

static const struct {
	const char *name, *why;
} foreign[] = {
	/* files */
	{ "file.magic", "use mime.filetype, the media type by the first bytes: application/x-dosexec" },
	{ "filemagic", "use mime.filetype, the media type by the first bytes: application/x-dosexec" },
	{ "entropy", "use mime.filetype, fileext or filesize" },
	/* transforms */
	{ "pcrexform", "use pcre on the buffer itself" },
	{ "gunzip", "use filesha256, fileext or mime.filetype; archives are not opened" },
	{ "zlib_deflate", "use filesha256, fileext or mime.filetype; archives are not opened" },
	{ "header_lowercase", "use to_lowercase, or nocase" },
	{ "strip_pseudo_headers", "leave it out: only HTTP/2 has these headers" },
	{ "subslice", "use offset and depth" },
	{ "luaxform", NO_CODE },
	/* the frame */
	{ "ipopts", NUMBERS },
	{ "ipv4.hdr", NUMBERS },
	{ "ipv6.hdr", NUMBERS },
	{ "tcp.hdr", NUMBERS },
	{ "tcp.wscale", NUMBERS },
	{ "udp.hdr", ONLY_SMTP },
	{ "icmp_id", "use itype and icode" },
	{ "icmp_seq", "use itype and icode" },
	{ "icmpv4.hdr", "use itype and icode" },
	{ "icmpv6.hdr", "use itype and icode" },
	{ "icmpv6.mtu", "use itype and icode" },
	{ "igmp.", "use ip_proto:2" },
	{ "ipv4-csum", "leave it out: tcp.checksum in the configuration drops what is wrong" },
	{ "tcpv4-csum", "leave it out: tcp.checksum in the configuration drops what is wrong" },
	{ "tcpv6-csum", "leave it out: tcp.checksum in the configuration drops what is wrong" },
	{ "l3_proto", "write addresses of that family in the header" },
	{ "geoip", "use iprep with a list of the networks of a country" },
	{ "decode-event", EVENTS },
	{ "stream-event", EVENTS },
	{ "engine-event", EVENTS },
	{ "tcp.session", "use flow:established or flow:not_established" },
	{ "flow.", COUNTED },
	/* the session */
	{ "frame", "use smtp.command_line, smtp.response_line or smtp.data" },
	{ "frame.", "use smtp.command_line, smtp.response_line or smtp.data" },
	{ "app-layer-state", "write a hook in the header: smtp:request_data" },
	{ "flowvar", "use flowint or flowbits" },
	{ "pktvar", "use flowint or flowbits" },
	{ "replace", "content is never changed; use mask or reject:command" },
	{ "bypass", "use accept:flow" },
	{ "config", "set it in the configuration" },
	{ "nfq_set_mark", "use accept, drop or reject: this firewall is the wire itself" },
	{ "lua", NO_CODE },
	{ "luajit", NO_CODE },
	{ "rpc", ONLY_SMTP },
	{ "asn1", ONLY_SMTP },
	/* TLS */
	{ "tls.", IN_TLS },
	{ "tls_", IN_TLS },
	{ "ssl_", IN_TLS },
	{ "ja3", IN_TLS },
	{ "ja3.", IN_TLS },
	{ "ja3s.", IN_TLS },
	{ "ja4", IN_TLS },
	{ "ja4.", IN_TLS },
	/* other protocols */
	{ "ftp.", "this firewall reads SMTP only; the counterparts are smtp.command and smtp.response" },
	{ "ftpbounce", ONLY_SMTP },
	{ "ftpdata_command", ONLY_SMTP },
	{ "http.", ONLY_SMTP },
	{ "http_", ONLY_SMTP },
	{ "http2.", ONLY_SMTP },
	{ "uricontent", ONLY_SMTP },
	{ "urilen", ONLY_SMTP },
	{ "dns.", ONLY_SMTP },
	{ "dns_", ONLY_SMTP },
	{ "mdns.", ONLY_SMTP },
	{ "llmnr.", ONLY_SMTP },
	{ "ssh.", ONLY_SMTP },
	{ "ssh_", ONLY_SMTP },
	{ "smb.", ONLY_SMTP },
	{ "smb_", ONLY_SMTP },
	{ "dce_", ONLY_SMTP },
	{ "dcerpc.", ONLY_SMTP },
	{ "nfs.", ONLY_SMTP },
	{ "nfs_", ONLY_SMTP },
	{ "sip.", ONLY_SMTP },
	{ "sdp.", ONLY_SMTP },
	{ "mqtt.", ONLY_SMTP },
	{ "rfb.", ONLY_SMTP },
	{ "snmp.", ONLY_SMTP },
	{ "krb5_", ONLY_SMTP },
	{ "krb5.", ONLY_SMTP },
	{ "ike.", ONLY_SMTP },
	{ "quic.", ONLY_SMTP },
	{ "modbus", ONLY_SMTP },
	{ "dnp3.", ONLY_SMTP },
	{ "enip.", ONLY_SMTP },
	{ "enip_", ONLY_SMTP },
	{ "cip_", ONLY_SMTP },
	{ "ldap.", ONLY_SMTP },
	{ "pgsql.", ONLY_SMTP },
	{ "mysql.", ONLY_SMTP },
	{ "websocket.", ONLY_SMTP },
	{ "dhcp.", ONLY_SMTP },
	{ "ntp.", ONLY_SMTP },
	{ "imap.", ONLY_SMTP },
	{ "pop3.", ONLY_SMTP },
	{ "rdp.", ONLY_SMTP },
	{ "telnet.", ONLY_SMTP },
	{ "tftp.", ONLY_SMTP },
	{ "bittorrent_", ONLY_SMTP },
	{ "template.", ONLY_SMTP },
};

const char *
rules_keyword_foreign(struct span name)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		struct span f = span_str(foreign[i].name);
		uint8_t last = f.ptr[f.len - 1];

		if (last == '.' || last == '_' ? span_starts(name, f) : span_eq(name, f))
			return foreign[i].why;
	}
	return NULL;
}
