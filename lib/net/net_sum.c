/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Internet checksum (RFC 1071). In: bytes; out: folded ones' complement sums in host order,
 * not inverted. Decoding, editing and building use it. It changes nothing.
 */
#include <endian.h>

#include "net_wire.h"

uint16_t
net_sum(struct span bytes, uint32_t start)
{
	const uint8_t *b = bytes.ptr;
	size_t left = bytes.len;
	uint64_t sum = 0, word;
	uint8_t tail[8] = { 0 };

	/* Any word size and byte order will do, as long as the end is swapped (RFC 1071 (2)(B)). */
	for (; left >= 8; left -= 8, b += 8) {
		memcpy(&word, b, 8);
		sum += (word & 0xffffffff) + (word >> 32);
	}
	if (left > 0) {
		memcpy(tail, b, left);
		memcpy(&word, tail, 8);
		sum += (word & 0xffffffff) + (word >> 32);
	}
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = (uint64_t)be16toh((uint16_t)sum) + start;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
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
