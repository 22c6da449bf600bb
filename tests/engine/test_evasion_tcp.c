/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments that make a firewall and a server see different bytes: overlaps, retransmissions with
 * other bytes, bytes behind the end, options that change the meaning. After each of them a refused
 * sender is still refused, and no byte that was not judged is in any frame that leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raw.h"

static void
out_of_order(void **state)
{
	struct wire w;
	size_t made;

	raw_begin(&w, NULL);
	made = w.made;
	wire_at(&w, WIRE_CLIENT, 5, &GOOD[5], (size_t)LEN - 5);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(w.made, made + 1); /* so that the client repeats what is missing */
	assert_int_equal(wire_stat(&w, STATS_TCP_OUT_OF_ORDER), 1);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, 5);
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	raw_still_judged(&w);
}

/* Over the cap the newest is dropped; what was kept goes on when the hole is filled. */
static void
too_many_out_of_order(void **state)
{
	char byte = 'x';
	struct wire w;

	raw_begin(&w, NULL);
	for (int i = 0; i < 80; i++)
		wire_at(&w, WIRE_CLIENT, 2 + 2 * i, &byte, 1);
	assert_int_equal(wire_stat(&w, STATS_TCP_OUT_OF_ORDER), 64);
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_QUEUE), 16);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_close(&w));
}

/* Two copies, both not acknowledged, wherever the first one is: it wins, the session ends. */
static void
two_copies(void **state)
{
	for (int first = 0; first < 2; first++)
		for (int shift = 0; shift < 2; shift++) {
			struct wire w;

			raw_begin(&w, NULL);
			wire_at(&w, WIRE_CLIENT, shift, (first ? EVIL : GOOD) + shift,
				(size_t)(LEN - shift));
			wire_at(&w, WIRE_CLIENT, 0, first ? GOOD : EVIL, (size_t)LEN);
			assert_false(raw_server_saw(&w, "evil"));
			if (!(first && shift == 0)) { /* else the first copy ended the session */
				assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 1);
				assert_true(wire_stat(&w, STATS_DROP_TCP_OVERLAP) >= 1);
				assert_true(w.reset[WIRE_SERVER]);
			}
			raw_still_judged(&w);
		}
}

/* The server has the bytes: a repetition with others is zeroed, whatever the server would do with
 * it. */
static void
other_bytes_after_the_ack(void **state)
{
	static const uint8_t zeros[sizeof(GOOD) - 1];
	struct wire w;

	raw_begin(&w, NULL);
	wire_text(&w, WIRE_CLIENT, GOOD);
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	w.expect[WIRE_SERVER] -= (uint32_t)LEN;
	w.got[WIRE_SERVER].len = 0;
	wire_at(&w, WIRE_CLIENT, -LEN, EVIL, (size_t)LEN);
	assert_int_equal(w.got[WIRE_SERVER].len, LEN);
	assert_memory_equal(w.got[WIRE_SERVER].ptr, zeros, (size_t)LEN);
	assert_false(w.reset[WIRE_SERVER]);
	assert_int_equal(wire_stat(&w, STATS_TCP_RETRANSMIT), 1);
	raw_still_judged(&w);
}

/* Not acknowledged, and the receiver lost it: the repetition is what was let go, however it is cut.
 */
static void
repeated_in_pieces(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, (size_t)LEN);
	w.expect[WIRE_SERVER] -= (uint32_t)LEN; /* the frame was lost behind the firewall */
	w.got[WIRE_SERVER].len = 0;
	for (int i = 0; i < LEN; i += 5)
		wire_at(&w, WIRE_CLIENT, i, &GOOD[i], (size_t)(LEN - i < 5 ? LEN - i : 5));
	assert_int_equal(w.got[WIRE_SERVER].len, LEN);
	assert_memory_equal(w.got[WIRE_SERVER].ptr, GOOD, (size_t)LEN);
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	raw_still_judged(&w);
}

