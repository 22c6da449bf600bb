/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of a capture are a record of what did pass: nothing of a real session is refused.
 */
#include "harness.h"

static const struct setup capture = { .capture = true };

static void
test_ack_above_fwd(void **state)
{
	struct wire w;

	wire_open(&w, &capture);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "DATA\r\n");
	take(&w, CLIENT);
	assert_int_equal(put_ack(&w, SERVER, 0, 6), TCP_PASS);
	assert_int_equal(offsets(&w, CLIENT).una, 0);
	/* What the receiver has is not judged, only made the same. */
	assert_int_equal(put(&w, CLIENT, 3, "???"), TCP_KEEP);
	assert_int_equal(w.env.notes & TCP_NOTE_DIFFERS, 0);
	tcp_mark(w.c, CLIENT, 2);
	release(&w, CLIENT);
	assert_int_equal(offsets(&w, CLIENT).una, 2); /* acknowledged as it goes */
	assert_int_equal(pool_used(w.env.chunks), 0);
	flow(&w, CLIENT);
	assert_int_equal(offsets(&w, CLIENT).una, 6);
	assert_int_equal(pool_used(w.env.chunks), 0);
	assert_int_equal(out_offset(&w, 1), 0);
	assert_string_equal(out_text(&w, 1), "DA");
	assert_string_equal(out_text(&w, 2), "TA\r\n");
	wire_close(&w);
}

