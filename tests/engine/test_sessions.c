/* SPDX-License-Identifier: BSD-3-Clause */
/* What sessions and events say of a connection: its protocol, its state, its walk in bounded pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "rules_build.h"
#include "wire.h"

static void
first_session(struct wire *w, struct engine_session *s)
{
	size_t pos = 0;

	assert_true(engine_session_next(w->engine, &pos, s));
}

/* A guarded port in monitor mode: all passes, and what it is has a name. */
static void
other_protocols_are_named(void **state)
{
	static const struct {
		enum wire_side first;
		const char *says, *name;
	} others[] = {
		{ WIRE_CLIENT, "GET / HTTP/1.1\r\n", "http" }, { WIRE_CLIENT, "SSH-2.0-x\r\n", "ssh" },
		{ WIRE_SERVER, "HTTP/1.1 400 no\r\n", "http" }, { WIRE_CLIENT, "\x16\x03\x01\x01\x01", "tls" },
		{ WIRE_CLIENT, "USER anonymous\r\n", "ftp" },
	};
	struct wire_settings set = { .monitor = true };
	struct engine_session s;
	char text[64];
	struct wire w;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_true(wire_open(&w, &set));
		wire_connect(&w);
		wire_text(&w, others[i].first, others[i].says);
		first_session(&w, &s);
		assert_string_equal(s.app_proto, others[i].name);
		assert_false(s.is_smtp);
		wire_rst(&w, WIRE_CLIENT);
		wire_wait(&w, UINT64_C(900000000));
		wire_drain(&w);
		snprintf(text, sizeof(text), "\"app_proto\":\"%s\"", others[i].name);
		assert_true(wire_events_with(&w, text) > 0);
		if (strcmp(others[i].name, "tls") != 0) /* that is an event of the SMTP parser */
			assert_int_equal(wire_events_with(&w, "APPLAYER_UNEXPECTED_PROTOCOL"), 1);
		assert_true(wire_close(&w));
	}
}

static void
a_dialogue_is_shown(void **state)
{
	struct wire_settings set = { .monitor = true };
	struct engine_session s;
	struct wire w;

	(void)state;
	assert_true(wire_open(&w, &set));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "EHLO c.example\r\n");
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<a@example.org>\r\n");
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	wire_text(&w, WIRE_CLIENT, "RCPT TO:<b@example.net>\r\n");
	wire_text(&w, WIRE_SERVER, "550 no such user\r\n");
	first_session(&w, &s);
	assert_string_equal(s.app_proto, "smtp");
	assert_string_equal(s.helo, "c.example");
	assert_non_null(strstr(s.mail_from, "a@example.org"));
	assert_non_null(strstr(s.last_command, "RCPT"));
	assert_non_null(strstr(s.last_reply, "550"));
	assert_string_equal(s.verdict, "open");
	assert_true(s.bytes[0] > 0 && s.bytes[1] > 0);
	assert_true(wire_close(&w));
}

static void
play_condemned(struct wire *w)
{
	wire_text(w, WIRE_SERVER, "220 mx\r\n");
	wire_text(w, WIRE_CLIENT, "EHLO c.example\r\n");
	wire_text(w, WIRE_SERVER, "250 mx\r\n");
	wire_text(w, WIRE_CLIENT, "MAIL FROM:<spam@bad.example>\r\n");
	wire_text(w, WIRE_SERVER, "250 ok\r\n");
	wire_text(w, WIRE_CLIENT, "RCPT TO:<b@example.net>\r\n");
}

/* What stopped it and what it was about outlive the inspection; of very many, the newest. */
static void
a_condemned_session_keeps_its_envelope(void **state)
{
	static const char rule[] =
		"accept:hook tcp:all any any <> any any (sid:1;)\n"
		"drop:flow smtp:rcpt any any -> any any (smtp.mail_from; content:\"bad.example\"; sid:77;)\n";
	static const char yaml[] = "firewall: {policies: {app: {smtp: {default-policy: ['accept:hook']}}}}\n";
	struct wire_settings set = { .rules = rule, .yaml = yaml };
	struct engine_session s;
	struct wire w;

	(void)state;
	assert_true(wire_open(&w, &set));
	wire_connect(&w);
	play_condemned(&w);
	first_session(&w, &s);
	assert_string_equal(s.verdict, "dropped");
	assert_int_equal(s.sid, 77);
	assert_string_equal(s.helo, "c.example");
	assert_string_equal(s.mail_from, "<spam@bad.example>");
	assert_string_equal(s.rcpt_to, "<b@example.net>");
	assert_string_equal(s.last_command, "RCPT TO");
	assert_int_equal(s.tx, 1);
	assert_true(s.is_smtp && s.bytes[0] > 0 && s.client_port != 0);
	assert_true(wire_close(&w));
}