static void
outside_the_window(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	wire_at(&w, WIRE_CLIENT, 70000, EVIL, (size_t)LEN);
	wire_at(&w, WIRE_CLIENT, 1 << 30, EVIL, (size_t)LEN);
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_WINDOW), 2);
	assert_false(w.reset[WIRE_SERVER]);
	raw_still_judged(&w);
}

static void
nothing_behind_a_fin(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	wire_fin(&w, WIRE_CLIENT);
	assert_true(w.fin[WIRE_SERVER]);
	wire_text(&w, WIRE_CLIENT, GOOD);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_AFTER_FIN), 1);
	wire_text(&w, WIRE_SERVER, "421 half closed\r\n"); /* the other half lives */
	assert_true(wire_got(&w, WIRE_CLIENT, "421 half closed\r\n"));
	assert_true(wire_close(&w));
}

/* A FIN beyond a hole ends nothing until the hole is filled. */
static void
fin_before_its_turn(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .seq = 5, .flags = NET_FIN | NET_ACK, .bytes = &GOOD[5] });
	assert_false(w.fin[WIRE_SERVER]);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, 5);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	assert_true(w.fin[WIRE_SERVER]);
	assert_true(wire_close(&w));
}

/* A command that never ends is never let go. */
static void
fin_behind_half_a_line(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<evil@b.exam");
	wire_fin(&w, WIRE_CLIENT);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_wait(&w, UINT64_C(400) * 1000000);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_close(&w));
}

static void
urgent_bytes(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .flags = NET_ACK | NET_URG, .bytes = GOOD });
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_int_equal(wire_stat(&w, STATS_TCP_URGENT_CLEARED), 1);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	raw_still_judged(&w);
}

/* One stamp too many, and only the second would be believed: it is not there any more. */
static void
odd_stamps(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .flags = NET_ACK,
			      .bytes = GOOD,
			      .options = OPT("\x08\x0a\1\2\3\4\0\0\0\0\x08\x0a\1\2\3\5\0\0\0\0") });
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_int_equal(wire_stat(&w, STATS_TCP_OPTION_CLEARED), 1);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	raw_still_judged(&w);
}

/* A probe of a closed window is data like any other: what it said stands. */
static void
window_probe(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK, .window = -1 });
	wire_at(&w, WIRE_CLIENT, 0, "X", 1);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_at(&w, WIRE_CLIENT, 0, EVIL, (size_t)LEN);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 1);
	raw_still_judged(&w);
}

static void
keep_alive(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	w.expect[WIRE_SERVER]--; /* a server that would take the byte gets a zero */
	wire_at(&w, WIRE_CLIENT, -1, "!", 1);
	assert_int_equal(w.got[WIRE_SERVER].len, 1);
	assert_int_equal(w.got[WIRE_SERVER].ptr[0], 0);
	raw(&w, (struct raw){ .seq = -1, .flags = NET_ACK });
	assert_false(w.reset[WIRE_SERVER]);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	raw_still_judged(&w);
}

static void
bad_checksum(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD, .bad_sum = true });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_DECODE), 1);
	wire_text(&w, WIRE_CLIENT, EVIL); /* the other bytes were never there */
	assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 0);
	raw_still_judged(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(too_many_out_of_order),
		cmocka_unit_test(two_copies),
		cmocka_unit_test(other_bytes_after_the_ack),
		cmocka_unit_test(repeated_in_pieces),
		cmocka_unit_test(outside_the_window),
		cmocka_unit_test(nothing_behind_a_fin),
		cmocka_unit_test(fin_before_its_turn),
		cmocka_unit_test(fin_behind_half_a_line),
		cmocka_unit_test(urgent_bytes),
		cmocka_unit_test(odd_stamps),
		cmocka_unit_test(window_probe),
		cmocka_unit_test(keep_alive),
		cmocka_unit_test(bad_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
