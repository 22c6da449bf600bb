/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parser's tests share: text in, a parsed source or one diagnostic out. The text lies at
 * the end of a heap block of its size, so that ASan sees over-reads.
 */
#ifndef PARSE_H
#define PARSE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rules_internal.h"
#include "rules_parse.h"

static const struct rules_var test_vars[] = {
	{ "HOME_NET", "[10.0.0.0/8,192.168.0.0/16]", false },
	{ "EXTERNAL_NET", "!$HOME_NET", false },
	{ "MX", "[192.0.2.1,192.0.2.2]", false },
	{ "SELF", "[10.0.0.1,$SELF]", false },
	{ "BROKEN", "10.0.0.300", false },
	{ "SMTP_PORTS", "[25,465,587]", true },
};
static const char *const test_events[] = { "bare_lf", "duplicate_fields", "mime_long_line", NULL };

static inline struct rules_source *
parse_text(const char *text)
{
	struct rules_source *s = rules_source_create(
		test_vars, sizeof(test_vars) / sizeof(test_vars[0]), test_events);
	size_t len = strlen(text);
	char *exact = malloc(len > 0 ? len : 1);

	assert_non_null(s);
	assert_non_null(exact);
	memcpy(exact, text, len);
	assert_int_equal(rules_source_text(s, "t.rules", span_of(exact, len)), 0);
	free(exact);
	assert_non_null(rules_source_parsed(s));
	return s;
}

static inline void
print_diags(const struct rules_source *s)
{
	for (size_t i = 0; i < rules_diag_count(s); i++)
		rules_diag_print(rules_diag(s, i), stderr);
}

/* No error at all; warnings may be. */
static inline struct rules_source *
parse_good(const char *text)
{
	struct rules_source *s = parse_text(text);

	if (rules_error_count(s) != 0)
		print_diags(s);
	assert_int_equal(rules_error_count(s), 0);
	return s;
}

/* Header and options of one rule, no error. */
static inline struct rules_source *
parse_options(const char *header, const char *options)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s (%s sid:1;)\n", header, options);
	return parse_good(text);
}

static inline const struct rule *
first_rule(struct rules_source *s)
{
	assert_true(rules_source_parsed(s)->count >= 1);
	return &rules_source_parsed(s)->rule[0];
}

static inline const struct rules_diag *
first_of(const struct rules_source *s, enum rules_severity severity)
{
	for (size_t i = 0; i < rules_diag_count(s); i++)
		if (rules_diag(s, i)->severity == severity)
			return rules_diag(s, i);
	return NULL;
}

/* Exactly one error, of this code, with its caret under the given words of the text. */
static inline void
expect_error(const char *text, const char *code, const char *under)
{
	struct rules_source *s = parse_text(text);
	const struct rules_diag *d = first_of(s, RULES_ERROR);
	const char *at;

	if (rules_error_count(s) != 1 || strcmp(d->code, code) != 0) {
		fprintf(stderr, "for %s\n", text);
		print_diags(s);
	}
	assert_int_equal(rules_error_count(s), 1);
	assert_string_equal(d->code, code);
	assert_non_null(rules_code_explain(d->code));
	at = d->source + d->col - 1;
	if (d->len != strlen(under) || strncmp(at, under, d->len) != 0)
		print_diags(s);
	assert_int_equal(d->len, strlen(under));
	assert_int_equal(strncmp(at, under, d->len), 0);
	rules_source_destroy(s);
}

/* The same for options of one rule at request_started, or of another header. */
static inline void
expect_option_error(const char *header, const char *options, const char *code, const char *under)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s (%s sid:1;)\n", header, options);
	expect_error(text, code, under);
}

#define APP "accept:hook smtp:request_started any any -> any any"
#define BODY "accept:hook smtp:request_complete any any -> any any"
#define PKT "accept:hook tcp:all any any -> any any"
#define CMD "accept:hook smtp:command:request_complete any any -> any any"
#define DETECT "alert smtp any any -> any any"

#endif
