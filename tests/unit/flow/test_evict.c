/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who gives way when the table is full: the lowest rank first, established last; among equals the
 * one idle longest of a few; and whoever is busy stays, however often the others go.
 */
#include "flow_internal.h"
#include "keys.h"

#define SECOND 1000000

static struct flow_table *
table(size_t entries)
{
	struct flow_table *t = flow_table_create(entries, 8, hash_key_fixed(), 0);

	assert_non_null(t);
	return t;
}

static struct flow_entry *
put(struct flow_table *t, uint32_t i, enum flow_rank rank, uint64_t now_us)
{
	struct flow_key key = key_of(t, i, false);
	struct flow_entry *e = flow_insert(t, &key, now_us);

	assert_non_null(e);
	assert_int_equal(flow_rank(e), FLOW_HALF_OPEN);
	flow_rank_set(e, rank);
	assert_int_equal(flow_rank(e), rank);
	flow_arm(t, e, now_us + SECOND);
	memcpy(flow_data(e), &i, sizeof(i));
	return e;
}

static uint32_t
number(struct flow_entry *e)
{
	uint32_t i;

	assert_non_null(e);
	memcpy(&i, flow_data(e), sizeof(i));
	return i;
}

static struct flow_entry *
victim(struct flow_table *t)
{
	struct flow_key near = key_of(t, (uint32_t)draw(), false);

	return flow_evict(t, &near, FLOW_LIGHT);
}

static void
test_empty(void **state)
{
	struct flow_table *t = table(4);

	assert_null(victim(t));
	put(t, 1, FLOW_ESTABLISHED, 0);
	assert_int_equal(number(victim(t)), 1);
	assert_int_equal(flow_count(t), 1);
	flow_remove(t, victim(t));
	assert_null(victim(t));
	flow_table_destroy(t);
}

/* However ranks came about and however long they were idle: victims come in the order of ranks. */
static void
test_ranks(void **state)
{
	enum { SIZE = 500 };
	struct flow_table *t = table(SIZE);
	unsigned left[FLOW_RANKS] = { 0 };

	for (uint32_t i = 0; i < SIZE; i++) {
		struct flow_entry *e = put(t, i, draw() % FLOW_RANKS, draw() % (1000 * SECOND));

		for (unsigned change = draw() % 3; change > 0; change--) {
			flow_rank_set(e, draw() % FLOW_RANKS);
			flow_arm(t, e, 2000 * (uint64_t)SECOND);
		}
		left[flow_rank(e)]++;
	}
	for (unsigned rank = 0; rank < FLOW_RANKS; rank++)
		for (assert_true(left[rank] > 0); left[rank] > 0; left[rank]--) {
			struct flow_entry *e = victim(t);

			assert_int_equal(flow_rank(e), rank);
			assert_int_equal(flow_count_rank(t, rank), left[rank]);
			flow_remove(t, e);
		}
	assert_int_equal(flow_count(t), 0);
	flow_table_destroy(t);
}

/* Who asks for one of a rank gets one of it while there is any, then of the lowest. */
static void
test_first_rank(void **state)
{
	enum { EACH = 40 };
	struct flow_table *t = table(EACH * FLOW_RANKS);
	struct flow_key near = key_of(t, 9999, false);

	for (uint32_t i = 0; i < EACH * FLOW_RANKS; i++)
		put(t, i, i % FLOW_RANKS, i * SECOND);
	for (unsigned i = 0; i < EACH; i++) {
		struct flow_entry *e = flow_evict(t, &near, FLOW_CLOSED);

		assert_int_equal(flow_rank(e), FLOW_CLOSED);
		flow_remove(t, e);
	}
	assert_int_equal(flow_rank(flow_evict(t, &near, FLOW_CLOSED)), FLOW_LIGHT);
	flow_table_destroy(t);
}

/* Of few, the one idle longest. */
static void
test_idle_longest(void **state)
{
	struct flow_table *t = table(FLOW_CANDIDATES);
	struct flow_entry *e[FLOW_CANDIDATES];

	for (uint32_t i = 0; i < FLOW_CANDIDATES; i++)
		e[i] = put(t, i, FLOW_ESTABLISHED, i * (uint64_t)SECOND);
	flow_touch(e[0], 100 * (uint64_t)SECOND);
	flow_touch(e[2], 50 * (uint64_t)SECOND);
	for (unsigned round = 0; round < 3; round++) /* asking changes nothing */
		assert_int_equal(number(victim(t)), 1);
	flow_remove(t, e[1]);
	for (uint32_t i = 3; i < FLOW_CANDIDATES; i++) {
		assert_int_equal(number(victim(t)), i);
		flow_remove(t, victim(t));
	}
	assert_int_equal(number(victim(t)), 2);
	flow_remove(t, e[2]);
	assert_int_equal(number(victim(t)), 0);
	flow_table_destroy(t);
}

