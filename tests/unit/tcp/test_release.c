/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is held leaves when the mark has passed it, in order, once; what went is kept until it is
 * acknowledged.
 */
#include "harness.h"

static void
test_held_until_marked(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "MAIL FROM:<a@b>\r\n");
	take(&w, CLIENT);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 0);
	tcp_mark(w.c, CLIENT, 17);
	tcp_mark(w.c, CLIENT, 3); /* never back */
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 1);
	assert_false(w.out[0].edited);
	assert_string_equal(out_text(&w, 0), "MAIL FROM:<a@b>\r\n");
	wire_close(&w);
}

static void
test_never_before_inspection(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	tcp_mark(w.c, CLIENT, UINT64_MAX);
	put(&w, CLIENT, 0, "abc");
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 0);
	take(&w, CLIENT);
	release(&w, CLIENT);
	assert_string_equal(out_text(&w, 0), "abc");
	wire_close(&w);
}

static void
test_acks_pass_with_lowered_seq(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, SERVER, 0, "220 hi\r\n");
	flow(&w, SERVER);
	put(&w, CLIENT, 0, "EHLO\r\n");
	out_clear(&w);
	assert_int_equal(put_ack(&w, CLIENT, 6, 8), TCP_PASS);
	assert_int_equal(out_offset(&w, 0), 0);
	assert_int_equal(out_ack(&w, 0), 8);
	assert_true(w.out[0].edited);
	assert_int_equal(offsets(&w, SERVER).una, 8);
	flow(&w, CLIENT);
	assert_int_equal(put_ack(&w, CLIENT, 6, 8), TCP_PASS);
	assert_int_equal(out_offset(&w, 2), 6);
	assert_false(w.out[2].edited);
	wire_close(&w);
}

static void
test_retained_until_acked(void **state)
{
	static uint8_t bytes[5000];
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put_span(&w, CLIENT, 0, span_of(bytes, sizeof(bytes)));
	assert_int_equal(pool_used(w.env.chunks), 0);
	flow(&w, CLIENT);
	assert_int_equal(pool_used(w.env.chunks), 3);
	put_ack(&w, SERVER, 0, 2500);
	assert_int_equal(pool_used(w.env.chunks), 2);
	put_ack(&w, SERVER, 0, 5000);
	assert_int_equal(pool_used(w.env.chunks), 0);
	assert_int_equal(offsets(&w, CLIENT).una, 5000);
	wire_close(&w);
}

static void
test_no_room_to_retain(void **state)
{
	static uint8_t bytes[3000];
	struct setup setup = { .chunks = 1 };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	put_span(&w, CLIENT, 0, span_of(bytes, sizeof(bytes)));
	flow(&w, CLIENT);
	/* As far as one chunk reaches, in segments of the receiver's size. */
	assert_int_equal(w.out_count, 2);
	assert_int_equal(offsets(&w, CLIENT).fwd, 2016);
	assert_true(w.out[0].pkt.payload_len <= 1460);
	assert_int_equal(w.out[0].pkt.payload_len + w.out[1].pkt.payload_len, 2016);
	put_ack(&w, SERVER, 0, 2016);
	release(&w, CLIENT);
	assert_int_equal(offsets(&w, CLIENT).fwd, 3000);
	assert_int_equal(out_offset(&w, 3), 2016);
	wire_close(&w);
}

static void
test_retain_limit(void **state)
{
	static uint8_t bytes[3000];
	struct setup setup = { .limits = { 262144, 64, 2000 } };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	put_span(&w, CLIENT, 0, span_of(bytes, sizeof(bytes)));
	flow(&w, CLIENT);
	assert_int_equal(offsets(&w, CLIENT).fwd, 2000);
	put_ack(&w, SERVER, 0, 500);
	release(&w, CLIENT);
	assert_int_equal(offsets(&w, CLIENT).fwd, 2500);
	wire_close(&w);
}

static void
test_few_acts_at_a_time(void **state)
{
	struct setup setup = { .act_size = 16 };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int i = 0; i < 50; i++)
		put(&w, CLIENT, i, "x");
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 50);
	assert_true(tcp_release(&w.env, w.c, CLIENT));
	assert_int_equal(w.env.act_count, 16);
	record_acts(&w);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 50);
	for (int i = 0; i < 50; i++)
		assert_int_equal(out_offset(&w, i), i);
	wire_close(&w);
}

