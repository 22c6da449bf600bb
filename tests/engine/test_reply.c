/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies of several lines: which lines go on before the last one came, and what is judged of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

#define HANDSHAKE "accept:hook tcp:all any any <> any any (sid:1000;)\n"
#define REQUESTS                                                                                   \
	"accept:hook smtp:request_started any any -> any any (sid:1001;)\n"                        \
	"accept:hook smtp:request_data any any -> any any (sid:1002;)\n"                           \
	"accept:hook smtp:request_complete any any -> any any (sid:1003;)\n"
#define REPLIES                                                                                    \
	"accept:hook smtp:response_started any any -> any any (sid:1004;)\n"                       \
	"accept:hook smtp:response_data any any -> any any (sid:1005;)\n"                          \
	"accept:hook smtp:response_complete any any -> any any (sid:1006;)\n"
#define ACCEPT_ALL HANDSHAKE REQUESTS REPLIES

static void
open_wire(struct wire *w, const char *rules)
{
	struct wire_settings s = { .rules = rules };

	assert_true(wire_open(w, &s));
	wire_connect(w);
}

static void
greet(struct wire *w, const char *rules)
{
	open_wire(w, rules);
	wire_text(w, WIRE_SERVER, "220 mx\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO a.example\r\n");
	assert_true(wire_got(w, WIRE_CLIENT, "220 mx\r\n"));
}

/* The server waits longer than anything may be held: the client must know of the first line. */
static void
teaser(void **state)
{
	struct wire w;
	uint64_t judged;

	open_wire(&w, ACCEPT_ALL);
	w.policy->limits.held_s = 5;
	judged = wire_stat(&w, STATS_RULE_EVENTS);
	wire_text(&w, WIRE_SERVER, "220-mx is slow\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220-mx is slow\r\n"));
	assert_int_equal(wire_stat(&w, STATS_RULE_EVENTS), judged + 1);
	wire_wait(&w, 6000000);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
	assert_int_equal(wire_stat(&w, STATS_RULE_EVENTS), judged + 1);
	wire_text(&w, WIRE_CLIENT, "EHLO a.example\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "EHLO a.example\r\n"));
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_true(wire_close(&w));
}

/* An unfinished line is held, each whole one goes, and the reply is judged once. */
static void
line_by_line(void **state)
{
	struct wire w;
	uint64_t judged;

	greet(&w, ACCEPT_ALL);
	judged = wire_stat(&w, STATS_RULE_EVENTS);
	wire_text(&w, WIRE_SERVER, "250-mx\r\n250-PIPE");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
	wire_text(&w, WIRE_SERVER, "LINING\r\n250-8BIT");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-PIPELINING\r\n"));
	wire_text(&w, WIRE_SERVER, "MIME\r\n250 ");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-8BITMIME\r\n"));
	wire_text(&w, WIRE_SERVER, "DSN\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250 DSN\r\n"));
	assert_int_equal(wire_stat(&w, STATS_RULE_EVENTS), judged + 1);
	assert_true(wire_close(&w));
}

/* Longer than all that one session may hold. */
static void
longer_than_the_hold(void **state)
{
	char line[512];
	struct wire w;
	size_t sent;

	greet(&w, ACCEPT_ALL);
	for (sent = 0; sent < 2 * w.policy->limits.session_hold; sent += sizeof(line)) {
		memset(line, 'x', sizeof(line));
		memcpy(line, "250-", 4);
		memcpy(line + sizeof(line) - 2, "\r\n", 2);
		wire_say(&w, WIRE_SERVER, line, sizeof(line));
	}
	wire_text(&w, WIRE_SERVER, "250 end\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250 end\r\n"));
	assert_int_equal(w.got[WIRE_CLIENT].len, strlen("220 mx\r\n") + sent + strlen("250 end\r\n"));
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	assert_true(wire_close(&w));
}

/* A rule on texts stops its line before it leaves, wherever it stands; what it let go may be there. */
static void
text_stops_its_line(void **state)
{
	static const char rules[] =
		HANDSHAKE REQUESTS "drop:flow smtp:response_started any any -> any any "
				   "(smtp.response; content:\"secret\"; sid:1;)\n" REPLIES;
	static const char *const line[] = { "250-mx\r\n", "250-SIZE\r\n", "250 DSN\r\n" };
	struct wire w;

	for (size_t bad = 0; bad < 3; bad++) {
		size_t before;

		greet(&w, rules);
		for (size_t i = 0; i < bad; i++) {
			wire_text(&w, WIRE_SERVER, line[i]);
			assert_true(wire_got(&w, WIRE_CLIENT, line[i]));
		}
		before = w.got[WIRE_CLIENT].len;
		wire_text(&w, WIRE_SERVER, bad < 2 ? "250-secret\r\n" : "250 secret\r\n");
		assert_int_equal(w.got[WIRE_CLIENT].len, before);
		assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
		assert_true(wire_close(&w));
	}
}

