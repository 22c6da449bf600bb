/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules that are warned of since they can never match, and their neighbours that can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rules_build.h"

/* The code of a warning at the last rule; "" for none. */
static const char *
warned(const char *text, const uint8_t *guarded)
{
	static char code[8];
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	struct rules_set *set;
	unsigned lines = 0;

	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	rules_source_guard(s, guarded);
	assert_int_equal(rules_source_text(s, "t.rules", span_str(text)), 0);
	set = rules_build(s, NULL, true);
	for (size_t i = 0; set == NULL && i < rules_diag_count(s); i++)
		rules_diag_print(rules_diag(s, i), stderr);
	assert_non_null(set);
	code[0] = '\0';
	for (size_t i = 0; i < rules_diag_count(s); i++)
		if (strncmp(rules_diag(s, i)->code, "R05", 3) == 0) {
			assert_int_equal(rules_diag(s, i)->line, lines);
			snprintf(code, sizeof(code), "%s", rules_diag(s, i)->code);
		}
	rules_free(set);
	rules_source_destroy(s);
	return code;
}

static void
pair(const char *first, const char *second, const char *code)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s sid:1;)\n%s sid:2;)\n", first, second);
	if (strcmp(warned(text, NULL), code) != 0)
		fail_msg("%s expected, %s got:\n%s", code, warned(text, NULL), text);
}

#define RCPT "smtp:rcpt any any -> any any ("
#define NET(a) "smtp:rcpt " a " any -> any any ("

static void
test_shadowed(void **state)
{
	pair("accept:hook " RCPT, "drop:flow " RCPT "smtp.rcpt_to; content:\"a\";", "R050");
	pair("drop:flow " RCPT "smtp.rcpt_to; content:\"a\";",
	     "accept:hook " RCPT "smtp.rcpt_to; content:\"a\"; content:\"b\";", "R050");
	pair("drop:flow " NET("10.0.0.0/8"), "accept:hook " NET("10.1.0.0/16"), "R050");
	pair("accept:hook smtp:rcpt any any -> any 1:100 (", "accept:hook smtp:rcpt any any -> any 25 (",
	     "R050");
	pair("accept:hook " RCPT, "drop:flow,alert " RCPT "enforce:no;", "R050");
	pair("accept:hook tcp:all any any -> any any (flow:established;",
	     "drop:flow tcp:all any any -> any any (flow:established,to_server; ttl:<5;", "R050");
	pair("accept:hook ip:all any any -> any any (", "drop:flow udp:all any any -> any any (", "R050");
	pair("accept:hook smtp:<rcpt any any -> any any (smtp.helo; content:\"x\";",
	     "drop:flow smtp:helo any any -> any any (", "R050");
}

static void
test_not_shadowed(void **state)
{
	pair("drop:flow " RCPT "smtp.rcpt_to; content:\"a\";", "accept:hook " RCPT, "");
	pair("accept:hook " RCPT "enforce:no;", "drop:flow " RCPT, "");
	pair("drop:flow " RCPT "threshold:type threshold, track by_src, count 3, seconds 9;",
	     "accept:hook " RCPT, "");
	pair("drop:flow " NET("10.1.0.0/16"), "accept:hook " NET("10.0.0.0/8"), "");
	pair("accept:hook smtp:mail any any -> any any (", "drop:flow " RCPT, "");
	pair("drop:flow " RCPT "smtp.rcpt_to; content:\"a\";",
	     "accept:hook " RCPT "smtp.rcpt_to; content:\"a\"; smtp.helo; content:\"b\";", "");
	pair("drop:flow " RCPT "smtp.rcpt_to; content:\"a\"; nocase;",
	     "accept:hook " RCPT "smtp.rcpt_to; content:\"a\";", "");
	pair("drop:flow " RCPT "flowbits:isset,a;", "accept:hook " RCPT "flowbits:set,a;", "");
	pair("accept:hook ip:all any any -> any any (", "drop:flow arp:all any any -> any any (", "");
	pair("accept:hook " RCPT, "alert smtp any any -> any any (smtp.rcpt_to; content:\"a\";", "");
	pair("accept:hook smtp:<rcpt any any -> any any (", "drop:flow smtp:rcpt any any -> any any (",
	     "R050");
	pair("accept:hook smtp:<rcpt any any -> any any (", "drop:flow smtp:data any any -> any any (",
	     "");
}

static void
alone(const char *options, const char *code)
{
	char text[1024];

	snprintf(text, sizeof(text), "alert smtp any any -> any any (%s sid:1;)\n", options);
	if (strcmp(warned(text, NULL), code) != 0)
		fail_msg("%s expected, %s got: %s", code, warned(text, NULL), text);
}

static void
test_contradictions(void **state)
{
	alone("smtp.helo; content:\"abcdef\"; bsize:<4;", "R052");
	alone("smtp.helo; bsize:4; content:\"abc\"; offset:2;", "R052");
	alone("smtp.helo; content:\"ab\"; startswith; content:\"ac\"; startswith;", "R052");
	alone("smtp.helo; content:\"ab\"; endswith; content:\"cb\"; endswith;", "R052");
	alone("smtp.helo; isdataat:10; bsize:10;", "R052");
	alone("smtp.data; content:\"abcdef\"; bsize:<4;", "R052");
	alone("smtp.size:>100; smtp.size:<50; smtp.helo; content:\"a\";", "R052");
	alone("smtp.helo; content:\"abcd\"; bsize:4;", "");
	alone("smtp.helo; content:!\"abcdef\"; bsize:<4;", "");
	alone("smtp.helo; bsize:4; content:\"abc\"; offset:1;", "");
	alone("smtp.helo; content:\"ab\"; startswith; content:\"abc\"; startswith;", "");
	alone("smtp.helo; content:\"ab\"; startswith; content:\"AB\"; nocase; startswith;", "");
	alone("smtp.helo; content:\"b\"; endswith; content:\"ab\"; endswith;", "");
	alone("smtp.helo; isdataat:9; bsize:10;", "");
	alone("smtp.size:>100; smtp.size:<500; smtp.helo; content:\"a\";", "");
	alone("filesize:>100; filesize:<50; file.name; content:\"a\";", "");
}

static void
test_ports(void **state)
{
	uint8_t ports[8192] = { [25 >> 3] = 1 << (25 & 7) };

	assert_string_equal(warned("drop:flow smtp:rcpt any any -> any 26 (sid:1;)\n", ports), "R053");
	assert_string_equal(warned("drop:flow smtp:greeting any 26:30 -> any any (sid:1;)\n", ports),
			    "R053");
	assert_string_equal(warned("drop:flow smtp:rcpt any any -> any 20:30 (sid:1;)\n", ports), "");
	assert_string_equal(warned("drop:flow smtp:rcpt any 26 -> any any (sid:1;)\n", ports), "");
	assert_string_equal(warned("drop:flow smtp:rcpt any any -> any 26 (sid:1;)\n", NULL), "");
	assert_string_equal(warned("drop:flow tcp:all any any -> any 26 (sid:1;)\n", ports), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shadowed),
		cmocka_unit_test(test_not_shadowed),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
