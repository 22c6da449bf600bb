/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines: whole in one span (in place), in pieces (in a buffer), too long, and what is odd about
 * them. */
#include "side.h"

struct lines {
	struct pool *pool;
	struct smtp_session s;
	struct smtp_half *h;
};

static void
open_lines(struct lines *t, size_t buffers)
{
	memset(t, 0, sizeof(*t));
	t->pool = pool_create("lines", SMTP_LINE_SEEN, buffers, 0);
	t->s.lines = t->pool;
	t->h = &t->s.half[SMTP_CLIENT];
}

static void
close_lines(struct lines *t)
{
	smtp_line_done(t->h);
	smtp_line_release(&t->s, t->h);
	assert_int_equal(pool_used(t->pool), 0);
	pool_destroy(t->pool);
}

static void
give(struct lines *t, const char *bytes, size_t len)
{
	t->h->base += t->h->pos;
	t->h->in = (const uint8_t *)bytes;
	t->h->in_len = len;
	t->h->pos = 0;
}

static void
test_whole_line_is_in_place(void **state)
{
	const char text[] = "NOOP\r\nRSET\r\n";
	struct lines t;

	open_lines(&t, 1);
	give(&t, text, strlen(text));
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), 1);
	assert_ptr_equal(smtp_line_text(t.h).ptr, text);
	assert_int_equal(smtp_line_text(t.h).len, 4);
	assert_int_equal(pool_used(t.pool), 0);
	assert_int_equal(t.h->pos, 0);
	smtp_line_done(t.h);
	assert_int_equal(t.h->pos, 6);
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), 1);
	assert_true(span_eq(smtp_line_text(t.h), SPAN_LIT("RSET")));
	close_lines(&t);
}

static void
test_pieces_are_joined(void **state)
{
	static const char text[] = "MAIL FROM:<a@b>\r\n";
	size_t n = sizeof(text) - 1;

	for (size_t cut = 1; cut < n; cut++) {
		struct lines t;

		open_lines(&t, 1);
		give(&t, text, cut);
		assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), 0);
		assert_int_equal(t.h->pos, cut);
		assert_int_equal(pool_used(t.pool), 1);
		give(&t, text + cut, n - cut);
		assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), 1);
		assert_true(span_eq(smtp_line_text(t.h), SPAN_LIT("MAIL FROM:<a@b>")));
		assert_int_equal(smtp_line_odd(t.h), 0);
		smtp_line_done(t.h);
		assert_int_equal(t.h->pos, n - cut);
		close_lines(&t);
	}
}

/* Both ways to give a line must see the same. */
static uint8_t
seen_of(const char *text, size_t n, bool bytewise)
{
	struct lines t;
	uint8_t seen;

	open_lines(&t, 1);
	for (size_t i = 0; bytewise && i + 1 < n; i++) {
		give(&t, text + i, 1);
		assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), 0);
	}
	give(&t, bytewise ? text + n - 1 : text, bytewise ? 1 : n);
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), 1);
	seen = t.h->seen & (SMTP_SEEN_BARE_CR | SMTP_SEEN_BARE_LF | SMTP_SEEN_EIGHT_BIT);
	close_lines(&t);
	return seen;
}

static void
test_what_bytes_show(void **state)
{
	static const struct {
		const char *text;
		uint8_t seen;
	} table[] = {
		{ "NOOP\r\n", 0 },
		{ "\r\n", 0 },
		{ "NOOP\n", SMTP_SEEN_BARE_LF },
		{ "\n", SMTP_SEEN_BARE_LF },
		{ "NO\rOP\r\n", SMTP_SEEN_BARE_CR },
		{ "NOOP\r\r\n", SMTP_SEEN_BARE_CR },
		{ "\rNOOP\n", SMTP_SEEN_BARE_CR | SMTP_SEEN_BARE_LF },
		{ "12345678\xff\r\n", SMTP_SEEN_EIGHT_BIT },
		{ "1234\xff"
		  "5678\r\n",
		  SMTP_SEEN_EIGHT_BIT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i].text);

		assert_int_equal(seen_of(table[i].text, n, false), table[i].seen);
		assert_int_equal(seen_of(table[i].text, n, true), table[i].seen);
	}
}

static void
test_limit_is_exact(void **state)
{
	for (size_t pieces = 1; pieces <= 2; pieces++) {
		for (size_t over = 0; over <= 1; over++) {
			char text[16];
			struct lines t;
			size_t n = 10 + over, first = pieces == 2 ? 5 : 0;

			memset(text, 'x', n);
			text[n] = '\n';
			open_lines(&t, 1);
			if (first > 0) {
				give(&t, text, first);
				assert_int_equal(smtp_line_take(&t.s, t.h, 10, true), 0);
			}
			give(&t, text + first, n + 1 - first);
			assert_int_equal(smtp_line_take(&t.s, t.h, 10, true), over ? -1 : 1);
			if (over)
				assert_int_equal(t.h->broken, SMTP_ODD_LINE_TOO_LONG + 1);
			close_lines(&t);
		}
	}
}

