/* SPDX-License-Identifier: BSD-3-Clause */
/* Text parts as UTF-8: each text whole, byte by byte and split at every offset. */
#include <iconv.h>

#include "mime_check.h"
#include "mime_internal.h"

static size_t allocations;

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) /* have their own */
#define COUNTS false
#else
#define COUNTS true
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	allocations++;
	return __libc_realloc(old, size);
}

void
free(void *old)
{
	allocations++;
	__libc_free(old);
}
#endif

/* Bytes of TEXT events. */
static size_t
texts(struct span message, const struct mime_limits *limits)
{
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 4, 0);
	void *memory = malloc(mime_size());
	struct mime_parser *p = mime_open(memory, limits, pool);
	struct mime_event ev;
	size_t n = 0;

	mime_feed(p, message);
	while (mime_next(p, &ev) == 1)
		n += ev.kind == MIME_EV_TEXT ? ev.bytes.len : 0;
	mime_finish(p);
	while (mime_next(p, &ev) == 1)
		n += ev.kind == MIME_EV_TEXT ? ev.bytes.len : 0;
	mime_close(p);
	free(memory);
	pool_destroy(pool);
	return n;
}

static char *
decoded(const char *charset, struct span body, size_t split, size_t cut)
{
	struct mime_print_options options = { .texts = true, .split = split, .cut = cut };
	uint8_t message[65536];
	size_t size;
	int n = snprintf((char *)message, sizeof(message), "Content-Type: text/plain%s%s\r\n\r\n",
			 charset[0] != '\0' ? "; charset=" : "", charset);

	assert_true((size_t)n + body.len < sizeof(message));
	memcpy(message + n, body.ptr, body.len);
	if (split > 0)
		options.split = (size_t)n + split;
	return mime_print_text(span_of(message, (size_t)n + body.len), &options, &size);
}

/* utf8: as printed, between quotes; odd: an oddity, or NULL for none. */
static void
check(const char *charset, struct span body, const char *utf8, const char *odd)
{
	char *whole = decoded(charset, body, 0, 0), *other = decoded(charset, body, 0, 1);
	char line[4096];

	snprintf(line, sizeof(line), "utf8 \"%s\"\n", utf8);
	if (strstr(whole, line) == NULL)
		fail_msg("%s: no %s in %s", charset, line, whole);
	if (odd != NULL ? strstr(whole, odd) == NULL : strstr(whole, "oddity") != NULL)
		fail_msg("%s: oddity %s in %s", charset, odd, whole);
	assert_string_equal(other, whole);
	free(other);
	for (size_t i = 1; i < body.len; i++) {
		other = decoded(charset, body, i, 0);
		assert_string_equal(other, whole);
		free(other);
	}
	free(whole);
}
#define TEXT(charset, body, utf8, odd) check(charset, SPAN_LIT(body), utf8, odd)

static void
single(void **state)
{
	TEXT("iso-8859-1", "na\xefve", "na\\xc3\\xafve", NULL);
	TEXT("ISO_8859-1", "\xef", "\\xc3\\xaf", NULL);
	TEXT("iso-8859-15", "\xa4", "\\xe2\\x82\\xac", NULL);
	TEXT("windows-1251", "\xcf\xf0", "\\xd0\\x9f\\xd1\\x80", NULL);
	TEXT("cp1251", "\xcf\xf0", "\\xd0\\x9f\\xd1\\x80", NULL);
	TEXT("x-cp1251", "\xcf", "\\xd0\\x9f", NULL);
	TEXT("koi8-r", "\xf0\xd2", "\\xd0\\x9f\\xd1\\x80", NULL);
	TEXT("windows-1255", "\xe0", "\\xd7\\x90", NULL);
	TEXT("IBM037", "\x88\x89", "hi", NULL);
	TEXT("windows-1252", "\x81", "\\xef\\xbf\\xbd", "mime_invalid_text");
}

static void
utf8(void **state)
{
	TEXT("utf-8", "\xe2\x82\xac \xf0\x9f\x98\x80", "\\xe2\\x82\\xac \\xf0\\x9f\\x98\\x80", NULL);
	TEXT("", "\xe2\x82\xac", "\\xe2\\x82\\xac", NULL);
	TEXT("us-ascii", "abc", "abc", NULL);
	/* an overlong '/', a surrogate, too high, broken off */
	TEXT("utf-8", "\xc0\xaf", "\\xc0\\xaf", "mime_invalid_text");
	TEXT("utf-8", "\xed\xa0\x80", "\\xed\\xa0\\x80", "mime_invalid_text");
	TEXT("utf-8", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "mime_invalid_text");
	TEXT("utf-8", "a\xe2\x82", "a\\xe2\\x82", "mime_invalid_text");
	TEXT("utf-8", "a\x80", "a\\x80", "mime_invalid_text");
}

static void
utf16(void **state)
{
	TEXT("utf-16", "\xff\xfe" "e\0v\0", "ev", NULL);
	TEXT("utf-16", "\xfe\xff" "\0e\0v", "ev", NULL);
	TEXT("utf-16", "e\0v\0", "ev", NULL);
	TEXT("utf-16", "\0e\0v", "ev", NULL);
	TEXT("utf-16le", "=\xd8\0\xde" "!\0", "\\xf0\\x9f\\x98\\x80!", NULL);
	TEXT("utf-16be", "\0e\0", "e\\xef\\xbf\\xbd", "mime_invalid_text");
	TEXT("utf-16le", "\0\xde" "e\0", "\\xef\\xbf\\xbd" "e", "mime_invalid_text");
}

