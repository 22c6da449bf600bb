/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Detection rules without a buffer look at the bytes in order. In: a session whose bytes are split
 * at every offset, come twice or in the wrong order. Out: one alert a match; what a drop rule names
 * is never whole at the server. Rules about a frame go on looking at each frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

#define OPEN                                                                                       \
	"accept:hook tcp:all any any <> any any (sid:1;)\n"                                        \
	"accept:hook smtp:request_started any any -> any any (sid:3;)\n"                           \
	"accept:hook smtp:request_data any any -> any any (sid:4;)\n"                              \
	"accept:hook smtp:request_complete any any -> any any (sid:5;)\n"                          \
	"accept:hook smtp:response_started any any -> any any (sid:6;)\n"                          \
	"accept:hook smtp:response_data any any -> any any (sid:7;)\n"                             \
	"accept:hook smtp:response_complete any any -> any any (sid:8;)\n"
#define ALERT                                                                                      \
	"alert tcp any any -> any 25 (flow:established,to_server; content:\"MAIL FROM|3a|\"; "     \
	"content:\"evil\"; distance:1; within:4; pcre:\"/^@b\\.[a-z]+>/R\"; sid:20;)\n"
#define DROP                                                                                       \
	"drop smtp any any -> any any (flow:established,to_server; content:\"<evil@b\"; sid:21;)\n"
#define LINE "MAIL FROM:<evil@b.example>\r\n"
#define LEN (sizeof(LINE) - 1)

static void
open_wire(struct wire *w, const char *rules, bool firewall)
{
	struct wire_settings s = { .rules = rules, .no_firewall = !firewall };

	assert_true(wire_open(w, &s));
	wire_connect(w);
	wire_text(w, WIRE_SERVER, "220 mx ESMTP\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO client.example\r\n");
	wire_text(w, WIRE_SERVER, "250-mx\r\n250 PIPELINING\r\n");
}

/* Up to the reply to DATA. */
static void
open_data(struct wire *w, const char *rules)
{
	open_wire(w, rules, true);
	wire_text(w, WIRE_CLIENT, "MAIL FROM:<a@b>\r\n");
	wire_text(w, WIRE_SERVER, "250 ok\r\n");
	wire_text(w, WIRE_CLIENT, "RCPT TO:<c@d>\r\n");
	wire_text(w, WIRE_SERVER, "250 ok\r\n");
	wire_text(w, WIRE_CLIENT, "DATA\r\n");
}

static size_t
alerts(struct wire *w, const char *sid)
{
	wire_drain(w);
	return wire_events_with(w, sid);
}

static void
split(struct wire *w, size_t at)
{
	if (at > 0)
		wire_say(w, WIRE_CLIENT, LINE, at);
	if (at < LEN)
		wire_say(w, WIRE_CLIENT, &LINE[at], LEN - at);
}

static void
alert_at_every_split(void **state)
{
	for (size_t at = 0; at <= LEN; at++) {
		for (int firewall = 0; firewall < 2; firewall++) {
			struct wire w;

			open_wire(&w, firewall ? OPEN ALERT : ALERT, firewall);
			split(&w, at);
			wire_text(&w, WIRE_SERVER, "250 ok\r\n");
			wire_text(&w, WIRE_CLIENT, "RCPT TO:<c@d>\r\n");
			assert_true(wire_got(&w, WIRE_SERVER, "RCPT TO:<c@d>\r\n"));
			assert_int_equal(alerts(&w, "\"signature_id\":20,"), 1);
			assert_true(wire_close(&w));
		}
	}
}

