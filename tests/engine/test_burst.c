/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts: the table is asked once for all frames of a burst, and each of them may change it for those
 * behind it. Whatever stands in one burst is judged as if it came frame by frame. Here is also what
 * needs to look at acts: addresses of frames that are made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

static const char rules[] = "accept:hook tcp:all any any <> any any (sid:1;)\n"
			    "drop:flow smtp:request_started any any -> any any (smtp.mail_from; "
			    "content:\"evil\"; sid:2;)\n"
			    "accept:hook smtp:request_started any any -> any any (sid:3;)\n"
			    "accept:hook smtp:response_started any any -> any any (sid:4;)\n";

#define MOST 64

struct frame {
	enum wire_side from;
	uint16_t port; /* the client's */
	uint32_t seq, ack;
	uint8_t flags;
	const char *bytes;
};

struct burst {
	uint8_t bytes[MOST][512];
	struct pkt pkt[MOST];
	size_t count;
};

static void
add(struct burst *b, const struct wire *w, struct frame f)
{
	static const uint8_t link[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 };
	struct pkt like = { .data = (uint8_t *)(uintptr_t)link, .len = 14, .link = NET_LINK_ETHER,
			    .kind = NET_TCP, .ip_version = 4, .ip_proto = 6, .ip_off = 14,
			    .l4_off = 14, .payload_off = 14, .ether_type = 0x0800, .src = w->client,
			    .dst = w->server, .sport = f.port, .dport = 25 };
	struct net_segment s = { .like = &like, .reverse = f.from == WIRE_SERVER, .seq = f.seq,
				 .ack = f.ack, .window = 60000, .flags = f.flags,
				 .payload = span_str(f.bytes != NULL ? f.bytes : "") };
	uint8_t *at = b->bytes[b->count];
	size_t len = net_build(&s, at, sizeof(b->bytes[0]));

	assert_true(len > 0);
	b->pkt[b->count++] = (struct pkt){ .frame = at, .data = at, .len = (uint32_t)len,
					   .link = NET_LINK_ETHER, .port = f.from == WIRE_SERVER };
}

/* A session's first segments, up to a command that is refused. */
static void
add_session(struct burst *b, const struct wire *w, uint16_t port)
{
	static const struct frame life[] = {
		{ WIRE_CLIENT, 0, 100, 0, NET_SYN, NULL },
		{ WIRE_SERVER, 0, 900, 101, NET_SYN | NET_ACK, NULL },
		{ WIRE_CLIENT, 0, 101, 901, NET_ACK, NULL },
		{ WIRE_SERVER, 0, 901, 101, NET_ACK, "220 mx\r\n" },
		{ WIRE_CLIENT, 0, 101, 909, NET_ACK, "MAIL FROM:<evil@a.example>\r\n" },
	};

	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		struct frame f = life[i];

		f.port = port;
		add(b, w, f);
	}
}

/* Every frame leaves once; how many were sent. */
static size_t
run(struct wire *w, struct burst *b)
{
	size_t count, sent = 0, left = 0;
	const struct engine_act *acts;

	w->now_us += 10;
	assert_int_equal(engine_input(w->engine, b->pkt, b->count, w->now_us), b->count);
	acts = engine_acts(w->engine, &count);
	for (size_t i = 0; i < count; i++) {
		left += acts[i].kind != ENGINE_MAKE;
		sent += acts[i].kind == ENGINE_SEND;
	}
	engine_acts_done(w->engine);
	assert_int_equal(left, b->count);
	b->count = 0;
	return sent;
}

static void
whole_sessions(void **state)
{
	struct wire_settings s = { .rules = rules };
	struct burst b = { .count = 0 };
	struct wire w;

	assert_true(wire_open(&w, &s));
	for (uint16_t i = 0; i < 12; i++)
		add_session(&b, &w, (uint16_t)(2000 + i));
	assert_int_equal(run(&w, &b), 12 * 4);
	assert_int_equal(wire_stat(&w, STATS_FLOWS), 12);
	assert_int_equal(wire_stat(&w, STATS_TCP_SESSIONS), 12);
	assert_int_equal(wire_stat(&w, STATS_DROP_RULE), 12);
	assert_true(wire_close(&w));
}

