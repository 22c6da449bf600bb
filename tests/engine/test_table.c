/* SPDX-License-Identifier: BSD-3-Clause */
/* The session table under a flood, and frames that nobody can judge: in line and in monitor mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

#define HALF_OPEN 20
#define FLOOD 100

static const char accept_tcp[] = "accept:hook tcp:all any any <> any any (sid:1;)\n"
				 "accept:hook smtp:response_started any any -> any any (sid:2;)\n";

static const char refuse_evil[] = "accept:hook tcp:all any any <> any any (sid:1;)\n"
				  "drop:flow smtp:request_started any any -> any any (smtp.mail_from; "
				  "content:\"evil\"; sid:2;)\n"
				  "accept:hook smtp:response_started any any -> any any (sid:3;)\n";

/* A segment without bytes, client's port to server's port. */
static void
segment(struct wire *w, enum wire_side from, uint16_t client_port, uint8_t flags)
{
	static const uint8_t link[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 };
	struct pkt like = { .data = (uint8_t *)(uintptr_t)link, .len = sizeof(link),
			    .link = NET_LINK_ETHER, .kind = NET_TCP, .ip_version = 4, .ip_proto = 6,
			    .ip_off = 14, .l4_off = 14, .payload_off = 14, .ether_type = 0x0800,
			    .src = from == WIRE_CLIENT ? w->client : w->server,
			    .dst = from == WIRE_CLIENT ? w->server : w->client,
			    .sport = from == WIRE_CLIENT ? client_port : w->server_port,
			    .dport = from == WIRE_CLIENT ? w->server_port : client_port };
	struct net_segment s = { .like = &like, .seq = 7, .ack = (flags & NET_ACK) != 0 ? 8 : 0,
				 .window = 1000, .flags = flags };
	uint8_t frame[NET_HEADERS_MAX];

	wire_frame(w, from, frame, net_build(&s, frame, sizeof(frame)));
}

/* A SYN of the client's from this port. */
static void
syn(struct wire *w, uint16_t port)
{
	segment(w, WIRE_CLIENT, port, NET_SYN);
}

static void
flood_keeps_to_its_share(void **state)
{
	struct wire_settings s = { .rules = accept_tcp };
	struct wire w;

	assert_true(wire_open(&w, &s));
	w.policy->limits.half_open = HALF_OPEN;
	wire_connect(&w);
	for (uint16_t i = 0; i < FLOOD; i++)
		syn(&w, (uint16_t)(2000 + i));
	assert_int_equal(wire_stat(&w, STATS_FLOWS_ACTIVE), HALF_OPEN + 1);
	assert_int_equal(wire_stat(&w, STATS_FLOWS_EVICTED), FLOOD - HALF_OPEN);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n"); /* the one that is established lives on */
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
	assert_true(wire_close(&w));
}

/* The newest handshakes are those that are waited for. */
static void
newest_stays(void **state)
{
	struct wire_settings s = { .rules = accept_tcp };
	struct wire w;

	assert_true(wire_open(&w, &s));
	w.policy->limits.half_open = HALF_OPEN;
	for (uint16_t i = 0; i < FLOOD; i++)
		syn(&w, (uint16_t)(2000 + i));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
	assert_true(wire_close(&w));
}

/*
 * Whatever can be sent without a handshake, by the ten thousand, from anywhere: nothing of it pushes
 * out a session that is established nor a handshake that is under way. They stay, and are judged.
 */
