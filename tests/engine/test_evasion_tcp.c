/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments that make a firewall and a server see different bytes: overlaps, retransmissions with
 * other bytes, forged resets, odd handshakes, options that change the meaning. After each of them a
 * refused sender is still refused, and no byte that was not judged is in any frame that leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

static const char rules[] = "accept:hook tcp:all any any <> any any (sid:1000;)\n"
			    "drop:flow smtp:request_started any any -> any any (smtp.mail_from; "
			    "content:\"evil\"; sid:1;)\n"
			    "accept:hook smtp:request_started any any -> any any (sid:3;)\n"
			    "accept:hook smtp:request_data any any -> any any (sid:4;)\n"
			    "accept:hook smtp:request_complete any any -> any any (sid:5;)\n"
			    "accept:hook smtp:response_started any any -> any any (sid:6;)\n"
			    "accept:hook smtp:response_data any any -> any any (sid:7;)\n"
			    "accept:hook smtp:response_complete any any -> any any (sid:8;)\n";

#define GOOD "MAIL FROM:<good@b.example>\r\n"
#define EVIL "MAIL FROM:<evil@b.example>\r\n"
#define LEN ((int32_t)sizeof(GOOD) - 1)

static void
open_bare(struct wire *w)
{
	struct wire_settings s = { .rules = rules,
				   .isn = { 0xfffffff0u, 0xffffff80u },
				   .checksums = true };

	assert_true(wire_open(w, &s));
}

static void
open_wire(struct wire *w)
{
	open_bare(w);
	wire_connect(w);
	wire_text(w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO client.example\r\n");
	wire_text(w, WIRE_SERVER, "250-mx\r\n250 PIPELINING\r\n");
	w->got[WIRE_SERVER].len = 0;
}

/* A segment with everything free; seq and ack count from where the side stands. */
struct raw {
	enum wire_side from;
	int32_t seq, ack;
	uint8_t flags;
	const char *bytes;
	struct span options;
	int window; /* 0: 65535, -1: 0 */
	bool bad_sum;
};

static void
raw(struct wire *w, struct raw r)
{
	uint8_t link[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 }, frame[2048];
	struct pkt like = { .data = link,
			    .len = 14,
			    .link = NET_LINK_ETHER,
			    .kind = NET_TCP,
			    .ip_version = 4,
			    .ip_proto = 6,
			    .ether_type = 0x0800,
			    .ip_off = 14,
			    .l4_off = 14,
			    .payload_off = 14,
			    .src = w->client,
			    .dst = w->server,
			    .sport = w->client_port,
			    .dport = w->server_port };
	struct net_segment s = { .like = &like,
				 .reverse = r.from == WIRE_SERVER,
				 .seq = w->next[r.from] + (uint32_t)r.seq,
				 .ack = w->expect[r.from] + (uint32_t)r.ack,
				 .window = r.window < 0 ? 0 : 65535,
				 .flags = r.flags,
				 .options = r.options,
				 .payload = span_str(r.bytes != NULL ? r.bytes : "") };
	size_t len = net_build(&s, frame, sizeof(frame));

	assert_true(len > 0);
	if (r.bad_sum)
		frame[len - 1] ^= 1;
	wire_frame(w, r.from, frame, len);
}

static bool
server_saw(const struct wire *w, const char *text)
{
	return span_find(span_of(w->got[WIRE_SERVER].ptr, w->got[WIRE_SERVER].len),
			 span_str(text)) >= 0;
}

/* Whatever was tried: the session is still judged, and every frame left once. */
static void
still_judged(struct wire *w)
{
	wire_text(w, WIRE_CLIENT, EVIL);
	wire_text(w, WIRE_CLIENT, "QUIT\r\n");
	assert_false(server_saw(w, "evil"));
	assert_false(server_saw(w, "QUIT"));
	assert_int_equal(wire_stat(w, STATS_DROP_INTERNAL), 0);
	assert_true(wire_close(w));
}

static void
out_of_order(void **state)
{
	struct wire w;
	size_t made;

	open_wire(&w);
	made = w.made;
	wire_at(&w, WIRE_CLIENT, 5, &GOOD[5], (size_t)LEN - 5);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(w.made, made + 1); /* so that the client repeats what is missing */
	assert_int_equal(wire_stat(&w, STATS_TCP_OUT_OF_ORDER), 1);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, 5);
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	still_judged(&w);
}

