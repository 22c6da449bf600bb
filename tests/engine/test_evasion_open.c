/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who opened what, and who may end it: odd handshakes, resets, SYNs on sessions that live, frames
 * that a third host or the client itself sends in another's name. None of them takes a session out
 * of sight: what the server gets is judged, or nothing more comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raw.h"

/* The firewall must not forget a session that the server still has. */
static void
forged_resets(void **state)
{
	static const int32_t far[] = { 1, -200, 30000, 70000, 1 << 30, -(1 << 30) };
	struct wire w;

	raw_begin(&w, NULL);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		raw(&w, (struct raw){ .seq = far[i], .flags = NET_RST });
		raw(&w,
		    (struct raw){ .from = WIRE_SERVER, .seq = far[i], .flags = NET_RST | NET_ACK });
	}
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_RST), 12);
	assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
	raw_still_judged(&w);
}

static void
nothing_behind_a_reset(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .flags = NET_RST | NET_ACK, .bytes = EVIL });
	assert_true(w.reset[WIRE_SERVER]);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_text(&w, WIRE_CLIENT, GOOD);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_stat(&w, STATS_DROP_TCP_ENDED) >= 1);
	assert_true(wire_close(&w));
}

/* One SYN with these options; did it reach the server? */
static bool
syn_passes(struct wire *w, struct span options, const char *bytes)
{
	w->client_port++;
	w->next[WIRE_CLIENT] = 1000;
	w->next[WIRE_SERVER] = 2000;
	w->expect[WIRE_SERVER] = w->expect[WIRE_CLIENT] = 0;
	raw(w, (struct raw){ .flags = NET_SYN, .options = options, .bytes = bytes });
	return w->expect[WIRE_SERVER] == 1001;
}

static void
options_of_a_syn(void **state)
{
	struct wire w;

	raw_open(&w, NULL);
	assert_true(syn_passes(&w, OPT("\x02\x04\x05\xb4"), NULL));
	assert_int_equal(wire_stat(&w, STATS_TCP_OPTION_CLEARED), 0);
	assert_true(syn_passes(&w, OPT("\x22\x02"), EVIL)); /* fast open, with data */
	assert_int_equal(wire_stat(&w, STATS_TCP_OPTION_CLEARED), 1);
	assert_true(wire_stat(&w, STATS_EDITED) >= 1);
	assert_true(
		syn_passes(&w, OPT("\x1e\x0c\x00\x81\1\2\3\4\5\6\7\x08"), NULL)); /* MP_CAPABLE */
	assert_true(syn_passes(&w, OPT("\xfd\x04\xf9\x89"), NULL));		  /* experimental */
	/* MP_JOIN: what is left of it begins a connection of its own, which is judged */
	assert_true(syn_passes(&w, OPT("\x1e\x0c\x10\x01\1\2\3\4\5\6\7\x08"), NULL));
	assert_int_equal(wire_stat(&w, STATS_TCP_OPTION_CLEARED), 4);
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_OPTIONS), 0);
	assert_false(syn_passes(&w,
				OPT("\x13\x12"
				    "0123456789abcdef"),
				NULL));				     /* MD5 */
	assert_false(syn_passes(&w, OPT("\x1d\x04\x01\x01"), NULL)); /* TCP-AO */
	assert_false(syn_passes(&w, OPT("\x02\x01\x05\xb4"), NULL)); /* a length that cannot be */
	assert_false(syn_passes(&w, OPT("\x02\x28\x05\xb4"), NULL));
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_OPTIONS), 4);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_close(&w));
}

/* Bytes of a SYN do not count: the client says them again, and may say others. */
static void
data_in_a_syn(void **state)
{
	struct wire w;

	raw_open(&w, NULL);
	assert_true(syn_passes(&w, SPAN_NONE, GOOD));
	w.next[WIRE_CLIENT]++;
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_SYN | NET_ACK });
	w.next[WIRE_SERVER]++;
	raw(&w, (struct raw){ .flags = NET_ACK });
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "EHLO c\r\n");
	assert_int_equal(w.got[WIRE_SERVER].len, 8);
	assert_true(wire_got(&w, WIRE_SERVER, "EHLO c\r\n"));
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	raw_still_judged(&w);
}

