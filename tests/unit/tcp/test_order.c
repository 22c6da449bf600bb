/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes come out in the order that they were sent in, whatever order they came in.
 */
#include "harness.h"

static void
test_hole(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 5, "FGHIJ"), TCP_KEEP);
	assert_int_equal(w.env.notes & TCP_NOTE_OUT_OF_ORDER, TCP_NOTE_OUT_OF_ORDER);
	flow(&w, CLIENT);
	assert_int_equal(w.seen_len[CLIENT], 0);
	assert_int_equal(w.out_count, 0);
	assert_int_equal(put(&w, CLIENT, 0, "ABCDE"), TCP_KEEP);
	assert_int_equal(w.env.notes & (TCP_NOTE_DATA | TCP_NOTE_OUT_OF_ORDER), TCP_NOTE_DATA);
	assert_int_equal(offsets(&w, CLIENT).next, 10);
	flow(&w, CLIENT);
	assert_memory_equal(w.seen[CLIENT], "ABCDEFGHIJ", 10);
	assert_string_equal(out_text(&w, 0), "ABCDE");
	assert_string_equal(out_text(&w, 1), "FGHIJ");
	wire_close(&w);
}

/* Each of the 24 orders of four segments. */
static void
test_all_orders(void **state)
{
	static const char *const text[4] = { "aaaa", "bb", "c", "dddddd" };
	static const int64_t at[4] = { 0, 4, 6, 7 };

	for (unsigned order = 0; order < 256; order++) {
		unsigned i[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3 };
		struct wire w;

		if ((1u << i[0] | 1u << i[1] | 1u << i[2] | 1u << i[3]) != 15)
			continue;
		wire_open(&w, NULL);
		wire_handshake(&w);
		for (unsigned k = 0; k < 4; k++) {
			assert_int_equal(put(&w, SERVER, at[i[k]], text[i[k]]), TCP_KEEP);
			flow(&w, SERVER);
		}
		assert_int_equal(w.seen_len[SERVER], 13);
		assert_memory_equal(w.seen[SERVER], "aaaabbcdddddd", 13);
		assert_int_equal(w.out_count, 4);
		for (unsigned k = 0; k < 4; k++)
			assert_string_equal(out_text(&w, k), text[k]);
		wire_close(&w);
	}
}

static void
test_isn_wraps(void **state)
{
	for (uint32_t back = 0; back < 20; back++) {
		struct setup setup = { .isn = { UINT32_MAX - back, UINT32_MAX - 3 } };
		struct wire w;

		wire_open(&w, &setup);
		wire_handshake(&w);
		put(&w, CLIENT, 8, "IJKLMNOP");
		put(&w, CLIENT, 0, "ABCDEFGH");
		flow(&w, CLIENT);
		assert_memory_equal(w.seen[CLIENT], "ABCDEFGHIJKLMNOP", 16);
		assert_int_equal(put_ack(&w, SERVER, 0, 16), TCP_PASS);
		assert_int_equal(offsets(&w, CLIENT).una, 16);
		wire_close(&w);
	}
}

static void
test_queue_has_a_cap(void **state)
{
	struct setup setup = { .limits = { 65536, 8, 65536 } };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int i = 0; i < 8; i++)
		assert_int_equal(put(&w, CLIENT, 10 + 2 * i, "x"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 40, "x"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_QUEUE_FULL);
	/* What fills the hole is always taken. */
	assert_int_equal(put(&w, CLIENT, 0, "0123456789"), TCP_KEEP);
	assert_int_equal(offsets(&w, CLIENT).next, 11);
	assert_int_equal(put(&w, CLIENT, 40, "x"), TCP_KEEP);
	wire_close(&w);
}

static void
test_bytes_have_a_cap(void **state)
{
	struct setup setup = { .limits = { 16384, 64, 65536 } };
	static const uint8_t kilo[1024];
	struct wire w;
	int64_t at = 0;

	wire_open(&w, &setup);
	wire_handshake(&w);
	/* Out of order: a quarter; the rest stays free for what fills the hole. */
	for (at = 1024; put_span(&w, CLIENT, at, span_of(kilo, 1024)) == TCP_KEEP; at += 1024)
		;
	assert_int_equal(w.env.reason, TCP_QUEUE_FULL);
	assert_int_equal(at, 1024 + 4 * 1024);
	assert_int_equal(put_span(&w, CLIENT, 0, span_of(kilo, 1024)), TCP_KEEP);
	for (; put_span(&w, CLIENT, at, span_of(kilo, 1024)) == TCP_KEEP; at += 1024)
		;
	assert_int_equal(w.env.reason, TCP_QUEUE_FULL);
	/* The other direction has a half of its own. */
	assert_int_equal(put(&w, SERVER, 0, "220 x\r\n"), TCP_KEEP);
	assert_true(w.env.held_bytes < 16384);
	flow(&w, CLIENT);
	assert_int_equal(put_span(&w, CLIENT, at, span_of(kilo, 1024)), TCP_KEEP);
	wire_close(&w);

	/* Tiny frames count as small ones. */
	wire_open(&w, &setup);
	wire_handshake(&w);
	for (at = 0; put(&w, CLIENT, at, "x") == TCP_KEEP; at++)
		;
	assert_int_equal(w.env.reason, TCP_QUEUE_FULL);
	assert_int_equal(at, 8192 / 256);
	wire_close(&w);
}

static void
test_no_records_left(void **state)
{
	struct setup setup = { .segments = 2 };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 0, "a"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 1, "b"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 2, "c"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_MEMORY);
	flow(&w, CLIENT);
	assert_int_equal(put(&w, CLIENT, 2, "c"), TCP_KEEP);
	wire_close(&w);
}

static void
test_holding_since(void **state)
{
	struct wire w;
	uint64_t since;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_false(tcp_holding(w.c, &since));
	put(&w, CLIENT, 3, "d");
	w.now += 50;
	put(&w, CLIENT, 1, "b");
	assert_true(tcp_holding(w.c, &since));
	assert_int_equal(since, w.now - 50);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_all_orders),
		cmocka_unit_test(test_isn_wraps),
		cmocka_unit_test(test_queue_has_a_cap),
		cmocka_unit_test(test_bytes_have_a_cap),
		cmocka_unit_test(test_no_records_left),
		cmocka_unit_test(test_holding_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
