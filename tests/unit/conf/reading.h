/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations from text, for the tests of conf. */
#ifndef READING_H
#define READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf.h"

/* All errors, a line each; the caller frees. */
static inline char *
reading_errors(const struct conf_errors *errors)
{
	char *text = calloc(errors->count + 1, 1100), line[1100];

	for (size_t i = 0; i < errors->count; i++) {
		strcat(text, err_text(&errors->err[i], line, sizeof(line)));
		strcat(text, "\n");
	}
	return text;
}

/* Over the defaults. Fails the test with the errors when there are any. */
static inline void
reading_good(struct conf *c, const char *yaml)
{
	struct conf_errors errors = { .err = NULL };

	assert_int_equal(conf_defaults(c), 0);
	if (conf_parse(c, "t.yaml", yaml, strlen(yaml), &errors) != 0)
		fail_msg("%s", reading_errors(&errors));
	assert_int_equal(errors.count, 0);
	conf_errors_free(&errors);
}

/* The errors must be these lines, all of them. */
static inline void
reading_bad(const char *yaml, const char *want)
{
	struct conf_errors errors = { .err = NULL };
	struct conf c;
	char *text;

	assert_int_equal(conf_defaults(&c), 0);
	assert_true(conf_parse(&c, "t.yaml", yaml, strlen(yaml), &errors) < 0);
	text = reading_errors(&errors);
	assert_string_equal(text, want);
	free(text);
	conf_errors_free(&errors);
	conf_free(&c);
}

/* What prints to a file, as text; the caller frees. */
static inline char *
reading_printed(void (*print)(const struct conf *, FILE *), const struct conf *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print(c, out);
	fclose(out);
	return text;
}

#endif
