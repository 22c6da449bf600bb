/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table against a naive one: whatever is inserted, found and removed in any order, both say the
 * same; a full table holds all it was made for; searches of any burst size agree with single ones.
 */
#include <errno.h>
#include <stdlib.h>

#include "flow_internal.h"
#include "keys.h"

#define DATA 40

/* The number of its connection stands in the caller's bytes, at both ends. */
static void
mark(struct flow_entry *e, uint32_t i)
{
	uint8_t *data = flow_data(e);

	for (size_t at = 0; at < DATA; at++)
		assert_int_equal(data[at], 0);
	memcpy(data, &i, sizeof(i));
	memcpy(data + DATA - sizeof(i), &i, sizeof(i));
}

static uint32_t
marked(struct flow_entry *e)
{
	uint32_t first, last;

	memcpy(&first, flow_data(e), sizeof(first));
	memcpy(&last, (uint8_t *)flow_data(e) + DATA - sizeof(last), sizeof(last));
	assert_int_equal(first, last);
	return first;
}

static struct flow_entry *
put(struct flow_table *t, uint32_t i)
{
	struct flow_key key = key_of(t, i, false);
	struct flow_entry *e = flow_insert(t, &key, 0);

	if (e != NULL)
		mark(e, i);
	return e;
}

static struct flow_table *
table(size_t entries)
{
	struct flow_table *t = flow_table_create(entries, DATA, hash_key_fixed(), 0);

	assert_non_null(t);
	return t;
}

/* What must hold of the memory between any two calls. */
static void
check_buckets(const struct flow_table *t)
{
	uint32_t *passed = calloc(t->bucket_count, sizeof(*passed));
	size_t used = 0;

	assert_non_null(passed);
	for (uint32_t b = 0; b < t->bucket_count; b++)
		for (unsigned slot = 0; slot < FLOW_SLOTS; slot++) {
			const struct flow_entry *e;

			if (!(t->bucket[b].used >> slot & 1))
				continue;
			used++;
			e = flow_at(t, t->bucket[b].index[slot]);
			assert_int_equal(e->key.hash, t->bucket[b].tag[slot]);
			for (uint32_t at = flow_home(t, e->key.hash); at != b;
			     at = flow_next_bucket(t, at))
				passed[at]++;
		}
	assert_int_equal(used, t->count);
	for (uint32_t b = 0; b < t->bucket_count; b++)
		assert_int_equal(t->bucket[b].passed, passed[b]);
	free(passed);
}

static void
test_random(void **state)
{
	enum { SIZE = 500, NUMBERS = 800 };
	static struct flow_entry *model[NUMBERS];
	struct flow_table *t = table(SIZE);
	size_t count = 0, full = 0;

	memset(model, 0, sizeof(model));
	for (unsigned step = 0; step < 100000; step++) {
		uint32_t i = (uint32_t)(draw() % NUMBERS);
		struct flow_key key = key_of(t, i, draw() & 1);

		assert_ptr_equal(find_one(t, &key), model[i]);
		if (model[i] != NULL) {
			assert_int_equal(marked(model[i]), i);
			if (draw() % 3 == 0) {
				flow_remove(t, model[i]);
				model[i] = NULL;
				count--;
			}
		} else {
			model[i] = put(t, i);
			assert_int_equal(model[i] == NULL, count == SIZE);
			if (model[i] != NULL)
				count++;
			else
				full++;
		}
		assert_int_equal(flow_count(t), count);
		if (step % 1000 == 0)
			check_buckets(t);
	}
	assert_true(full > 0);
	flow_table_destroy(t);
}

