/* SPDX-License-Identifier: BSD-3-Clause */
/* Header blocks: fields, folds, where a block ends, what is no field (T19, T36, T40). */
#include "mime_check.h"

static void
fields(void **state)
{
	CHECK("From: a@b\r\nTo:c@d\r\nSubject:   two  words \t\r\nEmpty:\r\n\r\nbody\r\n",
	      "header 0 \"From\" \"a@b\"\nheader 0 \"To\" \"c@d\"\n"
	      "header 0 \"Subject\" \"two  words\"\nheader 0 \"Empty\" \"\"\nheaders 0\n",
	      "|body\\x0d\\x0a\nend 0 size 6\n", "!oddity");
	CHECK("A: b\n\nbare line ends\n", "header 0 \"A\" \"b\"\nheaders 0\n",
	      "|bare line ends\\x0a\n");
	CHECK("\r\nno header\r\n", "headers 0\npart 0", "|no header\\x0d\\x0a\n", "!header 0 ");
	CHECK("A: b\r\n\r\n", "header 0", "part 0", "end 0 size 0\n");
	CHECK("A: b\r\n", "header 0 \"A\" \"b\"\nheaders 0\npart 0", "end 0 size 0\n", "!oddity");
	CHECK("A: b", "header 0 \"A\" \"b\"\nheaders 0\npart 0", "end 0 size 0\n", "!oddity");
	CHECK("", "headers 0\npart 0", "end 0 size 0\n",
	      "end md5=d41d8cd98f00b204e9800998ecf8427e\n");
}

/* mime.h, "Unfolding": a space stays, a tab goes with its CRLF. */
static void
folds(void **state)
{
	CHECK("Received: from [192.0.2.1] (helo=a.b)\r\n\tby c.d\r\n\tid 1\r\n\r\n",
	      "header 0 \"Received\" \"from [192.0.2.1] (helo=a.b)by c.did 1\"\n");
	CHECK("Subject: two\r\n words\r\n\r\n", "header 0 \"Subject\" \"two words\"\n");
	CHECK("Subject:\r\n  x\r\n\t\ty \r\n \r\n\r\n", "header 0 \"Subject\" \"x\\x09y\"\n",
	      "!oddity");
	CHECK("Subject: a\n b\n\tc\n\n", "header 0 \"Subject\" \"a bc\"\n");
	CHECK("Subject: a\rb\r\n\r\n", "header 0 \"Subject\" \"a\\x0db\"\n"); /* T19: no line end */
}

/* A line that is no field begins the body, as mail servers have it. */
static void
no_field(void **state)
{
	CHECK("A: b\r\nnot a field\r\nC: d\r\n\r\nx\r\n", "header 0 \"A\" \"b\"\nheaders 0\n",
	      "|not a field\\x0d\\x0a\n  |C: d\\x0d\\x0a\n", "oddity mime_malformed_msg", "!\"C\"");
	CHECK(" begins with a blank\r\n\r\n", "| begins with a blank\\x0d\\x0a\n",
	      "mime_malformed_msg");
	CHECK(": no name\r\n", "|: no name", "mime_malformed_msg");
	CHECK("B\xe9z: x\r\n", "|B\\xe9z: x", "mime_malformed_msg");
	CHECK("no colon", "headers 0\n", "|no colon\nend 0 size 8\n", "mime_malformed_msg");
	CHECK("A: b\r\n\r\r\nx", "headers 0\n", "|x\n", "mime_malformed_msg");
	CHECK("A : b\r\n\r\n", "header 0 \"A\" \"b\"\n", "mime_malformed_msg");
	CHECK("-x: b\r\n\r\n", "header 0 \"-x\" \"b\"\n", "!oddity");
}

static void
mailbox_line(void **state)
{
	CHECK("From a@b Sat Nov 28 04:10:43 2026\r\nA: b\r\n\r\nx",
	      "header 0 \"A\" \"b\"\nheaders 0\n", "|x\n", "mime_malformed_msg", "!from");
	CHECK(">From a@b\r\nA: b\r\n\r\nx", "header 0 \"A\" \"b\"\n");
	CHECK("A: b\r\nFrom a@b\r\n\r\nx", "|From a@b\\x0d\\x0a\n"); /* only as the first */
}

static void
nul(void **state)
{
	CHECK("A: b\0c\r\n\r\nx", "header 0 \"A\" \"b\\x00c\"\n", "oddity mime_header_nul");
	CHECK("A\0: b\r\n\r\nx", "|A\\x00: b", "mime_malformed_msg", "oddity mime_header_nul");
	CHECK("A: b\r\n\r\nx\0y", "|x\\x00y\n", "!oddity");
}

/* A message of one field: name and value of so many bytes. */
static struct span
make(char *out, size_t name, size_t value)
{
	size_t n = 0;

	memset(out, 'n', name);
	n += name;
	memcpy(out + n, ": ", 2);
	n += 2;
	for (size_t i = 0; i < value; i++)
		out[n++] = i % 900 == 898 ? '\n' : i % 900 == 899 ? ' ' : 'v';
	memcpy(out + n, "\r\n\r\nx", 5);
	return span_of(out, n + 5);
}

static void
long_fields(void **state)
{
	static char m[80000];

	check_message(make(m, 75, 1), (const char *[]){ "!oddity", NULL });
	check_message(make(m, 76, 1), (const char *[]){ "oddity mime_long_header_name", NULL });
	check_message(make(m, 1, 1900), (const char *[]){ "!oddity", NULL });
	check_message(make(m, 1, 2001), (const char *[]){ "oddity mime_long_header_value", NULL });
	/* kept up to MIME_LINE_SIZE, counted beyond; a name that never ends is no field */
	check_message(make(m, 1, 60000), (const char *[]){ "header 0 \"n\" \"vvv", "|x\n", NULL });
	check_message(make(m, 9000, 1),
		      (const char *[]){ "headers 0\n", "|nnn", "mime_malformed", NULL });
}

