/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools: the count is a cap, objects are apart and aligned, secrets are gone after pool_put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

static void
fill_and_check(size_t size, size_t count, unsigned flags)
{
	struct pool *p = pool_create("objects", size, count, flags);
	uint8_t **object = calloc(count, sizeof(*object));

	assert_non_null(p);
	assert_int_equal(pool_object_size(p), size);
	assert_int_equal(pool_count(p), count);
	assert_string_equal(pool_name(p), "objects");
	for (size_t i = 0; i < count; i++) {
		object[i] = pool_get(p);
		assert_non_null(object[i]);
		assert_int_equal((uintptr_t)object[i] % (size >= 64 ? 64 : 16), 0);
		memset(object[i], (int)i, size);
		assert_int_equal(pool_used(p), i + 1);
	}
	assert_null(pool_get(p));
	for (size_t i = 0; i < count; i++) {
		for (size_t b = 0; b < size; b++)
			assert_int_equal(object[i][b], (uint8_t)i);
	}
	for (size_t i = 0; i < count; i++)
		pool_put(p, object[i]);
	assert_int_equal(pool_used(p), 0);
	for (size_t i = 0; i < count; i++)
		assert_non_null(pool_get(p));
	assert_null(pool_get(p));
	pool_destroy(p);
	free(object);
}

static void
test_sizes(void **state)
{
	static const size_t size[] = { 1, 7, 8, 16, 17, 63, 64, 65, 1000, 300000 };

	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		fill_and_check(size[i], 1, 0);
		fill_and_check(size[i], 5, POOL_EAGER);
		fill_and_check(size[i], 3, POOL_SECRET);
	}
	fill_and_check(1000, 700, 0);
	fill_and_check(1000, 700, POOL_EAGER | POOL_SECRET);
}

static void
test_secrets_are_cleared(void **state)
{
	struct pool *p = pool_create("mail", 48, 2, POOL_SECRET);
	static const uint8_t zero[48];
	void *first = pool_get(p), *second = pool_get(p);

	memset(first, 0xaa, 48);
	memset(second, 0xbb, 48);
	pool_put(p, first);
	pool_put(p, second);
	assert_ptr_equal(pool_get(p), second); /* it was linked to the first */
	assert_memory_equal(second, zero, sizeof(zero));
	assert_ptr_equal(pool_get(p), first);
	assert_memory_equal(first, zero, sizeof(zero));
	pool_destroy(p);
}

/* The flags of the mapping that holds an address, from /proc/self/smaps ("dd": not dumped). */
static bool
left_out_of_dumps(const void *address)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	bool inside = false, found = false;
	char line[512];

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (uintptr_t)address && (uintptr_t)address < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dd") != NULL;
	}
	fclose(f);
	return found;
}

static void
test_secrets_stay_out_of_dumps(void **state)
{
	struct pool *secret = pool_create("mail", 5000, 10, POOL_SECRET);
	struct pool *plain = pool_create("flows", 5000, 10, 0);

	assert_true(left_out_of_dumps(pool_get(secret)));
	assert_false(left_out_of_dumps(pool_get(plain)));
	pool_destroy(secret);
	pool_destroy(plain);
}

/* More than the machine has, and only what is used costs anything. */
static void
test_unused_memory_is_free(void **state)
{
	struct pool *p = pool_create("wide", 1 << 20, 1 << 16, POOL_SECRET);
	uint8_t *object;

	assert_non_null(p);
	for (size_t i = 0; i < 3; i++) {
		object = pool_get(p);
		assert_non_null(object);
		object[(1 << 20) - 1] = 1;
	}
	pool_put(p, object);
	assert_ptr_equal(pool_get(p), object); /* used before fresh */
	pool_destroy(p);
}

static void
test_wrong_sizes(void **state)
{
	errno = 0;
	assert_null(pool_create("none", 0, 1, 0));
	assert_int_equal(errno, EINVAL);
	assert_null(pool_create("none", 1, 0, 0));
	assert_null(pool_create("huge", SIZE_MAX, 1, 0));
	assert_null(pool_create("huge", 1 << 20, SIZE_MAX >> 19, 0));
	pool_destroy(NULL);
}

static void
test_put_of_nothing(void **state)
{
	struct pool *p = pool_create("objects", 8, 1, 0);

	pool_put(p, NULL);
	assert_int_equal(pool_used(p), 0);
	pool_destroy(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_secrets_are_cleared),
		cmocka_unit_test(test_secrets_stay_out_of_dumps),
		cmocka_unit_test(test_unused_memory_is_free),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_put_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
