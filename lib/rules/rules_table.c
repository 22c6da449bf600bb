/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table of fixed size for what is known of addresses: bits that expire, rates. In: keys and
 * times; out: entries. One a worker, used by it alone; a worker knows only what it has seen itself.
 *
 * Buckets of eight. When a bucket is full of live entries, the one that expires first gives way:
 * memory stays bounded under any number of addresses, and the loss is the smallest. The hash is
 * keyed, so that nobody can choose addresses that share a bucket.
 */
#include "rules_set.h"

#include <stdlib.h>
#include "hash.h"

#define WAYS 8
#define MIN_BUCKETS 64
#define MAX_BUCKETS (1u << 20)

struct bucket {
	uint32_t tag[WAYS]; /* of the hash; 0: free */
	struct rules_entry entry[WAYS];
};

struct rules_table {
	struct bucket *bucket;
	uint64_t mask;
	struct hash_key key;
};

struct rules_table *
rules_table_create(size_t entries)
{
	struct rules_table *t = calloc(1, sizeof(*t));
	size_t buckets = MIN_BUCKETS;

	while (buckets * WAYS < entries && buckets < MAX_BUCKETS)
		buckets *= 2;
	if (t == NULL)
		return NULL;
	t->bucket = calloc(buckets, sizeof(*t->bucket));
	t->mask = buckets - 1;
	t->key = hash_key_random();
	if (t->bucket == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void
rules_table_destroy(struct rules_table *t)
{
	if (t == NULL)
		return;
	free(t->bucket);
	free(t);
}

void
rules_table_digest(const struct rules_table *t, struct span text, uint8_t out[16])
{
	struct hash_key other = { ~t->key.k0, t->key.k1 };
	uint64_t half[2] = { hash_span(t->key, text), hash_span(other, text) };

	memcpy(out, half, sizeof(half));
}

static struct bucket *
bucket_of(struct rules_table *t, const struct rules_table_key *key, uint32_t *tag)
{
	uint64_t h = hash_bytes(t->key, key, sizeof(*key));

	*tag = (uint32_t)(h >> 32) | 1;
	return &t->bucket[h & t->mask];
}

struct rules_entry *
rules_table_find(struct rules_table *t, const struct rules_table_key *key, uint64_t now_us)
{
	uint32_t tag;
	struct bucket *b = bucket_of(t, key, &tag);

	for (unsigned i = 0; i < WAYS; i++) {
		struct rules_entry *e = &b->entry[i];

		if (b->tag[i] == tag && memcmp(&e->key, key, sizeof(*key)) == 0)
			return now_us < e->expire_us ? e : NULL;
	}
	return NULL;
}

/* The place of the same key, else a free or expired one, else the first to expire. */
static unsigned
choose_way(const struct bucket *b, uint32_t tag, const struct rules_table_key *key, uint64_t now_us)
{
	unsigned best = 0;

	for (unsigned i = 0; i < WAYS; i++) {
		if (b->tag[i] == tag && memcmp(&b->entry[i].key, key, sizeof(*key)) == 0)
			return i;
	}
	for (unsigned i = 0; i < WAYS; i++) {
		if (b->tag[i] == 0 || b->entry[i].expire_us <= now_us)
			return i;
		if (b->entry[i].expire_us < b->entry[best].expire_us)
			best = i;
	}
	return best;
}

struct rules_entry *
rules_table_add(struct rules_table *t, const struct rules_table_key *key, uint64_t now_us,
		uint64_t expire_us)
{
	uint32_t tag;
	struct bucket *b = bucket_of(t, key, &tag);
	unsigned way = choose_way(b, tag, key, now_us);

	b->tag[way] = tag;
	b->entry[way] = (struct rules_entry){ .key = *key, .expire_us = expire_us };
	return &b->entry[way];
}

void
rules_entry_expire(struct rules_entry *e)
{
	e->expire_us = 0; /* expired at any time: its place is free */
}