/* Roles are fixed by the first SYN (split handshake, simultaneous open). */
static void
server_sends_a_syn(void **state)
{
	struct wire w;

	raw_open(&w, NULL);
	assert_true(syn_passes(&w, SPAN_NONE, NULL));
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_SYN });
	assert_int_equal(w.expect[WIRE_CLIENT], 0);
	raw(&w, (struct raw){ .seq = 0, .flags = NET_SYN | NET_ACK });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_STATE), 2);
	assert_int_equal(wire_stat(&w, STATS_TCP_SESSIONS), 0);
	raw(&w, (struct raw){ .seq = 1, .flags = NET_ACK, .bytes = EVIL });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_close(&w));
}

static void
nonsense_flags(void **state)
{
	static const uint8_t flags[] = { 0,
					 NET_SYN | NET_FIN,
					 NET_SYN | NET_RST,
					 NET_FIN,
					 NET_PSH,
					 NET_FIN | NET_RST | NET_ACK,
					 NET_FIN | NET_SYN | NET_RST | NET_PSH | NET_ACK |
						 NET_URG };
	struct wire w;

	raw_begin(&w, NULL);
	for (size_t i = 0; i < sizeof(flags); i++)
		raw(&w, (struct raw){ .flags = flags[i], .bytes = EVIL });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_FLAGS), sizeof(flags));
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_false(w.fin[WIRE_SERVER] || w.reset[WIRE_SERVER]);
	raw_still_judged(&w);
}

/* Another ISN from the client before the answer: the server's ACK tells which one it took. */
static void
another_isn(void **state)
{
	struct wire w;

	raw_open(&w, NULL);
	assert_true(syn_passes(&w, SPAN_NONE, NULL));
	raw(&w, (struct raw){ .seq = 5000, .flags = NET_SYN });
	w.next[WIRE_CLIENT] += 5001;
	raw(&w, (struct raw){ .from = WIRE_SERVER, .ack = -5000, .flags = NET_SYN | NET_ACK });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_ACK), 1); /* of the SYN that was replaced */
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_SYN | NET_ACK });
	w.next[WIRE_SERVER]++;
	raw(&w, (struct raw){ .from = WIRE_SERVER, .seq = 700, .flags = NET_SYN | NET_ACK });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_STATE), 1);
	raw(&w, (struct raw){ .flags = NET_ACK });
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "EHLO c\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "EHLO c\r\n"));
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	raw_still_judged(&w);
}

/* A SYN on a live session changes nothing; only the server's answer could. */
static void
syn_on_a_live_session(void **state)
{
	uint32_t expect;
	struct wire w;

	raw_begin(&w, NULL);
	expect = w.expect[WIRE_SERVER];
	raw(&w, (struct raw){ .seq = 123456, .flags = NET_SYN, .bytes = EVIL });
	w.expect[WIRE_SERVER] = expect; /* it answers with a challenge ACK and goes on */
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK });
	raw(&w, (struct raw){ .seq = 123457, .flags = NET_ACK, .bytes = EVIL });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_FLOWS), 1);
	wire_text(&w, WIRE_CLIENT, GOOD);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	raw_still_judged(&w);
}

/* The server acknowledges what it cannot have: the bytes that are held stay held and known. */
static void
early_ack(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, 14);
	raw(&w, (struct raw){ .from = WIRE_SERVER, .ack = 14, .flags = NET_ACK });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_ACK), 1);
	wire_at(&w, WIRE_CLIENT, 0, EVIL, (size_t)LEN);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 1);
	raw_still_judged(&w);
}

