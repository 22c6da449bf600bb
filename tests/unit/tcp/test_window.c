/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lies outside the granted window, what an ACK may say, and how far the window is opened.
 */
#include <stdio.h>
#include "harness.h"

static enum tcp_result
ack_window(struct wire *w, unsigned dir, int64_t offset, int64_t ack, uint16_t window)
{
	struct seg s = { .dir = dir,
			 .flags = NET_ACK,
			 .offset = offset,
			 .ack = ack,
			 .window = window,
			 .no_window = window == 0 };

	return put_seg(w, &s);
}

static void
test_right_of_the_window(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	w.window[SERVER] = 100;
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 99, "x"), TCP_KEEP);
	assert_int_equal(put(&w, CLIENT, 100, "p"), TCP_KEEP); /* a probe */
	assert_int_equal(put(&w, CLIENT, 99, "xyz"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	assert_int_equal(put(&w, CLIENT, 101, "x"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	/* An edge that was granted stays, whatever a later ACK says. */
	assert_int_equal(ack_window(&w, SERVER, 0, 0, 10), TCP_PASS);
	assert_int_equal(put(&w, CLIENT, 50, "x"), TCP_KEEP);
	assert_int_equal(ack_window(&w, SERVER, 0, 0, 200), TCP_PASS);
	assert_int_equal(put(&w, CLIENT, 180, "x"), TCP_KEEP);
	wire_close(&w);
}

static void
test_fin_at_the_edge(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	w.window[SERVER] = 4;
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 0, "QUIT"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_int_equal(put_fin(&w, CLIENT, 4, NULL), TCP_PASS);
	assert_int_equal(put_ack(&w, CLIENT, 5, 0), TCP_PASS);
	assert_int_equal(put_ack(&w, CLIENT, 6, 0), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	wire_close(&w);
}

/* N15: a byte into a closed window is new data: held, and the same byte ever after. */
static void
test_zero_window_probe(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	w.window[SERVER] = 4;
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	flow(&w, CLIENT);
	assert_int_equal(ack_window(&w, SERVER, 0, 4, 0), TCP_PASS);
	assert_int_equal(put(&w, CLIENT, 4, "E"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_int_equal(put(&w, CLIENT, 4, "E"), TCP_PASS);
	assert_int_equal(put(&w, CLIENT, 4, "X"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_OVERLAP);
	assert_int_equal(put(&w, CLIENT, 5, "FG"), TCP_DROP);
	wire_close(&w);
}

static void
test_ack_above_what_went(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "ABCD");
	take(&w, CLIENT);
	assert_int_equal(put_ack(&w, SERVER, 0, 1), TCP_DROP); /* nothing went yet */
	assert_int_equal(w.env.reason, TCP_BAD_ACK);
	tcp_mark(w.c, CLIENT, 2);
	release(&w, CLIENT);
	assert_int_equal(put_ack(&w, SERVER, 0, 2), TCP_PASS);
	assert_int_equal(put_ack(&w, SERVER, 0, 3), TCP_DROP);
	assert_int_equal(offsets(&w, CLIENT).una, 2);
	assert_int_equal(put_ack(&w, SERVER, 0, 1), TCP_PASS); /* an old one harms nobody */
	assert_int_equal(offsets(&w, CLIENT).una, 2);
	assert_int_equal(put_ack(&w, SERVER, 0, (uint64_t)-2000000000), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_ACK);
	wire_close(&w);
}

static void
test_data_with_a_bad_ack(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	w.ack[CLIENT] = 9;
	assert_int_equal(put(&w, CLIENT, 0, "ABCD"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_ACK);
	assert_int_equal(offsets(&w, CLIENT).next, 0);
	wire_close(&w);
}

static void
test_retain_limit_lowers_the_window(void **state)
{
	static uint8_t bytes[2000];
	struct setup setup = { .limits = { 65536, 64, 10000 },
			       .syn_options = { "020405b401030307", "020405b401030307" } };
	struct wire w;

	wire_open(&w, &setup);
	w.window[SERVER] = 1000;
	wire_handshake(&w);
	put_span(&w, CLIENT, 0, span_of(bytes, 1000));
	flow(&w, CLIENT);
	out_clear(&w);
	/* 1000 << 7: more than may be kept. */
	assert_int_equal(ack_window(&w, SERVER, 0, 1000, 1000), TCP_PASS);
	assert_true(w.out[0].edited);
	assert_int_equal(w.out[0].pkt.window, (10000 + 127) / 128);
	/* An edge given is not taken back: 1000 + 79 * 128 = 11112. */
	assert_int_equal(ack_window(&w, SERVER, 0, 500, 1000), TCP_PASS);
	assert_int_equal(w.out[1].pkt.window, (11112 - 500 + 127) / 128);
	/* A smaller one of the receiver's own passes as it is. */
	assert_int_equal(ack_window(&w, SERVER, 0, 1000, 3), TCP_PASS);
	assert_int_equal(w.out[2].pkt.window, 3);
	assert_false(w.out[2].edited);
	wire_close(&w);
}

static void
test_held_bytes_lower_the_window(void **state)
{
	static uint8_t bytes[3000];
	struct setup setup = { .limits = { 20000, 64, 1 << 20 } };
	struct wire w;
	uint64_t edge;

	wire_open(&w, &setup);
	w.window[SERVER] = 4000;
	wire_handshake(&w);
	assert_int_equal(ack_window(&w, SERVER, 0, 0, 4000), TCP_PASS);
	assert_int_equal(w.out[0].pkt.window, 4000); /* nothing is held */
	put_span(&w, CLIENT, 0, span_of(bytes, 3000));
	assert_int_equal(ack_window(&w, SERVER, 0, 0, 60000), TCP_PASS);
	edge = w.out[1].pkt.window;
	assert_int_equal(edge, 3000 + 10000 - w.env.held_bytes);
	flow(&w, CLIENT);
	assert_int_equal(ack_window(&w, SERVER, 0, 3000, 60000), TCP_PASS);
	assert_int_equal(w.out[3].pkt.window, 60000); /* nothing is held any more */
	wire_close(&w);
}

static void
check_edge(unsigned scale, uint32_t retain)
{
	static uint8_t bytes[700];
	char options[] = "020405b401030300";
	struct setup setup = { .limits = { 16384, 64, retain },
			       .syn_options = { options, options } };
	int64_t edge = 0, at = 0;
	struct wire w;

	snprintf(options + 14, 3, "%02x", scale);
	wire_open(&w, &setup);
	w.window[SERVER] = 2000;
	wire_handshake(&w);
	for (unsigned i = 0; i < 40; i++) {
		int64_t ack = (int64_t)offsets(&w, CLIENT).fwd;

		if (at + 700 <= edge && put_span(&w, CLIENT, at, span_of(bytes, 700)) == TCP_KEEP)
			at += 700;
		if (i % 3 == 2)
			flow(&w, CLIENT);
		out_clear(&w);
		ack_window(&w, SERVER, 0, ack, i % 5 == 4 ? 65535 : 9000);
		ack += (int64_t)w.out[0].pkt.window << scale;
		if (w.out[0].edited) { /* the receiver itself may take back; we never */
			assert_true(ack >= edge);
			assert_true(ack < (int64_t)(offsets(&w, CLIENT).una + retain) +
						    (1 << scale) ||
				    ack < edge + (1 << scale));
		}
		edge = ack > edge ? ack : edge;
	}
	assert_true(at > 2000);
	wire_close(&w);
}

/* For every scale: the edge that the sender sees never moves back by our doing. */
static void
test_edge_never_shrinks(void **state)
{
	for (unsigned scale = 0; scale <= 14; scale++) {
		check_edge(scale, 8192);
		check_edge(scale, 65536);
	}
}

/* As far below as a window can be wide, old bytes ask for an ACK; what lies farther is nonsense. */
static void
test_far_below(void **state)
{
	const int64_t widest = INT64_C(65535) << 14;
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, -widest, "x"), TCP_PASS);
	assert_memory_equal(out_text(&w, 0), "\0", 1);
	assert_int_equal(put(&w, CLIENT, -widest - 1, "x"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	assert_int_equal(put_ack(&w, CLIENT, -widest - 1, 0), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_of_the_window),
		cmocka_unit_test(test_fin_at_the_edge),
		cmocka_unit_test(test_zero_window_probe),
		cmocka_unit_test(test_ack_above_what_went),
		cmocka_unit_test(test_data_with_a_bad_ack),
		cmocka_unit_test(test_retain_limit_lowers_the_window),
		cmocka_unit_test(test_held_bytes_lower_the_window),
		cmocka_unit_test(test_edge_never_shrinks),
		cmocka_unit_test(test_far_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
