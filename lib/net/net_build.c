/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * New frames. In: a description of a TCP segment and a frame of the same connection; out: the
 * whole frame, checksums done. The engine makes resets, acknowledgements and answers with it. It
 * sends nothing and keeps nothing.
 */
#include "net_wire.h"

#define TTL 64
#define IP4_DONT_FRAGMENT 0x4000
#define MAC_SIZE 6

/* The link header of the frame that this one is like. */
static void
put_link(const struct net_segment *s, uint8_t *buf)
{
	const struct pkt *like = s->like;

	if (like->ip_off > 0)
		memcpy(buf, like->data, like->ip_off);
	if (like->link == NET_LINK_ETHER && s->reverse) {
		memcpy(buf, like->data + MAC_SIZE, MAC_SIZE);
		memcpy(buf + MAC_SIZE, like->data, MAC_SIZE);
	}
}

static void
put_ip4(uint8_t *ip, const struct net_addr *src, const struct net_addr *dst, size_t size)
{
	memset(ip, 0, IP4_HEADER);
	ip[0] = 4 << 4 | IP4_HEADER / 4;
	store16(ip + IP4_TOTAL, (uint16_t)(IP4_HEADER + size));
	store16(ip + IP4_FRAGMENT, IP4_DONT_FRAGMENT);
	ip[IP4_TTL] = TTL;
	ip[IP4_PROTO] = PROTO_TCP;
	memcpy(ip + IP4_SRC, src->b + 12, 4);
	memcpy(ip + IP4_DST, dst->b + 12, 4);
	store16(ip + IP4_SUM, (uint16_t)~net_sum(span_of(ip, IP4_HEADER), 0));
}

static void
put_ip6(uint8_t *ip, const struct net_addr *src, const struct net_addr *dst, size_t size)
{
	memset(ip, 0, IP6_HEADER);
	ip[0] = 6 << 4;
	store16(ip + IP6_PAYLOAD, (uint16_t)size);
	ip[IP6_NEXT] = PROTO_TCP;
	ip[IP6_HOPS] = TTL;
	memcpy(ip + IP6_SRC, src->b, 16);
	memcpy(ip + IP6_DST, dst->b, 16);
}

/* Header, options padded with their end mark (RFC 9293 section 3.2, kind 0), payload. */
static void
put_tcp(const struct net_segment *s, uint8_t *t, size_t header)
{
	const struct pkt *like = s->like;

	memset(t, 0, header);
	store16(t + TCP_SPORT, s->reverse ? like->dport : like->sport);
	store16(t + TCP_DPORT, s->reverse ? like->sport : like->dport);
	store32(t + TCP_SEQ, s->seq);
	store32(t + TCP_ACK, s->ack);
	t[TCP_OFFSET] = (uint8_t)(header / 4 << 4);
	t[TCP_FLAGS] = s->flags;
	store16(t + TCP_WINDOW, s->window);
	if (s->options.len > 0)
		memcpy(t + TCP_HEADER, s->options.ptr, s->options.len);
	if (s->payload.len > 0)
		memcpy(t + header, s->payload.ptr, s->payload.len);
}

size_t
net_build(const struct net_segment *s, uint8_t *buf, size_t size)
{
	const struct pkt *like = s->like;
	const struct net_addr *src = s->reverse ? &like->dst : &like->src;
	const struct net_addr *dst = s->reverse ? &like->src : &like->dst;
	size_t ip_header = like->ip_version == 4 ? IP4_HEADER : IP6_HEADER;
	size_t header = TCP_HEADER + (s->options.len + 3) / 4 * 4;
	size_t room = UINT16_MAX - ip_header - header; /* of one datagram */
	size_t front = like->ip_off + ip_header;
	uint8_t *ip = buf + like->ip_off, *t = buf + front;

	if (like->ip_version == 0 || s->options.len > TCP_OPTIONS_MAX || s->payload.len > room ||
	    size < front + header + s->payload.len)
		return 0;
	put_link(s, buf);
	if (like->ip_version == 4)
		put_ip4(ip, src, dst, header + s->payload.len);
	else
		put_ip6(ip, src, dst, header + s->payload.len);
	put_tcp(s, t, header);
	store16(t + TCP_SUM, (uint16_t)~net_segment_sum(ip, like->ip_version,
							span_of(t, header + s->payload.len)));
	return front + header + s->payload.len;
}
