/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One frame, decoded: where its headers lie, who speaks to whom, and the TCP fields.
 *
 * net_decode looks at bytes of a frame that somebody else owns and fills a struct pkt: a plain
 * value that lives for one burst. It never trusts a length: what does not fit is kind NET_BAD with
 * a reason.
 * net_edit_* change a frame in place and keep its checksums right (incrementally, RFC 1624).
 * net_build makes a new frame from a description. No allocation, no clock.
 */
#ifndef NET_H
#define NET_H

#include "span.h"

/* What the first byte of a frame is. Live ports give Ethernet; captures may give others. */
enum net_link {
	NET_LINK_ETHER,	  /* DLT_EN10MB */
	NET_LINK_NULL,	  /* DLT_NULL, DLT_LOOP: 4-byte address family, either byte order */
	NET_LINK_RAW,	  /* DLT_RAW: an IPv4 or IPv6 header */
	NET_LINK_COOKED,  /* DLT_LINUX_SLL, 16 bytes */
	NET_LINK_COOKED2, /* DLT_LINUX_SLL2, 20 bytes */
};

enum net_kind {
	NET_BAD,   /* broken: see reason */
	NET_TCP,   /* whole TCP header at hand */
	NET_UDP,
	NET_ICMP,  /* ICMP and ICMPv6 */
	NET_IP,	   /* other protocols over IP; fragments of what is not TCP (l4_off 0) */
	NET_ARP,
	NET_OTHER, /* not IP */
};

/* Why a frame is NET_BAD. Names: net_reason_name(), sentences: net_reason_text(). */
enum net_reason {
	NET_OK,
	NET_LINK_SHORT,	  /* link header cut */
	NET_VLAN_DEEP,	  /* more than NET_VLANS tags */
	NET_IP_SHORT,	  /* IP header cut, or longer than the frame */
	NET_IP_VERSION,	  /* neither 4 nor 6 where IP was announced */
	NET_IP_HEADER,	  /* header length out of range */
	NET_IP_LENGTH,	  /* total length shorter than the header or longer than the frame */
	NET_IP_SUM,	  /* IPv4 header checksum (only when checked) */
	NET_IP6_EXT,	  /* extension chain too long (8 headers, 256 bytes), cut or malformed, or a
			   * routing header with segments left */
	NET_FRAGMENT,	  /* a fragment that carries TCP, or hides what it carries: no whole
			   * segment to judge (RFC 791, RFC 8200) */
	NET_TCP_SHORT,	  /* TCP header cut */
	NET_TCP_HEADER,	  /* data offset below 5 or beyond the segment */
	NET_TCP_SUM,	  /* TCP checksum (only when checked) */
	NET_ENCAPSULATED, /* IP behind LLC, PPPoE or MPLS: seen by a host perhaps, not by us */
	NET_UDP_LENGTH,	  /* UDP header cut, or its length does not fit */
	NET_ICMP_SHORT,	  /* ICMP header cut */
	NET_REASONS
};

#define NET_VLANS 2

/* An address; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that compare is memcmp. */
struct net_addr {
	uint8_t b[16];
};

enum net_tcp_flag {
	NET_FIN = 0x01, NET_SYN = 0x02, NET_RST = 0x04, NET_PSH = 0x08,
	NET_ACK = 0x10, NET_URG = 0x20, NET_ECE = 0x40, NET_CWR = 0x80,
};

struct pkt {
	void *frame;	   /* the owner's handle (an mbuf above the EAL line); never looked into */
	uint8_t *data;	   /* first byte of the frame, writable, contiguous */
	uint64_t time_us;  /* arrival, microseconds since the epoch */
	uint64_t number;   /* 1-based number of this frame in its run (pcap_cnt); 0 live */
	uint32_t len;	   /* bytes of the frame */
	uint8_t port;	   /* arrival port index within the wire: 0 or 1 */
	uint8_t kind;	   /* enum net_kind */
	uint8_t reason;	   /* enum net_reason */
	uint8_t link;	   /* enum net_link */
	uint8_t ip_version; /* 4, 6, or 0 */
	uint8_t ip_proto;  /* IPPROTO_*, 0 when not IP */
	uint8_t ttl;	   /* or hop limit */
	uint8_t flags;	   /* enum net_tcp_flag */
	uint8_t vlan_count;
	uint16_t vlan[NET_VLANS]; /* VLAN ids, outermost first; a priority tag (id 0) is no VLAN
				   * (IEEE 802.1Q) and is not listed, but counts for the limit */
	uint16_t ether_type; /* after tags; 0 where the link has none */
	uint16_t ip_off;   /* offsets from data; 0 when absent */
	uint16_t l4_off;
	uint16_t payload_off;
	uint32_t payload_len; /* TCP/UDP payload bytes, Ethernet padding excluded */
	uint16_t sport, dport; /* host byte order; 0 when absent (ICMP: type, code) */
	uint32_t seq, ack; /* host byte order */
	uint16_t window;   /* unscaled */
	struct net_addr src, dst;
};

