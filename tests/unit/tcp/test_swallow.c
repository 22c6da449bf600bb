/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A message refused in mid-body: the server is gone, the client is heard out and answered.
 */
#include "harness.h"

static void
swallow(struct wire *w)
{
	bool more = true;

	while (more) {
		more = tcp_swallow(&w->env, w->c, &w->template, CLIENT);
		record_acts(w);
	}
}

static void
open_in_body(struct wire *w)
{
	wire_open(w, NULL);
	w->window[SERVER] = 40;
	wire_handshake(w);
	put(w, SERVER, 0, "354\r\n");
	flow(w, SERVER);
	w->ack[CLIENT] = 5;
	put(w, CLIENT, 0, "0123456789");
	flow(w, CLIENT);
	put_ack(w, SERVER, 5, 10);
	put(w, CLIENT, 10, "VIRUS");
	put(w, SERVER, 5, "held");
	take(w, CLIENT);
	out_clear(w);
	swallow(w);
}

static void
test_heard_out(void **state)
{
	struct wire w;

	open_in_body(&w);
	assert_int_equal(w.out_count, 1); /* RST to the server */
	assert_int_equal(w.out[0].dir, CLIENT);
	assert_int_equal(w.out[0].pkt.flags, NET_RST | NET_ACK);
	assert_int_equal(out_offset(&w, 0), 10);
	assert_int_equal(w.discarded, 1); /* what the server had said */
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 2);
	assert_int_equal(w.out[1].dir, SERVER);
	assert_int_equal(w.out[1].pkt.flags, NET_ACK);
	assert_int_equal(out_ack(&w, 1), 15);
	assert_int_equal(out_offset(&w, 1), 5);
	assert_int_equal(w.out[1].pkt.window, 65535); /* no longer the server's 40 */
	assert_int_equal(
		put(&w, CLIENT, 15, "a long rest, far more than forty bytes, as it seems\r\n"),
		TCP_KEEP);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 2); /* not before it was inspected */
	take(&w, CLIENT);
	release(&w, CLIENT);
	assert_int_equal(out_ack(&w, 2), 68);
	assert_int_equal(w.discarded, 3);
	out_clear(&w);
	end(&w, TCP_END_REPLY, "554 5.7.1 no\r\n", CLIENT);
	assert_int_equal(w.out_count, 1);
	assert_string_equal(out_text(&w, 0), "554 5.7.1 no\r\n");
	assert_int_equal(out_offset(&w, 0), 5);
	assert_int_equal(out_ack(&w, 0), 68);
	wire_close(&w);
}

static void
test_nothing_passes(void **state)
{
	struct wire w;

	open_in_body(&w);
	release(&w, CLIENT);
	out_clear(&w);
	assert_int_equal(put(&w, SERVER, 5, "250\r\n"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_ENDED);
	assert_int_equal(put_rst(&w, SERVER, 5), TCP_DROP);
	assert_int_equal(put_ack(&w, CLIENT, 15, 5), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_ENDED);
	/* Our ACK was lost: again. */
	assert_int_equal(put(&w, CLIENT, 10, "VIRUS"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_DUPLICATE);
	assert_true(tcp_dup_ack(&w.env, w.c, CLIENT, &w.template));
	record_acts(&w);
	assert_int_equal(out_ack(&w, 0), 15);
	assert_int_equal(w.out_count, 1);
	assert_int_equal(put_fin(&w, CLIENT, 15, "end"), TCP_KEEP);
	flow(&w, CLIENT);
	assert_true(tcp_at_fin(w.c, CLIENT));
	assert_int_equal(out_ack(&w, 1), 19);
	assert_int_equal(put_rst(&w, CLIENT, 19), TCP_DROP);
	assert_int_equal(tcp_state(w.c), TCP_RESET);
	wire_close(&w);
}

static void
test_few_acts(void **state)
{
	struct setup setup = { .act_size = TCP_ACTS_MIN };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int i = 0; i < 40; i++) {
		put(&w, CLIENT, i, "x");
		put(&w, SERVER, i, "y");
	}
	take(&w, CLIENT);
	swallow(&w);
	assert_int_equal(w.discarded, 40);
	assert_int_equal(w.out_count, 1);
	release(&w, CLIENT);
	assert_int_equal(w.discarded, 80);
	assert_int_equal(w.out_count, 41);
	wire_close(&w);
}

/* What the server had said takes nearly all acts: the resets wait for their turn. */
static void
test_acts_are_taken(void **state)
{
	struct setup setup = { .act_size = TCP_ACTS_MIN };
	struct wire w;

	for (int held = TCP_ACTS_MIN - 3; held <= TCP_ACTS_MIN + 1; held++) {
		wire_open(&w, &setup);
		wire_handshake(&w);
		put(&w, CLIENT, 0, "not acknowledged"); /* so there are two resets */
		flow(&w, CLIENT);
		for (int i = 0; i < held; i++)
			put(&w, SERVER, i, "x");
		out_clear(&w);
		for (bool more = true; more;) {
			more = tcp_swallow(&w.env, w.c, &w.template, CLIENT);
			assert_true(w.env.act_count <= w.env.act_size);
			record_acts(&w);
		}
		assert_int_equal(w.out_count, 2);
		assert_int_equal(w.discarded, held);
		wire_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heard_out),
		cmocka_unit_test(test_nothing_passes),
		cmocka_unit_test(test_few_acts),
		cmocka_unit_test(test_acts_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
