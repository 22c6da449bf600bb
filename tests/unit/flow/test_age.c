/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time: entries expire when they should, over seconds and over weeks, whatever is re-armed or
 * removed meanwhile; the last use is remembered to a tick.
 */
#include "flow_internal.h"
#include "keys.h"

#define TICK (UINT64_C(1) << WHEEL_TICK_SHIFT)
#define SECOND UINT64_C(1000000)
#define START (40 * 365 * 86400 * SECOND) /* no round number of ticks, 2^48 us are past */
#define SIZE 200

struct model {
	struct flow_entry *e;
	uint64_t due; /* 0: not armed */
};

static struct flow_table *
table(void)
{
	struct flow_table *t = flow_table_create(SIZE, 8, hash_key_fixed(), START);

	assert_non_null(t);
	return t;
}

static struct flow_entry *
put(struct flow_table *t, uint32_t i, uint64_t now)
{
	struct flow_key key = key_of(t, i, false);
	struct flow_entry *e = flow_insert(t, &key, now);

	assert_non_null(e);
	memcpy(flow_data(e), &i, sizeof(i));
	return e;
}

static uint32_t
number(struct flow_entry *e)
{
	uint32_t i;

	memcpy(&i, flow_data(e), sizeof(i));
	return i;
}

/* Never early; late by two ticks at most: time is counted in whole ones, and rounded up. */
static unsigned
check_expired(struct flow_table *t, struct model *m, uint64_t now)
{
	struct flow_entry *e;
	unsigned count = 0;

	for (; (e = flow_expired(t)) != NULL; count++) {
		struct model *one = &m[number(e)];

		assert_ptr_equal(one->e, e);
		assert_int_not_equal(one->due, 0);
		assert_true(one->due <= now);
		one->due = 0;
		if (draw() & 1) {
			flow_remove(t, e);
			one->e = NULL;
		}
	}
	for (unsigned i = 0; i < SIZE; i++)
		if (m[i].due != 0)
			assert_true(m[i].due + 2 * TICK > now);
	return count;
}

/* Spans from a microsecond to three weeks, every size as likely. */
static uint64_t
draw_span(void)
{
	return draw() >> (23 + draw() % 40);
}

static void
test_random(void **state)
{
	static struct model m[SIZE];
	struct flow_table *t = table();
	uint64_t now = START;
	unsigned expired = 0;

	memset(m, 0, sizeof(m));
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t i = (uint32_t)(draw() % SIZE);

		if (m[i].e == NULL) {
			m[i].e = put(t, i, now);
		} else if (draw() % 4 == 0) {
			flow_remove(t, m[i].e);
			m[i] = (struct model){ NULL, 0 };
		} else {
			m[i].due = now + 1 + draw_span();
			flow_rank_set(m[i].e, draw() % FLOW_RANKS);
			flow_arm(t, m[i].e, m[i].due);
		}
		if (step % 8 == 0) {
			now += draw_span();
			flow_advance(t, now);
			expired += check_expired(t, m, now);
		}
	}
	assert_true(expired > 1000);
	flow_table_destroy(t);
}

/* The last arming counts, earlier or later. */
static void
test_rearm(void **state)
{
	struct flow_table *t = table();
	struct flow_entry *a = put(t, 1, START), *b = put(t, 2, START), *c = put(t, 3, START);

	flow_arm(t, a, START + 10 * SECOND);
	flow_arm(t, a, START + 300 * SECOND);
	flow_arm(t, b, START + 300 * SECOND);
	flow_arm(t, b, START + 10 * SECOND);
	flow_advance(t, START + 9 * SECOND);
	assert_null(flow_expired(t));
	flow_advance(t, START + 11 * SECOND);
	assert_ptr_equal(flow_expired(t), b);
	assert_null(flow_expired(t));
	flow_advance(t, START + 299 * SECOND);
	assert_null(flow_expired(t));
	flow_advance(t, START + 301 * SECOND);
	assert_ptr_equal(flow_expired(t), a);
	assert_null(flow_expired(t));
	assert_int_equal(flow_count(t), 3); /* expired is not removed; c was never armed */
	flow_remove(t, c);
	flow_table_destroy(t);
}

/* An entry that is due, but not yet handed out, may be removed or armed again. */
static void
test_due_and_removed(void **state)
{
	struct flow_table *t = table();
	struct flow_entry *e[4];

	for (uint32_t i = 0; i < 4; i++) {
		e[i] = put(t, i, START);
		flow_arm(t, e[i], START + SECOND);
	}
	flow_advance(t, START + 2 * SECOND);
	flow_remove(t, e[1]);
	flow_arm(t, e[2], START + 5 * SECOND);
	for (unsigned i = 0; i < 2; i++) {
		struct flow_entry *due = flow_expired(t);

		assert_true(due == e[0] || due == e[3]);
		flow_remove(t, due);
	}
	assert_null(flow_expired(t));
	flow_advance(t, START + 6 * SECOND);
	assert_ptr_equal(flow_expired(t), e[2]);
	assert_null(flow_expired(t));
	flow_table_destroy(t);
}

/* A place used again carries no timer of its last owner. */
static void
test_reused_place(void **state)
{
	struct flow_table *t = table();
	struct flow_entry *old = put(t, 1, START), *e;

	flow_arm(t, old, START + SECOND);
	flow_remove(t, old);
	e = put(t, 2, START);
	assert_ptr_equal(e, old);
	flow_advance(t, START + 10 * SECOND);
	assert_null(flow_expired(t));
	flow_table_destroy(t);
}

static void
test_used(void **state)
{
	static const uint64_t times[] = { 0, 1, TICK - 1, TICK, START, UINT64_MAX - TICK };
	struct flow_table *t = table();
	struct flow_entry *e = put(t, 1, START);

	assert_true(flow_used_us(e) <= START && flow_used_us(e) + TICK > START);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		for (unsigned rank = 0; rank < FLOW_RANKS; rank++) {
			flow_rank_set(e, rank);
			flow_touch(e, times[i]);
			assert_true(flow_used_us(e) <= times[i]);
			assert_true(times[i] - flow_used_us(e) < TICK);
			assert_int_equal(flow_rank(e), rank);
		}
	flow_table_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),		cmocka_unit_test(test_rearm),
		cmocka_unit_test(test_due_and_removed), cmocka_unit_test(test_reused_place),
		cmocka_unit_test(test_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
