/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside net: numbers on the wire, where header fields lie, and the TCP sum of a decoded frame.
 * In: bytes already known to be there; out: host-order numbers. Not for other libraries.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include "net.h"

#define ETHER_HEADER 14
#define ETHER_TYPE_IP4 0x0800
#define ETHER_TYPE_IP6 0x86dd
#define ETHER_TYPE_ARP 0x0806

#define IP4_HEADER 20 /* without options */
#define IP4_TOTAL 2
#define IP4_FRAGMENT 6
#define IP4_TTL 8
#define IP4_PROTO 9
#define IP4_SUM 10
#define IP4_SRC 12
#define IP4_DST 16

#define IP6_HEADER 40
#define IP6_PAYLOAD 4
#define IP6_NEXT 6
#define IP6_HOPS 7
#define IP6_SRC 8
#define IP6_DST 24

#define TCP_HEADER 20 /* without options */
#define TCP_SPORT 0
#define TCP_DPORT 2
#define TCP_SEQ 4
#define TCP_ACK 8
#define TCP_OFFSET 12
#define TCP_FLAGS 13
#define TCP_WINDOW 14
#define TCP_SUM 16
#define TCP_URGENT 18
#define TCP_OPTIONS_MAX 40

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMP6 58

static inline uint16_t
load16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t
load32(const uint8_t *b)
{
	return (uint32_t)load16(b) << 16 | load16(b + 2);
}

static inline void
store16(uint8_t *b, uint16_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static inline void
store32(uint8_t *b, uint32_t v)
{
	store16(b, (uint16_t)(v >> 16));
	store16(b + 2, (uint16_t)v);
}

/* Ones' complement sum of two folded sums, folded. */
static inline uint16_t
sum_add(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return (uint16_t)(sum + (sum >> 16));
}

/*
 * Read the link header of p: fill link fields, move *at behind it. Returns the EtherType of what
 * follows, or 0 with p->reason unset when that is nothing of ours, or with a reason.
 */
uint16_t net_link_decode(struct pkt *p, uint32_t *at);

/* Sum of the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) and of `segment`, whose IP
 * header is at ip. 0xffff over a segment whose checksum is right. */
uint16_t net_segment_sum(const uint8_t *ip, uint8_t ip_version, struct span segment);

/* The TCP segment of p: header, options, payload. */
static inline struct span
pkt_segment(const struct pkt *p)
{
	return span_of(p->data + p->l4_off, p->payload_off - p->l4_off + p->payload_len);
}

#endif
