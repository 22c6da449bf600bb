/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring: alone step by step, then with two threads; built with TSan it must stay silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "ring.h"

static void
test_full_and_empty(void **state)
{
	struct ring *r = ring_create(3, 5); /* 8 slots */

	assert_non_null(r);
	assert_int_equal(ring_size(r), 8);
	assert_null(ring_peek(r));
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 8; i++) {
			uint8_t *slot = ring_reserve(r);

			assert_non_null(slot);
			slot[0] = slot[1] = slot[2] = (uint8_t)(round * 8 + i);
			assert_int_equal(ring_count(r), i);
			ring_commit(r);
		}
		assert_null(ring_reserve(r));
		assert_int_equal(ring_count(r), 8);
		for (unsigned i = 0; i < 8; i++) {
			uint8_t *slot = ring_peek(r);

			assert_non_null(slot);
			assert_int_equal(slot[0], (uint8_t)(round * 8 + i));
			assert_int_equal(slot[2], (uint8_t)(round * 8 + i));
			assert_int_equal((uintptr_t)slot % 16, 0);
			ring_pop(r);
		}
		assert_null(ring_peek(r));
		/* Move the start, so that every position is once the first. */
		ring_reserve(r);
		ring_commit(r);
		assert_non_null(ring_peek(r));
		ring_pop(r);
	}
	ring_destroy(r);
}

static void
test_reserved_is_not_yet_visible(void **state)
{
	struct ring *r = ring_create(8, 2);
	void *slot = ring_reserve(r);

	assert_null(ring_peek(r));
	assert_ptr_equal(ring_reserve(r), slot);
	ring_commit(r);
	assert_ptr_equal(ring_peek(r), slot);
	assert_ptr_equal(ring_peek(r), slot);
	ring_destroy(r);
}

static void
test_wrong_sizes(void **state)
{
	errno = 0;
	assert_null(ring_create(0, 1));
	assert_int_equal(errno, EINVAL);
	assert_null(ring_create(1, 0));
	assert_null(ring_create(SIZE_MAX, 1));
	assert_null(ring_create(1, SIZE_MAX));
	ring_destroy(NULL);
}

#define ITEMS 200000

/* Each item carries its number twice, so that a torn or early read shows. */
struct item {
	uint64_t number;
	uint64_t fill[5];
	uint64_t inverse;
};

static void *
produce(void *arg)
{
	struct ring *r = arg;

	for (uint64_t i = 0; i < ITEMS;) {
		struct item *item = ring_reserve(r);

		if (item == NULL) {
			sched_yield();
			continue;
		}
		*item = (struct item){ .number = i, .inverse = ~i };
		ring_commit(r);
		i++;
	}
	return NULL;
}

static void
run_threads(size_t slots)
{
	struct ring *r = ring_create(sizeof(struct item), slots);
	pthread_t producer;

	assert_int_equal(pthread_create(&producer, NULL, produce, r), 0);
	for (uint64_t i = 0; i < ITEMS;) {
		struct item *item = ring_peek(r);

		if (item == NULL) {
			sched_yield();
			continue;
		}
		assert_true(ring_count(r) >= 1 && ring_count(r) <= ring_size(r));
		assert_int_equal(item->number, i);
		assert_int_equal(item->inverse, ~i);
		ring_pop(r);
		i++;
	}
	pthread_join(producer, NULL);
	assert_null(ring_peek(r));
	ring_destroy(r);
}

static void
test_two_threads(void **state)
{
	run_threads(1);
	run_threads(4);
	run_threads(1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_and_empty),
		cmocka_unit_test(test_reserved_is_not_yet_visible),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