static void
test_nul_breaks_at_once(void **state)
{
	struct lines t;

	open_lines(&t, 1);
	give(&t, "NO\0", 3);
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), -1);
	assert_int_equal(t.h->broken, SMTP_ODD_NUL + 1);
	assert_int_equal(t.h->pos, 0);
	close_lines(&t);
}

static void
test_empty_pool_breaks(void **state)
{
	struct lines t;
	void *taken;

	open_lines(&t, 1);
	taken = pool_get(t.pool);
	give(&t, "NOOP", 4);
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, true), -1);
	assert_int_equal(t.h->broken, SMTP_ODD_LINE_MEMORY + 1);
	pool_put(t.pool, taken);
	close_lines(&t);
}

/* Beyond SMTP_LINE_SEEN bytes are looked at, not kept. */
static void
test_long_line_is_cut(void **state)
{
	size_t n = SMTP_LINE_SEEN + 100;
	char *text = malloc(n + 2);

	for (size_t cut = 0; cut < n; cut += 500) {
		struct lines t;

		memset(text, 'x', n);
		text[SMTP_LINE_SEEN + 50] = (char)0xe9;
		memcpy(text + n, "\r\n", 2);
		open_lines(&t, 1);
		if (cut > 0) {
			give(&t, text, cut);
			assert_int_equal(smtp_line_take(&t.s, t.h, 65536, true), 0);
		}
		give(&t, text + cut, n + 2 - cut);
		assert_int_equal(smtp_line_take(&t.s, t.h, 65536, true), 1);
		assert_int_equal(smtp_line_text(t.h).len, SMTP_LINE_SEEN);
		assert_int_equal(smtp_line_odd(t.h), SMTP_ODD(TRUNCATED_LINE));
		assert_true(t.h->seen & SMTP_SEEN_EIGHT_BIT);
		close_lines(&t);
	}
	free(text);
}

/* The oddity counts the line's end, the cut is of its text. */
static void
test_edge_of_what_is_seen(void **state)
{
	static const struct {
		size_t text;
		bool odd, cut;
	} table[] = {
		{ SMTP_LINE_SEEN - 2, false, false },
		{ SMTP_LINE_SEEN - 1, true, false },
		{ SMTP_LINE_SEEN, true, false },
		{ SMTP_LINE_SEEN + 1, true, true },
	};

	for (size_t i = 0; i < 4; i++) {
		size_t n = table[i].text;
		char *text = malloc(n + 2);
		struct lines t;

		memset(text, 'x', n);
		memcpy(text + n, "\r\n", 2);
		open_lines(&t, 1);
		give(&t, text, n + 2);
		assert_int_equal(smtp_line_take(&t.s, t.h, 65536, true), 1);
		assert_int_equal(smtp_line_odd(t.h) != 0, table[i].odd);
		assert_int_equal(smtp_line_cut(t.h), table[i].cut);
		assert_int_equal(smtp_line_text(t.h).len, table[i].cut ? SMTP_LINE_SEEN : n);
		close_lines(&t);
		open_lines(&t, 1);
		text[n] = '\n'; /* a bare one */
		give(&t, text, n + 1);
		assert_int_equal(smtp_line_take(&t.s, t.h, 65536, true), 1);
		assert_int_equal(smtp_line_cut(t.h), table[i].cut);
		close_lines(&t);
		free(text);
	}
}

static void
test_unkept_line_takes_no_buffer(void **state)
{
	struct lines t;

	open_lines(&t, 1);
	give(&t, "c2Vj", 4);
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, false), 0);
	assert_int_equal(pool_used(t.pool), 0);
	give(&t, "cmV0\r\n", 6);
	assert_int_equal(smtp_line_take(&t.s, t.h, 100, false), 1);
	assert_null(smtp_line_text(t.h).ptr);
	smtp_line_done(t.h);
	assert_int_equal(t.h->pos, 6);
	close_lines(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_line_is_in_place),
		cmocka_unit_test(test_pieces_are_joined),
		cmocka_unit_test(test_what_bytes_show),
		cmocka_unit_test(test_limit_is_exact),
		cmocka_unit_test(test_nul_breaks_at_once),
		cmocka_unit_test(test_empty_pool_breaks),
		cmocka_unit_test(test_long_line_is_cut),
		cmocka_unit_test(test_edge_of_what_is_seen),
		cmocka_unit_test(test_unkept_line_takes_no_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
