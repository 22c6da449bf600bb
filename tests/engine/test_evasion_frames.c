/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames that a firewall and a server read differently: they die in between, come in fragments, hide
 * TCP behind IPv6 extension headers, tags or tunnels, or only one direction is seen. What cannot be
 * judged does not arrive, what can be is judged, and the session goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raw.h"

#define ETHER 14
#define IP4 20
#define IP6 40

struct frame {
	uint8_t b[512];
	size_t len;
};

static void
open_wire(struct wire *w, bool ip6)
{
	struct wire_settings s = { .rules = raw_rules };

	if (ip6) {
		s.client = "2001:db8::1";
		s.server = "2001:db8::25";
	}
	assert_true(wire_open(w, &s));
	w->next[WIRE_CLIENT] = 1000; /* until there is a handshake */
	w->next[WIRE_SERVER] = 9000;
	w->expect[WIRE_CLIENT] = 9000;
	w->expect[WIRE_SERVER] = 1000;
}

static void
open_session(struct wire *w, bool ip6)
{
	open_wire(w, ip6);
	wire_connect(w);
	wire_text(w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO client.example\r\n");
	wire_text(w, WIRE_SERVER, "250-mx\r\n250 PIPELINING\r\n");
	w->got[WIRE_SERVER].len = 0;
}

/* The segment that comes next of a side, as a frame to be changed. */
static struct frame
next_of(const struct wire *w, enum wire_side from, uint8_t flags, const char *text)
{
	uint8_t link[ETHER] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	bool ip6 = w->set.client != NULL;
	struct pkt like = { .data = link, .len = ETHER, .link = NET_LINK_ETHER, .kind = NET_TCP,
			    .ip_version = ip6 ? 6 : 4, .ip_proto = 6,
			    .ether_type = ip6 ? 0x86dd : 0x0800, .ip_off = ETHER, .l4_off = ETHER,
			    .payload_off = ETHER, .src = w->client, .dst = w->server,
			    .sport = w->client_port, .dport = w->server_port };
	struct net_segment s = { .like = &like, .reverse = from == WIRE_SERVER,
				 .seq = w->next[from], .ack = w->expect[from], .window = 65535,
				 .flags = flags, .payload = span_str(text) };
	struct frame f;

	link[12] = (uint8_t)(like.ether_type >> 8);
	link[13] = (uint8_t)like.ether_type;
	f.len = net_build(&s, f.b, sizeof(f.b));
	assert_true(f.len > 0);
	return f;
}

static void
set16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* And the checksum (RFC 1624). */
static void
set_ttl(struct frame *f, uint8_t ttl)
{
	uint8_t *ip = f->b + ETHER;
	unsigned sum = (ip[10] << 8 | ip[11]) + (unsigned)(ip[8] << 8) + (~(unsigned)(ttl << 8) & 0xffff);

	ip[8] = ttl;
	set16(ip + 10, (sum & 0xffff) + (sum >> 16));
}

static void
insert(struct frame *f, size_t at, struct span bytes)
{
	memmove(f->b + at + bytes.len, f->b + at, f->len - at);
	memcpy(f->b + at, bytes.ptr, bytes.len);
	f->len += bytes.len;
}

static void
send(struct wire *w, const struct frame *f)
{
	wire_frame(w, WIRE_CLIENT, f->b, f->len);
}

/* A good frame that dies behind us: what the sender says in its place is not let go, the same is. */
static void
dies_on_its_way(void **state)
{
	for (int evil = 0; evil < 2; evil++) {
		struct wire w;
		struct frame f;
		uint32_t expect;

		open_session(&w, false);
		expect = w.expect[WIRE_SERVER];
		f = next_of(&w, WIRE_CLIENT, NET_ACK | NET_PSH, GOOD);
		set_ttl(&f, 1);
		send(&w, &f);
		assert_true(raw_server_saw(&w, "good"));
		w.expect[WIRE_SERVER] = expect; /* it never came */
		w.got[WIRE_SERVER].len = 0;
		wire_at(&w, WIRE_CLIENT, 0, evil ? EVIL : GOOD, sizeof(GOOD) - 1);
		assert_false(raw_server_saw(&w, "evil"));
		assert_int_equal(raw_server_saw(&w, "good"), !evil);
		assert_int_equal(wire_stat(&w, STATS_TCP_OVERLAP_DIFFERS), evil);
		wire_advance(&w, WIRE_CLIENT, sizeof(GOOD) - 1);
		raw_still_judged(&w);
	}
}

/* Bytes [from, to) of the datagram's payload as a fragment. */
static struct frame
fragment(const struct frame *whole, size_t from, size_t to, bool more)
{
	struct frame f = *whole;

	memmove(f.b + ETHER + IP4, f.b + ETHER + IP4 + from, to - from);
	f.len = ETHER + IP4 + to - from;
	set16(f.b + ETHER + 2, IP4 + to - from);
	set16(f.b + ETHER + 6, from / 8 | (more ? 0x2000 : 0));
	return f;
}

/* In order or not, tiny, overlapping: no fragment of TCP passes. */
static void
fragments(void **state)
{
	static const struct {
		size_t from, to;
	} pieces[] = { { 0, 8 }, { 8, 24 }, { 24, 48 }, { 16, 48 }, { 0, 48 }, { 0, 16 } };
	const size_t count = sizeof(pieces) / sizeof(pieces[0]);

	for (int backwards = 0; backwards < 2; backwards++) {
		struct frame whole;
		struct wire w;

		open_session(&w, false);
		whole = next_of(&w, WIRE_CLIENT, NET_ACK | NET_PSH, EVIL);
		for (size_t i = 0; i < count; i++) {
			size_t k = backwards ? count - 1 - i : i;
			struct frame f = fragment(&whole, pieces[k].from, pieces[k].to,
						  pieces[k].to < 48);

			if (pieces[k].to == 48 && pieces[k].from == 0)
				set16(f.b + ETHER + 6, 0x2000); /* whole, and says there is more */
			send(&w, &f);
		}
		assert_int_equal(w.got[WIRE_SERVER].len, 0);
		assert_int_equal(wire_stat(&w, STATS_DROP_DECODE), count);
		wire_text(&w, WIRE_CLIENT, GOOD);
		assert_true(wire_got(&w, WIRE_SERVER, GOOD));
		wire_text(&w, WIRE_SERVER, "250 ok\r\n");
		raw_still_judged(&w);
	}
}

struct chain {
	const char *id;
	uint8_t first;	    /* next header of IPv6 */
	struct span headers; /* each begins with the next one */
	bool judged;	    /* else refused */
};

/* TCP behind extension headers is found and judged, or the frame is refused. */
static void
extension_headers(void **state)
{
	static const struct chain chains[] = {
		{ "options", 60, SPAN_LIT("\6\0\1\4\0\0\0\0"), true },
		{ "hop by hop, options", 0, SPAN_LIT("\x3c\0\1\4\0\0\0\0" "\6\0\1\4\0\0\0\0"), true },
		{ "atomic fragment", 44, SPAN_LIT("\6\0\0\0\0\0\0\1"), true },
		{ "routing, none left", 43, SPAN_LIT("\6\0\0\0\0\0\0\0"), true },
		{ "routing, one left", 43, SPAN_LIT("\6\0\0\1\0\0\0\0"), false },
		{ "first fragment", 44, SPAN_LIT("\6\0\0\1\0\0\0\1"), false },
		{ "later fragment", 44, SPAN_LIT("\6\0\0\x08\0\0\0\1"), false },
		{ "TCP in the second fragment", 44, SPAN_LIT("\x3c\0\0\1\0\0\0\1" "\6\0\1\4\0\0\0\0"), false },
		{ "two fragment headers", 44, SPAN_LIT("\x2c\0\0\0\0\0\0\1" "\6\0\0\0\0\0\0\1"), false },
		{ "hop by hop not first", 60, SPAN_LIT("\0\0\1\4\0\0\0\0" "\6\0\1\4\0\0\0\0"), false },
		{ "longer than the frame", 60, SPAN_LIT("\6\x20\1\4\0\0\0\0"), false },
	};

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		for (int evil = 0; evil < 2; evil++) {
			struct wire w;
			struct frame f;
			uint64_t refused;

			open_session(&w, true);
			f = next_of(&w, WIRE_CLIENT, NET_ACK | NET_PSH, evil ? EVIL : GOOD);
			set16(f.b + ETHER + 4, f.len - ETHER - IP6 + chains[i].headers.len);
			f.b[ETHER + 6] = chains[i].first;
			insert(&f, ETHER + IP6, chains[i].headers);
			refused = wire_stat(&w, STATS_DROP_DECODE);
			send(&w, &f);
			refused = wire_stat(&w, STATS_DROP_DECODE) - refused;
			if (refused != !chains[i].judged || raw_server_saw(&w, "evil") ||
			    raw_server_saw(&w, "good") != (chains[i].judged && !evil))
				fail_msg("%s, %s: %zu bytes arrived", chains[i].id,
					 evil ? "evil" : "good", w.got[WIRE_SERVER].len);
			if (chains[i].judged)
				wire_advance(&w, WIRE_CLIENT, sizeof(GOOD) - 1);
			raw_still_judged(&w);
		}
	}
}

