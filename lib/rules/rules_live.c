/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table behind rules_live.h. Slots in open addressing; a slot's word is its hash with two bits
 * of state. A writer claims a free slot with its hash, writes the key, and only then says in or out
 * (release), so a reader that sees the state sees the key. Two writers of one new key may claim two
 * slots; the first in probe order is the one that everybody finds.
 */
#include "rules_live.h"

#include <stdatomic.h>
#include <stdlib.h>
#include "hash.h"

#define PROBES 64 /* slots looked at: more only when the table is full */
#define STATE UINT64_C(3)

enum { CLAIMED = 1, IN = 2, OUT = 3 }; /* 0: the slot is free */

struct slot {
	_Atomic uint64_t word;
	uint32_t offset, len;
};

struct rules_live {
	unsigned references;
	struct hash_key key;
	size_t mask, values, bytes;
	_Atomic size_t used, used_bytes;
	_Atomic bool cleared;
	uint8_t *byte;
	struct slot slot[];
};

struct rules_live *
rules_live_create(size_t values, size_t bytes)
{
	struct rules_live *l;
	size_t slots = 64;

	while (slots < 2 * values)
		slots *= 2;
	l = calloc(1, sizeof(*l) + slots * sizeof(l->slot[0]));
	if (l == NULL)
		return NULL;
	l->byte = calloc(bytes, 1);
	if (l->byte == NULL) {
		free(l);
		return NULL;
	}
	l->references = 1;
	l->key = hash_key_random();
	l->mask = slots - 1;
	l->values = values;
	l->bytes = bytes;
	return l;
}

struct rules_live *
rules_live_share(struct rules_live *l)
{
	l->references++;
	return l;
}

void
rules_live_release(struct rules_live *l)
{
	if (l == NULL || --l->references > 0)
		return;
	free(l->byte);
	free(l);
}

static struct span
key_of(const struct rules_live *l, const struct slot *s)
{
	return span_of(l->byte + s->offset, s->len);
}

/* The slot that holds the key, or else NULL and in *end the word's index where the search ended. */
static struct slot *
find(const struct rules_live *l, uint64_t hash, struct span key, size_t *end)
{
	for (size_t n = 0; n < PROBES; n++) {
		struct slot *s = (struct slot *)&l->slot[(hash + n) & l->mask];
		uint64_t word = atomic_load_explicit(&s->word, memory_order_acquire);

		*end = n;
		if (word == 0)
			return NULL;
		if (((word ^ hash) & ~STATE) == 0 && (word & STATE) != CLAIMED &&
		    span_eq(key_of(l, s), key))
			return s;
	}
	*end = PROBES;
	return NULL;
}

/* Low bits choose the slot and are not kept in the word: there they are the state. */
static uint64_t
hash_of(const struct rules_live *l, struct span key)
{
	return hash_span(l->key, key);
}

enum rules_live_answer
rules_live_find(const struct rules_live *l, struct span key)
{
	size_t end;
	const struct slot *s = find(l, hash_of(l, key), key, &end);

	if (s == NULL)
		return RULES_LIVE_UNKNOWN;
	return (atomic_load_explicit(&s->word, memory_order_relaxed) & STATE) == IN ? RULES_LIVE_IN
										    : RULES_LIVE_OUT;
}

/* Room for one more value of so many bytes; what is taken is never given back. */
static bool
reserve(struct rules_live *l, size_t len, size_t *offset)
{
	if (atomic_load(&l->used) >= l->values || atomic_load(&l->used_bytes) + len > l->bytes)
		return false;
	if (atomic_fetch_add(&l->used, 1) >= l->values)
		return false;
	*offset = atomic_fetch_add(&l->used_bytes, len);
	return *offset + len <= l->bytes;
}

bool
rules_live_put(struct rules_live *l, struct span key, bool in)
{
	uint64_t hash = hash_of(l, key), state = in ? IN : OUT;
	size_t n, offset;
	struct slot *s = find(l, hash, key, &n);

	if (s == NULL && !reserve(l, key.len, &offset))
		return false;
	for (; s == NULL && n < PROBES; n++) {
		struct slot *at = &l->slot[(hash + n) & l->mask];
		uint64_t none = 0;

		if (!atomic_compare_exchange_strong(&at->word, &none, (hash & ~STATE) | CLAIMED))
			continue;
		at->offset = (uint32_t)offset;
		at->len = (uint32_t)key.len;
		memcpy(l->byte + offset, key.ptr, key.len);
		s = at;
	}
	if (s == NULL)
		return false;
	atomic_store_explicit(&s->word, (hash & ~STATE) | state, memory_order_release);
	return true;
}

void
rules_live_clear(struct rules_live *l)
{
	atomic_store(&l->cleared, true);
	for (size_t i = 0; i <= l->mask; i++) {
		uint64_t in = atomic_load_explicit(&l->slot[i].word, memory_order_acquire);

		if ((in & STATE) == IN)
			atomic_compare_exchange_strong(&l->slot[i].word, &in, (in & ~STATE) | OUT);
	}
}

bool
rules_live_cleared(const struct rules_live *l)
{
	return atomic_load_explicit(&l->cleared, memory_order_acquire);
}

size_t
rules_live_count(const struct rules_live *l)
{
	size_t used = atomic_load(&l->used);

	return used < l->values ? used : l->values;
}

size_t
rules_live_room(const struct rules_live *l)
{
	return l->values;
}

bool
rules_live_next(const struct rules_live *l, size_t *i, struct span *key)
{
	for (; *i <= l->mask; (*i)++) {
		const struct slot *s = &l->slot[*i];
		uint64_t word = atomic_load_explicit(&s->word, memory_order_acquire);
		size_t end;

		if ((word & STATE) != IN)
			continue;
		*key = key_of(l, s);
		if (find(l, hash_of(l, *key), *key, &end) == s) { /* the one that is found */
			(*i)++;
			return true;
		}
	}
	return false;
}
