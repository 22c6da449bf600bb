/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ending a connection: RSTs that both sides believe, a last reply, and nothing passes afterwards.
 */
#include "harness.h"

/* Client: una 4, fwd 10, next 13 (3 held). Server: all 5 acknowledged. */
static void
open_with_data(struct wire *w, const struct setup *setup)
{
	wire_open(w, setup);
	wire_handshake(w);
	put(w, SERVER, 0, "220\r\n");
	flow(w, SERVER);
	w->ack[CLIENT] = 5;
	put(w, CLIENT, 0, "0123456789");
	flow(w, CLIENT);
	put_ack(w, SERVER, 5, 4);
	put(w, CLIENT, 10, "abc");
	out_clear(w);
}

static void
check_rst(const struct wire *w, size_t i, unsigned dir, int64_t offset, int64_t ack)
{
	assert_true(w->out[i].made);
	assert_int_equal(w->out[i].dir, dir);
	assert_int_equal(w->out[i].pkt.flags, NET_RST | NET_ACK);
	assert_int_equal(out_offset(w, i), offset);
	assert_int_equal(out_ack(w, i), ack);
}

static void
check_nothing_passes(struct wire *w)
{
	size_t count = w->out_count;

	assert_int_equal(tcp_state(w->c), TCP_RESET);
	for (unsigned dir = 0; dir < 2; dir++) {
		assert_int_equal(put(w, dir, 13, "x"), TCP_DROP);
		assert_int_equal(w->env.reason, TCP_ENDED);
		assert_int_equal(put_ack(w, dir, 5, 4), TCP_DROP);
		assert_int_equal(put_fin(w, dir, 5, NULL), TCP_DROP);
		flow(w, dir);
	}
	assert_int_equal(w->out_count, count);
}

static void
test_rst_both(void **state)
{
	for (unsigned like_dir = 0; like_dir < 2; like_dir++) {
		struct wire w;

		open_with_data(&w, NULL);
		end(&w, TCP_END_RST_BOTH, NULL, like_dir);
		assert_int_equal(w.discarded, 1);
		assert_int_equal(w.out_count, 3);
		check_rst(&w, 0, SERVER, 5, 13);
		check_rst(&w, 1, CLIENT, 10, 5); /* when all arrived */
		check_rst(&w, 2, CLIENT, 4, 5);	 /* when what went on was lost */
		assert_int_equal(pool_used(w.env.chunks), 0);
		check_nothing_passes(&w);
		wire_close(&w);
	}
}

static void
test_one_side_or_none(void **state)
{
	struct wire w;

	open_with_data(&w, NULL);
	end(&w, TCP_END_RST_CLIENT, NULL, CLIENT);
	assert_int_equal(w.out_count, 1);
	check_rst(&w, 0, SERVER, 5, 13);
	check_nothing_passes(&w);
	wire_close(&w);

	open_with_data(&w, NULL);
	end(&w, TCP_END_RST_SERVER, NULL, SERVER);
	assert_int_equal(w.out_count, 2);
	check_rst(&w, 0, CLIENT, 10, 5);
	wire_close(&w);

	open_with_data(&w, NULL);
	end(&w, TCP_END_SILENT, NULL, CLIENT);
	assert_int_equal(w.out_count, 0);
	assert_int_equal(w.discarded, 1);
	check_nothing_passes(&w);
	wire_close(&w);
}

static void
test_reply(void **state)
{
	struct wire w;

	open_with_data(&w, NULL);
	end(&w, TCP_END_REPLY, "554 5.7.1 no\r\n", CLIENT);
	assert_int_equal(w.out_count, 3);
	assert_int_equal(w.out[0].dir, SERVER);
	assert_string_equal(out_text(&w, 0), "554 5.7.1 no\r\n");
	assert_int_equal(w.out[0].pkt.flags, NET_ACK | NET_PSH | NET_FIN);
	assert_int_equal(out_offset(&w, 0), 5);
	assert_int_equal(out_ack(&w, 0), 13); /* what was held too: it was judged */
	check_rst(&w, 1, CLIENT, 10, 5);
	check_nothing_passes(&w);
	/* It was lost: the same once more. */
	out_clear(&w);
	end(&w, TCP_END_REPLY, "554 5.7.1 no\r\n", SERVER);
	assert_string_equal(out_text(&w, 0), "554 5.7.1 no\r\n");
	assert_int_equal(out_offset(&w, 0), 5);
	assert_int_equal(out_ack(&w, 0), 13);
	assert_int_equal(w.out_count, 1); /* the server was told */
	wire_close(&w);
}

