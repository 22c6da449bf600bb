/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames to struct pkt. In: bytes of a frame; out: where its headers lie and what they say, or
 * why they do not fit together. Every worker calls it for every frame. It keeps no state: no
 * reassembly (a TCP fragment is refused), no tracking, no opinion on addresses or flags.
 */
#include "net_wire.h"

#define IP6_HEADERS_MAX 8 /* extension headers of one frame */
#define IP6_HEADERS_SIZE_MAX 256

#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_FRAGMENT 44
#define NEXT_OPTIONS 60
#define NEXT_MOBILITY 135
#define NEXT_HIP 139
#define NEXT_SHIM6 140

#define UDP_HEADER 8
#define ICMP_HEADER 4 /* type, code, checksum */

static int decode_ip4(struct pkt *p, uint32_t at, unsigned checks);
static int decode_ip6(struct pkt *p, uint32_t at, unsigned checks);

struct span
pkt_link(const struct pkt *p)
{
	return span_of(p->data, p->ip_off);
}

struct span
pkt_tcp_options(const struct pkt *p)
{
	return span_of(p->data + p->l4_off + TCP_HEADER, p->payload_off - p->l4_off - TCP_HEADER);
}

static int
bad(struct pkt *p, enum net_reason reason)
{
	p->reason = (uint8_t)reason;
	p->kind = NET_BAD;
	return NET_BAD;
}

static int
good(struct pkt *p, enum net_kind kind)
{
	p->kind = (uint8_t)kind;
	return kind;
}

int
net_decode(struct pkt *p, unsigned checks)
{
	uint32_t at;

	*p = (struct pkt){
		.frame = p->frame,
		.data = p->data,
		.time_us = p->time_us,
		.number = p->number,
		.len = p->len,
		.port = p->port,
		.link = p->link,
	};
	switch (net_link_decode(p, &at)) {
	case ETHER_TYPE_IP4:
		return decode_ip4(p, at, checks);
	case ETHER_TYPE_IP6:
		return decode_ip6(p, at, checks);
	case ETHER_TYPE_ARP:
		return good(p, NET_ARP);
	default:
		return p->reason != NET_OK ? bad(p, p->reason) : good(p, NET_OTHER);
	}
}

/* RFC 9293 section 3.1. The segment goes from l4_off to end. */
static int
decode_tcp(struct pkt *p, uint32_t end, unsigned checks)
{
	const uint8_t *t = p->data + p->l4_off;
	uint32_t size = end - p->l4_off, header;

	if (size < TCP_HEADER)
		return bad(p, NET_TCP_SHORT);
	p->sport = load16(t + TCP_SPORT);
	p->dport = load16(t + TCP_DPORT);
	p->seq = load32(t + TCP_SEQ);
	p->ack = load32(t + TCP_ACK);
	p->flags = t[TCP_FLAGS];
	p->window = load16(t + TCP_WINDOW);
	header = (uint32_t)(t[TCP_OFFSET] >> 4) * 4;
	if (header < TCP_HEADER || header > size)
		return bad(p, NET_TCP_HEADER);
	p->payload_off = (uint16_t)(p->l4_off + header);
	p->payload_len = size - header;
	if ((checks & NET_CHECK_SUMS) &&
	    net_segment_sum(p->data + p->ip_off, p->ip_version, span_of(t, size)) != 0xffff)
		return bad(p, NET_TCP_SUM);
	return good(p, NET_TCP);
}

/* RFC 768. */
static int
decode_udp(struct pkt *p, uint32_t end)
{
	const uint8_t *u = p->data + p->l4_off;
	uint32_t size = end - p->l4_off, said;

	if (size < UDP_HEADER)
		return bad(p, NET_UDP_LENGTH);
	p->sport = load16(u);
	p->dport = load16(u + 2);
	said = load16(u + 4);
	if (said < UDP_HEADER || said > size)
		return bad(p, NET_UDP_LENGTH);
	p->payload_off = (uint16_t)(p->l4_off + UDP_HEADER);
	p->payload_len = said - UDP_HEADER;
	return good(p, NET_UDP);
}

static int
decode_icmp(struct pkt *p, uint32_t end)
{
	if (end - p->l4_off < ICMP_HEADER)
		return bad(p, NET_ICMP_SHORT);
	p->sport = p->data[p->l4_off];
	p->dport = p->data[p->l4_off + 1];
	return good(p, NET_ICMP);
}

/* What IP carries whole, from at to end. */
static int
decode_l4(struct pkt *p, uint32_t at, uint32_t end, unsigned checks)
{
	p->l4_off = (uint16_t)at;
	if (p->ip_proto == PROTO_TCP)
		return decode_tcp(p, end, checks);
	if (p->ip_proto == PROTO_UDP)
		return decode_udp(p, end);
	if (p->ip_proto == (p->ip_version == 4 ? PROTO_ICMP : PROTO_ICMP6))
		return decode_icmp(p, end);
	return good(p, NET_IP);
}

static void
map_ip4(struct net_addr *a, const uint8_t *b)
{
	*a = (struct net_addr){ .b = { [10] = 0xff, [11] = 0xff } };
	memcpy(a->b + 12, b, 4);
}

