/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options and flags of the header: what may pass and what is cleared in place.
 */
#include "harness.h"

/* Options of a SYN in, options that leave. */
static void
check_syn(const char *in, const char *out)
{
	struct seg s = { .dir = CLIENT, .flags = NET_SYN, .offset = -1, .options = hex(in) };
	struct wire w;
	struct span o;

	wire_open(&w, NULL);
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	o = pkt_tcp_options(&w.out[0].pkt);
	assert_int_equal(o.len, strlen(out) / 2);
	assert_memory_equal(o.ptr, hex(out).ptr, o.len);
	assert_int_equal((w.env.notes & TCP_NOTE_OPTION_CLEARED) != 0, strcmp(in, out) != 0);
	wire_close(&w);
}

static void
test_syn(void **state)
{
	/* What Linux sends. */
	check_syn("020405b40402080a000000010000000001030307",
		  "020405b40402080a000000010000000001030307");
	/* TCP Fast Open, with cookie and asking; multipath; an unknown kind. */
	check_syn("020405b4220a01020304050607080101", "020405b4010101010101010101010101");
	check_syn("2202010104020101", "0101010104020101");
	check_syn("1e0c0081010203040506070801010101", "01010101010101010101010101010101");
	check_syn("020405b4fd04f98901010101", "020405b40101010101010101");
	/* SACK blocks have no place on a SYN; wrong lengths none anywhere. */
	check_syn("050a0000000100000002020405b40101", "01010101010101010101020405b40101");
	check_syn("0203050101010101", "0101010101010101");
	/* Behind the end of the list nobody reads. */
	check_syn("020405b400220201", "020405b400220201");
}

static void
check_refused(const char *options)
{
	struct seg s = { .dir = CLIENT, .flags = NET_SYN, .offset = -1, .options = hex(options) };
	struct wire w;

	wire_open(&w, NULL);
	assert_int_equal(put_seg(&w, &s), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_OPTIONS);
	assert_int_equal(tcp_state(w.c), TCP_NONE);
	wire_close(&w);
}

static void
test_refused(void **state)
{
	check_refused("020405b4131200000000000000000000000000000000"); /* MD5 */
	check_refused("1d100102000000000000000000000000");	       /* TCP-AO */
	check_refused("0200050101010101");			       /* lengths that lie */
	check_refused("0201050101010101");
	check_refused("010101010101010a");
	check_refused("0101010101010208");
}

static void
test_on_data(void **state)
{
	struct wire w;
	struct span o;

	wire_open(&w, NULL);
	wire_handshake(&w);
	/* Scale and MSS mean nothing after the SYN; a second timestamp might. */
	w.options = hex("020405b403030e01080a0000000100000002080a00000009000000090101");
	put(&w, CLIENT, 0, "x");
	assert_int_equal(w.env.notes & TCP_NOTE_OPTION_CLEARED, TCP_NOTE_OPTION_CLEARED);
	flow(&w, CLIENT);
	o = pkt_tcp_options(&w.out[0].pkt);
	assert_int_equal(o.len, 32);
	assert_memory_equal(o.ptr,
			    hex("0101010101010101080a00000001000000020101010101010101010101"
				"01")
				    .ptr,
			    30);
	assert_true(w.out[0].edited);
	w.options = hex("0101050a0000000100000002");
	put_ack(&w, CLIENT, 1, 0);
	assert_int_equal(w.env.notes & TCP_NOTE_EDITED, 0);
	w.options = hex("0101010101010109");
	assert_int_equal(put(&w, CLIENT, 1, "y"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_OPTIONS);
	wire_close(&w);
}

/* Without both sides' offer there is no scale. */
static void
test_scale_needs_both(void **state)
{
	struct setup setup = { .syn_options = { "020405b401030307", "020405b4" } };
	struct wire w;

	wire_open(&w, &setup);
	w.window[SERVER] = 100;
	wire_handshake(&w);
	put_ack(&w, SERVER, 0, 0);
	assert_int_equal(put(&w, CLIENT, 200, "x"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	wire_close(&w);

	setup.syn_options[1] = setup.syn_options[0];
	wire_open(&w, &setup);
	w.window[SERVER] = 100;
	wire_handshake(&w);
	assert_int_equal(put(&w, CLIENT, 200, "x"), TCP_DROP); /* a SYN's is never scaled */
	put_ack(&w, SERVER, 0, 0);
	assert_int_equal(put(&w, CLIENT, 200, "x"), TCP_KEEP);
	wire_close(&w);
}

static void
test_scale_has_a_maximum(void **state)
{
	struct setup setup = { .syn_options = { "020405b401030314", "020405b401030314" } };
	struct wire w;

	wire_open(&w, &setup);
	w.window[SERVER] = 1;
	wire_handshake(&w);
	put_ack(&w, SERVER, 0, 0);
	assert_int_equal(put(&w, CLIENT, 1 << 14, "xx"), TCP_DROP);
	assert_int_equal(put(&w, CLIENT, (1 << 14) - 2, "xx"), TCP_KEEP);
	wire_close(&w);
}

/* What the first of two SYNs offered is nothing when the second makes the connection. */
static void
test_replaced_syn_is_forgotten(void **state)
{
	struct seg first = {
		.dir = CLIENT, .flags = NET_SYN, .offset = -1, .options = hex("020405b401030307")
	};
	struct setup setup = { .syn_options = { "020405b4", "020405b401030307" } };
	struct wire w;

	wire_open(&w, &setup);
	w.window[SERVER] = 100;
	w.isn[CLIENT] += 5;
	assert_int_equal(put_seg(&w, &first), TCP_PASS);
	w.isn[CLIENT] -= 5;
	wire_handshake(&w);
	put_ack(&w, SERVER, 0, 0);
	assert_int_equal(put(&w, CLIENT, 200, "x"), TCP_DROP);
	assert_int_equal(w.env.reason, TCP_BAD_WINDOW);
	wire_close(&w);
}

/* A repeated SYN that offers something else does not change what was agreed. */
static void
test_repeated_syn_teaches_nothing(void **state)
{
	struct setup setup = { .syn_options = { "020405b401030307", "020405b401030307" } };
	struct seg s = {
		.dir = SERVER, .flags = NET_SYN | NET_ACK, .offset = -1, .options = hex("020405b4")
	};
	struct wire w;

	wire_open(&w, &setup);
	w.window[SERVER] = 100;
	wire_handshake(&w);
	assert_int_equal(put_seg(&w, &s), TCP_PASS);
	put_ack(&w, SERVER, 0, 0);
	assert_int_equal(put(&w, CLIENT, 200, "x"), TCP_KEEP);
	wire_close(&w);
}

static void
test_urgent_is_cleared(void **state)
{
	struct seg s = { .dir = CLIENT, .flags = NET_ACK | NET_URG, .payload = SPAN_LIT("abc") };
	struct wire w;

	wire_open(&w, NULL);
	wire_handshake(&w);
	assert_int_equal(put_seg(&w, &s), TCP_KEEP);
	assert_int_equal(w.env.notes & TCP_NOTE_URGENT_CLEARED, TCP_NOTE_URGENT_CLEARED);
	flow(&w, CLIENT);
	assert_int_equal(w.out[0].pkt.flags, NET_ACK);
	assert_memory_equal(w.seen[CLIENT], "abc", 3);
	wire_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_on_data),
		cmocka_unit_test(test_scale_needs_both),
		cmocka_unit_test(test_scale_has_a_maximum),
		cmocka_unit_test(test_replaced_syn_is_forgotten),
		cmocka_unit_test(test_repeated_syn_teaches_nothing),
		cmocka_unit_test(test_urgent_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
