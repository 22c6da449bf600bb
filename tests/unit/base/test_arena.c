/* SPDX-License-Identifier: BSD-3-Clause */
/* Arenas: pieces are apart, aligned and within the cap; reset gives every chunk back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "arena.h"

#define CHUNK 256
#define LARGEST (CHUNK - 16) /* beside the chunk's header */

static void
check_pieces(size_t chunk)
{
	struct pool *pool = pool_create("chunks", chunk, 8, 0);
	uint8_t *piece[64];
	struct arena a;
	size_t count = 0;

	arena_open(&a, pool, (uint32_t)(8 * chunk));
	while (count < 64 && (piece[count] = arena_alloc(&a, count + 1)) != NULL) {
		assert_int_equal((uintptr_t)piece[count] % 8, 0);
		memset(piece[count], (int)count, count + 1);
		count++;
	}
	assert_true(count > 10);
	for (size_t i = 0; i < count; i++) {
		for (size_t b = 0; b <= i; b++)
			assert_int_equal(piece[i][b], i);
	}
	arena_close(&a);
	assert_int_equal(pool_used(pool), 0);
	pool_destroy(pool);
}

/* Chunks whose size is no multiple of the alignment, too. */
static void
test_pieces_are_apart(void **state)
{
	for (size_t chunk = 64; chunk <= CHUNK; chunk++)
		check_pieces(chunk);
}

static void
check_largest(size_t chunk)
{
	struct pool *pool = pool_create("chunks", chunk, 2, 0);
	size_t largest = chunk - (CHUNK - LARGEST);
	struct arena a;
	uint8_t *piece;

	arena_open(&a, pool, (uint32_t)(2 * chunk));
	assert_null(arena_alloc(&a, largest + 1));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_int_equal(a.used, 0);
	piece = arena_alloc(&a, largest);
	assert_non_null(piece);
	memset(piece, 1, largest);
	assert_int_equal(a.used, chunk);
	assert_non_null(arena_alloc(&a, 1)); /* in a chunk of its own */
	assert_int_equal(a.used, 2 * chunk);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	pool_destroy(pool);
}

static void
test_largest_piece(void **state)
{
	for (size_t chunk = 64; chunk <= CHUNK; chunk++)
		check_largest(chunk);
}

static void
test_cap_holds_before_pool(void **state)
{
	struct pool *pool = pool_create("chunks", CHUNK, 8, 0);
	struct arena a;

	arena_open(&a, pool, 3 * CHUNK - 1);
	assert_non_null(arena_alloc(&a, LARGEST));
	assert_non_null(arena_alloc(&a, LARGEST));
	assert_null(arena_alloc(&a, LARGEST));
	assert_int_equal(pool_used(pool), 2);
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, LARGEST));
	arena_reset(&a);
	pool_destroy(pool);
}

static void
test_pool_is_empty(void **state)
{
	struct pool *pool = pool_create("chunks", CHUNK, 1, 0);
	struct arena a, b;

	arena_open(&a, pool, 8 * CHUNK);
	arena_open(&b, pool, 8 * CHUNK);
	assert_non_null(arena_alloc(&a, 8));
	assert_null(arena_alloc(&b, 8));
	assert_int_equal(arena_copy(&b, SPAN_LIT("x")).len, 0);
	assert_null(arena_copy(&b, SPAN_LIT("x")).ptr);
	arena_reset(&a);
	assert_non_null(arena_alloc(&b, 8));
	arena_reset(&b);
	pool_destroy(pool);
}

static void
test_copy(void **state)
{
	struct pool *pool = pool_create("chunks", CHUNK, 1, POOL_SECRET);
	char source[] = "one";
	struct span copy, empty;
	struct arena a;

	arena_open(&a, pool, CHUNK);
	copy = arena_copy(&a, span_str(source));
	source[0] = 'x';
	assert_true(span_eq(copy, SPAN_LIT("one")));
	empty = arena_copy(&a, SPAN_NONE);
	assert_non_null(empty.ptr);
	assert_int_equal(empty.len, 0);
	arena_reset(&a);
	pool_destroy(pool);
}

static void
test_no_bytes_have_their_own_address(void **state)
{
	struct pool *pool = pool_create("chunks", CHUNK, 1, 0);
	struct arena a;
	void *first;

	arena_open(&a, pool, CHUNK);
	first = arena_alloc(&a, 0);
	assert_non_null(first);
	assert_ptr_not_equal(first, arena_alloc(&a, 0));
	arena_reset(&a);
	pool_destroy(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_largest_piece),
		cmocka_unit_test(test_cap_holds_before_pool),
		cmocka_unit_test(test_pool_is_empty),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_no_bytes_have_their_own_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
