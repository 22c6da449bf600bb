/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters: plain, quoted, RFC 2231 in pieces; what broken mailers write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime_internal.h"

static struct mime_charsets *known;

/* The value of name in an exact-size block, and what else was found. */
static struct mime_param_found
find(const char *params, const char *name, char best[256], char plain[256])
{
	size_t len = strlen(params);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct mime_param_found f;

	memcpy(copy, params, len);
	f = mime_param_find(known, span_of(copy, len), span_str(name), (uint8_t *)best, (uint8_t *)plain,
			    MIME_NAME_MAX);
	best[f.len] = '\0';
	plain[f.plain] = '\0';
	free(copy);
	return f;
}

static void
check(const char *params, const char *expected)
{
	char best[256], plain[256];
	struct mime_param_found f = find(params, "filename", best, plain);

	assert_true(f.found);
	assert_string_equal(best, expected);
}

static void
plain_values(void **state)
{
	char best[256], plain[256];

	check("; filename=a.txt", "a.txt");
	check(";filename=a.txt; size=3", "a.txt");
	check("; FileName = \"a b.txt\" ; x=y", "a b.txt");
	check("; filename=my file.txt; x=y", "my file.txt");
	check("; filename=\"a;b=c\"", "a;b=c");
	check("; filename=\"say \\\"hi\\\" \\\\\"", "say \"hi\" \\");
	check("; filename=\"C:\\temp\\a.txt\"", "C:\\temp\\a.txt");
	check("; filename=\"not closed", "not closed");
	check("; filename=\"fol\r\n ded\"", "fol ded");
	check(";\r\n\tfilename=a.txt\r\n", "a.txt");
	check("; filename=\"=?utf-8?B?YmxhLmV4ZQ==?=\"", "bla.exe");
	assert_false(find("; size=3; file=a; xfilename=b", "filename", best, plain).found);
	assert_false(find("; filename", "filename", best, plain).found);
	assert_false(find("", "filename", best, plain).found);
	assert_true(find("; filename=\"a\"b", "filename", best, plain).odd);
	assert_false(find("; filename=\"a\" ", "filename", best, plain).odd);
}

static void
pieces(void **state)
{
	char best[256], plain[256];
	struct mime_param_found f;

	check("; filename*0=abc; filename*1=def", "abcdef");
	check("; filename*1=def; filename*0=abc", "abcdef");
	check("; filename*0=\"a b\"; filename*2=c", "a bc");
	check("; filename*=utf-8''caf%C3%A9.exe", "caf\xc3\xa9.exe");
	check("; filename*=iso-8859-1'fr'caf%E9", "caf\xc3\xa9");
	check("; filename*0*=us-ascii'en'a%20b; filename*1*=%20c; filename*2=%20d", "a b c%20d");
	check("; filename*=no-quotes%20here", "no-quotes here");
	check("; filename*0*=utf-8''%F0%9F; filename*1*=%98%80", "\xf0\x9f\x98\x80");
	f = find("; filename=a.txt; filename*=utf-8''b.exe", "filename", best, plain);
	assert_string_equal(best, "b.exe");
	assert_string_equal(plain, "a.txt");
	assert_true(f.twice && f.pieces);
	f = find("; filename=a.txt; filename*=utf-8''a.txt", "filename", best, plain);
	assert_false(f.twice);
	f = find("; filename*0=a; filename*0=b", "filename", best, plain);
	assert_string_equal(best, "a");
	assert_true(f.twice);
	f = find("; filename=a; filename=b", "filename", best, plain);
	assert_string_equal(best, "a");
	assert_true(f.twice);
}

/* CVE-2026-27859 of another reader: pieces without end must cost no more than their bytes. */
static void
many_pieces(void **state)
{
	static char text[200000];
	char best[256], plain[256];
	struct mime_param_found f;
	size_t n = 0;

	for (int i = 65000; i > 0 && n < sizeof(text) - 40; i--)
		n += (size_t)sprintf(text + n, ";filename*%d=x", i);
	f = find(text, "filename", best, plain);
	assert_true(f.found && f.cut);
	assert_int_equal(f.len, 64);
}

static void
long_name(void **state)
{
	char text[2000], best[256], plain[256];
	struct mime_param_found f;

	memset(text, 'x', sizeof(text));
	memcpy(text, "; filename=", 11);
	text[11 + 255] = '\0';
	f = find(text, "filename", best, plain);
	assert_int_equal(f.len, 255);
	assert_false(f.cut);
	text[11 + 255] = 'x';
	text[11 + 256] = '\0';
	f = find(text, "filename", best, plain);
	assert_int_equal(f.len, 255);
	assert_true(f.cut);
	text[11 + 256] = 'x';
	text[sizeof(text) - 1] = '\0';
	assert_true(find(text, "filename", best, plain).cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_values),
		cmocka_unit_test(pieces),
		cmocka_unit_test(many_pieces),
		cmocka_unit_test(long_name),
	};

	int failed;

	known = mime_charsets_create();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	mime_charsets_destroy(known);
	return failed;
}