static void
drop_at_every_split(void **state)
{
	for (size_t at = 0; at <= LEN; at++) {
		for (int firewall = 0; firewall < 2; firewall++) {
			struct wire w;

			open_wire(&w, firewall ? OPEN DROP : DROP, firewall);
			split(&w, at);
			assert_true(span_find(span_of(w.got[WIRE_SERVER].ptr,
						      w.got[WIRE_SERVER].len),
					      SPAN_LIT("<evil@b")) < 0);
			wire_text(&w, WIRE_CLIENT, "QUIT\r\n");
			assert_false(wire_got(&w, WIRE_SERVER, "QUIT\r\n"));
			assert_true(wire_stat(&w, STATS_DROP_DETECTION) > 0);
			assert_true(wire_close(&w));
		}
	}
}

static void
twice_and_out_of_order(void **state)
{
	for (size_t at = 1; at < LEN; at++) {
		struct wire w;

		open_wire(&w, OPEN ALERT, true);
		wire_at(&w, WIRE_CLIENT, (int32_t)at, &LINE[at], LEN - at);
		wire_at(&w, WIRE_CLIENT, 0, LINE, at);
		wire_advance(&w, WIRE_CLIENT, LEN);
		wire_at(&w, WIRE_CLIENT, -(int32_t)LEN, LINE, LEN);
		assert_int_equal(alerts(&w, "\"signature_id\":20,"), 1);
		assert_true(wire_got(&w, WIRE_SERVER, LINE));
		assert_true(wire_close(&w));
	}
}

/* A match behind the first is told too; a match that has been told is not told again. */
static void
each_match_once(void **state)
{
	struct wire w;

	open_wire(&w, OPEN ALERT, true);
	for (int i = 0; i < 3; i++) {
		wire_text(&w, WIRE_CLIENT, LINE);
		wire_text(&w, WIRE_SERVER, "250 ok\r\n");
		wire_text(&w, WIRE_CLIENT, "RSET\r\n");
		wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	}
	assert_int_equal(alerts(&w, "\"signature_id\":20,"), 3);
	assert_true(wire_close(&w));
}

/* Replies and bodies are bytes too; the window reaches over many segments. */
static void
replies_and_bodies(void **state)
{
	static const char rules[] =
		OPEN "alert tcp any 25 -> any any (flow:to_client; content:\"354 go\"; sid:22;)\n"
		     "alert tcp any any -> any 25 (content:\"first\"; content:\"second\"; "
		     "distance:1500; sid:23;)\n";
	char pad[81];
	struct wire w;

	memset(pad, 'y', 78);
	strcpy(pad + 78, "\r\n");
	open_data(&w, rules);
	wire_text(&w, WIRE_SERVER, "354");
	wire_text(&w, WIRE_SERVER, " go\r\n");
	for (int i = 0; i < 200; i++)
		wire_text(&w, WIRE_CLIENT, pad);
	wire_text(&w, WIRE_CLIENT, "first\r\n");
	for (int i = 0; i < 20; i++)
		wire_text(&w, WIRE_CLIENT, pad);
	wire_text(&w, WIRE_CLIENT, "second\r\n");
	assert_int_equal(alerts(&w, "\"signature_id\":22,"), 1);
	assert_int_equal(alerts(&w, "\"signature_id\":23,"), 1);
	assert_true(wire_close(&w));
}