/* A condemned session, its ports once more, what follows of the new one: in one burst. */
static void
ended_and_begun(void **state)
{
	struct wire_settings s = { .rules = rules };
	struct burst b = { .count = 0 };
	struct wire w;

	assert_true(wire_open(&w, &s));
	for (unsigned i = 0; i < 12; i++)
		add_session(&b, &w, 2000);
	assert_int_equal(run(&w, &b), 12 * 4);
	assert_int_equal(wire_stat(&w, STATS_FLOWS), 12);
	assert_int_equal(wire_stat(&w, STATS_FLOWS_ACTIVE), 1);
	assert_int_equal(wire_stat(&w, STATS_DROP_RULE), 12);
	assert_true(wire_close(&w));
}

/* The session of a frame gives way to one that stands before it in the burst. */
static void
gave_way(void **state)
{
	struct wire_settings s = { .rules = rules };
	struct burst b = { .count = 0 };
	struct wire w;

	assert_true(wire_open(&w, &s));
	w.policy->limits.half_open = 1;
	add(&b, &w, (struct frame){ WIRE_CLIENT, 2000, 100, 0, NET_SYN, NULL });
	assert_int_equal(run(&w, &b), 1);
	add(&b, &w, (struct frame){ WIRE_CLIENT, 2001, 100, 0, NET_SYN, NULL });
	add(&b, &w, (struct frame){ WIRE_SERVER, 2000, 900, 101, NET_SYN | NET_ACK, NULL });
	add(&b, &w, (struct frame){ WIRE_SERVER, 2001, 900, 101, NET_SYN | NET_ACK, NULL });
	assert_int_equal(run(&w, &b), 2);
	assert_int_equal(wire_stat(&w, STATS_FLOWS_EVICTED), 1);
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 1);
	assert_int_equal(wire_stat(&w, STATS_TCP_SYNACK), 1);
	assert_true(wire_close(&w));
}

/* The time of a record's frame ends the session that it was looked up for. */
static void
ended_by_its_own_time(void **state)
{
	struct wire_settings s = { .rules = rules, .capture = true };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	w.now_us += UINT64_C(2000) * 1000000;
	wire_at(&w, WIRE_CLIENT, 0, "NOOP\r\n", 6);
	assert_int_equal(wire_stat(&w, STATS_FLOWS_EXPIRED), 1);
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 1);
	assert_int_equal(engine_sessions(w.engine), 0);
	assert_true(wire_close(&w));
}

/* What is made for a session that the server's frame began goes to the right station on each side. */
static void
addresses_of_made_frames(void **state)
{
	struct wire_settings s = { .rules = rules, .yaml = "tcp: {midstream: yes}\n" };
	struct burst b = { .count = 0 };
	const struct engine_act *acts;
	size_t count, made = 0;
	struct wire w;

	assert_true(wire_open(&w, &s));
	add(&b, &w, (struct frame){ WIRE_SERVER, 2000, 900, 101, NET_ACK, "220 mx\r\n" });
	add(&b, &w, (struct frame){ WIRE_CLIENT, 2000, 101, 908, NET_ACK, "MAIL FROM:<no" });
	w.now_us += 10;
	assert_int_equal(engine_input(w.engine, b.pkt, 2, w.now_us), 2);
	engine_acts_done(w.engine);
	while (engine_tick(w.engine, w.now_us + UINT64_C(100) * 1000000))
		;
	acts = engine_acts(w.engine, &count);
	for (size_t i = 0; i < count; i++) {
		if (acts[i].kind != ENGINE_MAKE)
			continue;
		made++;
		assert_int_equal(acts[i].data[5], acts[i].port == 0 ? 1 : 2);
		assert_int_equal(acts[i].data[11], acts[i].port == 0 ? 2 : 1);
	}
	assert_true(made >= 2);
	engine_acts_done(w.engine);
	assert_true(wire_close(&w));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_sessions),
		cmocka_unit_test(ended_and_begun),
		cmocka_unit_test(gave_way),
		cmocka_unit_test(ended_by_its_own_time),
		cmocka_unit_test(addresses_of_made_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