/* All that a table was made for goes in, however many that is, and not one more. */
static void
test_full(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 27, 28, 29, 1000, 1000000 };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct flow_table *t = table(sizes[s]);
		struct flow_key key;

		assert_int_equal(flow_size(t), sizes[s]);
		for (uint32_t i = 0; i < sizes[s]; i++)
			assert_non_null(put(t, i));
		assert_int_equal(flow_count(t), sizes[s]);
		assert_null(put(t, sizes[s]));
		for (uint32_t i = 0; i < sizes[s]; i += 1 + sizes[s] / 1000) {
			key = key_of(t, i, i & 1);
			assert_int_equal(marked(find_one(t, &key)), i);
		}
		key = key_of(t, sizes[s], false);
		assert_null(find_one(t, &key));
		check_buckets(t);
		flow_table_destroy(t);
	}
}

/* Bursts of every size, what is there mixed with what is not, and the same key several times. */
static void
test_bursts(void **state)
{
	enum { SIZE = 3000, MOST = 64 };
	struct flow_table *t = table(SIZE);

	for (uint32_t i = 0; i < SIZE; i++)
		assert_non_null(put(t, i));
	for (size_t n = 0; n <= MOST; n++)
		for (unsigned round = 0; round < 50; round++) {
			/* of exactly n: what is read or written beyond is seen */
			struct flow_key *keys = calloc(n + (n == 0), sizeof(*keys));
			struct flow_entry **found = calloc(n + (n == 0), sizeof(*found));
			uint32_t number[MOST];

			for (size_t i = 0; i < n; i++) {
				number[i] = (uint32_t)(draw() % (2 * SIZE));
				if (i > 0 && draw() % 8 == 0)
					number[i] = number[i - 1];
				keys[i] = key_of(t, number[i], draw() & 1);
			}
			flow_find(t, keys, n, found);
			for (size_t i = 0; i < n; i++) {
				if (number[i] < SIZE)
					assert_int_equal(marked(found[i]), number[i]);
				else
					assert_null(found[i]);
			}
			free(keys);
			free(found);
		}
	flow_table_destroy(t);
}

/* The key of a frame that is not TCP: all zero. It must not be found, nor do harm. */
static void
test_zero_key(void **state)
{
	struct flow_table *t = table(8);
	struct flow_key zero;

	memset(&zero, 0, sizeof(zero));
	assert_null(find_one(t, &zero));
	assert_non_null(put(t, 1));
	assert_null(find_one(t, &zero));
	flow_table_destroy(t);
}

/* Many keys with one hash: all are told apart; the search is bounded, so there is an end. */
static void
test_one_hash(void **state)
{
	enum { MOST = FLOW_PROBES * FLOW_SLOTS };
	static const uint32_t hashes[] = { 0, 0x80000000, UINT32_MAX };
	static struct flow_entry *e[MOST];

	for (size_t h = 0; h < sizeof(hashes) / sizeof(hashes[0]); h++) {
		struct flow_table *t = table(4 * MOST);
		struct flow_key key;

		for (uint32_t i = 0; i <= MOST; i++) {
			key = key_of(t, i, false);
			key.hash = hashes[h];
			assert_null(find_one(t, &key));
			if (i == MOST) {
				assert_null(flow_insert(t, &key, 0));
				break;
			}
			e[i] = flow_insert(t, &key, 0);
			assert_non_null(e[i]);
		}
		check_buckets(t);
		for (uint32_t i = 0; i < MOST; i += 2)
			flow_remove(t, e[i]);
		for (uint32_t i = 0; i < MOST; i++) {
			key = key_of(t, i, true);
			key.hash = hashes[h];
			assert_ptr_equal(find_one(t, &key), i % 2 == 0 ? NULL : e[i]);
		}
		for (uint32_t i = 1; i < MOST; i += 2)
			flow_remove(t, e[i]);
		for (uint32_t b = 0; b < t->bucket_count; b++)
			assert_int_equal(t->bucket[b].used | t->bucket[b].passed, 0);
		flow_table_destroy(t);
	}
}