static inline struct span
pkt_payload(const struct pkt *p)
{
	return span_of(p->data + p->payload_off, p->payload_len);
}

/* The link header with its tags, of an IP frame; the TCP options, of kind NET_TCP. */
struct span pkt_link(const struct pkt *p);
struct span pkt_tcp_options(const struct pkt *p);

enum net_check {
	NET_CHECK_SUMS = 1, /* verify IPv4 and TCP checksums */
};

/*
 * Fill p from p->data, p->len, p->link (time, number, port, frame are the caller's and stay).
 * checks: enum net_check. Returns p->kind.
 */
int net_decode(struct pkt *p, unsigned checks);

/*
 * Edits in place, of kind NET_TCP only; lengths never change; the TCP checksum follows
 * incrementally (one that was wrong stays wrong). What would pass the end is left out.
 */
void net_edit_payload(struct pkt *p, uint32_t off, struct span bytes); /* off within payload */
void net_edit_flags(struct pkt *p, uint8_t flags);
void net_edit_window(struct pkt *p, uint16_t window);
void net_edit_ack(struct pkt *p, uint32_t ack);
void net_edit_seq(struct pkt *p, uint32_t seq);
void net_edit_tcp_options(struct pkt *p, uint32_t off, struct span bytes); /* off within options */
void net_clear_urgent(struct pkt *p);
/*
 * Keep only payload [from, from + count): the front is cut by moving bytes, seq follows, lengths
 * and checksums are made anew. p->len and p->payload_len change: this is how a frame whose first
 * part has already left is sent on. Flags stay: the caller clears SYN when the front goes, FIN and
 * PSH when the end goes. Link padding goes too. Kind NET_TCP only.
 */
void net_trim_payload(struct pkt *p, uint32_t from, uint32_t count);
/* 0 when the IPv4 and TCP checksums in the frame are right (or absent), else -1. */
int net_verify(const struct pkt *p);

/* A TCP segment to be made. Addresses are as they shall stand on the wire. */
struct net_segment {
	const struct pkt *like; /* a frame of the same connection: link header, VLAN tags, IP
				 * version are taken from it */
	bool reverse;		/* travels against like: MACs, addresses and ports are swapped */
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;
	struct span options; /* TCP options, padded to 4 by net_build; at most 40 bytes */
	struct span payload;
};

/*
 * Write the frame into buf, which does not overlap like's. Returns its length, or 0 when size is
 * too small, options are longer than 40 bytes or the payload is longer than IP can say. TTL 64, IP
 * id 0 with DF, no IP options. The result always fits in NET_HEADERS_MAX + payload bytes.
 */
#define NET_HEADERS_MAX (20 + 4 * NET_VLANS + 40 + 60)
size_t net_build(const struct net_segment *s, uint8_t *buf, size_t size);

/* Ones' complement sum (RFC 1071) of 16-bit words, an odd last byte padded with zero, folded and
 * not inverted; start (host order, too) is added. */
uint16_t net_sum(struct span bytes, uint32_t start);

/* Text forms. buf of NET_ADDR_TEXT bytes; IPv4 dotted, IPv6 RFC 5952. Returns buf. */
#define NET_ADDR_TEXT 48
const char *net_addr_text(const struct net_addr *a, char *buf);
/* "10.0.0.1" or "2001:db8::1"; 0 or -EINVAL. */
int net_addr_parse(struct span text, struct net_addr *a);
static inline bool
net_addr_is_v4(const struct net_addr *a)
{
	static const uint8_t prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

const char *net_reason_name(enum net_reason r); /* "ip_short"... */
const char *net_reason_text(enum net_reason r); /* "the IP header is cut"... */
const char *net_kind_name(enum net_kind k);

#endif
