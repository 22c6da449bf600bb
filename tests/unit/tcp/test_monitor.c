/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking on: every frame passes untouched and at once, inspection still sees the bytes in order.
 */
#include <errno.h>
#include "harness.h"

static const struct setup monitor = { .monitor = true };

static void
test_order(void **state)
{
	struct wire w;

	wire_open(&w, &monitor);
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 6, "GHI"), TCP_PASS);
	assert_int_equal(put(&w, CLIENT, 2, "CD"), TCP_PASS);
	assert_int_equal(w.seen_len[CLIENT], 0);
	assert_int_equal(put(&w, CLIENT, 0, "AB"), TCP_PASS);
	assert_int_equal(w.seen_len[CLIENT], 4);
	/* Covers what is there and what is not. */
	assert_int_equal(put(&w, CLIENT, 0, "ABCDEFGHIJKL"), TCP_PASS);
	assert_int_equal(w.seen_len[CLIENT], 12);
	assert_memory_equal(w.seen[CLIENT], "ABCDEFGHIJKL", 12);
	assert_int_equal(w.out_count, 4);
	assert_int_equal(w.env.held_bytes, 0);
	assert_int_equal(put_ack(&w, SERVER, 0, 12), TCP_PASS);
	assert_int_equal(pool_used(w.env.segments), 0);
	assert_int_equal(pool_used(w.env.chunks), 0);
	wire_close(&w);
}

static void
test_first_bytes_win(void **state)
{
	struct wire w;

	wire_open(&w, &monitor);
	wire_handshake(&w);
	put(&w, CLIENT, 2, "CD");
	put(&w, CLIENT, 0, "abcdef");
	assert_memory_equal(w.seen[CLIENT], "abCDef", 6);
	wire_close(&w);
}

static void
test_nothing_is_touched(void **state)
{
	struct seg s = { .dir = CLIENT,
			 .flags = NET_SYN,
			 .offset = -1,
			 .payload = SPAN_LIT("early"),
			 .options = hex("2202010104020101") };
	struct wire w;

	wire_open(&w, &monitor);
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	assert_string_equal(out_text(&w, 0), "early");
	assert_memory_equal(pkt_tcp_options(&w.out[0].pkt).ptr, hex("2202010104020101").ptr, 8);
	s = (struct seg){ .dir = SERVER, .flags = NET_SYN | NET_ACK, .offset = -1 };
	put_seg(&w, &s);
	put_ack(&w, CLIENT, 0, 0);
	s = (struct seg){ .dir = CLIENT, .flags = NET_ACK | NET_URG, .payload = SPAN_LIT("A") };
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	assert_int_equal(w.out[3].pkt.flags, NET_ACK | NET_URG);
	/* Nonsense passes too, with its reason. */
	s = (struct seg){ .dir = CLIENT, .flags = NET_SYN | NET_FIN };
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	assert_int_equal(w.env.reason, TCP_BAD_FLAGS);
	assert_int_equal(put(&w, CLIENT, 0, "?"), TCP_PASS); /* no zeros, no first bytes */
	assert_string_equal(out_text(&w, 5), "?");
	for (size_t i = 0; i < w.out_count; i++)
		assert_false(w.out[i].edited);
	assert_int_equal(tcp_edit(&w.env, w.c, CLIENT, 0, SPAN_LIT("x")), -EINVAL);
	assert_false(tcp_release(&w.env, w.c, CLIENT));
	assert_int_equal(w.env.act_count, 0);
	wire_close(&w);
}

/* Inspection waits for the other side: tcp_release keeps what the frame takes with it. */
static void
test_untaken_bytes_are_kept(void **state)
{
	static uint8_t bytes[5000];
	struct wire w;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 11 >> 2);
	wire_open(&w, &monitor);
	wire_handshake(&w);
	w.take_nothing = true;
	put_span(&w, CLIENT, 0, span_of(bytes, 2000));
	tcp_take(w.c, CLIENT, 100);
	w.seen_len[CLIENT] = 100;
	release(&w, CLIENT);
	out_clear(&w); /* the frame is gone */
	put_span(&w, CLIENT, 2000, span_of(bytes + 2000, 3000));
	release(&w, CLIENT);
	out_clear(&w);
	put(&w, SERVER, 0, "250\r\n");
	take(&w, CLIENT);
	assert_int_equal(w.seen_len[CLIENT], 5000);
	assert_memory_equal(w.seen[CLIENT] + 100, bytes + 100, 4900);
	put_ack(&w, SERVER, 5, 5000);
	assert_int_equal(pool_used(w.env.chunks), 0);
	wire_close(&w);
}

