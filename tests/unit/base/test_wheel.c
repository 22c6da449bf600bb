/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer wheel against a naive table of due ticks: whatever is armed, moved, cancelled, and
 * however time jumps, the same timers expire, in the order of their ticks, none early, none late.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "wheel.h"

#define TICK ((uint64_t)1 << WHEEL_TICK_SHIFT)
#define TIMERS 200

struct thing {
	int before;
	struct wheel_timer timer;
};

static uint64_t random_state;

/* xorshift64: the same run every time. */
static uint64_t
draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Spans from one tick to years, every size of jump as likely. */
static uint64_t
draw_span(void)
{
	return draw() >> (20 + draw() % 44);
}

struct model {
	uint64_t due; /* tick since start, 0: idle */
};

static uint64_t
model_due(uint64_t start, uint64_t now_tick, uint64_t at)
{
	uint64_t due = at > start ? (at - start + TICK - 1) / TICK : 0;

	return due > now_tick ? due : now_tick + 1;
}

static unsigned
check_expired(struct wheel *w, struct thing *things, struct model *models, uint64_t now_tick)
{
	struct wheel_timer *t;
	uint64_t last = 0;
	unsigned count = 0;

	while ((t = wheel_next(w)) != NULL) {
		struct thing *thing = wheel_entry(t, struct thing, timer);
		struct model *m = &models[thing - things];

		assert_true(m->due != 0);
		assert_true(m->due <= now_tick);
		assert_true(m->due >= last);
		assert_false(wheel_armed(t));
		last = m->due;
		m->due = 0;
		count++;
	}
	for (unsigned i = 0; i < TIMERS; i++)
		assert_true(models[i].due == 0 || models[i].due > now_tick);
	return count;
}

/* first_tick lets tick numbers wrap during the run. */
static void
run_model(uint64_t seed, uint64_t start, uint32_t first_tick)
{
	static struct thing things[TIMERS];
	static struct model models[TIMERS];
	static struct wheel w;
	uint64_t now = start, now_tick = 0;
	unsigned expired = 0;

	memset(things, 0, sizeof(things));
	memset(models, 0, sizeof(models));
	random_state = seed;
	wheel_open(&w, start);
	w.now = first_tick;
	for (unsigned step = 0; step < 4000; step++) {
		unsigned i = (unsigned)(draw() % TIMERS), armed = 0;
		uint64_t at;

		switch (draw() % 8) {
		case 0:
			wheel_cancel(&w, &things[i].timer);
			models[i].due = 0;
			break;
		case 1:
			now += draw_span();
			now_tick = (now - start) / TICK;
			wheel_advance(&w, now);
			expired += check_expired(&w, things, models, now_tick);
			break;
		default:
			at = draw() % 16 == 0 ? now - draw() % (now + 1) : now + draw_span();
			wheel_arm(&w, &things[i].timer, at);
			models[i].due = model_due(start, now_tick, at);
		}
		for (unsigned k = 0; k < TIMERS; k++) {
			armed += models[k].due != 0;
			assert_int_equal(wheel_armed(&things[k].timer), models[k].due != 0);
		}
		assert_int_equal(w.count, armed);
	}
	assert_true(expired > 300);
}

static void
test_against_naive_table(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		run_model(seed * 0x9e3779b97f4a7c15, 0, 0);
		run_model(seed * 0x9e3779b97f4a7c15, 1732752000123456, UINT32_MAX - 1000);
	}
}

static void
test_rounding(void **state)
{
	struct wheel_timer t = { 0 };
	struct wheel w;

	wheel_open(&w, 1000);
	wheel_arm(&w, &t, 1000 + TICK);
	wheel_advance(&w, 1000 + TICK - 1);
	assert_null(wheel_next(&w));
	wheel_advance(&w, 1000 + TICK);
	assert_ptr_equal(wheel_next(&w), &t);
	wheel_arm(&w, &t, 1000 + TICK + 1); /* a little more than now: the next tick */
	wheel_advance(&w, 1000 + 2 * TICK - 1);
	assert_null(wheel_next(&w));
	wheel_advance(&w, 1000 + 2 * TICK);
	assert_ptr_equal(wheel_next(&w), &t);
	wheel_arm(&w, &t, 0); /* past */
	assert_null(wheel_next(&w));
	wheel_advance(&w, 500); /* never back */
	assert_null(wheel_next(&w));
	wheel_advance(&w, 1000 + 3 * TICK);
	assert_ptr_equal(wheel_next(&w), &t);
}

static void
test_expired_may_still_be_moved(void **state)
{
	struct wheel_timer t[3] = { 0 };
	struct wheel w;

	wheel_open(&w, 0);
	for (unsigned i = 0; i < 3; i++)
		wheel_arm(&w, &t[i], (i + 1) * TICK);
	wheel_advance(&w, 3 * TICK);
	assert_int_equal(w.count, 3);
	wheel_cancel(&w, &t[2]); /* the last of the ready list */
	wheel_arm(&w, &t[0], 9 * TICK);
	assert_ptr_equal(wheel_next(&w), &t[1]);
	assert_null(wheel_next(&w));
	wheel_arm(&w, &t[1], 4 * TICK);
	wheel_advance(&w, 9 * TICK);
	assert_ptr_equal(wheel_next(&w), &t[1]);
	assert_ptr_equal(wheel_next(&w), &t[0]);
	assert_null(wheel_next(&w));
	assert_int_equal(w.count, 0);
}

static void
test_later_is_a_store(void **state)
{
	struct wheel_timer t = { 0 };
	struct wheel w;
	uint32_t slot;

	wheel_open(&w, 0);
	wheel_arm(&w, &t, 10 * TICK);
	slot = t.slot_due;
	wheel_arm(&w, &t, 100 * TICK);
	assert_int_equal(t.slot_due, slot);
	wheel_advance(&w, 99 * TICK);
	assert_null(wheel_next(&w));
	wheel_advance(&w, 100 * TICK);
	assert_ptr_equal(wheel_next(&w), &t);
}

static void
test_far_ends(void **state)
{
	struct wheel_timer t = { 0 };
	struct wheel w;

	wheel_open(&w, 0);
	wheel_arm(&w, &t, UINT64_MAX);
	wheel_advance(&w, (WHEEL_FAR - 1) * TICK);
	assert_null(wheel_next(&w));
	wheel_advance(&w, UINT64_MAX);
	assert_ptr_equal(wheel_next(&w), &t);
	wheel_arm(&w, &t, UINT64_MAX);
	assert_true(wheel_armed(&t));
	wheel_cancel(&w, &t);
	wheel_cancel(&w, &t);
	assert_int_equal(w.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_naive_table),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_expired_may_still_be_moved),
		cmocka_unit_test(test_later_is_a_store),
		cmocka_unit_test(test_far_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
