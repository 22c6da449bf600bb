/* SPDX-License-Identifier: BSD-3-Clause */
/* A message parsed whole, byte by byte and split at every offset must print the same; then lines of
 * that text are looked for. For the tests of this folder. */
#ifndef MIME_CHECK_H
#define MIME_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime_print.h"

#define SPLITS_MAX 200 /* longer messages are split at some offsets only */

static inline char *
parse_all_ways(struct span message)
{
	struct mime_print_options options = { .bodies = true };
	size_t size, step = message.len / SPLITS_MAX + 1;
	char *whole = mime_print_text(message, &options, &size), *other;

	options.cut = 1;
	other = mime_print_text(message, &options, &size);
	assert_string_equal(other, whole);
	free(other);
	options.cut = 0;
	for (size_t i = 1; i < message.len; i += step) {
		options.split = i;
		other = mime_print_text(message, &options, &size);
		assert_string_equal(other, whole);
		free(other);
	}
	return whole;
}

/* Every text of the NULL-terminated list appears, in this order; those that begin with '!' nowhere.
 */
static inline void
check_message(struct span message, const char *const *expected)
{
	char *text = parse_all_ways(message), *at = text;

	for (; *expected != NULL; expected++) {
		if (**expected == '!') {
			if (strstr(text, *expected + 1) != NULL)
				fail_msg("'%s' is in:\n%s", *expected + 1, text);
			continue;
		}
		at = strstr(at, *expected);
		if (at == NULL)
			fail_msg("no '%s' (here) in:\n%s", *expected, text);
		at += strlen(*expected);
	}
	free(text);
}

#define CHECK(message, ...)                                                                        \
	check_message(SPAN_LIT(message), (const char *const[]){ __VA_ARGS__, NULL })

#endif