/* Tags and tunnels around a frame of a session without: seen through, or refused. */
static void
tags_and_tunnels(void **state)
{
	static const struct {
		const char *id;
		struct span bytes; /* before the EtherType, or the whole of what stands there */
		bool judged, instead;
	} around[] = {
		{ "VLAN 0", SPAN_LIT("\x81\0\0\0"), true, false },
		{ "VLAN 0 twice", SPAN_LIT("\x81\0\0\0\x81\0\0\0"), true, false },
		{ "VLAN 0 three times", SPAN_LIT("\x81\0\0\0\x81\0\0\0\x81\0\0\0"), false, false },
		{ "VLAN 7", SPAN_LIT("\x81\0\0\7"), false, false },
		{ "QinQ", SPAN_LIT("\x88\xa8\0\7\x81\0\0\x8"), false, false },
		{ "SNAP", SPAN_LIT("\0\x50\xaa\xaa\3\0\0\0"), false, false },
		{ "VLAN 0, SNAP", SPAN_LIT("\x81\0\0\0\0\x50\xaa\xaa\3\0\0\0"), false, false },
		{ "LLC with the IP SAP", SPAN_LIT("\0\x50\6\6\3"), false, true },
		{ "PPPoE", SPAN_LIT("\x88\x64\x11\0\0\1\0\x52\0\x21"), false, true },
		{ "MPLS", SPAN_LIT("\x88\x47\0\0\x11\x40"), false, true },
		{ "IP in IP", SPAN_LIT("\x08\0\x45\0\0\x58\0\1\0\0\x40\4\0\0\xc0\0\2\1\xc6\x33\x64\x19"),
		  false, true },
		{ "GRE", SPAN_LIT("\x08\0\x45\0\0\x5c\0\1\0\0\x40\x2f\0\0\xc0\0\2\1\xc6\x33\x64\x19"
				  "\0\0\x08\0"), false, true },
	};

	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		for (int evil = 0; evil < 2; evil++) {
			struct wire w;
			struct frame f;
			size_t sent;

			open_session(&w, false);
			f = next_of(&w, WIRE_CLIENT, NET_ACK | NET_PSH, evil ? EVIL : GOOD);
			if (around[i].instead) {
				memmove(f.b + 12, f.b + 14, f.len - 14);
				f.len -= 2;
			}
			insert(&f, 12, around[i].bytes);
			sent = w.sent;
			send(&w, &f);
			if (w.sent - sent != (around[i].judged && !evil) || raw_server_saw(&w, "evil") ||
			    raw_server_saw(&w, "good") != (around[i].judged && !evil))
				fail_msg("%s, %s: %zu bytes arrived", around[i].id,
					 evil ? "evil" : "good", w.got[WIRE_SERVER].len);
			if (around[i].judged)
				wire_advance(&w, WIRE_CLIENT, sizeof(GOOD) - 1);
			raw_still_judged(&w);
		}
	}
}