/* Neither taken nor kept: a hole, and nothing is ever given from beyond it. */
static void
test_lost_bytes(void **state)
{
	struct setup setup = { .monitor = true, .limits = { 8192, 64, 65536 } };
	struct span bytes;
	uint64_t offset;
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	w.take_nothing = true;
	put(&w, CLIENT, 0, "AB");
	assert_true(tcp_peek(w.c, CLIENT, &bytes, &offset));
	put_ack(&w, SERVER, 0, 2);
	assert_false(tcp_peek(w.c, CLIENT, &bytes, &offset));
	put(&w, CLIENT, 2, "CD");
	assert_false(tcp_peek(w.c, CLIENT, &bytes, &offset));
	/* Copies have a cap: half of the hold limit a direction. */
	for (int i = 0; i < 10; i++) {
		put(&w, SERVER, i, "x");
		release(&w, SERVER);
	}
	assert_int_equal(pool_used(w.env.chunks), 2);
	put_ack(&w, CLIENT, 4, 10);
	take(&w, SERVER);
	assert_int_equal(w.seen_len[SERVER], 2);
	wire_close(&w);
}

static void
test_opaque(void **state)
{
	struct wire w;

	wire_open(&w, &monitor);
	wire_handshake(&w);
	w.take_nothing = true;
	put(&w, CLIENT, 0, "AB");
	release(&w, CLIENT);
	tcp_pass_all(w.c);
	put(&w, CLIENT, 2, "CD");
	release(&w, CLIENT);
	assert_int_equal(pool_used(w.env.chunks), 0);
	assert_int_equal(pool_used(w.env.segments), 0);
	assert_int_equal(offsets(&w, CLIENT).taken, 4);
	wire_close(&w);
}

static void
test_fin(void **state)
{
	struct wire w;

	wire_open(&w, &monitor);
	wire_handshake(&w);
	put_fin(&w, CLIENT, 4, "EF");
	assert_false(tcp_at_fin(w.c, CLIENT));
	put(&w, CLIENT, 0, "ABCDEF");
	assert_true(tcp_at_fin(w.c, CLIENT));
	assert_memory_equal(w.seen[CLIENT], "ABCDEF", 6);
	put_ack(&w, SERVER, 0, 7);
	put_fin(&w, SERVER, 0, NULL);
	assert_true(tcp_at_fin(w.c, SERVER));
	put_ack(&w, CLIENT, 7, 1);
	assert_int_equal(tcp_state(w.c), TCP_CLOSED);
	wire_close(&w);
}

static void
test_big_out_of_order_frame(void **state)
{
	static uint8_t bytes[10000];
	struct wire w;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i >> 3);
	wire_open(&w, &monitor);
	wire_handshake(&w);
	put_span(&w, CLIENT, 100, span_of(bytes + 100, 9900));
	put_span(&w, CLIENT, 0, span_of(bytes, 100));
	assert_int_equal(w.seen_len[CLIENT], 10000);
	assert_memory_equal(w.seen[CLIENT], bytes, 10000);
	wire_close(&w);
}

static uint32_t
roll(uint64_t *random, uint32_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (uint32_t)((*random >> 11) % below);
}

/* Random pieces, in any order, some with other bytes: what came first is what is seen. */
static void
test_random_pieces(void **state)
{
	for (unsigned number = 1; number <= 500; number++) {
		uint64_t random = number * 0x9e3779b97f4a7c15u;
		struct setup setup = { .monitor = true,
				       .isn = { UINT32_MAX - 200, 1 },
				       .limits = { 1 << 20, 256, 65536 } };
		uint8_t first[400] = { 0 };
		struct wire w;

		wire_open(&w, &setup);
		wire_handshake(&w);
		for (unsigned i = 0; i < 60 || offsets(&w, CLIENT).next < sizeof(first); i++) {
			uint32_t from = i < 60 ? roll(&random, sizeof(first)) : 0;
			uint32_t len = i < 60 ? 1 + roll(&random, 40) : sizeof(first);
			uint8_t bytes[sizeof(first)];

			len = len < sizeof(first) - from ? len : (uint32_t)sizeof(first) - from;
			for (uint32_t k = 0; k < len; k++) {
				bytes[k] = (uint8_t)(1 + roll(&random, 255));
				if (first[from + k] == 0)
					first[from + k] = bytes[k];
			}
			assert_int_equal(put_span(&w, CLIENT, from, span_of(bytes, len)), TCP_PASS);
			assert_int_equal(w.seen_len[CLIENT], offsets(&w, CLIENT).next);
			assert_memory_equal(pkt_payload(&w.out[w.out_count - 1].pkt).ptr, bytes,
					    len);
		}
		assert_memory_equal(w.seen[CLIENT], first, sizeof(first));
		wire_close(&w);
	}
}

static void
test_cap(void **state)
{
	struct setup setup = { .monitor = true, .limits = { 65536, 4, 65536 } };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(put(&w, CLIENT, 10 + 2 * i, "x"), TCP_PASS);
		assert_int_equal(w.env.reason, TCP_OK);
	}
	assert_int_equal(put(&w, CLIENT, 30, "x"), TCP_PASS);
	assert_int_equal(w.env.reason, TCP_QUEUE_FULL);
	assert_int_equal(pool_used(w.env.segments), 4);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_first_bytes_win),
		cmocka_unit_test(test_nothing_is_touched),
		cmocka_unit_test(test_untaken_bytes_are_kept),
		cmocka_unit_test(test_lost_bytes),
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_fin),
		cmocka_unit_test(test_big_out_of_order_frame),
		cmocka_unit_test(test_random_pieces),
		cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