/* RFC 791 section 3.1. */
static int
decode_ip4(struct pkt *p, uint32_t at, unsigned checks)
{
	const uint8_t *ip = p->data + at;
	uint32_t left = p->len - at, header, total;

	if (left < IP4_HEADER)
		return bad(p, NET_IP_SHORT);
	if (ip[0] >> 4 != 4)
		return bad(p, NET_IP_VERSION);
	header = (uint32_t)(ip[0] & 15) * 4;
	if (header < IP4_HEADER)
		return bad(p, NET_IP_HEADER);
	if (header > left)
		return bad(p, NET_IP_SHORT);
	p->ip_version = 4;
	p->ip_off = (uint16_t)at;
	p->ttl = ip[IP4_TTL];
	p->ip_proto = ip[IP4_PROTO];
	map_ip4(&p->src, ip + IP4_SRC);
	map_ip4(&p->dst, ip + IP4_DST);
	/* Longer frames are padded (Ethernet: to 60 bytes); shorter ones were cut. */
	total = load16(ip + IP4_TOTAL);
	if (total < header || total > left)
		return bad(p, NET_IP_LENGTH);
	if ((checks & NET_CHECK_SUMS) && net_sum(span_of(ip, header), 0) != 0xffff)
		return bad(p, NET_IP_SUM);
	if ((load16(ip + IP4_FRAGMENT) & 0x3fff) != 0) /* more fragments, or an offset */
		return p->ip_proto == PROTO_TCP ? bad(p, NET_FRAGMENT) : good(p, NET_IP);
	return decode_l4(p, at + header, at + total, checks);
}

static bool
is_extension(uint8_t next)
{
	switch (next) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_FRAGMENT:
	case NEXT_OPTIONS:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return true;
	default:
		return false; /* AH and ESP end the walk: what they protect is not ours to edit */
	}
}

/* What the extension headers say. */
struct chain {
	uint32_t at;	 /* behind the last one seen */
	bool fragmented; /* part of a datagram; an atomic fragment (RFC 6946) is not */
	bool first;	 /* its first part, so that the chain goes on here */
};

/* A fragment header (RFC 8200 section 4.5); at most one. */
static int
fragment_header(struct chain *c, const uint8_t *h, bool seen)
{
	uint16_t offset = load16(h + 2);

	if (seen)
		return -1;
	c->fragmented = (offset & ~6u) != 0; /* two bits are reserved */
	c->first = (offset >> 3) == 0;
	return 0;
}

/*
 * Walk the headers (RFC 8200 section 4) from c->at; p->ip_proto becomes the last "next header".
 * -1 when the chain is cut, too long or malformed. A routing header with segments left is refused
 * too: the address in front is not the receiver's.
 */
static int
walk_extensions(struct pkt *p, struct chain *c, uint32_t end)
{
	uint32_t begin = c->at;
	bool seen_fragment = false;

	for (unsigned count = 0; is_extension(p->ip_proto); count++) {
		const uint8_t *h = p->data + c->at;
		uint8_t kind = p->ip_proto;
		uint32_t size;

		if (count == IP6_HEADERS_MAX || end - c->at < 8)
			return -1;
		if (kind == NEXT_HOP_BY_HOP && count > 0)
			return -1;
		size = kind == NEXT_FRAGMENT ? 8 : ((uint32_t)h[1] + 1) * 8;
		if (size > end - c->at || c->at + size - begin > IP6_HEADERS_SIZE_MAX)
			return -1;
		if (kind == NEXT_ROUTING && h[3] != 0)
			return -1;
		p->ip_proto = h[0];
		c->at += size;
		if (kind == NEXT_FRAGMENT) {
			if (fragment_header(c, h, seen_fragment) != 0)
				return -1;
			seen_fragment = true;
			if (!c->first)
				return 0;
		}
	}
	return 0;
}

/* RFC 8200 section 3. */
static int
decode_ip6(struct pkt *p, uint32_t at, unsigned checks)
{
	const uint8_t *ip = p->data + at;
	uint32_t left = p->len - at, total;
	struct chain c = { .at = at + IP6_HEADER };

	if (left < 1)
		return bad(p, NET_IP_SHORT);
	if (ip[0] >> 4 != 6)
		return bad(p, NET_IP_VERSION);
	if (left < IP6_HEADER)
		return bad(p, NET_IP_SHORT);
	p->ip_version = 6;
	p->ip_off = (uint16_t)at;
	p->ttl = ip[IP6_HOPS];
	p->ip_proto = ip[IP6_NEXT];
	memcpy(p->src.b, ip + IP6_SRC, 16);
	memcpy(p->dst.b, ip + IP6_DST, 16);
	total = IP6_HEADER + load16(ip + IP6_PAYLOAD);
	if (total > left)
		return bad(p, NET_IP_LENGTH);
	if (walk_extensions(p, &c, at + total) != 0)
		return bad(p, NET_IP6_EXT);
	if (c.fragmented) {
		/* Behind a later fragment's extension headers anything may follow. */
		if (p->ip_proto == PROTO_TCP || is_extension(p->ip_proto))
			return bad(p, NET_FRAGMENT);
		return good(p, NET_IP);
	}
	return decode_l4(p, c.at, at + total, checks);
}
