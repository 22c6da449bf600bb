/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding, inserting and removing sessions. In: keys with their hashes. Out: entries. Called by the
 * engine for every burst. It decides nothing about age: that is flow_age.c.
 *
 * All memory is mapped at creation. Pages are first touched in the order of use, so a table made
 * large costs what was in it at its fullest.
 */
#include "flow_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

_Static_assert(sizeof(struct flow_bucket) == FLOW_LINE, "a bucket is a cache line");
_Static_assert(sizeof(struct flow_entry) == 96, "what follows is aligned to 8, and memory is dear");
_Static_assert(offsetof(struct flow_key, hash) == FLOW_KEY_SIZE, "the key has no holes");

static void *
map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* Both are wishes: without them the table works the same. */
	madvise(memory, size, MADV_HUGEPAGE);
	madvise(memory, size, MADV_DONTDUMP);
	return memory;
}

struct flow_table *
flow_table_create(size_t entries, size_t data_size, struct hash_key key, uint64_t now_us)
{
	size_t stride = sizeof(struct flow_entry) + data_size;
	struct flow_table *t;

	stride = (stride + 7) / 8 * 8;
	if (entries == 0 || entries >= FLOW_NIL || stride < data_size ||
	    stride > SIZE_MAX / 2 / entries) {
		errno = EINVAL;
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	flow_seed(t, key);
	t->size = (uint32_t)entries;
	t->data_size = data_size;
	t->stride = stride;
	t->bucket_count = (uint32_t)((entries + FLOW_PER_BUCKET - 1) / FLOW_PER_BUCKET);
	t->probes = t->bucket_count < FLOW_PROBES ? t->bucket_count : FLOW_PROBES;
	t->free = FLOW_NIL;
	for (unsigned i = 0; i < FLOW_RANKS; i++)
		t->list[i] = (struct flow_list){ FLOW_NIL, FLOW_NIL, 0 };
	wheel_open(&t->wheel, now_us);
	t->bucket = map(t->bucket_count * sizeof(*t->bucket));
	t->entry = map(entries * stride);
	if (t->bucket == NULL || t->entry == NULL) {
		flow_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	return t;
}

void
flow_table_destroy(struct flow_table *t)
{
	if (t == NULL)
		return;
	if (t->bucket != NULL)
		munmap(t->bucket, t->bucket_count * sizeof(*t->bucket));
	if (t->entry != NULL)
		munmap(t->entry, t->size * t->stride);
	free(t);
}

/* Slots of the bucket that carry this hash, as bits. */
static inline uint32_t
tagged(const struct flow_bucket *b, uint32_t hash)
{
	uint32_t match = 0;

#pragma GCC unroll 7
	for (unsigned i = 0; i < FLOW_SLOTS; i++)
		match |= (uint32_t)(b->tag[i] == hash) << i;
	return match & b->used;
}

/* memcmp without the call: this is done for every frame. */
static inline bool
same(const struct flow_entry *e, const struct flow_key *key)
{
	const uint8_t *mine = (const uint8_t *)&e->key, *yours = (const uint8_t *)key;
	uint64_t a, b, differ = 0;

#pragma GCC unroll 6
	for (unsigned i = 0; i < FLOW_KEY_SIZE; i += 8) {
		memcpy(&a, mine + i, 8);
		memcpy(&b, yours + i, 8);
		differ |= a ^ b;
	}
	return differ == 0;
}

static struct flow_entry *
search(const struct flow_table *t, const struct flow_key *key)
{
	uint32_t at = flow_home(t, key->hash);

	for (uint32_t i = 0; i < t->probes; i++) {
		const struct flow_bucket *b = &t->bucket[at];

		for (uint32_t match = tagged(b, key->hash); match != 0; match &= match - 1) {
			struct flow_entry *e = flow_at(t, b->index[__builtin_ctz(match)]);

			if (same(e, key))
				return e;
		}
		if (b->passed == 0)
			return NULL;
		at = flow_next_bucket(t, at);
	}
	return NULL;
}

/*
 * Memory answers a question asked early: all buckets first, then the entry that each one points
 * at, and only then are keys compared. What is not settled by its home bucket comes last.
 */
void
flow_find(struct flow_table *t, const struct flow_key *keys, size_t n, struct flow_entry **entries)
{
	uint64_t open = 0;

	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&t->bucket[flow_home(t, keys[i].hash)]);
	for (size_t i = 0; i < n; i++) {
		const struct flow_bucket *b = &t->bucket[flow_home(t, keys[i].hash)];
		uint32_t match = tagged(b, keys[i].hash);

		entries[i] = NULL;
		if (match != 0) {
			entries[i] = flow_at(t, b->index[__builtin_ctz(match)]);
			__builtin_prefetch(entries[i]);
			__builtin_prefetch((uint8_t *)entries[i] + FLOW_LINE);
		} else if (b->passed != 0) {
			open |= UINT64_C(1) << i;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (entries[i] != NULL && !same(entries[i], &keys[i]))
			open |= UINT64_C(1) << i;
	for (; open != 0; open &= open - 1) {
		unsigned i = (unsigned)__builtin_ctzll(open);

		entries[i] = search(t, &keys[i]);
	}
}

uint32_t
flow_room(const struct flow_table *t, uint32_t hash)
{
	uint32_t at = flow_home(t, hash);

	for (uint32_t i = 0; i < t->probes; i++) {
		if (t->bucket[at].used != (1u << FLOW_SLOTS) - 1)
			return at;
		at = flow_next_bucket(t, at);
	}
	return FLOW_NIL;
}

static struct flow_entry *
take_free(struct flow_table *t)
{
	struct flow_entry *e;

	if (t->free == FLOW_NIL)
		return t->fresh < t->size ? flow_at(t, t->fresh++) : NULL;
	e = flow_at(t, t->free);
	t->free = e->next;
	return e;
}

/* Every bucket between a key's home and where it lies counts it, or no longer does. */
static void
count_passed(struct flow_table *t, uint32_t hash, uint32_t end, uint32_t change)
{
	for (uint32_t at = flow_home(t, hash); at != end; at = flow_next_bucket(t, at))
		t->bucket[at].passed += change;
}

struct flow_entry *
flow_insert(struct flow_table *t, const struct flow_key *key, uint64_t now_us)
{
	uint32_t at = flow_room(t, key->hash), slot;
	struct flow_entry *e = at != FLOW_NIL ? take_free(t) : NULL;
	struct flow_bucket *b;

	if (e == NULL)
		return NULL;
	b = &t->bucket[at];
	slot = (uint32_t)__builtin_ctz(~b->used);
	b->tag[slot] = key->hash;
	b->index[slot] = flow_index(t, e);
	b->used |= 1u << slot;
	count_passed(t, key->hash, at, 1);
	memset(e, 0, sizeof(*e) + t->data_size);
	e->key = *key;
	e->rank = FLOW_HALF_OPEN;
	flow_touch(e, now_us);
	flow_link(t, e);
	t->count++;
	return e;
}

/* Where the entry's slot is. The entry must be in the table. */
static struct flow_bucket *
slot_of(struct flow_table *t, const struct flow_entry *e, uint32_t *at, uint32_t *slot)
{
	uint32_t index = flow_index(t, e);

	for (*at = flow_home(t, e->key.hash);; *at = flow_next_bucket(t, *at)) {
		struct flow_bucket *b = &t->bucket[*at];

		for (uint32_t match = tagged(b, e->key.hash); match != 0; match &= match - 1) {
			*slot = (uint32_t)__builtin_ctz(match);
			if (b->index[*slot] == index)
				return b;
		}
	}
}

void
flow_remove(struct flow_table *t, struct flow_entry *e)
{
	uint32_t at, slot;
	struct flow_bucket *b = slot_of(t, e, &at, &slot);

	b->used &= ~(1u << slot);
	count_passed(t, e->key.hash, at, (uint32_t)-1);
	wheel_cancel(&t->wheel, &e->timer);
	flow_unlink(t, e);
	e->next = t->free;
	t->free = flow_index(t, e);
	t->count--;
}

void *
flow_data(struct flow_entry *e)
{
	return e + 1;
}

struct flow_entry *
flow_of(void *data)
{
	return (struct flow_entry *)data - 1;
}

const struct flow_key *
flow_entry_key(const struct flow_entry *e)
{
	return &e->key;
}

size_t
flow_count(const struct flow_table *t)
{
	return t->count;
}

size_t
flow_size(const struct flow_table *t)
{
	return t->size;
}

size_t
flow_entry_cost(const struct flow_table *t)
{
	size_t buckets = t->bucket_count * sizeof(*t->bucket);

	return t->stride + (buckets + t->size - 1) / t->size;
}

struct flow_entry *
flow_walk_some(struct flow_table *t, size_t *pos, size_t *look)
{
	while (*pos < t->fresh && *look > 0) {
		struct flow_entry *e = flow_at(t, (uint32_t)(*pos)++);

		(*look)--;
		if (e->listed != FLOW_FREE)
			return e;
	}
	return NULL;
}

struct flow_entry *
flow_walk(struct flow_table *t, size_t *pos)
{
	size_t look = SIZE_MAX;

	return flow_walk_some(t, pos, &look);
}
