/* SPDX-License-Identifier: BSD-3-Clause */
/* What is refused, and where the message says it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ydoc.h"

static void
check(struct span text, const char *want)
{
	char line[1024];
	struct err err;
	struct ydoc *d = ydoc_parse("t.yaml", text, &err);

	if (d != NULL)
		fail_msg("accepted what should be: %s", want);
	err_text(&err, line, sizeof(line));
	if (strncmp(line, want, strlen(want)) != 0)
		fail_msg("'%s' should begin with '%s'", line, want);
}

static void
test_messages(void **state)
{
	static const struct {
		const char *text, *want;
	} each[] = {
		{ "a: 1\nb: 2\na: 3\n",
		  "t.yaml:3:1: key 'a' stands here for the second time; it stands in line 1" },
		{ "{a: 1, b: {c: 1, c: 2}}", "t.yaml:1:18: key 'c' stands here" },
		{ "a: !!str x\n", "t.yaml:1:4: tags are not known here" },
		{ "a: !x [b]\n", "t.yaml:1:4: tags are not known here" },
		{ "a: !x {b: c}\n", "t.yaml:1:4: tags are not known here" },
		{ "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document" },
		{ "a: *x\n", "t.yaml:1:4: this alias has no anchor" },
		{ "a: &x [*x]\n", "t.yaml:1:8: this alias has no anchor" },
		{ "[a]: b\n", "t.yaml:1:1: a list or map cannot be a key" },
		{ "a: &x 1\n*x : 2\n", "t.yaml:2:1: an alias cannot be a key" },
		{ "&x a: 1\n", "t.yaml:1:1: an anchor at a key" },
		{ "a: \"x\\0y\"\n", "t.yaml:1:4: a text with a NUL" },
		{ "a: [1, 2\nb: 3\n", "t.yaml:" },
		{ "a:\n\t- b\n", "t.yaml:2:1: " },
		{ "a: 'open\n", "t.yaml:2:1: " },
		{ "ab: 1\ncd: \xff\n", "t.yaml:2:5: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		check(span_str(each[i].text), each[i].want);
}

static void
test_depth(void **state)
{
	char text[200];
	struct ydoc *d;

	(void)state;
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	d = ydoc_parse("t.yaml", span_of(text + 1, 128), NULL); /* 64 deep */
	assert_non_null(d);
	ydoc_free(d);
	check(span_of(text, 130), "t.yaml:1:65: lists and maps nested more than 64 deep");
}

/* Through an alias, too: the map, lists around the alias, 40 lists that it stands for. */
static void
test_depth_by_aliases(void **state)
{
	char text[256];
	struct ydoc *d;

	(void)state;
	snprintf(text, sizeof(text), "a: &x %.40s%.40s\nb: %.23s*x%.23s",
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
		 "[[[[[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]]]]]");
	d = ydoc_parse("t.yaml", span_str(text), NULL);
	assert_non_null(d);
	ydoc_free(d);
	snprintf(text, sizeof(text), "a: &x %.40s%.40s\nb: %.24s*x%.24s",
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
		 "[[[[[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]]]]]");
	check(span_str(text), "t.yaml:2:28: lists and maps nested more than 64 deep");
}

/* Nine lines that would be a thousand million values. */
static void
test_bomb(void **state)
{
	char text[2048] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";

	(void)state;
	for (int i = 1; i < 9; i++) {
		size_t at = strlen(text);

		at += (size_t)sprintf(text + at, "a%d: &a%d [", i, i);
		for (int n = 0; n < 10; n++)
			at += (size_t)sprintf(text + at, "%s*a%d", n > 0 ? "," : "", i - 1);
		strcpy(text + at, "]\n");
	}
	check(span_str(text), "t.yaml:6:38: more than 1000000 values");
}

static void
test_many_anchors(void **state)
{
	char *text = malloc(20000);
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 1025; i++)
		at += (size_t)sprintf(text + at, "- &a%d x\n", i);
	check(span_of(text, at), "t.yaml:1025:3: more than 1024 anchors");
	free(text);
}

static void
test_too_much_text(void **state)
{
	size_t size = (16 << 20) + 1;
	char *text = malloc(size);

	(void)state;
	memset(text, '\n', size);
	check(span_of(text, size), "t.yaml: more than 16 MiB of YAML");
	free(text);
}

/* Every beginning of a file is a tree or an error with a place, never anything else. */
static void
test_every_beginning(void **state)
{
	static const char text[] = "%YAML 1.1\n---\na: &x [1, 'two', \"th\\u00e9\"]\nb: {c: *x, d: |\n"
				   "  block\n  }\n?  e\n: - f\n  - g: h # end\n...\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = malloc(len);
		struct err err;
		struct ydoc *d;

		if (len > 0)
			memcpy(copy, text, len);
		memset(&err, 0, sizeof(err));
		d = ydoc_parse("t.yaml", span_of(copy, len), &err);
		assert_true(d != NULL || (err.text[0] != '\0' && err.line > 0));
		ydoc_free(d);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_depth_by_aliases),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_many_anchors),
		cmocka_unit_test(test_too_much_text),
		cmocka_unit_test(test_every_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
