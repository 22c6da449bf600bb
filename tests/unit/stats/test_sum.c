/* SPDX-License-Identifier: BSD-3-Clause */
/* Sums and differences, each counter apart; and a reader beside a writing worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>

#include "stats.h"

static void
test_add_set_get(void **state)
{
	static struct stats s;

	stats_add(&s, STATS_FRAMES, 3);
	stats_add(&s, STATS_FRAMES, 4);
	stats_set(&s, STATS_FLOWS_ACTIVE, 9);
	stats_set(&s, STATS_FLOWS_ACTIVE, 8);
	assert_int_equal(stats_get(&s, STATS_FRAMES), 7);
	assert_int_equal(stats_get(&s, STATS_FLOWS_ACTIVE), 8);
	assert_int_equal(stats_get(&s, STATS_BLOCKED), 0);
}

static void
test_sum_and_delta(void **state)
{
	static struct stats a, b, total, later, delta;
	const struct stats *each[] = { &a, &b };

	for (unsigned id = 0; id < STATS_COUNT; id++) {
		stats_set(&a, id, id + 1);
		stats_set(&b, id, 1000 * (id + 1));
		stats_set(&total, id, 77); /* what stood there does not count */
	}
	stats_sum(&total, each, 2);
	for (unsigned id = 0; id < STATS_COUNT; id++) {
		assert_int_equal(total.v[id], 1001 * (id + 1));
		later.v[id] = total.v[id] + id;
	}
	stats_delta(&delta, &later, &total);
	for (unsigned id = 0; id < STATS_COUNT; id++)
		assert_int_equal(delta.v[id], id);
	stats_sum(&total, each, 0);
	assert_int_equal(total.v[STATS_FRAMES], 0);
}

#define TIMES 300000

static struct stats shared;

static void *
count(void *arg)
{
	for (unsigned i = 0; i < TIMES; i++)
		stats_add(&shared, STATS_FRAMES, 1);
	return NULL;
}

static void
test_reader_beside_writer(void **state)
{
	const struct stats *each[] = { &shared };
	static struct stats total;
	uint64_t last = 0;
	pthread_t writer;

	assert_int_equal(pthread_create(&writer, NULL, count, NULL), 0);
	while (last < TIMES) {
		stats_sum(&total, each, 1);
		assert_true(total.v[STATS_FRAMES] >= last);
		last = total.v[STATS_FRAMES];
	}
	pthread_join(writer, NULL);
	assert_int_equal(last, TIMES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_set_get),
		cmocka_unit_test(test_sum_and_delta),
		cmocka_unit_test(test_reader_beside_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
