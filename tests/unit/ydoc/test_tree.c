/* SPDX-License-Identifier: BSD-3-Clause */
/* What YAML becomes: kinds, texts, places, aliases, paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ydoc.h"

/* The text lies in a block of its exact size, so that a reader past its end is seen. */
static struct ydoc *
parse(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len);
	char line[512];
	struct err err;
	struct ydoc *d;

	if (len > 0)
		memcpy(copy, text, len);
	d = ydoc_parse("t.yaml", span_of(copy, len), &err);
	free(copy);
	if (d == NULL)
		fail_msg("%s", err_text(&err, line, sizeof(line)));
	return d;
}

static void
test_empty(void **state)
{
	struct ydoc *d = parse("");

	(void)state;
	assert_null(ydoc_root(d));
	assert_string_equal(ydoc_file(d), "t.yaml");
	assert_null(ydoc_get(ydoc_root(d), "a"));
	ydoc_free(d);
	d = parse("# only a comment\n");
	assert_null(ydoc_root(d));
	ydoc_free(d);
	ydoc_free(NULL);
}

static void
test_kinds_and_places(void **state)
{
	struct ydoc *d = parse("a: 1\nb:\n  - x\n  - 'y'\nc: {d: e}\n");
	const struct ydoc_node *root = ydoc_root(d), *n;

	(void)state;
	assert_int_equal(root->kind, YDOC_MAP);
	assert_int_equal(root->count, 3);
	assert_null(root->key);
	n = ydoc_get(root, "a");
	assert_int_equal(n->kind, YDOC_SCALAR);
	assert_string_equal(n->text, "1");
	assert_int_equal(n->line, 1);
	assert_int_equal(n->col, 4);
	assert_int_equal(n->key_line, 1);
	assert_int_equal(n->key_col, 1);
	assert_ptr_equal(n->parent, root);
	n = ydoc_get(root, "b");
	assert_int_equal(n->kind, YDOC_LIST);
	assert_int_equal(n->count, 2);
	assert_string_equal(n->text, "");
	n = n->child;
	assert_string_equal(n->text, "x");
	assert_false(n->quoted);
	assert_null(n->key);
	assert_int_equal(n->line, 3);
	assert_int_equal(n->col, 5);
	n = n->next;
	assert_string_equal(n->text, "y");
	assert_true(n->quoted);
	assert_null(n->next);
	n = ydoc_get(ydoc_get(root, "c"), "d");
	assert_string_equal(n->text, "e");
	assert_int_equal(n->key_line, 5);
	assert_int_equal(n->key_col, 5);
	assert_null(ydoc_get(root, "z"));
	assert_null(ydoc_get(n, "z"));
	ydoc_free(d);
}

static void
test_nulls_and_quotes(void **state)
{
	static const struct {
		const char *text;
		bool null, quoted;
	} each[] = {
		{ "a:", true, false },	    { "a: ~", true, false },   { "a: null", true, false },
		{ "a: Null", true, false }, { "a: ''", false, true },  { "a: \"null\"", false, true },
		{ "a: nil", false, false }, { "a: |\n  x", false, true }, { "a: >-\n  x", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct ydoc *d = parse(each[i].text);
		const struct ydoc_node *n = ydoc_get(ydoc_root(d), "a");

		assert_int_equal(n->null, each[i].null);
		assert_int_equal(n->quoted, each[i].quoted);
		ydoc_free(d);
	}
}

static void
test_aliases_are_copies(void **state)
{
	struct ydoc *d = parse("a: &x {p: [1, 2], q: r}\nb: *x\nc: &s word\nd: [*s, *x]\n");
	const struct ydoc_node *a = ydoc_get(ydoc_root(d), "a"), *b = ydoc_get(ydoc_root(d), "b");
	const struct ydoc_node *list = ydoc_get(ydoc_root(d), "d");
	char path[64];

	(void)state;
	assert_int_equal(b->count, 2);
	assert_ptr_not_equal(a->child, b->child);
	assert_ptr_equal(b->child->parent, b);
	assert_string_equal(ydoc_get(b, "p")->child->next->text, "2");
	assert_string_equal(ydoc_path(ydoc_get(b, "p")->child->next, path, sizeof(path)), "b.p[1]");
	assert_string_equal(list->child->text, "word");
	assert_string_equal(ydoc_get(list->child->next, "q")->text, "r");
	assert_int_equal(ydoc_get(b, "q")->line, 1); /* where the value is written */
	assert_int_equal(b->key_line, 2);
	ydoc_free(d);
}

static void
test_newest_anchor_wins(void **state)
{
	struct ydoc *d = parse("a: &x 1\nb: &x 2\nc: *x\n");

	(void)state;
	assert_string_equal(ydoc_get(ydoc_root(d), "c")->text, "2");
	ydoc_free(d);
}

static void
test_paths(void **state)
{
	struct ydoc *d = parse("tcp: {limits: [a, {\"ho\\tld\": b}]}\n");
	const struct ydoc_node *list = ydoc_get(ydoc_get(ydoc_root(d), "tcp"), "limits");
	char path[64], small[8];

	(void)state;
	assert_string_equal(ydoc_path(ydoc_root(d), path, sizeof(path)), "");
	assert_string_equal(ydoc_path(list, path, sizeof(path)), "tcp.limits");
	assert_string_equal(ydoc_path(list->child, path, sizeof(path)), "tcp.limits[0]");
	assert_string_equal(ydoc_path(list->child->next->child, path, sizeof(path)),
			    "tcp.limits[1].ho\\x09ld");
	assert_string_equal(ydoc_path(list, small, sizeof(small)), "tcp.lim");
	ydoc_free(d);
}

static void
test_long_texts(void **state)
{
	size_t len = 200000;
	char *text = malloc(len + 4);
	struct ydoc *d;

	(void)state;
	memcpy(text, "a: ", 3);
	memset(text + 3, 'x', len);
	text[len + 3] = '\0';
	d = parse(text);
	assert_int_equal(strlen(ydoc_get(ydoc_root(d), "a")->text), len);
	ydoc_free(d);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_kinds_and_places),
		cmocka_unit_test(test_nulls_and_quotes),
		cmocka_unit_test(test_aliases_are_copies),
		cmocka_unit_test(test_newest_anchor_wins),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
