/* SPDX-License-Identifier: BSD-3-Clause */
/* Filter words for sessions: what each one asks, alone, together and turned round; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "filter.h"

#define NOW 100000000000ull

static struct engine_session
session(void)
{
	struct engine_session s = {
		.flow_id = 77, .client_port = 40000, .server_port = 25, .begin_us = NOW - 90000000,
		.used_us = NOW - 5000000, .bytes = { 1500, 600 }, .state = "rcpt", .verdict = "open",
		.app_proto = "smtp", .helo = "mail.example.org", .mail_from = "<Ann@example.org>",
		.rcpt_to = "<bob@example.net>", .last_command = "RCPT TO", .last_reply = "550 5.7.1 no",
		.rcpts = 2, .tx = 1, .held = 1, .sid = 1002, .is_smtp = true,
	};

	net_addr_parse(span_str("192.0.2.7"), &s.client);
	net_addr_parse(span_str("2001:db8::25"), &s.server);
	return s;
}

static bool
matches(const char *text)
{
	struct engine_session s = session();
	struct err err = { .text = "" };
	struct filter *f = filter_build(text, &err);
	bool r;

	if (f == NULL)
		fail_msg("'%s': %s", text, err.text);
	r = filter_match(f, &s, NOW);
	filter_free(f);
	return r;
}

static void
test_words_that_hold(void **state)
{
	static const char *const yes[] = {
		"", "from:ann@", "from:/^<ann/", "to:bob", "helo:example.org", "cmd:rcpt", "reply:5.7.1",
		"src:192.0.2.7", "src:192.0.2.0/24", "src:0.0.0.0/0", "dst:2001:db8::/32", "ip:192.0.2.7",
		"port:25", "port:40000", "sport:40000", "dport:25", "state:RCPT", "verdict:open", "app:smtp",
		"code:550", "code:5", "tls:no", "rule:1002", "flow:77", "age>89", "age>1m", "age<2m", "age:90",
		"idle<6s", "bytes>2k", "bytes:2100", "held>0", "rcpts>1", "mails<2", "/example\\.(org|net)/",
		"/RCPT TO/", "example.org", "192.0.2.7:40000", "from:ann and to:bob", "not tls:yes",
		"not from:carl not state:data", "not not port:25", "not flow:2251799813685247", "bytes<18446744073709551615", "state:rcpt sort:age limit:3", "sort:bytes",
	};
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!matches(yes[i]))
			fail_msg("'%s' should hold", yes[i]);
}

static void
test_words_that_do_not(void **state)
{
	static const char *const no[] = {
		"from:carl", "from:/^ann/", "to:ann", "helo:nowhere", "cmd:data", "src:192.0.2.8",
		"src:192.0.3.0/24", "src:2001:db8::25", "dst:192.0.2.7", "dst:2001:db9::/32", "port:26",
		"sport:25", "dport:40000", "state:rcp", "verdict:dropped", "app:tls", "code:250", "code:4",
		"tls:yes", "rule:1003", "rule:0", "flow:78", "age>90", "age<90", "age>2m", "idle>5s",
		"bytes>2100", "held>1", "/carl/", "carl", "from:ann to:carl", "not from:ann",
		"from:ann not port:25",
	};
	size_t i;

	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (matches(no[i]))
			fail_msg("'%s' should not hold", no[i]);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "form:x", "'form'" },	      { "from:", "no value" },	   { "src:nowhere", "no value" },
		{ "src:192.0.2.0/33", "no value" }, { "port:x", "no value" }, { "port>25", "no order" },
		{ "tls:maybe", "no value" },  { "code:5xx", "no value" },  { "age>soon", "no value" },
		{ "/(/", "/(/" },	      { "a or b", "'or'" },	   { "not", "follows" },
		{ "sort:from", "not sorted" }, { "sort:x", "'x'" },	   { "age>5k", "no value" },
	};
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_null(filter_build(bad[i].text, &err));
		if (strstr(err.text, bad[i].says) == NULL)
			fail_msg("'%s' says '%s'", bad[i].text, err.text);
	}
	memset(&err, 0, sizeof(err));
	assert_null(filter_build("form:x", &err));
	assert_string_equal(err.hint, "did you mean from?");
}

/* 32 words and 255 bytes are taken, one more is not. */
static void
test_caps(void **state)
{
	char text[600] = "";
	struct filter *f;
	size_t i;

	for (i = 0; i < 32; i++)
		strcat(text, "a ");
	f = filter_build(text, NULL);
	assert_non_null(f);
	filter_free(f);
	assert_null(filter_build(strcat(text, "a"), NULL));
	memset(text, 'a', 255);
	text[255] = '\0';
	f = filter_build(text, NULL);
	assert_non_null(f);
	filter_free(f);
	assert_null(filter_build(strcat(text, "a"), NULL));
}

static void
test_order(void **state)
{
	struct engine_session s[3] = { session(), session(), session() };
	struct filter *f = filter_build("sort:age limit:2", NULL);

	s[0].begin_us = NOW - 5;
	s[1].begin_us = NOW - 50;
	s[2].begin_us = NOW - 20;
	filter_sort(f, s, 3);
	assert_int_equal(s[0].begin_us, NOW - 50);
	assert_int_equal(s[1].begin_us, NOW - 20);
	assert_int_equal(filter_limit(f, 1000), 2);
	filter_free(f);
	f = filter_build("sort:state", NULL);
	memcpy(s[0].state, "tls", 4);
	memcpy(s[2].state, "data", 5);
	filter_sort(f, s, 3);
	assert_string_equal(s[0].state, "data");
	assert_string_equal(s[2].state, "tls");
	assert_int_equal(filter_limit(f, 1000), 1000);
	filter_free(f);
}

static void
test_line(void **state)
{
	struct engine_session s = session();
	char line[FILTER_LINE];

	filter_line(&s, NOW, line);
	assert_string_equal(line, "77               192.0.2.7:40000 -> 2001:db8::25:25 rcpt open age=90s "
			    "bytes=1500/600 app=smtp helo=mail.example.org from=<Ann@example.org> "
			    "to=<bob@example.net> cmd=RCPT TO reply=550 5.7.1 no rcpts=2 rule=1002 held=1");
	assert_int_equal(filter_code(&s), 550);
	s.last_reply[0] = '\0';
	assert_int_equal(filter_code(&s), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_that_hold), cmocka_unit_test(test_words_that_do_not),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_caps),
		cmocka_unit_test(test_order), cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
