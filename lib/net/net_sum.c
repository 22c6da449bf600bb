/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Internet checksum (RFC 1071). In: bytes; out: folded ones' complement sums in host order,
 * not inverted. Decoding, editing and building use it. It changes nothing.
 */
#include <endian.h>

#include "net_wire.h"

/* Two 64-bit lanes: each takes 32-bit words, so that 2^32 of them cannot overflow it. */
typedef uint64_t lanes __attribute__((vector_size(16)));

static inline void
add_block(lanes *low, lanes *high, const uint8_t *block)
{
	static const lanes low_half = { 0xffffffff, 0xffffffff };
	lanes words;

	memcpy(&words, block, sizeof(words));
	*low += words & low_half;
	*high += words >> 32;
}

static uint16_t
fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t
net_sum(struct span bytes, uint32_t start)
{
	lanes low = { 0 }, high = { 0 };
	const uint8_t *b = bytes.ptr;
	size_t left = bytes.len;
	uint64_t sum;

	/* Any word size and byte order will do, as long as the end is swapped (RFC 1071 (2)(B)). */
	for (; left >= sizeof(lanes); left -= sizeof(lanes), b += sizeof(lanes))
		add_block(&low, &high, b);
	if (left > 0) {
		uint8_t tail[sizeof(lanes)] = { 0 };

		memcpy(tail, b, left);
		add_block(&low, &high, tail);
	}
	low += high;
	sum = fold((low[0] & 0xffffffff) + (low[0] >> 32) + (low[1] & 0xffffffff) + (low[1] >> 32));
	return fold((uint64_t)be16toh((uint16_t)sum) + start);
}

uint16_t
net_segment_sum(const uint8_t *ip, uint8_t ip_version, struct span segment)
{
	struct span both = ip_version == 4 ? span_of(ip + IP4_SRC, 8) : span_of(ip + IP6_SRC, 32);

	/* The length is below 65536 for IPv4 and for IPv6 without jumbograms. */
	return net_sum(segment, net_sum(both, PROTO_TCP + (uint32_t)segment.len));
}

int
net_verify(const struct pkt *p)
{
	const uint8_t *ip = p->data + p->ip_off;

	if (p->ip_version == 4 && net_sum(span_of(ip, (size_t)(ip[0] & 15) * 4), 0) != 0xffff)
		return -1;
	if (p->kind == NET_TCP && net_segment_sum(ip, p->ip_version, pkt_segment(p)) != 0xffff)
		return -1;
	return 0;
}