static void
flood_of_all_kinds(void **state)
{
	static const struct {
		enum wire_side from;
		uint16_t server_port;
		uint8_t flags;
	} kinds[] = {
		{ WIRE_CLIENT, 25, NET_SYN },		{ WIRE_CLIENT, 80, NET_ACK },
		{ WIRE_SERVER, 80, NET_SYN | NET_ACK }, { WIRE_CLIENT, 25, NET_SYN | NET_FIN },
		{ WIRE_CLIENT, 80, NET_SYN },		{ WIRE_CLIENT, 25, NET_ACK },
		{ WIRE_SERVER, 25, NET_SYN },		{ WIRE_CLIENT, 80, NET_RST },
	};
	static const char *const yaml[] = {
		"limits: {sessions: 2048, half-open: 256}\n",
		"limits: {sessions: 2048, half-open: 256}\nsmtp: {detect: no}\n",
		"limits: {sessions: 2048, half-open: 256}\ntcp: {midstream: yes}\n",
	};

	for (size_t n = 0; n < 3 * sizeof(kinds) / sizeof(kinds[0]); n++) {
		struct wire_settings s = { .rules = refuse_evil, .yaml = yaml[n % 3] };
		size_t kind = n / 3;
		struct wire w, other;

		assert_true(wire_open(&w, &s));
		wire_connect(&w);
		wire_text(&w, WIRE_SERVER, "220 mx\r\n");
		wire_text(&w, WIRE_CLIENT, "MAIL FROM:<ev");
		other = w;
		for (uint32_t i = 0; i < 6000; i++) {
			w.client.b[14] = (uint8_t)(i >> 8);
			w.client.b[15] = (uint8_t)i;
			w.server_port = kinds[kind].server_port;
			segment(&w, kinds[kind].from, (uint16_t)(1024 + i % 7), kinds[kind].flags);
			if (kinds[kind].flags == NET_ACK && kinds[kind].server_port == 80)
				/* as if it were answered */
				segment(&w, WIRE_SERVER, (uint16_t)(1024 + i % 7), NET_ACK);
			w.client = other.client;
			w.server_port = 25;
			if (i == 5000) /* a handshake while it goes on */
				segment(&w, WIRE_CLIENT, 999, NET_SYN);
			if (i == 5100)
				segment(&w, WIRE_SERVER, 999, NET_SYN | NET_ACK);
		}
		assert_int_equal(wire_stat(&w, STATS_TCP_SYNACK), 2);
		wire_text(&w, WIRE_CLIENT, "il@a.example>\r\n");
		if (w.got[WIRE_SERVER].len != 0 || wire_stat(&w, STATS_DROP_RULE) == 0)
			fail_msg("flood %zu, %s: not judged", kind, yaml[n % 3]);
		assert_true(wire_close(&w));
	}
}

/* A flood of SYNs turns over its own share only: sessions that are not followed stay as well. */
static void
flood_leaves_others(void **state)
{
	struct wire_settings s = { .rules = accept_tcp };
	struct wire w;

	assert_true(wire_open(&w, &s));
	w.policy->limits.half_open = HALF_OPEN;
	for (unsigned again = 0; again < 2; again++) {
		w.server_port = 80; /* client and server on one side of the wire: not ours to say */
		for (uint16_t i = 0; i < 10; i++)
			segment(&w, WIRE_CLIENT, (uint16_t)(1000 + i), NET_ACK);
		w.server_port = 25;
		for (uint16_t i = 0; again == 0 && i < FLOOD; i++)
			syn(&w, (uint16_t)(2000 + i));
	}
	assert_int_equal(wire_stat(&w, STATS_FLOWS), 10 + FLOOD);
	assert_int_equal(wire_stat(&w, STATS_FLOWS_ACTIVE), 10 + HALF_OPEN);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_true(wire_close(&w));
}

/* What was stopped is remembered for its own time, no longer. */
static void
stopped_is_forgotten(void **state)
{
	struct wire_settings s = { .rules = refuse_evil,
				   .yaml = "tcp: {timeouts: {dropped: 20, idle: 600}}\n" };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<evil@a.example>\r\n");
	wire_wait(&w, UINT64_C(18) * 1000000);
	assert_int_equal(engine_sessions(w.engine), 1);
	wire_wait(&w, UINT64_C(4) * 1000000);
	assert_int_equal(engine_sessions(w.engine), 0);
	assert_true(wire_close(&w));
}

/* Records of held frames run out: what cannot be held is dropped, and nothing goes on for it. */
static void
no_record_is_free(void **state)
{
	struct wire_settings s = { .rules = refuse_evil, .yaml = "limits: {hold: 1 MiB}\n" };
	struct wire w, first;

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<ev");
	first = w;
	for (unsigned i = 0; i < 90 && wire_stat(&w, STATS_DROP_MEMORY) == 0; i++) {
		wire_reconnect(&w);
		for (int32_t at = 1; at < 128; at += 2)
			wire_at(&w, WIRE_CLIENT, at, "x", 1);
	}
	assert_true(wire_stat(&w, STATS_DROP_MEMORY) > 0);
	w.client_port = first.client_port;
	memcpy(w.next, first.next, sizeof(w.next));
	memcpy(w.expect, first.expect, sizeof(w.expect));
	w.got[WIRE_SERVER].len = w.got[WIRE_CLIENT].len = 0;
	wire_at(&w, WIRE_CLIENT, 0, "il@a.example>\r\n", 15);
	wire_at(&w, WIRE_SERVER, 0, "250 ok\r\n", 8);
	assert_int_equal(w.got[WIRE_SERVER].len + w.got[WIRE_CLIENT].len, 0);
	wire_wait(&w, UINT64_C(70) * 1000000); /* all that waits is given up */
	assert_true(w.reset[WIRE_SERVER] && w.reset[WIRE_CLIENT]);
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<evil@a.example>\r\n");
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_RULE), 1);
	assert_true(wire_close(&w));
}