/* Nothing of a connection whose start was not seen. */
static void
no_start(void **state)
{
	struct wire w;

	raw_open(&w, NULL);
	w.next[WIRE_CLIENT] = 1000;
	w.next[WIRE_SERVER] = 2000;
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_SYN | NET_ACK });
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 3);
	assert_true(wire_close(&w));
}

/*
 * Taken up in its middle, it has no beginning: bytes before the first one that was seen may be new to
 * the server, and nobody has judged them.
 */
static void
before_the_pick_up(void **state)
{
	struct wire w;

	raw_open(&w, "tcp: {midstream: yes}\n");
	w.next[WIRE_CLIENT] = w.expect[WIRE_SERVER] = 1000;
	w.next[WIRE_SERVER] = w.expect[WIRE_CLIENT] = 2000;
	raw(&w, (struct raw){ .seq = LEN, .flags = NET_ACK, .bytes = GOOD });
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = EVIL });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK });
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = EVIL });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	w.expect[WIRE_SERVER] = 0; /* what is left of them asks for an ACK */
	assert_int_equal(wire_stat(&w, STATS_TCP_RETRANSMIT), 2);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	raw_still_judged(&w);
}

/* Both close at once; the ports are used again while segments of the old connection are under way. */
static void
old_bytes_in_a_new_session(void **state)
{
	struct wire w;
	uint32_t old;

	raw_begin(&w, NULL);
	old = w.next[WIRE_CLIENT];
	raw(&w, (struct raw){ .flags = NET_FIN | NET_ACK });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .ack = -1, .flags = NET_FIN | NET_ACK });
	raw(&w, (struct raw){ .seq = 1, .flags = NET_ACK });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .seq = 1, .flags = NET_ACK });
	assert_true(w.fin[WIRE_SERVER] && w.fin[WIRE_CLIENT]);
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = EVIL });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_AFTER_FIN), 1);
	w.next[WIRE_CLIENT] = old + 100000;
	raw(&w, (struct raw){ .flags = NET_SYN });
	assert_int_equal(wire_stat(&w, STATS_FLOWS), 2);
	raw(&w, (struct raw){ .seq = -100000, .flags = NET_ACK, .bytes = EVIL });
	w.next[WIRE_CLIENT]++;
	w.next[WIRE_SERVER] += 200000;
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_SYN | NET_ACK });
	w.next[WIRE_SERVER]++;
	raw(&w, (struct raw){ .seq = -100001, .flags = NET_ACK, .bytes = EVIL });
	raw(&w, (struct raw){ .flags = NET_ACK });
	assert_int_equal(wire_stat(&w, STATS_TCP_SESSIONS), 2);
	w.got[WIRE_SERVER].len = 0;
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	raw(&w, (struct raw){ .seq = -100001, .flags = NET_ACK, .bytes = EVIL });
	assert_false(raw_server_saw(&w, "evil"));
	wire_text(&w, WIRE_CLIENT, "EHLO c\r\n");
	assert_true(raw_server_saw(&w, "EHLO c"));
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	raw_still_judged(&w);
}

/* With tcp.midstream what is forgotten is taken up again: a SYN that is none must not do that to what
 * was stopped. */
static void
syn_that_is_none(void **state)
{
	static const uint8_t flags[] = { NET_SYN | NET_FIN, NET_SYN | NET_RST, NET_SYN | NET_ACK };
	struct wire w;

	for (size_t i = 0; i < sizeof(flags); i++) {
		raw_begin(&w, "tcp: {midstream: yes}\n");
		wire_text(&w, WIRE_CLIENT, EVIL);
		w.got[WIRE_SERVER].len = 0;
		raw(&w, (struct raw){ .flags = flags[i] });
		raw(&w, (struct raw){ .flags = NET_ACK, .bytes = "RSET\r\n" });
		assert_int_equal(w.got[WIRE_SERVER].len, 0);
		assert_int_equal(wire_stat(&w, STATS_FLOWS), 1);
		assert_true(wire_close(&w));
	}
}

/* The same ports in another VLAN are another connection, one that nobody opened; a tag of priority is
 * none (IEEE 802.1Q). */