static void
multi_byte(void **state)
{
	TEXT("gb2312", "\xc4\xe3" "a\xba\xc3", "\\xe4\\xbd\\xa0a\\xe5\\xa5\\xbd", NULL);
	TEXT("gbk", "\xc4\xe3", "\\xe4\\xbd\\xa0", NULL);
	TEXT("gb18030", "\x94\x39\xda\x33", "\\xf0\\x9f\\x92\\xa9", NULL);
	TEXT("big5", "\xa7\x41" "a", "\\xe4\\xbd\\xa0a", NULL);
	TEXT("shift_jis", "\x93\xfa\x96\x7b", "\\xe6\\x97\\xa5\\xe6\\x9c\\xac", NULL);
	TEXT("euc-jp", "\xc6\xfc\xcb\xdc", "\\xe6\\x97\\xa5\\xe6\\x9c\\xac", NULL);
	TEXT("euc-kr", "\xc7\xd1", "\\xed\\x95\\x9c", NULL);
	TEXT("euc-jp", "a\xc6", "a\\xef\\xbf\\xbd", "mime_invalid_text");
	TEXT("euc-jp", "\xc6" "abc", "\\xef\\xbf\\xbd" "abc", "mime_invalid_text");
}

static void
shifted(void **state)
{
	TEXT("iso-2022-jp", "a\x1b$BF|K\\\x1b(Bb", "a\\xe6\\x97\\xa5\\xe6\\x9c\\xac" "b", NULL);
	TEXT("iso-2022-jp", "\x1b(J\\\x1b(B\\", "\\xc2\\xa5\\\\", NULL);
	/* what is no escape sequence to the converter does not change the state: $) is U+3049 */
	TEXT("iso-2022-jp", "\x1b$BF|\x1b$)F|",
	     "\\xe6\\x97\\xa5\\x1b\\xe3\\x81\\x89\\xe6\\x97\\xa5", NULL);
	/* G2, of which one character may look like the begin of an escape sequence */
	TEXT("iso-2022-jp-2", "\x1b.A\x1b$BF|\x1bNi\x1bN\x1b$)",
	     "\\xe6\\x97\\xa5\\xc3\\xa9\\xc2\\x9b\\xe3\\x81\\x89", NULL);
	TEXT("iso-2022-kr", "\x1b.A\x0eGQ\x1b.A\x0f\x1bN\x0eGQ",
	     "\\x1b.A\\xed\\x95\\x9c\\xef\\xbf\\xbd\\xef\\xbf\\xbd\\xef\\xbf\\xbd\\x1bN\\xed\\x95\\x9c",
	     "mime_invalid_text");
	TEXT("iso-2022-kr", "\x1b$)Ca\x0eGQ\x0f" "b", "a\\xed\\x95\\x9c" "b", NULL);
}

static void
unknown(void **state)
{
	TEXT("x-none", "a\xff", "a\\xff", "mime_unknown_charset");
}

/* Of a text in UTF-8 there is no other text; and none when nobody asks. */
static void
once(void **state)
{
	static const char utf8[] = "Content-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xa9";
	static const char latin[] = "Content-Type: text/plain; charset=latin1\r\n\r\n\xe9";
	struct mime_charsets *charsets = mime_charsets_create();
	struct mime_limits limits = { .charsets = charsets, .texts = true };

	assert_int_equal(texts(span_str(utf8), &limits), 0);
	assert_int_equal(texts(span_str(latin), &limits), 2);
	limits.texts = false;
	assert_int_equal(texts(span_str(latin), &limits), 0);
	mime_charsets_destroy(charsets);
}

/* What opens the charsets allocates; a text does not. */
static void
no_allocation(void **state)
{
	static const char *const names[] = {
		"utf-16le", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "euc-tw",
		"utf-32be", "iso-2022-jp", "iso-2022-kr", "koi8-r",
	};
	struct mime_charsets *charsets = mime_charsets_create();
	uint8_t in[4096], out[MIME_LINE_SIZE];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + i / 3);
	memcpy(in, "\x1b$B\x1b.A", 6);
	assert_non_null(charsets);
	allocations = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct mime_shift shift = { .held_len = 0 };
		struct span rest = span_of(in, sizeof(in));
		const struct mime_charset *c;
		bool bad = false;

		assert_int_equal(mime_charset_find(charsets, span_str(names[i]), &c),
				 MIME_CHARSET_KNOWN);
		while (rest.len > 0)
			mime_charset_run(c, &shift, &rest, out, sizeof(out), &bad);
	}
	assert_int_equal(allocations, 0);
	mime_charsets_destroy(charsets);
	assert_true(allocations > 0 || !COUNTS);
}

/* More than a buffer, with characters that grow. */
static void
long_text(void **state)
{
	static uint8_t body[40000], out[2 * sizeof(body)];
	iconv_t cd = iconv_open("UTF-8", "EUC-JP");
	char *from = (char *)body, *to = (char *)out, *text, *at;
	size_t left = sizeof(body), room = sizeof(out);

	for (size_t i = 0; i + 4 <= sizeof(body); i += 4)
		memcpy(body + i, "\xc6\xfc\xcb\xdc", 4);
	assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
	iconv_close(cd);
	text = decoded("euc-jp", span_of(body, sizeof(body)), 0, 1459);
	at = strstr(text, "utf8 \"");
	assert_non_null(at);
	at += 6;
	for (size_t i = 0; i < sizeof(out) - room; i++, at += 4) {
		char hex[8];

		snprintf(hex, sizeof(hex), "\\x%02x", out[i]);
		assert_memory_equal(at, hex, 4);
	}
	assert_int_equal(*at, '"');
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single),  cmocka_unit_test(utf8),    cmocka_unit_test(utf16),
		cmocka_unit_test(multi_byte), cmocka_unit_test(shifted), cmocka_unit_test(unknown),
		cmocka_unit_test(long_text),  cmocka_unit_test(once),    cmocka_unit_test(no_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
