/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a frame of any link type. What decodes as TCP is given right checksums, then edited,
 * trimmed and answered as the rest of the input says; after every step the checksums must be right
 * and a fresh decode must see what struct pkt says.
 *
 *	byte 0: link type    byte 1: where the script begins    then: the frame
 */
#include <stdlib.h>

#include "net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

#define STEPS 24

/* Numbers for the steps: the frame's own bytes, again and again. */
struct script {
	struct span bytes;
	size_t at;
};

static uint32_t
next(struct script *s)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		v = v << 8 | s->bytes.ptr[s->at++ % s->bytes.len];
	return v;
}

/* What was said lies within the frame, in order. */
static void
check_bounds(const struct pkt *p)
{
	CHECK((p->kind == NET_BAD) == (p->reason != NET_OK));
	CHECK(p->reason < NET_REASONS && p->vlan_count <= NET_VLANS);
	CHECK(p->ip_off <= p->len && p->l4_off <= p->len);
	CHECK((uint64_t)p->payload_off + p->payload_len <= p->len);
	if (p->kind == NET_TCP || p->kind == NET_UDP || p->kind == NET_ICMP || p->kind == NET_IP)
		CHECK(p->ip_version == 4 || p->ip_version == 6);
	if (p->kind == NET_TCP || p->kind == NET_UDP)
		CHECK(p->l4_off > p->ip_off && p->payload_off > p->l4_off);
	if (p->kind == NET_TCP)
		CHECK(pkt_tcp_options(p).len <= 40);
}

static void
check_tcp(const struct pkt *p)
{
	struct pkt again = { .data = p->data, .len = p->len, .link = p->link };

	check_bounds(p);
	CHECK(net_verify(p) == 0);
	CHECK(net_decode(&again, NET_CHECK_SUMS) == NET_TCP);
	CHECK(again.seq == p->seq && again.ack == p->ack && again.window == p->window);
	CHECK(again.flags == p->flags && again.payload_off == p->payload_off);
	CHECK(again.payload_len == p->payload_len);
}

static void
check_answer(const struct pkt *p, struct script *s)
{
	struct net_segment segment = {
		.like = p,
		.reverse = next(s) % 2 == 1,
		.seq = next(s),
		.ack = next(s),
		.window = (uint16_t)next(s),
		.flags = (uint8_t)next(s),
		.options = span_take(s->bytes, next(s) % 41),
		.payload = span_take(s->bytes, next(s) % 100),
	};
	size_t room = NET_HEADERS_MAX + segment.payload.len, size;
	uint8_t *buf = malloc(room), *exact;
	struct pkt made;

	size = net_build(&segment, buf, room);
	CHECK(size > 0 && size <= room);
	free(buf);
	exact = malloc(size); /* so that a write behind the end is seen */
	CHECK(net_build(&segment, exact, size - 1) == 0);
	CHECK(net_build(&segment, exact, size) == size);
	made = (struct pkt){ .data = exact, .len = (uint32_t)size, .link = p->link };
	CHECK(net_decode(&made, NET_CHECK_SUMS) == NET_TCP);
	CHECK(made.seq == segment.seq && made.ack == segment.ack && made.flags == segment.flags);
	CHECK(span_eq(pkt_payload(&made), segment.payload));
	CHECK(span_starts(pkt_tcp_options(&made), segment.options));
	CHECK(memcmp(&made.src, segment.reverse ? &p->dst : &p->src, sizeof(made.src)) == 0);
	free(exact);
}

static void
step(struct pkt *p, struct script *s)
{
	uint32_t a = next(s), b = next(s);
	struct span bytes = span_take(span_skip(s->bytes, b % s->bytes.len), a % 67);

	switch (next(s) % 9) {
	case 0:
		net_edit_payload(p, b % (p->payload_len + 2), bytes);
		break;
	case 1:
		net_edit_flags(p, (uint8_t)a);
		break;
	case 2:
		net_edit_window(p, (uint16_t)a);
		break;
	case 3:
		net_edit_ack(p, a);
		break;
	case 4:
		net_edit_seq(p, a);
		break;
	case 5:
		net_edit_tcp_options(p, b % 42, bytes);
		break;
	case 6:
		net_clear_urgent(p);
		break;
	case 7:
		net_trim_payload(p, b % (p->payload_len / 4 + 2), a % (p->payload_len + 2));
		break;
	default:
		check_answer(p, s);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[NET_ADDR_TEXT];
	struct net_addr again;
	struct script s;
	struct pkt p;

	if (size < 3 || size > 70000)
		return 0;
	s = (struct script){ .bytes = span_of(data + 2, size - 2), .at = data[1] };
	p = (struct pkt){ .data = malloc(size - 2),
			  .len = (uint32_t)size - 2,
			  .link = (uint8_t)(data[0] % 6) };
	memcpy(p.data, data + 2, size - 2);
	net_decode(&p, NET_CHECK_SUMS);
	check_bounds(&p);
	net_decode(&p, 0);
	check_bounds(&p);
	if (p.ip_version != 0) {
		CHECK(net_addr_parse(span_str(net_addr_text(&p.src, text)), &again) == 0);
		CHECK(memcmp(&again, &p.src, sizeof(again)) == 0);
	}
	if (p.kind == NET_TCP) {
		net_trim_payload(&p, 0, p.payload_len);
		check_tcp(&p);
		for (unsigned i = 0; i < STEPS; i++) {
			step(&p, &s);
			check_tcp(&p);
		}
	}
	free(p.data);
	return 0;
}