/* Over the cap the newest is dropped; what was kept goes on when the hole is filled. */
static void
too_many_out_of_order(void **state)
{
	char byte = 'x';
	struct wire w;

	open_wire(&w);
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

			open_wire(&w);
			wire_at(&w, WIRE_CLIENT, shift, (first ? EVIL : GOOD) + shift,
				(size_t)(LEN - shift));
			wire_at(&w, WIRE_CLIENT, 0, first ? GOOD : EVIL, (size_t)LEN);
			assert_false(server_saw(&w, "evil"));
			if (!(first && shift == 0)) { /* else the first copy ended the session */
				assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 1);
				assert_true(wire_stat(&w, STATS_DROP_TCP_OVERLAP) >= 1);
				assert_true(w.reset[WIRE_SERVER]);
			}
			still_judged(&w);
		}
}

/* The server has the bytes: a repetition with others is zeroed, whatever the server would do with
 * it. */
static void
other_bytes_after_the_ack(void **state)
{
	static const uint8_t zeros[sizeof(GOOD) - 1];
	struct wire w;

	open_wire(&w);
	wire_text(&w, WIRE_CLIENT, GOOD);
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	w.expect[WIRE_SERVER] -= (uint32_t)LEN;
	w.got[WIRE_SERVER].len = 0;
	wire_at(&w, WIRE_CLIENT, -LEN, EVIL, (size_t)LEN);
	assert_int_equal(w.got[WIRE_SERVER].len, LEN);
	assert_memory_equal(w.got[WIRE_SERVER].ptr, zeros, (size_t)LEN);
	assert_false(w.reset[WIRE_SERVER]);
	assert_int_equal(wire_stat(&w, STATS_TCP_RETRANSMIT), 1);
	still_judged(&w);
}

/* Not acknowledged, and the receiver lost it: the repetition is what was let go, however it is cut.
 */
static void
repeated_in_pieces(void **state)
{
	struct wire w;

	open_wire(&w);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, (size_t)LEN);
	w.expect[WIRE_SERVER] -= (uint32_t)LEN; /* the frame was lost behind the firewall */
	w.got[WIRE_SERVER].len = 0;
	for (int i = 0; i < LEN; i += 5)
		wire_at(&w, WIRE_CLIENT, i, &GOOD[i], (size_t)(LEN - i < 5 ? LEN - i : 5));
	assert_int_equal(w.got[WIRE_SERVER].len, LEN);
	assert_memory_equal(w.got[WIRE_SERVER].ptr, GOOD, (size_t)LEN);
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	still_judged(&w);
}

static void
outside_the_window(void **state)
{
	struct wire w;

	open_wire(&w);
	wire_at(&w, WIRE_CLIENT, 70000, EVIL, (size_t)LEN);
	wire_at(&w, WIRE_CLIENT, 1 << 30, EVIL, (size_t)LEN);
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_WINDOW), 2);
	assert_false(w.reset[WIRE_SERVER]);
	still_judged(&w);
}

/* The firewall must not forget a session that the server still has. */
static void
forged_resets(void **state)
{
	static const int32_t far[] = { 1, -200, 30000, 70000, 1 << 30, -(1 << 30) };
	struct wire w;

	open_wire(&w);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		raw(&w, (struct raw){ .seq = far[i], .flags = NET_RST });
		raw(&w,
		    (struct raw){ .from = WIRE_SERVER, .seq = far[i], .flags = NET_RST | NET_ACK });
	}
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_RST), 12);
	assert_false(w.reset[WIRE_CLIENT] || w.reset[WIRE_SERVER]);
	still_judged(&w);
}

static void
nothing_behind_a_reset(void **state)
{
	struct wire w;

	open_wire(&w);
	raw(&w, (struct raw){ .flags = NET_RST | NET_ACK, .bytes = EVIL });
	assert_true(w.reset[WIRE_SERVER]);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_text(&w, WIRE_CLIENT, GOOD);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_stat(&w, STATS_DROP_TCP_ENDED) >= 1);
	assert_true(wire_close(&w));
}

static void
nothing_behind_a_fin(void **state)
{
	struct wire w;

	open_wire(&w);
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

	open_wire(&w);
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

	open_wire(&w);
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<evil@b.exam");
	wire_fin(&w, WIRE_CLIENT);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_wait(&w, UINT64_C(400) * 1000000);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_true(wire_close(&w));
}

#define OPT(text) span_of((const uint8_t *)(text), sizeof(text) - 1)

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

	open_bare(&w);
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

	open_bare(&w);
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
	still_judged(&w);
}

static void
urgent_bytes(void **state)
{
	struct wire w;

	open_wire(&w);
	raw(&w, (struct raw){ .flags = NET_ACK | NET_URG, .bytes = GOOD });
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_int_equal(wire_stat(&w, STATS_TCP_URGENT_CLEARED), 1);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	still_judged(&w);
}

