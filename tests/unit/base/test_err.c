/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors: the line that people read, and the word that they meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "err.h"

static void
test_places(void **state)
{
	char buf[1200];
	struct err e;

	assert_int_equal(err_set(&e, -EINVAL, "no %s", "luck"), -EINVAL);
	assert_string_equal(err_text(&e, buf, sizeof(buf)), "no luck");
	assert_int_equal(err_set_at(&e, -ENOENT, "a.yaml", 3, 7, "bad"), -ENOENT);
	assert_string_equal(err_text(&e, buf, sizeof(buf)), "a.yaml:3:7: bad");
	err_set_at(&e, -1, "a.yaml", 3, 0, "bad");
	assert_string_equal(err_text(&e, buf, sizeof(buf)), "a.yaml:3: bad");
	err_set_at(&e, -1, "a.yaml", 0, 0, "bad");
	err_hint(&e, "write %d", 25);
	assert_string_equal(err_text(&e, buf, sizeof(buf)), "a.yaml: bad; write 25");
	err_set(&e, -1, "new");
	assert_string_equal(err_text(&e, buf, sizeof(buf)), "new");
}

static void
test_nobody_listens(void **state)
{
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_set_at(NULL, -EIO, "f", 1, 1, "x"), -EIO);
	err_hint(NULL, "x");
}

static void
test_long_texts_are_cut(void **state)
{
	char buf[2000], small[8];
	struct err e;

	memset(buf, 'x', sizeof(buf) - 1);
	buf[sizeof(buf) - 1] = '\0';
	err_set_at(&e, -1, buf, 1, 1, "%s", buf);
	err_hint(&e, "%s", buf);
	assert_int_equal(strlen(e.file), sizeof(e.file) - 1);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(strlen(e.hint), sizeof(e.hint) - 1);
	err_text(&e, small, sizeof(small));
	assert_int_equal(strlen(small), sizeof(small) - 1);
}

static void
test_nearest(void **state)
{
	static const char *const keys[] = { "ports", "port", "policy", "logging", "ab", NULL };
	static const struct {
		const char *word, *meant;
	} cases[] = {
		{ "prots", "ports" },  { "pots", "ports" },	{ "policies", NULL },
		{ "polcy", "policy" }, { "loging", "logging" }, { "logginng", "logging" },
		{ "ports", "ports" },  { "ac", NULL },		{ "", NULL },
		{ "something", NULL }, { "portx", "ports" },
	};
	char word[100];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *nearest = err_nearest(cases[i].word, keys);

		if (cases[i].meant == NULL)
			assert_null(nearest);
		else
			assert_string_equal(nearest, cases[i].meant);
	}
	memset(word, 'p', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(err_nearest(word, keys));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