static void
long_line(void **state)
{
	char m[1100];
	size_t n = (size_t)sprintf(m, "A: b\r\n\r\n");

	memset(m + n, 'x', 1000);
	memcpy(m + n + 998, "\r\n", 2);
	check_message(span_of(m, n + 1000),
		      (const char *[]){ "end 0 size 1000\n", "!oddity", NULL });
	memcpy(m + n + 998, "x\r\n", 3);
	check_message(span_of(m, n + 1001), (const char *[]){ "oddity mime_long_line", NULL });
	check_message(span_of(m, n + 999), (const char *[]){ "oddity mime_long_line", NULL });
	m[n - 2] = 'C'; /* the blank line becomes the beginning of a field */
	m[n - 1] = ':';
	check_message(span_of(m, n + 1001),
		      (const char *[]){ "header 0 \"C\"", "mime_long_line", NULL });
}

/* Beyond header_max fields are counted and read for their structure, but no longer given. */
static void
header_max(void **state)
{
	const struct mime_limits limits = { .header_max = 40 };
	const struct span m = SPAN_LIT("A: 1\r\nB: 2\r\nC: 333333333333333333333333333333333\r\n"
				       "Content-Type: image/png\r\n\r\nx");
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 4, 0);
	struct mime_parser *p = mime_open(malloc(mime_size()), &limits, pool);
	unsigned headers = 0, odd = 0, parts = 0;
	struct mime_event ev;

	mime_feed(p, m);
	while (mime_next(p, &ev) == 1) {
		headers += ev.kind == MIME_EV_HEADER;
		odd += ev.kind == MIME_EV_ODDITY && ev.oddity == MIME_ODD_HEADERS;
		if (ev.kind == MIME_EV_PART_BEGIN) {
			parts++;
			assert_true(span_eq(ev.part->type, SPAN_LIT("image/png")));
		}
	}
	assert_int_equal(headers, 2);
	assert_int_equal(odd, 1);
	assert_int_equal(parts, 1);
	mime_close(p);
	free(p);
	pool_destroy(pool);
}

/* No buffer: fields are lost but said to be, structure is kept as far as it can be, no crash. */
static void
no_buffer(void **state)
{
	const struct mime_limits limits = { .header_max = 0 };
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 1, 0);
	void *taken = pool_get(pool);
	struct mime_parser *p = mime_open(malloc(mime_size()), &limits, pool);
	unsigned odd = 0, body = 0;
	struct mime_event ev;

	mime_feed(p, SPAN_LIT("A: 1\r\n 2\r\n\r\nbody"));
	while (mime_next(p, &ev) == 1) {
		assert_int_not_equal(ev.kind, MIME_EV_HEADER);
		odd += ev.kind == MIME_EV_ODDITY && ev.oddity == MIME_ODD_NO_BUFFER;
		if (ev.kind == MIME_EV_BODY)
			body += (unsigned)ev.bytes.len;
	}
	assert_int_equal(odd, 1);
	assert_int_equal(body, 4);
	mime_close(p);
	free(p);
	pool_put(pool, taken);
	assert_int_equal(pool_used(pool), 0);
	pool_destroy(pool);
}

static void
offsets(void **state)
{
	const struct mime_limits limits = { .header_max = 0 };
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 4, 0);
	const struct span m = SPAN_LIT("A: 1\r\n 2\r\n-B: 3\r\n\r\nx");
	const uint64_t expected[] = { 0, 10, 19 }, ends[] = { 10, 17, 19 };

	for (size_t cut = 1; cut <= m.len; cut++) {
		struct mime_parser *p = mime_open(malloc(mime_size()), &limits, pool);
		struct mime_event ev;
		unsigned n = 0;

		for (size_t at = 0; at < m.len; at += cut) {
			mime_feed(p, span_take(span_skip(m, at), cut));
			while (mime_next(p, &ev) == 1) {
				if (ev.kind > MIME_EV_HEADERS_END)
					continue;
				assert_int_equal(ev.offset, expected[n]);
				assert_int_equal(ev.end, ends[n++]);
			}
		}
		assert_int_equal(n, 3);
		mime_close(p);
		free(p);
	}
	pool_destroy(pool);
}

/* Zeek's reading: the folds are there for who wants them. */
static void
written(void **state)
{
	const struct mime_limits limits = { .header_max = 0 };
	struct pool *pool = pool_create("lines", MIME_LINE_SIZE, 4, 0);
	struct mime_parser *p = mime_open(malloc(mime_size()), &limits, pool);
	struct mime_event ev;

	mime_feed(p, SPAN_LIT("A: 1\r\n\t2\r\n\r\n"));
	assert_int_equal(mime_next(p, &ev), 1);
	assert_true(span_eq(ev.written, SPAN_LIT("1\r\n\t2")));
	assert_true(span_eq(ev.value, SPAN_LIT("12")));
	mime_close(p);
	free(p);
	pool_destroy(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),    cmocka_unit_test(folds),
		cmocka_unit_test(no_field),  cmocka_unit_test(mailbox_line),
		cmocka_unit_test(nul),	     cmocka_unit_test(long_fields),
		cmocka_unit_test(long_line), cmocka_unit_test(header_max),
		cmocka_unit_test(no_buffer), cmocka_unit_test(offsets),
		cmocka_unit_test(written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