/* A rule of the reply as a whole sees the text of all its lines, and none leaves before. */
static void
answer_to_a_message(void **state)
{
	struct wire w;

	greet(&w, HANDSHAKE REQUESTS "drop:flow smtp:response_complete any any -> any any "
				     "(smtp.response; content:\"secret\"; sid:1;)\n" REPLIES);
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<a@example.com>\r\n");
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	wire_text(&w, WIRE_CLIENT, "RCPT TO:<b@example.org>\r\n");
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	wire_text(&w, WIRE_CLIENT, "DATA\r\n");
	wire_text(&w, WIRE_SERVER, "354 go\r\n");
	wire_text(&w, WIRE_CLIENT, "x: y\r\n\r\n.\r\n");
	wire_text(&w, WIRE_SERVER, "250-fine\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "354 go\r\n"));
	wire_text(&w, WIRE_SERVER, "250-secret\r\n250 queued\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "354 go\r\n"));
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
}

/* Nobody accepts the line: it waits for the verdict on the whole, here the default. */
static void
default_waits(void **state)
{
	struct wire w;

	greet(&w, HANDSHAKE REQUESTS "accept:hook smtp:response_started any any -> any any "
				     "(smtp.response; content:\"mx\"; sid:1;)\n");
	wire_text(&w, WIRE_SERVER, "250-this\r\n250-mx\r\n250-DSN\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
	assert_int_equal(wire_stat(&w, STATS_BLOCKED), 0);
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250 mx\r\n"));
	wire_text(&w, WIRE_CLIENT, "NOOP\r\n");
	wire_text(&w, WIRE_SERVER, "250-more\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250 mx\r\n"));
	wire_text(&w, WIRE_SERVER, "250 nothing\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250 mx\r\n"));
	assert_true(wire_stat(&w, STATS_DROP_APP_POLICY) > 0);
	assert_true(wire_close(&w));
}

/* Refused by its code: no line leaves, and a code that changes is judged again. */
static void
code_is_judged_first(void **state)
{
	static const char rules[] = HANDSHAKE REQUESTS
		"drop:flow smtp:response_started any any -> any any (smtp.response_code:251; sid:1;)\n"
		REPLIES;
	static const char banner[] = HANDSHAKE REQUESTS
		"drop:flow smtp:greeting any any -> any any (smtp.response_code:220; sid:2;)\n"
		"accept:hook smtp:greeting any any -> any any (sid:3;)\n" REPLIES;
	struct wire w;

	open_wire(&w, banner);
	wire_text(&w, WIRE_SERVER, "220-mx\r\n");
	assert_int_equal(w.got[WIRE_CLIENT].len, 0);
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
	greet(&w, rules);
	wire_text(&w, WIRE_SERVER, "250-mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
	wire_text(&w, WIRE_SERVER, "251-mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
	greet(&w, rules);
	wire_text(&w, WIRE_SERVER, "250-mx\r\n251 mx\r\n");
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
}

/* The banner is a value of its own event, each of its lines, and stays known. */
static void
greeting_is_judged(void **state)
{
	static const char rules[] =
		HANDSHAKE REQUESTS "drop:flow smtp:greeting any any -> any any (smtp.greeting; "
				   "content:\"Evil\"; sid:1;)\n"
				   "accept:hook smtp:greeting any any -> any any (sid:2;)\n" REPLIES;
	struct wire w;

	open_wire(&w, rules);
	wire_text(&w, WIRE_SERVER, "220 mx Evil 1.0\r\n");
	assert_int_equal(w.got[WIRE_CLIENT].len, 0);
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
	open_wire(&w, rules);
	wire_text(&w, WIRE_SERVER, "220-mx Good 1.0\r\n220 Evil\r\n");
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
	open_wire(&w, rules);
	wire_text(&w, WIRE_SERVER, "220 mx Good 1.0\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "220 mx Good 1.0\r\n"));
	assert_true(wire_close(&w));
}

/* What is odd in a later line is judged with that line. */
static void
oddity_of_a_later_line(void **state)
{
	struct wire w;

	greet(&w, HANDSHAKE REQUESTS "drop:flow smtp:response_started any any -> any any "
				     "(app-layer-event:smtp.bare_lf; sid:1;)\n" REPLIES);
	wire_text(&w, WIRE_SERVER, "250-mx\r\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
	wire_text(&w, WIRE_SERVER, "250-SIZE\n");
	assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
	assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
	assert_true(wire_close(&w));
}

/* Whether a server offers TLS is known when it has said all. */
static void
tls_is_known_at_the_end(void **state)
{
	static const char *const more[] = {
		"", "alert smtp any any -> any any (smtp.response; content:\"x\"; sid:2;)\n"
	};
	struct wire w;
	char rules[2048];

	for (size_t i = 0; i < 2; i++) {
		snprintf(rules, sizeof(rules), "%s%s%s%s", HANDSHAKE REQUESTS,
			 "drop:flow smtp:response_started any any -> any any "
			 "(smtp.helo; content:\"a\"; smtp.tls:no; sid:1;)\n",
			 REPLIES, more[i]);
		greet(&w, rules);
		wire_text(&w, WIRE_SERVER, "250-mx\r\n");
		wire_text(&w, WIRE_SERVER, "250 STARTTLS\r\n");
		assert_true(wire_got(&w, WIRE_CLIENT, "250 STARTTLS\r\n"));
		assert_true(wire_close(&w));
		greet(&w, rules);
		wire_text(&w, WIRE_SERVER, "250-mx\r\n");
		wire_text(&w, WIRE_SERVER, "250 SIZE\r\n");
		assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
		assert_true(wire_close(&w));
	}
}

/* The refusals counted so far include this one: a line before its last does not know. */
static void
errors_are_counted_first(void **state)
{
	static const char *const refusals[][2] = { { "450-no\r\n", "450 later\r\n" },
						   { "550-no\r\n", "550 never\r\n" } };

	for (int i = 0; i < 2; i++) {
		struct wire w;

		greet(&w, HANDSHAKE REQUESTS "drop:flow smtp:response_started any any -> any any "
					     "(smtp.error_count:1; sid:1;)\n" REPLIES);
		wire_text(&w, WIRE_SERVER, refusals[i][0]);
		assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
		wire_text(&w, WIRE_SERVER, refusals[i][1]);
		assert_true(wire_got(&w, WIRE_CLIENT, "220 mx\r\n"));
		assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
		assert_true(wire_close(&w));
	}
}

/* What was judged at its first line says nothing of the next reply, though its code is the same. */
static void
next_reply_is_judged(void **state)
{
	struct wire w;
	uint64_t judged;

	greet(&w, ACCEPT_ALL);
	wire_text(&w, WIRE_SERVER, "250-mx\r\n250 SIZE\r\n");
	wire_text(&w, WIRE_CLIENT, "NOOP\r\n");
	judged = wire_stat(&w, STATS_RULE_EVENTS);
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	assert_int_equal(wire_stat(&w, STATS_RULE_EVENTS), judged + 1);
	assert_true(wire_close(&w));
}

/* The command family's two hooks are both asked before a line goes; a code is known of whole lines. */
static void
command_family(void **state)
{
	static const char *const rule[] = {
		"response_started any any -> any any (smtp.response; content:\"bad\"; sid:5;)",
		"response_complete any any -> any any (smtp.response; content:\"bad\"; sid:5;)",
		"response_complete any any -> any any (smtp.response_code:252; sid:5;)",
	};
	struct wire w;
	char rules[2048];

	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		snprintf(rules, sizeof(rules),
			 HANDSHAKE "drop:flow smtp:command:%s\n"
				   "accept:hook smtp:command:request_started any any -> any any (sid:1;)\n"
				   "accept:hook smtp:command:request_complete any any -> any any (sid:2;)\n"
				   "accept:hook smtp:command:response_started any any -> any any (sid:3;)\n"
				   "accept:hook smtp:command:response_complete any any -> any any (sid:4;)\n",
			 rule[i]);
		greet(&w, rules);
		wire_text(&w, WIRE_SERVER, "250-mx\r\n");
		assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
		wire_text(&w, WIRE_SERVER, "252-bad\r\n");
		assert_true(wire_got(&w, WIRE_CLIENT, "250-mx\r\n"));
		assert_true(wire_stat(&w, STATS_DROP_RULE) > 0);
		assert_true(wire_close(&w));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(teaser),
		cmocka_unit_test(line_by_line),
		cmocka_unit_test(longer_than_the_hold),
		cmocka_unit_test(text_stops_its_line),
		cmocka_unit_test(answer_to_a_message),
		cmocka_unit_test(default_waits),
		cmocka_unit_test(code_is_judged_first),
		cmocka_unit_test(greeting_is_judged),
		cmocka_unit_test(oddity_of_a_later_line),
		cmocka_unit_test(tls_is_known_at_the_end),
		cmocka_unit_test(errors_are_counted_first),
		cmocka_unit_test(next_reply_is_judged),
		cmocka_unit_test(command_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
