/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who speaks to whom, made the same for both directions. In: a decoded frame. Out: its key, the
 * keyed hash of it, and which way the frame goes. Called for every TCP frame; looks up nothing.
 */
#include "flow_internal.h"

#include <endian.h>

void
flow_seed(struct flow_table *t, struct hash_key key)
{
	for (uint32_t i = 0; i < 2 * FLOW_PAIRS; i++)
		t->salt[i] = (uint32_t)hash_bytes(key, &i, sizeof(i));
	for (uint32_t i = 0; i < 2; i++)
		t->stir[i] = hash_bytes(key, &(uint64_t){ i }, sizeof(uint64_t)) | 1;
}

/*
 * The hash of a key that attackers may choose, much cheaper than SipHash over 48 bytes.
 *
 * NH, the first step of UMAC (RFC 4418 section 5.2): of two different keys chosen without knowledge
 * of the salt, 64 bits are the same with a probability of 2^-32 at most, whichever the two are.
 * That is proven, and no crowd of sessions can be prepared. Then one wide multiplication with
 * secrets, folded: keys whose sums lie near each other do not share a bucket, so that a collision
 * seen by its timing leads to no others. Should it all fail, FLOW_PROBES bounds what is won.
 */
static inline uint32_t
hash_of(const struct flow_table *t, const uint64_t pair[FLOW_PAIRS])
{
	unsigned __int128 wide;
	uint64_t sum = 0;

#pragma GCC unroll 6
	for (unsigned i = 0; i < FLOW_PAIRS; i++)
		sum += (uint64_t)((uint32_t)pair[i] + t->salt[2 * i]) *
		       ((uint32_t)(pair[i] >> 32) + t->salt[2 * i + 1]);
	wide = (unsigned __int128)(sum ^ t->stir[0]) * t->stir[1];
	return (uint32_t)((uint64_t)(wide >> 64) ^ (uint64_t)wide);
}

static inline void
halves_of(const struct net_addr *a, uint64_t half[2])
{
	memcpy(half, a->b, sizeof(a->b));
}

/* Does the frame go from the larger endpoint to the smaller one? */
static inline bool
goes_down(const uint64_t src[2], const uint64_t dst[2], const struct pkt *p)
{
	unsigned __int128 from = (unsigned __int128)be64toh(src[0]) << 64 | be64toh(src[1]);
	unsigned __int128 to = (unsigned __int128)be64toh(dst[0]) << 64 | be64toh(dst[1]);

	return (from > to) | ((from == to) & (p->sport > p->dport));
}

/* b where the mask is all ones, a where it is 0. Directions come in no order that a branch could be
 * predicted from, so there is none. */
static inline uint64_t
choose(uint64_t a, uint64_t b, uint64_t mask)
{
	return a ^ ((a ^ b) & mask);
}

void
flow_key_of(const struct flow_table *t, const struct pkt *p, struct flow_key *key)
{
	uint64_t src[2], dst[2], pair[FLOW_PAIRS], mask;
	uint16_t outer = p->vlan_count > 0 ? p->vlan[0] : 0;
	uint16_t inner = p->vlan_count > 1 ? p->vlan[1] : 0;
	bool swapped;

	halves_of(&p->src, src);
	halves_of(&p->dst, dst);
	swapped = goes_down(src, dst, p);
	mask = -(uint64_t)swapped;
	for (unsigned i = 0; i < 2; i++) {
		pair[i] = choose(src[i], dst[i], mask);
		pair[2 + i] = src[i] ^ dst[i] ^ pair[i];
	}
	*key = (struct flow_key){ .low_port = (uint16_t)choose(p->sport, p->dport, mask),
				  .high_port = (uint16_t)choose(p->dport, p->sport, mask),
				  .vlan = { outer, inner },
				  .ip_proto = p->ip_proto,
				  .swapped = swapped };
	memcpy(key->low.b, pair, sizeof(key->low.b));
	memcpy(key->high.b, pair + 2, sizeof(key->high.b));
	pair[4] = (uint64_t)key->low_port << 48 | (uint64_t)key->high_port << 32 |
		  (uint64_t)outer << 16 | inner;
	pair[5] = key->ip_proto;
	key->hash = hash_of(t, pair);
	/* The bucket comes while the rest of the burst is decoded. */
	__builtin_prefetch(&t->bucket[flow_home(t, key->hash)]);
}