/* Taken up by a frame of the server's: who is who, and on which side, follows from the port. */
static void
server_is_seen_first(void **state)
{
	struct wire_settings s = { .rules = refuse_evil, .yaml = "tcp: {midstream: yes}\n" };
	struct wire w;

	assert_true(wire_open(&w, &s));
	w.next[WIRE_CLIENT] = w.expect[WIRE_SERVER] = 500;
	w.next[WIRE_SERVER] = w.expect[WIRE_CLIENT] = 700;
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<evil@a.example>\r\n");
	assert_int_equal(wire_stat(&w, STATS_DROP_RULE), 1);
	assert_int_equal(wire_stat(&w, STATS_DROP_TCP_SIDE), 0);
	wire_drain(&w);
	assert_int_equal(wire_events_with(&w, "\"dest_port\":25"), w.events);
	assert_true(wire_close(&w));
}

/* Frames of both ends on one side of the wire: of sessions that are not followed, and in monitor mode. */
static void
sides_of_others(void **state)
{
	for (unsigned monitor = 0; monitor < 2; monitor++) {
		struct wire_settings s = { .rules = accept_tcp, .yaml = "smtp: {detect: no}\n",
					   .monitor = monitor };
		struct wire w, back;

		assert_true(wire_open(&w, &s));
		w.server_port = monitor ? 25 : 80;
		segment(&w, WIRE_CLIENT, 1000, NET_SYN);
		back = w;
		w.client = back.server;
		w.server = back.client;
		w.server_port = 1000;
		segment(&w, WIRE_CLIENT, back.server_port, NET_SYN | NET_ACK);
		assert_int_equal(w.sent, 2);
		assert_int_equal(wire_stat(&w, STATS_FLOWS), 1);
		assert_true(wire_close(&w));
	}
}

/* A rule of frames stops a session that is not followed, for good. */
static void
stopped_by_a_frame(void **state)
{
	struct wire_settings s = { .rules = "drop:flow tcp:all any any -> any 80 (flags:S; sid:7;)\n"
					    "accept:hook tcp:all any any <> any any (sid:1;)\n",
				   .yaml = "smtp: {detect: no}\n" };
	struct wire w;

	assert_true(wire_open(&w, &s));
	w.server_port = 80;
	segment(&w, WIRE_CLIENT, 1000, NET_SYN);
	segment(&w, WIRE_SERVER, 1000, NET_ACK);
	segment(&w, WIRE_CLIENT, 1000, NET_ACK);
	assert_int_equal(w.sent, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_FLOW), 2);
	assert_true(wire_close(&w));
}

/* Sessions that are found to be no SMTP, more than there is room for: one that is judged stays. */
static void
others_give_way(void **state)
{
	struct wire_settings s = { .rules = refuse_evil, .yaml = "limits: {sessions: 256}\n" };
	struct wire w;
	uint32_t next[2], expect[2];

	assert_true(wire_open(&w, &s));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	memcpy(next, w.next, sizeof(next));
	memcpy(expect, w.expect, sizeof(expect));
	w.server_port = 80;
	for (unsigned i = 0; i < 300; i++) {
		wire_reconnect(&w);
		wire_text(&w, WIRE_CLIENT, "GET / HTTP/1.0\r\n\r\n");
	}
	assert_true(wire_stat(&w, STATS_FLOWS_EVICTED) > 0);
	w.server_port = 25;
	w.client_port -= 300;
	memcpy(w.next, next, sizeof(next));
	memcpy(w.expect, expect, sizeof(expect));
	w.got[WIRE_SERVER].len = 0;
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<evil@a.example>\r\n");
	assert_int_equal(w.got[WIRE_SERVER].len, 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_MIDSTREAM), 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_RULE), 1);
	assert_true(wire_close(&w));
}

static const uint8_t broken[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x4f, 0, 0, 9 };
static const uint8_t arp[14 + 28] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };

static void
broken_frames(void **state)
{
	struct wire_settings s = { .rules = accept_tcp };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_frame(&w, WIRE_CLIENT, broken, sizeof(broken));
	wire_frame(&w, WIRE_SERVER, arp, sizeof(arp));
	assert_int_equal(w.sent, 0);
	assert_int_equal(w.dropped, 2);
	assert_int_equal(wire_stat(&w, STATS_DROP_DECODE), 1);
	assert_int_equal(wire_stat(&w, STATS_DROP_PACKET_POLICY), 1);
	assert_int_equal(wire_stat(&w, STATS_UNJUDGED), 0);
	assert_true(wire_close(&w));
}