static void
other_vlan(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = EVIL, .vlan = 7 });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK, .bytes = "250 x\r\n", .vlan = 7 });
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 2);
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD, .vlan = -1 });
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = EVIL, .vlan = -1 });
	raw_still_judged(&w);
}

/* An ICMP error that quotes the session ends nothing. */
static void
icmp_error(void **state)
{
	uint8_t frame[14 + 20 + 8 + 28] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 56
	};
	struct wire w;

	raw_begin(&w, NULL);
	frame[14 + 8] = 64;
	frame[14 + 9] = 1;
	memcpy(frame + 14 + 12, w.server.b + 12, 4);
	memcpy(frame + 14 + 16, w.client.b + 12, 4);
	frame[14 + 20] = 3;
	frame[14 + 21] = 3;
	wire_frame(&w, WIRE_SERVER, frame, sizeof(frame));
	assert_int_equal(wire_stat(&w, STATS_FLOWS_ACTIVE), 1);
	wire_text(&w, WIRE_CLIENT, GOOD);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	raw_still_judged(&w);
}

/*
 * The outer side speaks in the server's name: what it makes the server seem to say would open TLS,
 * acknowledge, reset. A frame of one side that comes in on the other's port is nobody's.
 */
static void
server_forged_from_outside(void **state)
{
	struct wire w;

	raw_begin(&w, NULL);
	wire_text(&w, WIRE_CLIENT, "STARTTLS\r\n");
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK, .bytes = "220 go\r\n", .astray = true });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_RST | NET_ACK, .astray = true });
	raw(&w, (struct raw){ .flags = NET_ACK, .ack = 8, .bytes = EVIL });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_SIDE), 2);
	assert_false(raw_server_saw(&w, "evil"));
	wire_text(&w, WIRE_SERVER, "454 no\r\n");
	raw_still_judged(&w);
}

/*
 * We believe the session to be over, the server does not: a reset that never reached it. Then a SYN
 * as if the server's, from wherever it comes, would begin a session of a port that nobody guards,
 * with the server's answer to odd segments as the handshake's last part.
 */
static void
server_opens_what_is_over(void **state)
{
	static const char *const yaml[] = { NULL, "smtp: {detect: no}\n", "tcp: {midstream: yes}\n" };
	struct wire w;

	for (int i = 0; i < 12; i++) {
		raw_begin(&w, yaml[i % 3]);
		if (i < 6)
			raw(&w, (struct raw){ .flags = NET_RST | NET_ACK });
		else
			wire_text(&w, WIRE_CLIENT, EVIL);
		w.got[WIRE_SERVER].len = 0;
		raw(&w, (struct raw){ .from = WIRE_SERVER, .seq = -1, .flags = NET_SYN, .astray = i % 2 });
		raw(&w, (struct raw){ .seq = -1, .flags = NET_SYN | NET_ACK });
		raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK });
		raw(&w, (struct raw){ .flags = NET_ACK, .bytes = EVIL });
		assert_int_equal(w.got[WIRE_SERVER].len, 0);
		assert_true(wire_close(&w));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_resets),
		cmocka_unit_test(nothing_behind_a_reset),
		cmocka_unit_test(options_of_a_syn),
		cmocka_unit_test(data_in_a_syn),
		cmocka_unit_test(server_sends_a_syn),
		cmocka_unit_test(nonsense_flags),
		cmocka_unit_test(another_isn),
		cmocka_unit_test(syn_on_a_live_session),
		cmocka_unit_test(early_ack),
		cmocka_unit_test(no_start),
		cmocka_unit_test(before_the_pick_up),
		cmocka_unit_test(old_bytes_in_a_new_session),
		cmocka_unit_test(syn_that_is_none),
		cmocka_unit_test(other_vlan),
		cmocka_unit_test(icmp_error),
		cmocka_unit_test(server_forged_from_outside),
		cmocka_unit_test(server_opens_what_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