/* Every other one is busy: none of them goes while idle ones are everywhere. */
static void
test_busy_stay(void **state)
{
	enum { SIZE = 400, GONE = 120 };
	struct flow_table *t = table(SIZE);

	for (uint32_t i = 0; i < SIZE; i++)
		put(t, i, FLOW_ESTABLISHED, 0);
	for (uint32_t round = 1; round <= GONE; round++) {
		struct flow_entry *e;

		for (uint32_t busy = 1; busy < SIZE; busy += 2) {
			struct flow_key key = key_of(t, busy, true);

			e = find_one(t, &key);
			assert_non_null(e);
			flow_touch(e, round * (uint64_t)SECOND);
		}
		e = victim(t);
		assert_int_equal(number(e) % 2, 0);
		flow_remove(t, e);
	}
	assert_int_equal(flow_count(t), SIZE - GONE);
	flow_table_destroy(t);
}

/* A rank counts from the next flow_arm on; before that nothing breaks. */
static void
test_rank_not_armed(void **state)
{
	enum { SIZE = 3 * FLOW_CANDIDATES + 3 };
	struct flow_table *t = table(SIZE);
	struct flow_entry *e[SIZE];

	for (uint32_t i = 0; i < SIZE; i++)
		e[i] = put(t, i, FLOW_HALF_OPEN, 0);
	for (uint32_t i = 0; i < SIZE; i++)
		flow_rank_set(e[i], FLOW_ESTABLISHED);
	for (uint32_t i = SIZE; i > 0; i--) {
		struct flow_entry *v = victim(t);

		assert_non_null(v);
		flow_remove(t, v);
		assert_int_equal(flow_count(t), i - 1);
	}
	assert_null(victim(t));
	flow_table_destroy(t);
}

/* No bucket within reach has room, the table has: only a neighbour's end helps, the cheapest's. */
static void
test_neighbourhood(void **state)
{
	enum { MOST = FLOW_PROBES * FLOW_SLOTS };
	struct flow_table *t = table(4 * MOST);
	struct flow_key key;
	struct flow_entry *e;

	put(t, 5000, FLOW_HALF_OPEN, 0); /* elsewhere, and worth less than any of them */
	for (uint32_t i = 0; i < MOST; i++) {
		key = key_of(t, i, false);
		key.hash = 0xffffff00;
		e = flow_insert(t, &key, 10 * SECOND);
		assert_non_null(e);
		flow_rank_set(e, i == 3 || i == 4 ? FLOW_DROPPED : FLOW_ESTABLISHED);
		flow_touch(e, i == 4 ? SECOND : 10 * SECOND);
		flow_arm(t, e, 20 * SECOND);
		memcpy(flow_data(e), &i, sizeof(i));
	}
	key = key_of(t, MOST, false);
	key.hash = 0xffffff00;
	for (unsigned round = 0; round < 20; round++) {
		assert_null(flow_insert(t, &key, 0));
		e = flow_evict(t, &key, FLOW_LIGHT);
		if (round == 0)
			assert_int_equal(number(e), 4);
		if (round == 1)
			assert_int_equal(number(e), 3);
		flow_remove(t, e);
		e = flow_insert(t, &key, 30 * SECOND);
		assert_non_null(e);
		flow_rank_set(e, FLOW_ESTABLISHED);
		flow_arm(t, e, 40 * SECOND);
		assert_ptr_equal(find_one(t, &key), e);
		key = key_of(t, MOST + 1 + round, false);
		key.hash = 0xffffff00;
	}
	assert_int_equal(number(victim(t)), 5000);
	flow_table_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	       cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_first_rank),
		cmocka_unit_test(test_idle_longest),   cmocka_unit_test(test_busy_stay),
		cmocka_unit_test(test_rank_not_armed), cmocka_unit_test(test_neighbourhood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