/* Places counted from the beginning: of each segment, and of the stream; each match is told once. */
static void
from_the_beginning(void **state)
{
	static const char rules[] = OPEN
		"alert tcp any any -> any 25 (content:\"EHLO ev\"; depth:7; sid:30;)\n"
		"alert tcp-stream any any -> any 25 (content:\"il.ex\"; offset:5; depth:20; sid:31;)\n"
		"alert tcp any any -> any 25 (pcre:\"/^EHLO e[a-z]+\\.ex/\"; sid:32;)\n"
		"alert tcp any any -> any 25 (content:\"QUIT\"; startswith; sid:33;)\n"
		"alert tcp-stream any any -> any 25 (content:\"QUIT\"; startswith; sid:34;)\n";
	static const char line[] = "EHLO evil.example\r\n";
	static const char *const sid[] = { "\"signature_id\":30,", "\"signature_id\":31,",
					   "\"signature_id\":32,", "\"signature_id\":33,",
					   "\"signature_id\":34," };

	for (size_t at = 1; at < sizeof(line); at++) {
		struct wire_settings s = { .rules = rules };
		struct wire w;

		assert_true(wire_open(&w, &s));
		wire_connect(&w);
		wire_text(&w, WIRE_SERVER, "220 mx ESMTP\r\n");
		wire_say(&w, WIRE_CLIENT, line, at);
		if (at < sizeof(line) - 1)
			wire_say(&w, WIRE_CLIENT, &line[at], sizeof(line) - 1 - at);
		wire_text(&w, WIRE_SERVER, "250 mx\r\n");
		wire_text(&w, WIRE_CLIENT, "QUIT\r\n");
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(alerts(&w, sid[i]), 1);
		assert_int_equal(alerts(&w, sid[4]), 0);
		assert_true(wire_close(&w));
	}
}

/* A content waits for the others of its rule as long as it is in the window, however the window moves;
 * how the bytes were cut changes nothing. */
static void
a_content_waits(void **state)
{
	static const char rules[] = OPEN
		"alert tcp any any -> any 25 (content:\"a part that is long\"; content:\"rest\"; sid:35;)\n";

	for (size_t gap = 0; gap < 7000; gap = gap * 3 + 78) {
		for (size_t cut = 3; cut < 9000; cut *= 11) {
			char body[16384] = "a part that is long\r\n";
			size_t len = strlen(body), end = len + gap;
			struct wire w;

			while (len < end) {
				memset(&body[len], 'y', 76);
				memcpy(&body[len + 76], "\r\n", 2);
				len += 78;
			}
			memcpy(&body[len], "rest\r\n", 6);
			len += 6;
			open_data(&w, rules);
			wire_text(&w, WIRE_SERVER, "354 go\r\n");
			for (size_t i = 0; i < len; i += cut) {
				size_t n = len - i < cut ? len - i : cut;

				wire_say(&w, WIRE_CLIENT, &body[i], n < 1460 ? n : 1460);
				for (size_t k = 1460; k < n; k += 1460)
					wire_say(&w, WIRE_CLIENT, &body[i + k],
						 n - k < 1460 ? n - k : 1460);
			}
			if (len <= 2048)
				assert_int_equal(alerts(&w, "\"signature_id\":35,"), 1);
			if (len > 4096 + 2048)
				assert_int_equal(alerts(&w, "\"signature_id\":35,"), 0);
			assert_true(wire_close(&w));
		}
	}
}

/* dsize, tcp-pkt and places counted from an edge: of the segment, as before. */
static void
rules_of_a_frame(void **state)
{
	static const char rules[] = OPEN
		"alert tcp any any -> any 25 (content:\"evil\"; dsize:>20; sid:24;)\n"
		"alert tcp-pkt any any -> any 25 (content:\"evil\"; sid:25;)\n"
		"alert tcp any any -> any 25 (content:\"MAIL\"; startswith; content:\"evil\"; sid:26;)\n"
		"alert tcp-stream any any -> any 25 (content:\"evil\"; sid:27;)\n";
	static const char *const sid[] = { "\"signature_id\":24,", "\"signature_id\":25,",
					   "\"signature_id\":26,", "\"signature_id\":27," };

	for (size_t at = 0; at < LEN; at += 13) {
		struct wire w;

		open_wire(&w, rules, true);
		split(&w, at);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(alerts(&w, sid[i]), i == 3 || at != 13);
		assert_true(wire_close(&w));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alert_at_every_split), cmocka_unit_test(drop_at_every_split),
		cmocka_unit_test(twice_and_out_of_order), cmocka_unit_test(each_match_once),
		cmocka_unit_test(replies_and_bodies), cmocka_unit_test(rules_of_a_frame),
		cmocka_unit_test(from_the_beginning),	cmocka_unit_test(a_content_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