/* We began again in the middle of a session: nothing of it passes, and a new one is judged. */
static void
after_a_restart(void **state)
{
	struct wire w;
	struct frame f;

	open_wire(&w, false);
	for (int i = 0; i < 3; i++) {
		f = next_of(&w, WIRE_CLIENT, NET_ACK | NET_PSH, GOOD);
		send(&w, &f);
		f = next_of(&w, WIRE_SERVER, NET_ACK | NET_PSH, "250 ok\r\n");
		wire_frame(&w, WIRE_SERVER, f.b, f.len);
	}
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 6);
	assert_int_equal(w.sent, 0);
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx ESMTP\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx ESMTP\r\n"));
	raw_still_judged(&w);
}

/* Without the server's answer there is no session: its bytes are not judged and do not pass. */
static void
one_direction(void **state)
{
	struct wire w;
	struct frame f;

	open_wire(&w, false);
	f = next_of(&w, WIRE_CLIENT, NET_SYN, "");
	send(&w, &f);
	w.next[WIRE_CLIENT]++;
	f = next_of(&w, WIRE_CLIENT, NET_ACK, "");
	send(&w, &f);
	f = next_of(&w, WIRE_CLIENT, NET_ACK | NET_PSH, GOOD);
	send(&w, &f);
	assert_false(raw_server_saw(&w, "good"));
	assert_true(wire_close(&w));

	open_wire(&w, false);
	f = next_of(&w, WIRE_SERVER, NET_SYN | NET_ACK, "");
	wire_frame(&w, WIRE_SERVER, f.b, f.len);
	w.next[WIRE_SERVER]++;
	f = next_of(&w, WIRE_SERVER, NET_ACK | NET_PSH, "220 mx\r\n");
	wire_frame(&w, WIRE_SERVER, f.b, f.len);
	assert_int_equal(w.got[WIRE_CLIENT].len, 0);
	assert_int_equal(w.sent, 0);
	assert_true(wire_close(&w));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dies_on_its_way),   cmocka_unit_test(fragments),
		cmocka_unit_test(extension_headers), cmocka_unit_test(tags_and_tunnels),
		cmocka_unit_test(after_a_restart),   cmocka_unit_test(one_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
