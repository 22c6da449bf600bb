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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