static void
test_pass_all(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put(&w, CLIENT, 0, "held");
	put(&w, CLIENT, 8, "late");
	tcp_pass_all(w.c);
	assert_int_equal(put(&w, CLIENT, 12, "more"), TCP_KEEP); /* does not overtake */
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 3);
	assert_string_equal(out_text(&w, 0), "held");
	assert_string_equal(out_text(&w, 1), "late");
	assert_int_equal(offsets(&w, CLIENT).taken, 16);
	assert_int_equal(put(&w, CLIENT, 4, "hole"), TCP_PASS);
	assert_string_equal(out_text(&w, 3), "hole");
	assert_int_equal(put(&w, CLIENT, 20, "ahead"), TCP_PASS);
	assert_int_equal(put_fin(&w, CLIENT, 25, "end"), TCP_PASS);
	assert_int_equal(put_ack(&w, SERVER, 0, 29), TCP_PASS);
	assert_int_equal(put(&w, SERVER, 0, "\x16\x03"), TCP_PASS);
	assert_int_equal(pool_used(w.env.chunks), 0);
	wire_close(&w);
}

/* A FIN that waited behind a hole went on with the rest: the connection is closing. */
static void
test_pass_all_with_fin(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	put_fin(&w, CLIENT, 4, "end");
	assert_int_equal(tcp_state(w.c), TCP_ESTABLISHED);
	tcp_pass_all(w.c);
	release(&w, CLIENT);
	assert_string_equal(out_text(&w, 0), "end");
	assert_int_equal(tcp_state(w.c), TCP_CLOSING);
	put_fin(&w, SERVER, 0, "");
	put_ack(&w, SERVER, 1, 8);
	put_ack(&w, CLIENT, 8, 1);
	assert_int_equal(tcp_state(w.c), TCP_CLOSED);
	wire_close(&w);
}

/* Between two parts of a release, too: what went over a hole counts as come (tcp.h, the order). */
static void
test_pass_all_in_parts(void **state)
{
	struct setup setup = { .act_size = 16 };
	struct tcp_offsets o;
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int i = 0; i < 20; i++)
		assert_int_equal(put(&w, CLIENT, 10 + i, "x"), TCP_KEEP);
	assert_int_equal(offsets(&w, CLIENT).next, 0);
	tcp_pass_all(w.c);
	assert_true(tcp_release(&w.env, w.c, CLIENT));
	o = offsets(&w, CLIENT);
	assert_int_equal(o.fwd, 26);
	assert_int_equal(o.next, 26);
	assert_true(o.una <= o.fwd && o.taken <= o.next);
	record_acts(&w);
	assert_false(tcp_release(&w.env, w.c, CLIENT));
	record_acts(&w);
	o = offsets(&w, CLIENT);
	assert_int_equal(o.fwd, 30);
	assert_int_equal(o.next, 30);
	assert_int_equal(o.taken, 30);
	assert_int_equal(w.out_count, 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(out_offset(&w, (size_t)i), 10 + i);
	wire_close(&w);
}

/* PAWS: a frame that waited must not carry an older timestamp than what went before it. */
static void
test_stamps_are_raised(void **state)
{
	struct setup setup = { .syn_options = { "020405b40402080a0000000100000000",
						"020405b40402080a0000000900000001" } };
	struct wire w;
	struct span o;

	wire_open(&w, &setup);
	wire_handshake(&w);
	put(&w, SERVER, 0, "220\r\n");
	flow(&w, SERVER);
	w.options = hex("0101080a0000001000000009");
	put(&w, CLIENT, 0, "EHLO a\r\n");
	put(&w, CLIENT, 8, "NOOP\r\n");
	w.options = hex("0101080a0000002000000009");
	put_ack(&w, CLIENT, 14, 5);
	out_clear(&w);
	take(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 4);
	release(&w, CLIENT);
	tcp_mark(w.c, CLIENT, 14);
	release(&w, CLIENT);
	assert_int_equal(w.out_count, 3);
	assert_true(w.out[2].edited);
	for (size_t i = 0; i < 3; i++) {
		o = pkt_tcp_options(&w.out[i].pkt);
		assert_int_equal(o.len, 12);
		assert_memory_equal(o.ptr, hex("0101080a0000002000000009").ptr, 12);
	}
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_until_marked),
		cmocka_unit_test(test_never_before_inspection),
		cmocka_unit_test(test_acks_pass_with_lowered_seq),
		cmocka_unit_test(test_retained_until_acked),
		cmocka_unit_test(test_no_room_to_retain),
		cmocka_unit_test(test_retain_limit),
		cmocka_unit_test(test_few_acts_at_a_time),
		cmocka_unit_test(test_pass_all),
		cmocka_unit_test(test_pass_all_with_fin),
		cmocka_unit_test(test_pass_all_in_parts),
		cmocka_unit_test(test_stamps_are_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