/* A side that missed the end is told again, where its own frame says that it listens. */
static void
test_late_frame(void **state)
{
	struct pkt like;
	struct wire w;

	open_with_data(&w, NULL);
	end(&w, TCP_END_REPLY, "554 5.7.1 no\r\n", CLIENT);
	out_clear(&w);
	assert_int_equal(put_fin(&w, CLIENT, 13, NULL), TCP_DROP);
	like = w.template;
	like.seq = w.isn[CLIENT] + 1 + 13;
	like.ack = w.isn[SERVER] + 1 + 5 + 14 + 1; /* behind the reply and its FIN */
	like.flags = NET_ACK | NET_FIN;
	assert_false(tcp_end(&w.env, w.c, TCP_END_RST_CLIENT, SPAN_NONE, &like, CLIENT));
	record_acts(&w);
	assert_int_equal(w.out_count, 1);
	assert_int_equal(w.out[0].dir, SERVER);
	assert_int_equal(w.out[0].pkt.flags, NET_RST);
	assert_int_equal(out_offset(&w, 0), 20);
	wire_close(&w);
}

static void
test_reply_in_pieces(void **state)
{
	struct setup setup = { .syn_options = { "0204006e0402080a0000000500000000",
						"020405b40402080a0000000600000005" } };
	char reply[400], got[401] = "";
	struct wire w;

	memset(reply, 'r', sizeof(reply) - 1);
	reply[sizeof(reply) - 1] = '\0';
	open_with_data(&w, &setup);
	end(&w, TCP_END_REPLY, reply, CLIENT);
	for (size_t i = 0; i < w.out_count && w.out[i].dir == SERVER; i++) {
		struct span o = pkt_tcp_options(&w.out[i].pkt);
		bool last = strlen(got) + w.out[i].pkt.payload_len == strlen(reply);

		assert_true(w.out[i].pkt.payload_len + o.len <= 110);
		assert_int_equal(o.len, 12);
		assert_memory_equal(o.ptr, hex("0101080a0000000600000005").ptr, 12);
		assert_int_equal(out_offset(&w, i), 5 + strlen(got));
		assert_int_equal((w.out[i].pkt.flags & NET_FIN) != 0, last);
		strcat(got, out_text(&w, i));
	}
	assert_string_equal(got, reply);
	wire_close(&w);
}

/* The client has seen the server's FIN: there is no place for a reply. */
static void
test_no_reply_behind_a_fin(void **state)
{
	struct wire w;

	open_with_data(&w, NULL);
	assert_int_equal(put_fin(&w, SERVER, 5, NULL), TCP_PASS);
	put_ack(&w, CLIENT, 13, 6);
	out_clear(&w);
	end(&w, TCP_END_REPLY, "554 no\r\n", CLIENT);
	check_rst(&w, 0, SERVER, 6, 13);
	check_rst(&w, 1, CLIENT, 10, 6);
	wire_close(&w);
}

/* All bytes arrived, the FIN behind them perhaps not. */
static void
test_fin_in_flight(void **state)
{
	struct wire w;

	open_with_data(&w, NULL);
	assert_int_equal(put_fin(&w, SERVER, 5, NULL), TCP_PASS);
	out_clear(&w);
	end(&w, TCP_END_RST_CLIENT, NULL, CLIENT);
	assert_int_equal(w.out_count, 2);
	check_rst(&w, 0, SERVER, 6, 13);
	check_rst(&w, 1, SERVER, 5, 13);
	wire_close(&w);
}