/* An ACK of another connection's, say: it must not make us forget what went on. */
static void
test_absurd_ack(void **state)
{
	struct wire w;

	wire_open(&w, &capture);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	flow(&w, CLIENT);
	assert_int_equal(put_ack(&w, SERVER, 0, 1500000000), TCP_PASS);
	assert_int_equal(offsets(&w, CLIENT).una, 0);
	assert_int_equal(put(&w, CLIENT, 0, "ABCX"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_OVERLAP);
	wire_close(&w);
}

/* The record shows the reply before the command that it answers. */
static void
test_ack_before_its_bytes(void **state)
{
	struct wire w;

	wire_open(&w, &capture);
	wire_handshake(&w);
	w.ack[SERVER] = 6;
	assert_int_equal(put(&w, SERVER, 0, "354 go\r\n"), TCP_KEEP);
	flow(&w, SERVER);
	assert_int_equal(put(&w, CLIENT, 0, "DATA\r\n"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_memory_equal(w.seen[CLIENT], "DATA\r\n", 6);
	assert_string_equal(out_text(&w, 1), "DATA\r\n");
	wire_close(&w);
}

static void
test_no_frame_is_lost(void **state)
{
	struct wire w;

	wire_open(&w, &capture);
	w.window[SERVER] = 10;
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 0, "far beyond the window"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 0, "far beyond the window"), TCP_KEEP); /* repeated */
	assert_int_equal(put(&w, CLIENT, 4, "beyond"), TCP_KEEP);
	assert_int_equal(put_ack(&w, CLIENT, 21, 0), TCP_PASS);
	assert_int_equal(out_offset(&w, 0), 21); /* as it was */
	flow(&w, CLIENT);
	assert_int_equal(w.out_count, 4);
	assert_string_equal(out_text(&w, 2), "far beyond the window");
	assert_string_equal(out_text(&w, 3), "beyond");
	assert_int_equal(w.discarded, 0);
	assert_int_equal(put_rst(&w, CLIENT, 1500), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_RESET);
	wire_close(&w);
}

static void
test_third_part_is_missing(void **state)
{
	struct seg syn = { .dir = CLIENT, .flags = NET_SYN, .offset = -1 };
	struct seg answer = { .dir = SERVER, .flags = NET_SYN | NET_ACK, .offset = -1 };
	struct wire w;

	wire_open(&w, &capture);
	put_seg(&w, &syn);
	put_seg(&w, &answer);
	assert_int_equal(put(&w, SERVER, 0, "220 hi\r\n"), TCP_KEEP);
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	wire_close(&w);
}

static void
test_syn_is_missing(void **state)
{
	struct setup setup = { .capture = true, .midstream = true };
	struct seg answer = { .dir = SERVER, .flags = NET_SYN | NET_ACK, .offset = -1 };
	struct wire w;

	wire_open(&w, &setup);
	assert_int_equal(put_seg(&w, &answer), TCP_PASS);
	assert_int_equal(put_ack(&w, CLIENT, 0, 0), TCP_PASS);
	assert_int_equal(put(&w, CLIENT, 0, "EHLO a\r\n"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_memory_equal(w.seen[CLIENT], "EHLO a\r\n", 8);
	wire_close(&w);
}

static void
test_answer_is_missing(void **state)
{
	struct setup setup = { .capture = true, .midstream = true };
	struct seg syn = { .dir = CLIENT, .flags = NET_SYN, .offset = -1 };

	for (unsigned first = 0; first < 2; first++) {
		struct wire w;

		wire_open(&w, &setup);
		assert_int_equal(put_seg(&w, &syn), TCP_PASS);
		w.ack[first] = 0;
		assert_int_equal(put(&w, first, 0, "one\r\n"), TCP_KEEP);
		assert_int_equal(put(&w, 1 - first, 0, "two\r\n"), TCP_KEEP);
		flow(&w, CLIENT);
		flow(&w, SERVER);
		assert_memory_equal(w.seen[first], "one\r\n", 5);
		assert_memory_equal(w.seen[1 - first], "two\r\n", 5);
		wire_close(&w);
	}
}

/* The record lacks the ACK, so the keep-alive's byte repeats one that counts as in flight. */
static void
test_keep_alive_without_acks(void **state)
{
	struct wire w;

	wire_open(&w, &capture);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABC");
	flow(&w, CLIENT);
	assert_int_equal(put_span(&w, CLIENT, 2, span_of("", 1)), TCP_PASS);
	assert_string_equal(out_text(&w, 1), "C");
	assert_int_equal(put(&w, CLIENT, 1, "x"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_OVERLAP);
	wire_close(&w);
}

/* Big frames (GRO), and no ACKs in the record at all: memory stays within the limit. */
static void
test_one_sided_record(void **state)
{
	static uint8_t bytes[60000];
	struct setup setup = { .capture = true, .limits = { 262144, 64, 20000 } };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int64_t at = 0; at < 6000000; at += (int64_t)sizeof(bytes)) {
		struct span piece;
		uint64_t offset;

		assert_int_equal(put_span(&w, CLIENT, at, span_of(bytes, sizeof(bytes))), TCP_KEEP);
		while (tcp_peek(w.c, CLIENT, &piece, &offset))
			tcp_take(w.c, CLIENT, piece.len);
		tcp_mark(w.c, CLIENT, UINT64_MAX);
		release(&w, CLIENT);
		assert_int_equal(offsets(&w, CLIENT).fwd, at + sizeof(bytes));
		assert_true(pool_used(w.env.chunks) <= 20000 / 2016 + 2);
		out_clear(&w);
	}
	/* What is no longer kept counts as acknowledged. */
	assert_int_equal(put(&w, CLIENT, 5900000, "evil"), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "");
	wire_close(&w);
}

/* Other connections have all the chunks: the record goes on. */
static void
test_no_chunks(void **state)
{
	static uint8_t bytes[9000];
	struct setup setup = { .capture = true, .chunks = 1 };
	struct wire w;

	memset(bytes, 'b', sizeof(bytes));
	wire_open(&w, &setup);
	wire_handshake(&w);
	put_span(&w, CLIENT, 0, span_of(bytes, sizeof(bytes)));
	flow(&w, CLIENT);
	assert_int_equal(offsets(&w, CLIENT).fwd, 9000);
	/* The one chunk holds the newest bytes. */
	assert_int_equal(put_span(&w, CLIENT, 8500, span_of(bytes, 500)), TCP_PASS);
	assert_memory_equal(out_text(&w, 1), bytes, 500);
	assert_int_equal(put_span(&w, CLIENT, 100, span_of(bytes, 5000)), TCP_PASS);
	assert_string_equal(out_text(&w, 2), "");
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ack_above_fwd),
		cmocka_unit_test(test_absurd_ack),
		cmocka_unit_test(test_ack_before_its_bytes),
		cmocka_unit_test(test_no_frame_is_lost),
		cmocka_unit_test(test_third_part_is_missing),
		cmocka_unit_test(test_syn_is_missing),
		cmocka_unit_test(test_answer_is_missing),
		cmocka_unit_test(test_keep_alive_without_acks),
		cmocka_unit_test(test_one_sided_record),
		cmocka_unit_test(test_no_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