/* Between HELO and MAIL no transaction costs memory; yet it is told of, and begun when it began. */
static void
an_idle_session_is_small(void **state)
{
	static const char rules[] =
		"alert smtp any any -> any any (msg:\"both\"; smtp.helo; content:\"c.example\"; "
		"smtp.mail_from; content:\"a@\"; sid:9;)\n";
	struct wire_settings set = { .monitor = true, .rules = rules };
	struct engine_session s, idle;
	struct wire w;

	(void)state;
	assert_true(wire_open(&w, &set));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "NOOP\r\n");
	first_session(&w, &s);
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	first_session(&w, &idle);
	assert_true(idle.memory + 500 < s.memory);
	assert_int_equal(idle.tx, 1);
	wire_text(&w, WIRE_CLIENT, "EHLO c.example\r\n");
	wire_text(&w, WIRE_SERVER, "250 a reply that is much longer than what sessions remember of it\r\n");
	wire_text(&w, WIRE_CLIENT, "NOOP\r\n");
	wire_text(&w, WIRE_SERVER, "250 short\r\n");
	wire_text(&w, WIRE_CLIENT, "MAIL FROM:<a@example.org>\r\n");
	wire_text(&w, WIRE_SERVER, "250 ok\r\n");
	assert_int_equal(wire_events_with(&w, "\"signature_id\":9"), 1);
	wire_reconnect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "EHLO d.example\r\n");
	wire_text(&w, WIRE_SERVER, "250 idle to the end\r\n");
	wire_rst(&w, WIRE_CLIENT);
	wire_drain(&w);
	assert_int_equal(wire_events_with(&w, "\"last_reply\":\"250 idle to the end\""), 1);
	assert_true(wire_close(&w));
}

/* A password that was sent behind a refused AUTH is no verb, and is not shown. */
static void
no_verb_is_not_shown(void **state)
{
	static const char yaml[] = "firewall: {policies: {app: {smtp: {default-policy: ['accept:hook']}}}}\n";
	struct wire_settings set = { .yaml = yaml };
	struct engine_session s;
	struct wire w;

	(void)state;
	assert_true(wire_open(&w, &set));
	wire_connect(&w);
	wire_text(&w, WIRE_SERVER, "220 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "EHLO c.example\r\n");
	wire_text(&w, WIRE_SERVER, "250 mx\r\n");
	wire_text(&w, WIRE_CLIENT, "AUTH LOGIN\r\nb3BlbnNlc2FtZQ==\r\n");
	wire_text(&w, WIRE_SERVER, "504 no\r\n");
	assert_true(wire_got(&w, WIRE_SERVER, "b3BlbnNlc2FtZQ==\r\n"));
	first_session(&w, &s);
	assert_string_equal(s.last_command, "unknown");
	assert_true(wire_close(&w));
}

static bool
refuses_spam(struct wire *w)
{
	struct engine_session s;
	size_t pos = 0;
	bool dropped = false;

	wire_reconnect(w);
	play_condemned(w);
	while (engine_session_next(w->engine, &pos, &s))
		if (s.client_port == w->client_port)
			dropped = strcmp(s.verdict, "dropped") == 0;
	return dropped;
}

/* Not asked, only telling, as written again. */
static void
a_rule_is_switched_by_hand(void **state)
{
	static const char rule[] =
		"accept:hook tcp:all any any <> any any (sid:1;)\n"
		"drop:flow smtp:rcpt any any -> any any (smtp.mail_from; content:\"bad.example\"; alert; sid:77;)\n"
		"drop smtp any any -> any any (smtp.helo; content:\"never\"; sid:78;)\n"
		"alert smtp any any -> any any (smtp.mail_from; content:\"bad.example\"; enforce:no; sid:79;)\n";
	static const char yaml[] = "firewall: {policies: {app: {smtp: {default-policy: ['accept:hook']}}}}\n";
	struct wire_settings set = { .rules = rule, .yaml = yaml };
	struct rules_set *rules;
	struct wire w;

	(void)state;
	assert_true(wire_open(&w, &set));
	rules = w.policy->rules;
	assert_int_equal(rules_switch(rules, 0, 76, RULES_OFF), 0);
	assert_int_equal(rules_switch(rules, 2, 77, RULES_OFF), 0);
	assert_true(refuses_spam(&w));
	assert_int_equal(rules_switch(rules, 1, 77, RULES_OFF), 1);
	assert_int_equal(rules_switch(rules, 0, 79, RULES_OFF), 1);
	wire_forget_events(&w);
	assert_false(refuses_spam(&w));
	assert_int_equal(wire_events_with(&w, "\"signature_id\":77"), 0);
	assert_int_equal(wire_events_with(&w, "\"signature_id\":79"), 0);
	assert_int_equal(rules_switch(rules, 0, 77, RULES_ONLY_WATCHED), 1);
	assert_int_equal(rules_switch(rules, 0, 79, RULES_AS_WRITTEN), 1);
	assert_false(refuses_spam(&w));
	assert_true(wire_events_with(&w, "\"signature_id\":77") > 0);
	assert_true(wire_events_with(&w, "\"signature_id\":79") > 0);
	assert_false(rules_by_sid(rules, 1, 79)->enforce);
	assert_int_equal(rules_switch(rules, 0, 77, RULES_AS_WRITTEN), 1);
	assert_true(refuses_spam(&w));
	assert_true(wire_close(&w));
}

/* Pieces of one place each give every session once, and say where the end is. */
static void
pieces_are_bounded(void **state)
{
	struct wire_settings set = { .monitor = true };
	struct engine_session s;
	size_t pos = 0, look, found = 0, pieces = 0;
	struct wire w;

	(void)state;
	assert_true(wire_open(&w, &set));
	wire_connect(&w);
	wire_reconnect(&w);
	wire_reconnect(&w);
	do {
		look = 1;
		found += engine_session_some(w.engine, &pos, &look, &s);
		pieces++;
	} while (look == 0);
	assert_int_equal(found, 3);
	assert_true(pieces >= 4);
	assert_true(wire_close(&w));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_protocols_are_named), cmocka_unit_test(a_dialogue_is_shown),
		cmocka_unit_test(a_condemned_session_keeps_its_envelope),
		cmocka_unit_test(an_idle_session_is_small), cmocka_unit_test(no_verb_is_not_shown),
		cmocka_unit_test(pieces_are_bounded),
		cmocka_unit_test(a_rule_is_switched_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
