/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the table lies in memory; for the files of lib/flow only.
 *
 *	bucket[b], one cache line:	tag 0..6 | passed | index 0..6 | used
 *					   |                  |
 *			hash of the entry's key       entry[index]: key | timer | links | data
 *
 * A key's home bucket follows from its hash. When that is full the next ones are tried, at most
 * FLOW_PROBES; every bucket gone past counts it in `passed`, so that a search may end at the first
 * bucket that nobody went past. Removing counts down again: nothing is left behind, nothing moves.
 */
#ifndef FLOW_INTERNAL_H
#define FLOW_INTERNAL_H

#ifndef POSTERN_LIB_FLOW
#error "internal to lib/flow"
#endif

#include "flow.h"

#define FLOW_SLOTS 7
#define FLOW_PER_BUCKET 4 /* entries on the average when full: 1 in 20 is not in its home bucket */
#define FLOW_PROBES 32	  /* buckets searched at most */
#define FLOW_CANDIDATES 8 /* entries looked at to find the one idle longest */
#define FLOW_PAIRS 6	  /* of 32-bit words, in a key */
#define FLOW_LINE 64
#define FLOW_RANKS (FLOW_ESTABLISHED + 1)
#define FLOW_NIL UINT32_MAX
#define FLOW_FREE 0xff /* `listed` of an entry that is not in the table */

struct flow_bucket {
	uint32_t tag[FLOW_SLOTS];
	uint32_t passed; /* entries that found this bucket full and lie in a later one */
	uint32_t index[FLOW_SLOTS];
	uint32_t used; /* bit i: slot i */
};

struct flow_entry {
	struct flow_key key;
	struct wheel_timer timer;
	uint32_t next, prev; /* in the list of its rank; next alone in the list of free ones */
	uint64_t used : 48;  /* tick of the last touch */
	uint64_t rank : 8;   /* enum flow_rank as last set */
	uint64_t listed : 8; /* enum flow_rank of the list it is in, or FLOW_FREE */
	/* the caller's bytes follow */
};

/* Longest in this rank first; NIL when empty. */
struct flow_list {
	uint32_t first, last, count;
};

struct flow_table {
	struct flow_bucket *bucket;
	uint8_t *entry;
	size_t stride, data_size;
	uint32_t bucket_count, probes;
	uint32_t size, count;
	uint32_t fresh; /* entries from here on were never used */
	uint32_t free;	/* list of those given back, or NIL */
	uint64_t stir[2];
	uint32_t salt[2 * FLOW_PAIRS];
	struct flow_list list[FLOW_RANKS];
	struct wheel wheel;
};

static inline struct flow_entry *
flow_at(const struct flow_table *t, uint32_t index)
{
	return (struct flow_entry *)(void *)(t->entry + index * t->stride);
}

static inline uint32_t
flow_index(const struct flow_table *t, const struct flow_entry *e)
{
	return (uint32_t)((size_t)((const uint8_t *)e - t->entry) / t->stride);
}

/* The hash spread evenly over any number of buckets, without a division. */
static inline uint32_t
flow_home(const struct flow_table *t, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * t->bucket_count >> 32);
}

static inline uint32_t
flow_next_bucket(const struct flow_table *t, uint32_t b)
{
	return b + 1 < t->bucket_count ? b + 1 : 0;
}

/* flow_key.c: the secrets of this table's hash. */
void flow_seed(struct flow_table *t, struct hash_key key);
/* flow_table.c: the bucket with room for this hash, or NIL. */
uint32_t flow_room(const struct flow_table *t, uint32_t hash);
/* flow_age.c: into the list of its rank, out of the list it is in. */
void flow_link(struct flow_table *t, struct flow_entry *e);
void flow_unlink(struct flow_table *t, struct flow_entry *e);

#endif
