/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Duplicate ACKs in the receiver's name for what is held behind a hole.
 */
#include <stdio.h>
#include "harness.h"

static bool
dup_ack(struct wire *w)
{
	bool made = tcp_dup_ack(&w->env, w->c, CLIENT, &w->template);

	out_clear(w);
	record_acts(w);
	return made;
}

static void
check_options(const struct wire *w, const char *digits)
{
	struct span o = pkt_tcp_options(&w->out[0].pkt);

	assert_int_equal(o.len, strlen(digits) / 2);
	for (size_t at = 0; at < o.len; at += 4) {
		char word[9];

		snprintf(word, sizeof(word), "%.8s", digits + 2 * at);
		assert_memory_equal(o.ptr + at, hex(word).ptr, 4);
	}
}

static void
test_plain(void **state)
{
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_false(dup_ack(&w));
	put(&w, CLIENT, 0, "AB");
	flow(&w, CLIENT);
	w.window[SERVER] = 777;
	put_ack(&w, SERVER, 0, 2);
	put(&w, CLIENT, 2, "C"); /* not acknowledged by the receiver */
	flow(&w, CLIENT);
	put(&w, CLIENT, 5, "FG");
	assert_true(dup_ack(&w));
	assert_int_equal(w.out[0].dir, SERVER);
	assert_int_equal(w.out[0].pkt.flags, NET_ACK);
	assert_int_equal(out_offset(&w, 0), 0);
	assert_int_equal(out_ack(&w, 0), 2);
	assert_int_equal(w.out[0].pkt.window, 777);
	assert_int_equal(pkt_tcp_options(&w.out[0].pkt).len, 0);
	put(&w, CLIENT, 3, "DE");
	assert_false(dup_ack(&w));
	wire_close(&w);
}

static void
test_blocks(void **state)
{
	struct setup setup = { .isn = { 0xfffffff0, 1 },
			       .syn_options = { "020405b404020101", "020405b404020101" } };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	put(&w, CLIENT, 10, "a");
	w.now++;
	put(&w, CLIENT, 14, "b");
	w.now++;
	put(&w, CLIENT, 11, "cc"); /* joins the first */
	assert_true(dup_ack(&w));
	/* isn + 1 is fffffff1: 10 is fffffffb, 13 fffffffe, 14 ffffffff, 15 wraps to 0. */
	check_options(&w, "01010512fffffffbfffffffeffffffff00000000");
	w.now++;
	put(&w, CLIENT, 20, "d");
	assert_true(dup_ack(&w));
	check_options(&w, "0101051a0000000500000006ffffffff00000000fffffffbfffffffe");
	wire_close(&w);
}

/* Three blocks fit beside timestamps: the newest are told. */
static void
test_many_blocks_with_stamps(void **state)
{
	struct setup setup = { .isn = { UINT32_MAX, 1 },
			       .syn_options = { "020405b40402080a0000000700000000",
						"020405b40402080a0000000800000007" } };
	struct wire w;

	wire_open(&w, &setup);
	wire_handshake(&w);
	for (int i = 1; i <= 5; i++) {
		w.now++;
		put(&w, CLIENT, 16 * i, "x");
	}
	assert_true(dup_ack(&w));
	assert_int_equal(pkt_tcp_options(&w.out[0].pkt).len, 40);
	check_options(&w, "0101080a00000008000000070101051a"
			  "0000005000000051000000400000004100000030"
			  "00000031");
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_many_blocks_with_stamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