static void
monitor_lets_all_go(void **state)
{
	struct wire_settings s = { .rules = accept_tcp, .monitor = true };
	struct wire w;

	assert_true(wire_open(&w, &s));
	wire_frame(&w, WIRE_CLIENT, broken, sizeof(broken));
	wire_frame(&w, WIRE_SERVER, arp, sizeof(arp));
	assert_int_equal(w.sent, 2);
	assert_int_equal(w.dropped, 0);
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_int_equal(wire_stat(&w, STATS_DROP_DECODE), 0);
	assert_int_equal(wire_stat(&w, STATS_UNJUDGED), 1);
	wire_drain(&w);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"drop\""), 0);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"verdict\""), 2);
	assert_int_equal(wire_events_with(&w, "\"reason\":\"decode error\""), 1);
	assert_int_equal(wire_events_with(&w, "\"reason\":\"firewall default packet policy\""), 1);
	assert_true(wire_close(&w));
}

/* A rule of frames tells in monitor mode what it would have stopped, and by which rule. */
static void
monitor_names_the_rule(void **state)
{
	struct wire_settings s = {
		.rules = "drop:packet tcp:all any any -> any 25 (flags:S; sid:7;)\n"
			 "accept:hook tcp:all any any <> any any (sid:1;)\n",
		.monitor = true
	};
	struct wire w;

	assert_true(wire_open(&w, &s));
	syn(&w, 2000);
	assert_int_equal(w.sent, 1);
	wire_drain(&w);
	assert_int_equal(wire_events_with(&w, "\"event_type\":\"verdict\""), 1);
	assert_int_equal(wire_events_with(&w, "\"sid\":7"), 1);
	assert_true(wire_close(&w));
}

/* A frame ahead of the SYN, or a SYN as if the server's, must not take the session out of sight. */
static void
begins_in_sight(void **state)
{
	static const struct {
		enum wire_side from;
		uint8_t flags;
		bool no_firewall, monitor, capture;
	} ahead[] = {
		{ WIRE_CLIENT, NET_ACK, true, false, false },
		{ WIRE_CLIENT, NET_ACK, false, true, false },
		{ WIRE_CLIENT, NET_ACK, false, false, false },
		{ WIRE_CLIENT, NET_ACK, true, false, true },
		{ WIRE_SERVER, NET_ACK, true, false, true },
		{ WIRE_CLIENT, NET_RST, true, false, false },
		{ WIRE_SERVER, NET_SYN, true, false, false },
		{ WIRE_SERVER, NET_SYN, false, true, false },
		{ WIRE_SERVER, NET_SYN, false, false, false },
		{ WIRE_SERVER, NET_SYN, true, false, true },
	};
	static const char *const yaml[] = { NULL, "smtp: {detect: no}\n", "tcp: {midstream: yes}\n" };
	size_t ways = sizeof(yaml) / sizeof(yaml[0]);
	unsigned failed = 0;

	for (size_t n = 0; n < ways * sizeof(ahead) / sizeof(ahead[0]); n++) {
		size_t i = n / ways;
		struct wire_settings s = {
			.rules = accept_tcp,	    .yaml = yaml[n % ways],
			.monitor = ahead[i].monitor, .capture = ahead[i].capture,
			.no_firewall = ahead[i].no_firewall,
		};
		struct wire w;

		assert_true(wire_open(&w, &s));
		segment(&w, ahead[i].from, w.client_port, ahead[i].flags);
		wire_connect(&w);
		wire_text(&w, WIRE_SERVER, "220 mx\r\n");
		wire_text(&w, WIRE_CLIENT, "EHLO a\r\n");
		if (wire_stat(&w, STATS_SMTP_SESSIONS) != 1 ||
		    wire_stat(&w, STATS_SMTP_COMMANDS) != 1) {
			print_error("case %zu, %s: not inspected\n", i,
				    s.yaml != NULL ? s.yaml : "defaults\n");
			failed++;
		}
		assert_true(wire_close(&w));
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_keeps_to_its_share), cmocka_unit_test(newest_stays),
		cmocka_unit_test(flood_of_all_kinds), cmocka_unit_test(others_give_way),
		cmocka_unit_test(flood_leaves_others),	  cmocka_unit_test(stopped_is_forgotten),
		cmocka_unit_test(no_record_is_free),
		cmocka_unit_test(server_is_seen_first),	  cmocka_unit_test(sides_of_others),
		cmocka_unit_test(stopped_by_a_frame),
		cmocka_unit_test(broken_frames),	    cmocka_unit_test(monitor_lets_all_go),
		cmocka_unit_test(monitor_names_the_rule), cmocka_unit_test(begins_in_sight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
