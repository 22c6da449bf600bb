/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The three-way handshake and what may come instead of it.
 */
#include "harness.h"

static enum tcp_result
syn(struct wire *w, unsigned dir, uint32_t isn, const char *payload)
{
	struct seg s = { .dir = dir, .flags = NET_SYN, .offset = -1, .payload = span_str(payload) };

	w->isn[dir] = isn;
	return put_seg(w, &s);
}

static enum tcp_result
answer(struct wire *w, uint32_t isn, int64_t ack)
{
	struct seg s = { .dir = SERVER, .flags = NET_SYN | NET_ACK, .offset = -1, .ack = ack };

	w->isn[SERVER] = isn;
	return put_seg(w, &s);
}

static void
test_three_parts(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	assert_int_equal(tcp_state(w.c), TCP_NONE);
	assert_int_equal(syn(&w, CLIENT, 77, NULL), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_SYN_SENT);
	assert_int_equal(w.env.notes & TCP_NOTE_SYN, TCP_NOTE_SYN);
	assert_int_equal(answer(&w, 4294967295u, 0), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_SYN_RECEIVED);
	assert_int_equal(w.env.notes & TCP_NOTE_SYNACK, TCP_NOTE_SYNACK);
	assert_int_equal(put_ack(&w, CLIENT, 0, 0), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	assert_int_equal(w.env.notes & TCP_NOTE_ESTABLISHED, TCP_NOTE_ESTABLISHED);
	assert_int_equal(put_ack(&w, CLIENT, 0, 0), TCP_PASS);
	assert_int_equal(w.env.notes & TCP_NOTE_ESTABLISHED, 0);
	assert_int_equal(tcp_flags_seen(w.c, CLIENT), NET_SYN | NET_ACK);
	assert_int_equal(tcp_flags_seen(w.c, SERVER), NET_SYN | NET_ACK);
	wire_close(&w);
}

static void
test_data_is_the_third_part(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	syn(&w, CLIENT, 1, NULL);
	answer(&w, 2, 0);
	assert_int_equal(put(&w, CLIENT, 0, "EHLO a\r\n"), TCP_KEEP);
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	flow(&w, CLIENT);
	assert_memory_equal(w.seen[CLIENT], "EHLO a\r\n", 8);
	wire_close(&w);
}

static void
test_syn_data_is_cut(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	assert_int_equal(syn(&w, CLIENT, 9, "EHLO early\r\n"), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "");
	assert_int_equal(w.out[0].pkt.flags, NET_SYN);
	assert_int_equal(w.out[0].pkt.seq, 9);
	assert_int_equal(offsets(&w, CLIENT).next, 0);
	wire_close(&w);
}

static void
test_wrong_answers(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	syn(&w, CLIENT, 100, NULL);
	assert_int_equal(answer(&w, 2, 1), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_ACK);
	assert_int_equal(syn(&w, SERVER, 5, NULL), TCP_DROP); /* simultaneous open */
	assert_int_equal(w.env.reason, TCP_BAD_STATE);
	assert_int_equal(tcp_state(w.c), TCP_SYN_SENT);
	assert_int_equal(answer(&w, 2, 0), TCP_PASS);
	assert_int_equal(answer(&w, 3, 0), TCP_DROP); /* the first ISN stays */
	assert_int_equal(answer(&w, 2, 1), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_STATE);
	assert_int_equal(answer(&w, 2, 0), TCP_PASS);
	assert_int_equal(put_ack(&w, CLIENT, 0, 1), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_ACK);
	assert_int_equal(put_ack(&w, CLIENT, 0, (uint64_t)-1), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_ACK);
	w.ack[CLIENT] = 0;
	assert_int_equal(put(&w, SERVER, 0, "220 early\r\n"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_STATE);
	assert_int_equal(put_ack(&w, CLIENT, 0, 0), TCP_PASS);
	wire_close(&w);
}

static void
test_another_isn_replaces(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	syn(&w, CLIENT, 100, NULL);
	assert_int_equal(syn(&w, CLIENT, 100, NULL), TCP_PASS);
	assert_int_equal(syn(&w, CLIENT, 200, NULL), TCP_PASS);
	w.isn[CLIENT] = 100;
	assert_int_equal(answer(&w, 7, 0), TCP_DROP);
	w.isn[CLIENT] = 200;
	assert_int_equal(answer(&w, 7, 0), TCP_PASS);
	assert_int_equal(put_ack(&w, CLIENT, 0, 0), TCP_PASS);
	wire_close(&w);
}

static void
test_repeats_on_a_live_connection(void **state)
{
	struct wire w;
	struct seg s = { .dir = SERVER, .flags = NET_SYN | NET_ACK, .offset = -1, .ack = 0 };

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put_seg(&w, &s), TCP_PASS); /* the third part was lost behind us */
	assert_int_equal(put(&w, CLIENT, 0, "x"), TCP_KEEP);
	/* A client that was restarted: the server's challenge ACK tells it. */
	assert_int_equal(syn(&w, CLIENT, 999999, "data"), TCP_PASS);
	assert_string_equal(out_text(&w, 1), "");
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	w.isn[CLIENT] = 1000;
	assert_int_equal(put(&w, CLIENT, 1, "y"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_int_equal(w.seen_len[CLIENT], 2);
	wire_close(&w);
}

static void
test_no_start(void **state)
{
	struct setup setup = { .midstream = true };
	struct wire w;

	wire_open(&w, NULL);
	assert_int_equal(put(&w, CLIENT, 0, "DATA\r\n"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_MIDSTREAM);
	wire_close(&w);

	wire_open(&w, &setup);
	w.ack[CLIENT] = 300;
	assert_int_equal(put(&w, CLIENT, 5000, "DATA\r\n"), TCP_KEEP);
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	/* The server is ahead of what the client acknowledged: its own first byte counts. */
	w.ack[SERVER] = 5000;
	assert_int_equal(put(&w, SERVER, 310, "250 ok\r\n"), TCP_KEEP);
	flow(&w, CLIENT);
	flow(&w, SERVER);
	assert_memory_equal(w.seen[CLIENT], "DATA\r\n", 6);
	assert_memory_equal(w.seen[SERVER], "250 ok\r\n", 8);
	assert_int_equal(w.out_count, 2);
	wire_close(&w);
}

/* What lies before our first byte is not known to have arrived: in line it does not pass unread, a
 * record is not changed. */
static void
test_before_start(void **state)
{
	for (unsigned capture = 0; capture < 2; capture++) {
		struct setup setup = { .midstream = true, .capture = capture };
		struct wire w;

		wire_open(&w, &setup);
		w.ack[CLIENT] = 300;
		assert_int_equal(put(&w, CLIENT, 5000, "DATA\r\n"), TCP_KEEP);
		flow(&w, CLIENT);
		assert_int_equal(put(&w, CLIENT, 4990, "...early"), TCP_PASS);
		assert_string_equal(out_text(&w, 1), capture ? "...early" : "");
		assert_int_equal(w.env.notes & TCP_NOTE_RETRANSMIT, TCP_NOTE_RETRANSMIT);
		wire_close(&w);
	}
}

static void
test_nonsense_flags(void **state)
{
	static const uint8_t bad[] = {
		0,
		NET_SYN | NET_FIN,
		NET_SYN | NET_RST,
		NET_FIN,
		NET_PSH,
		NET_SYN | NET_RST | NET_ACK,
		NET_FIN | NET_RST | NET_ACK,
		NET_SYN | NET_FIN | NET_ACK,
		NET_URG | NET_PSH | NET_FIN,
	};
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	for (size_t i = 0; i < sizeof(bad); i++) {
		struct seg s = { .dir = i % 2, .flags = bad[i] };

		assert_int_equal(put_seg(&w, &s), TCP_DROP);
		assert_int_equal(w.env.reason, TCP_BAD_FLAGS);
	}
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	wire_close(&w);
}

static void
test_reuse(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put_fin(&w, CLIENT, 0, NULL);
	put_ack(&w, SERVER, 0, 1);
	put_fin(&w, SERVER, 0, NULL);
	assert_int_equal(tcp_state(w.c), TCP_CLOSING);
	put_ack(&w, CLIENT, 1, 1);
	assert_int_equal(tcp_state(w.c), TCP_CLOSED);
	assert_int_equal(syn(&w, CLIENT, 5, NULL), TCP_DROP);
	assert_int_equal(w.env.notes & TCP_NOTE_REUSED, TCP_NOTE_REUSED);
	wire_close(&w);
}

static void
test_server_refuses(void **state)
{
	struct seg s = { .dir = SERVER, .flags = NET_RST | NET_ACK, .offset = -1, .ack = 5 };
	struct wire w;

	wire_open(&w, NULL);
	syn(&w, CLIENT, 100, NULL);
	assert_int_equal(put_seg(&w, &s), TCP_DROP); /* not for this SYN */
	assert_int_equal(w.env.reason, TCP_BAD_RST);
	s.ack = 0;
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	assert_int_equal(tcp_state(w.c), TCP_RESET);
	assert_int_equal(syn(&w, CLIENT, 100, NULL), TCP_DROP);
	assert_int_equal(w.env.notes & TCP_NOTE_REUSED, TCP_NOTE_REUSED);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_parts),
		cmocka_unit_test(test_data_is_the_third_part),
		cmocka_unit_test(test_syn_data_is_cut),
		cmocka_unit_test(test_wrong_answers),
		cmocka_unit_test(test_another_isn_replaces),
		cmocka_unit_test(test_repeats_on_a_live_connection),
		cmocka_unit_test(test_no_start),
		cmocka_unit_test(test_before_start),
		cmocka_unit_test(test_nonsense_flags),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_server_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