/* A reply that the acts cannot hold is not begun: RSTs must do. */
static void
test_reply_too_long(void **state)
{
	struct setup setup = { .act_size = TCP_ACTS_MIN, .syn_options = { "02040064", NULL } };
	char reply[2000];
	struct wire w;

	memset(reply, 'r', sizeof(reply) - 1);
	reply[sizeof(reply) - 1] = '\0';
	open_with_data(&w, &setup);
	end(&w, TCP_END_REPLY, reply, CLIENT);
	assert_int_equal(w.out_count, 3);
	check_rst(&w, 0, SERVER, 5, 13);
	wire_close(&w);
}

static void
test_few_acts(void **state)
{
	struct setup setup = { .act_size = TCP_ACTS_MIN };
	struct wire w;

	open_with_data(&w, &setup);
	for (int i = 0; i < 60; i++)
		put(&w, CLIENT, 13 + i, "x");
	end(&w, TCP_END_REPLY, "421 bye\r\n", CLIENT);
	assert_int_equal(w.discarded, 61);
	assert_int_equal(w.out_count, 3);
	wire_close(&w);
}

static void
test_before_the_answer(void **state)
{
	struct seg s = { .dir = CLIENT, .flags = NET_SYN, .offset = -1 };
	struct wire w;

	wire_open(&w, NULL);
	put_seg(&w, &s);
	out_clear(&w);
	end(&w, TCP_END_RST_BOTH, NULL, CLIENT);
	assert_int_equal(w.out_count, 2);
	assert_int_equal(w.out[0].pkt.flags, NET_RST | NET_ACK);
	assert_int_equal(w.out[0].pkt.ack, w.isn[CLIENT] + 1);
	assert_int_equal(w.out[0].pkt.seq, 0);
	assert_int_equal(w.out[1].pkt.flags, NET_RST);
	assert_int_equal(out_offset(&w, 1), 0);
	/* The same SYN is part of what was ended, another begins anew. */
	assert_int_equal(put_seg(&w, &s), TCP_DROP);
	assert_int_equal(w.env.notes & TCP_NOTE_REUSED, 0);
	w.isn[CLIENT] += 64000;
	assert_int_equal(put_seg(&w, &s), TCP_DROP);
	assert_int_equal(w.env.notes & TCP_NOTE_REUSED, TCP_NOTE_REUSED);
	wire_close(&w);
}

/* N21: no state at all; the frame itself says what both sides expect. */
static void
test_unknown_connection(void **state)
{
	struct pkt like;
	struct wire w;

	wire_open(&w, NULL);
	w.ack[CLIENT] = 700;
	assert_int_equal(put(&w, CLIENT, 300, "abc"), TCP_DROP);
	like = w.template;
	like.seq = w.isn[CLIENT] + 1 + 300;
	like.ack = w.isn[SERVER] + 1 + 700;
	like.payload_len = 3;
	like.flags = NET_ACK;
	assert_false(tcp_end(&w.env, w.c, TCP_END_RST_BOTH, SPAN_NONE, &like, CLIENT));
	record_acts(&w);
	assert_int_equal(w.out[0].dir, SERVER);
	assert_int_equal(w.out[0].pkt.flags, NET_RST);
	assert_int_equal(out_offset(&w, 0), 700);
	assert_int_equal(w.out[1].dir, CLIENT);
	assert_int_equal(out_offset(&w, 1), 300);
	assert_int_equal(out_ack(&w, 1), 700);
	wire_close(&w);

	/* Not even a frame: there is nothing that anybody would believe. */
	wire_open(&w, NULL);
	like.flags = 0;
	assert_false(tcp_end(&w.env, w.c, TCP_END_RST_BOTH, SPAN_NONE, &like, CLIENT));
	assert_int_equal(w.env.act_count, 0);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rst_both),
		cmocka_unit_test(test_one_side_or_none),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_late_frame),
		cmocka_unit_test(test_reply_in_pieces),
		cmocka_unit_test(test_no_reply_behind_a_fin),
		cmocka_unit_test(test_fin_in_flight),
		cmocka_unit_test(test_reply_too_long),
		cmocka_unit_test(test_few_acts),
		cmocka_unit_test(test_before_the_answer),
		cmocka_unit_test(test_unknown_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