/* One stamp too many, and only the second would be believed: it is not there any more. */
static void
odd_stamps(void **state)
{
	struct wire w;

	open_wire(&w);
	raw(&w, (struct raw){ .flags = NET_ACK,
			      .bytes = GOOD,
			      .options = OPT("\x08\x0a\1\2\3\4\0\0\0\0\x08\x0a\1\2\3\5\0\0\0\0") });
	wire_advance(&w, WIRE_CLIENT, (uint32_t)LEN);
	assert_int_equal(wire_stat(&w, STATS_TCP_OPTION_CLEARED), 1);
	assert_true(wire_got(&w, WIRE_SERVER, GOOD));
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	still_judged(&w);
}

/* A probe of a closed window is data like any other: what it said stands. */
static void
window_probe(void **state)
{
	struct wire w;

	open_wire(&w);
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_ACK, .window = -1 });
	wire_at(&w, WIRE_CLIENT, 0, "X", 1);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_at(&w, WIRE_CLIENT, 0, EVIL, (size_t)LEN);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 1);
	still_judged(&w);
}

static void
keep_alive(void **state)
{
	struct wire w;

	open_wire(&w);
	w.expect[WIRE_SERVER]--; /* a server that would take the byte gets a zero */
	wire_at(&w, WIRE_CLIENT, -1, "!", 1);
	assert_int_equal(w.got[WIRE_SERVER].len, 1);
	assert_int_equal(w.got[WIRE_SERVER].ptr[0], 0);
	raw(&w, (struct raw){ .seq = -1, .flags = NET_ACK });
	assert_false(w.reset[WIRE_SERVER]);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	still_judged(&w);
}

/* Roles are fixed by the first SYN (split handshake, simultaneous open). */
static void
server_sends_a_syn(void **state)
{
	struct wire w;

	open_bare(&w);
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
bad_checksum(void **state)
{
	struct wire w;

	open_wire(&w);
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD, .bad_sum = true });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_DECODE), 1);
	wire_text(&w, WIRE_CLIENT, EVIL); /* the other bytes were never there */
	assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 0);
	still_judged(&w);
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

	open_wire(&w);
	for (size_t i = 0; i < sizeof(flags); i++)
		raw(&w, (struct raw){ .flags = flags[i], .bytes = EVIL });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_FLAGS), sizeof(flags));
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_false(w.fin[WIRE_SERVER] || w.reset[WIRE_SERVER]);
	still_judged(&w);
}

/* Another ISN from the client before the answer: the server's ACK tells which one it took. */
static void
another_isn(void **state)
{
	struct wire w;

	open_bare(&w);
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
	still_judged(&w);
}

/* A SYN on a live session changes nothing; only the server's answer could. */
static void
syn_on_a_live_session(void **state)
{
	uint32_t expect;
	struct wire w;

	open_wire(&w);
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
	still_judged(&w);
}

/* The server acknowledges what it cannot have: the bytes that are held stay held and known. */
static void
early_ack(void **state)
{
	struct wire w;

	open_wire(&w);
	wire_at(&w, WIRE_CLIENT, 0, GOOD, 14);
	raw(&w, (struct raw){ .from = WIRE_SERVER, .ack = 14, .flags = NET_ACK });
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_ACK), 1);
	wire_at(&w, WIRE_CLIENT, 0, EVIL, (size_t)LEN);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), 1);
	still_judged(&w);
}

/* Nothing of a connection whose start was not seen. */
static void
no_start(void **state)
{
	struct wire w;

	open_bare(&w);
	w.next[WIRE_CLIENT] = 1000;
	w.next[WIRE_SERVER] = 2000;
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD });
	raw(&w, (struct raw){ .from = WIRE_SERVER, .flags = NET_SYN | NET_ACK });
	raw(&w, (struct raw){ .flags = NET_ACK, .bytes = GOOD });
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 3);
	assert_true(wire_close(&w));
}

/* An ICMP error that quotes the session ends nothing. */
static void
icmp_error(void **state)
{
	uint8_t frame[14 + 20 + 8 + 28] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 56
	};
	struct wire w;

	open_wire(&w);
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
	still_judged(&w);
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
		cmocka_unit_test(forged_resets),
		cmocka_unit_test(nothing_behind_a_reset),
		cmocka_unit_test(nothing_behind_a_fin),
		cmocka_unit_test(fin_before_its_turn),
		cmocka_unit_test(fin_behind_half_a_line),
		cmocka_unit_test(options_of_a_syn),
		cmocka_unit_test(data_in_a_syn),
		cmocka_unit_test(urgent_bytes),
		cmocka_unit_test(odd_stamps),
		cmocka_unit_test(window_probe),
		cmocka_unit_test(keep_alive),
		cmocka_unit_test(server_sends_a_syn),
		cmocka_unit_test(bad_checksum),
		cmocka_unit_test(nonsense_flags),
		cmocka_unit_test(another_isn),
		cmocka_unit_test(syn_on_a_live_session),
		cmocka_unit_test(early_ack),
		cmocka_unit_test(no_start),
		cmocka_unit_test(icmp_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
