/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What repeats bytes that went on: the same bytes pass, acknowledged ones are zeroed (I2, I3).
 */
#include "harness.h"

static void
test_every_range_is_the_same(void **state)
{
	static uint8_t bytes[5000];
	struct setup setup = { .isn = { UINT32_MAX - 2100, 7 } };
	struct wire w;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 >> 3);
	wire_open(&w, &setup);
	wire_handshake(&w);
	put_span(&w, CLIENT, 0, span_of(bytes, sizeof(bytes)));
	flow(&w, CLIENT);
	out_clear(&w);
	/* Around the borders of the chunks too. */
	for (size_t from = 0; from < sizeof(bytes); from += 97)
		for (size_t len = 1; len <= sizeof(bytes) - from; len += 613) {
			assert_int_equal(put_span(&w, CLIENT, from, span_of(bytes + from, len)),
					 TCP_PASS);
			assert_int_equal(w.env.notes, TCP_NOTE_RETRANSMIT);
			assert_memory_equal(pkt_payload(&w.out[0].pkt).ptr, bytes + from, len);
			out_clear(&w);
		}
	wire_close(&w);
}

static void
test_other_bytes_are_overwritten(void **state)
{
	struct setup setup = { .rewrite = true };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "RCPT TO:<good@x>\r\n");
	flow(&w, CLIENT);
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 0, "RCPT TO:<evil@x>\r\n"), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, TCP_NOTE_DIFFERS);
	assert_string_equal(out_text(&w, 0), "RCPT TO:<good@x>\r\n");
	wire_close(&w);
}

static void
test_acked_bytes_are_zeroed(void **state)
{
	static const char zeros[8];
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCDEFGH");
	flow(&w, CLIENT);
	put_ack(&w, SERVER, 0, 5);
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 0, "xxxxxFGH"), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, 0);
	assert_memory_equal(pkt_payload(&w.out[0].pkt).ptr, "\0\0\0\0\0FGH", 8);
	put_ack(&w, SERVER, 0, 8);
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 0, "evilevil"), TCP_PASS);
	assert_memory_equal(pkt_payload(&w.out[0].pkt).ptr, zeros, 8);
	wire_close(&w);
}

/* N16: one garbage byte before the next, or none. */
static void
test_keep_alive(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, -1, "g"), TCP_PASS); /* nothing was sent yet */
	assert_string_equal(out_text(&w, 0), "");
	put(&w, CLIENT, 0, "ABC");
	flow(&w, CLIENT);
	put_ack(&w, SERVER, 0, 3);
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 2, "?"), TCP_PASS);
	assert_int_equal(w.out[0].pkt.payload_len, 1);
	assert_string_equal(out_text(&w, 0), "");
	assert_int_equal(put_ack(&w, CLIENT, 2, 0), TCP_PASS);
	assert_int_equal(out_offset(&w, 1), 2);
	assert_int_equal(put_ack(&w, SERVER, 0, 3), TCP_PASS);
	wire_close(&w);
}

static void
test_before_the_start(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, -3, "abcdef"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	assert_int_equal(offsets(&w, CLIENT).next, 0);
	wire_close(&w);
}

/* Old and new bytes in one segment: the old ones as they were. */
static void
test_old_and_new(void **state)
{
	struct setup setup = { .rewrite = true };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	flow(&w, CLIENT);
	out_clear(&w);
	assert_int_equal(put(&w, CLIENT, 2, "xxEF"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_string_equal(out_text(&w, 0), "CDEF");
	assert_int_equal(out_offset(&w, 0), 2);
	assert_int_equal(w.seen_len[CLIENT], 6);
	assert_memory_equal(w.seen[CLIENT], "ABCDEF", 6);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_range_is_the_same),
		cmocka_unit_test(test_other_bytes_are_overwritten),
		cmocka_unit_test(test_acked_bytes_are_zeroed),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_before_the_start),
		cmocka_unit_test(test_old_and_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