/* Same hash, same bucket, other key: the first slot that matches is not always the right one. */
static void
test_same_tag(void **state)
{
	struct flow_table *t = table(16);
	struct flow_key a = key_of(t, 1, false), b = key_of(t, 2, false), c = key_of(t, 3, false);
	struct flow_entry *ea, *eb;

	b.hash = c.hash = a.hash;
	ea = flow_insert(t, &a, 0);
	eb = flow_insert(t, &b, 0);
	assert_ptr_equal(find_one(t, &a), ea);
	assert_ptr_equal(find_one(t, &b), eb);
	assert_null(find_one(t, &c));
	flow_remove(t, ea);
	assert_null(find_one(t, &a));
	assert_ptr_equal(find_one(t, &b), eb);
	flow_table_destroy(t);
}

/* Walking sees each entry once, and goes on when the one it stands on, or any other, is removed. */
static void
test_walk(void **state)
{
	enum { SIZE = 300 };
	struct flow_table *t = table(SIZE);
	uint8_t seen[SIZE] = { 0 };
	struct flow_entry *e;
	size_t pos = 0, count = 0;

	assert_null(flow_walk(t, &pos));
	for (uint32_t i = 0; i < SIZE; i++)
		put(t, i);
	for (uint32_t i = 0; i < SIZE; i += 3) {
		struct flow_key key = key_of(t, i, false);

		flow_remove(t, find_one(t, &key));
	}
	for (pos = 0; (e = flow_walk(t, &pos)) != NULL; count++) {
		uint32_t i = marked(e);

		assert_int_not_equal(i % 3, 0);
		assert_int_equal(seen[i]++, 0);
		if (i % 3 == 1)
			flow_remove(t, e);
	}
	assert_int_equal(count, SIZE - SIZE / 3);
	assert_int_equal(flow_count(t), SIZE / 3);
	for (pos = 0; (e = flow_walk(t, &pos)) != NULL;) {
		assert_int_equal(marked(e) % 3, 2);
		flow_remove(t, e);
	}
	assert_int_equal(flow_count(t), 0);
	pos = 0;
	assert_null(flow_walk(t, &pos));
	flow_table_destroy(t);
}

/* The caller's bytes: aligned, its own, cleared although used before. */
static void
test_data(void **state)
{
	for (size_t size = 0; size < 70; size++) {
		struct flow_table *t = flow_table_create(20, size, hash_key_fixed(), 0);
		struct flow_key key;

		assert_non_null(t);
		for (unsigned round = 0; round < 2; round++) {
			for (uint32_t i = 0; i < 20; i++) {
				struct flow_entry *e;
				uint8_t *data;

				key = key_of(t, i, false);
				e = flow_insert(t, &key, 0);
				data = flow_data(e);
				assert_int_equal((uintptr_t)data % 8, 0);
				assert_ptr_equal(flow_of(data), e);
				assert_memory_equal(flow_entry_key(e), &key, sizeof(key));
				for (size_t at = 0; at < size; at++)
					assert_int_equal(data[at], 0);
				memset(data, 0xff, size);
			}
			for (uint32_t i = 0; i < 20; i++) {
				key = key_of(t, i, true);
				flow_remove(t, find_one(t, &key));
			}
		}
		flow_table_destroy(t);
	}
}

static void
test_create(void **state)
{
	struct flow_table *t;

	errno = 0;
	assert_null(flow_table_create(0, DATA, hash_key_fixed(), 0));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(flow_table_create(UINT32_MAX, DATA, hash_key_fixed(), 0));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(flow_table_create(1000, SIZE_MAX - 100, hash_key_fixed(), 0));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(flow_table_create(1000000, (size_t)1 << 42, hash_key_fixed(), 0));
	assert_int_equal(errno, ENOMEM);
	flow_table_destroy(NULL);
	/* What a session costs beside its data is a promise to whoever sizes a machine. */
	t = table(1000000);
	assert_true(flow_entry_cost(t) - DATA <= 112);
	flow_table_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	 cmocka_unit_test(test_full),
		cmocka_unit_test(test_bursts),	 cmocka_unit_test(test_zero_key),
		cmocka_unit_test(test_one_hash), cmocka_unit_test(test_same_tag),
		cmocka_unit_test(test_walk),	 cmocka_unit_test(test_data),
		cmocka_unit_test(test_create),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
