/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames changed in place. In: a frame that net_decode called NET_TCP, and the new value; out: the
 * frame with right checksums, and struct pkt in step. The engine and tcp call it. It never makes
 * a frame longer, and an edit never repairs a checksum that was wrong before (RFC 1624 keeps the
 * difference); only net_trim_payload makes them anew.
 */
#include "net_wire.h"

/* A sum over bytes that begin at an odd offset is the byte-swapped one (RFC 1071 (2)(B)). */
static uint16_t
sum_at(struct span bytes, uint32_t off)
{
	uint16_t sum = net_sum(bytes, 0);

	return off % 2 == 0 ? sum : __builtin_bswap16(sum);
}

/* Overwrite bytes of the TCP segment at off. RFC 1624 [Eqn. 3]: HC' = ~(~HC + ~m + m'). */
static void
edit(struct pkt *p, uint32_t off, struct span bytes)
{
	uint8_t *t = p->data + p->l4_off;
	uint16_t before, after, sum;

	if (bytes.len == 0)
		return;
	before = sum_at(span_of(t + off, bytes.len), off);
	memmove(t + off, bytes.ptr, bytes.len);
	after = sum_at(span_of(t + off, bytes.len), off);
	sum = (uint16_t)~load16(t + TCP_SUM);
	sum = sum_add(sum_add(sum, (uint16_t)~before), after);
	store16(t + TCP_SUM, (uint16_t)~sum);
}

static void
edit16(struct pkt *p, uint32_t off, uint16_t value)
{
	uint8_t wire[2];

	store16(wire, value);
	edit(p, off, span_of(wire, sizeof(wire)));
}

static void
edit32(struct pkt *p, uint32_t off, uint32_t value)
{
	uint8_t wire[4];

	store32(wire, value);
	edit(p, off, span_of(wire, sizeof(wire)));
}

/* An edit within an area of the segment; what would pass its end is left out. */
static void
edit_within(struct pkt *p, uint32_t area, size_t area_size, uint32_t off, struct span bytes)
{
	if (off < area_size)
		edit(p, area + off, span_take(bytes, area_size - off));
}

void
net_edit_payload(struct pkt *p, uint32_t off, struct span bytes)
{
	edit_within(p, (uint32_t)(p->payload_off - p->l4_off), p->payload_len, off, bytes);
}

void
net_edit_tcp_options(struct pkt *p, uint32_t off, struct span bytes)
{
	edit_within(p, TCP_HEADER, pkt_tcp_options(p).len, off, bytes);
}

void
net_edit_flags(struct pkt *p, uint8_t flags)
{
	edit(p, TCP_FLAGS, span_of(&flags, 1));
	p->flags = flags;
}

void
net_edit_window(struct pkt *p, uint16_t window)
{
	edit16(p, TCP_WINDOW, window);
	p->window = window;
}

void
net_edit_ack(struct pkt *p, uint32_t ack)
{
	edit32(p, TCP_ACK, ack);
	p->ack = ack;
}

void
net_edit_seq(struct pkt *p, uint32_t seq)
{
	edit32(p, TCP_SEQ, seq);
	p->seq = seq;
}

void
net_clear_urgent(struct pkt *p)
{
	net_edit_flags(p, (uint8_t)(p->flags & ~NET_URG));
	edit16(p, TCP_URGENT, 0);
}

void
net_trim_payload(struct pkt *p, uint32_t from, uint32_t count)
{
	uint8_t *ip = p->data + p->ip_off, *t = p->data + p->l4_off;
	uint8_t *payload = p->data + p->payload_off;
	uint16_t total;

	if (from > p->payload_len)
		from = p->payload_len;
	if (count > p->payload_len - from)
		count = p->payload_len - from;
	if (from > 0)
		memmove(payload, payload + from, count);
	p->seq += from;
	store32(t + TCP_SEQ, p->seq);
	p->payload_len = count;
	p->len = p->payload_off + count; /* link padding goes too */

	total = (uint16_t)(p->len - p->ip_off);
	if (p->ip_version == 4) {
		store16(ip + IP4_TOTAL, total);
		store16(ip + IP4_SUM, 0);
		store16(ip + IP4_SUM, (uint16_t)~net_sum(span_of(ip, (size_t)(ip[0] & 15) * 4), 0));
	} else {
		store16(ip + IP6_PAYLOAD, (uint16_t)(p->len - p->ip_off - IP6_HEADER));
	}
	store16(t + TCP_SUM, 0);
	store16(t + TCP_SUM, (uint16_t)~net_segment_sum(ip, p->ip_version, pkt_segment(p)));
}
