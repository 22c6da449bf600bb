/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A RST counts only where its receiver would believe it (RFC 5961), and nothing is forgotten by it.
 */
#include "harness.h"

static void
open_with_data(struct wire *w)
{
	wire_open(w, NULL);
	wire_handshake(w);
	put(w, CLIENT, 0, "0123456789");
	flow(w, CLIENT);
	put_ack(w, SERVER, 0, 4);
	out_clear(w);
}

/* una 4, fwd 10, next 13 */
static void
test_where_it_counts(void **state)
{
	for (int64_t at = -5; at < 20; at++) {
		bool good = at == 4 || at == 10 || at == 13;
		struct wire w;

		open_with_data(&w);
		put(&w, CLIENT, 10, "abc");
		assert_int_equal(put_rst(&w, CLIENT, at), good ? TCP_PASS : TCP_DROP);
		assert_int_equal(tcp_state(w.c), good ? TCP_RESET : TCP_ESTABLISHED);
		if (good) {
			assert_int_equal(w.env.notes & TCP_NOTE_RST, TCP_NOTE_RST);
			/* The receiver knows nothing of what is held. */
			assert_int_equal(out_offset(&w, 0), at == 13 ? 10 : at);
			release(&w, CLIENT);
			assert_int_equal(w.discarded, 1);
		} else {
			assert_int_equal(w.env.reason, TCP_BAD_RST);
			flow(&w, CLIENT);
			assert_string_equal(out_text(&w, 0), "abc");
		}
		wire_close(&w);
	}
}

static void
test_behind_a_fin(void **state)
{
	struct wire w;

	open_with_data(&w);
	put_fin(&w, CLIENT, 10, NULL);
	assert_int_equal(put_rst(&w, CLIENT, 10), TCP_DROP);
	assert_int_equal(put_rst(&w, CLIENT, 11), TCP_PASS);
	wire_close(&w);
}

static void
test_from_the_server(void **state)
{
	struct wire w;

	open_with_data(&w);
	assert_int_equal(put_rst(&w, SERVER, 1), TCP_DROP);
	assert_int_equal(put_rst(&w, SERVER, 0), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_RESET);
	wire_close(&w);
}

static void
test_payload_is_cut(void **state)
{
	struct seg s = {
		.dir = CLIENT, .flags = NET_RST, .offset = 10, .payload = SPAN_LIT("why")
	};
	struct wire w;

	open_with_data(&w);
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "");
	assert_int_equal(w.out[0].pkt.flags, NET_RST);
	wire_close(&w);
}

/* The receiver has not all that went: it asks, and the exact answer may pass. */
static void
test_challenge_and_answer(void **state)
{
	struct wire w;

	open_with_data(&w);
	assert_int_equal(put_rst(&w, CLIENT, 10), TCP_PASS);
	assert_int_equal(put_ack(&w, SERVER, 0, 4), TCP_PASS);
	assert_int_equal(put_rst(&w, CLIENT, 4), TCP_PASS);
	assert_int_equal(put_rst(&w, CLIENT, 7), TCP_DROP);
	/* No byte passes any more, from either side. */
	assert_int_equal(put(&w, CLIENT, 4, "456789"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_ENDED);
	out_clear(&w);
	assert_int_equal(put_fin(&w, SERVER, 0, "250 ok\r\n"), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "");
	assert_int_equal(w.out[0].pkt.flags, NET_ACK);
	assert_int_equal(w.seen_len[SERVER], 0);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_it_counts),	     cmocka_unit_test(test_behind_a_fin),
		cmocka_unit_test(test_from_the_server),	     cmocka_unit_test(test_payload_is_cut),
		cmocka_unit_test(test_challenge_and_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
