/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bodies against a slow model that looks at the whole message: where it ends, where a lone dot
 * is ambiguous, what is left when stuffed dots are taken off. All short strings of the bytes
 * that matter, and random long ones, so that every seam of the block scanner is met; whole and byte
 * by byte.
 */
#include "side.h"

enum outcome { OPEN, ENDS, AMBIGUOUS };

struct model {
	enum outcome outcome;
	size_t at; /* index of the byte that proves it */
	uint8_t body[SIDE_BODY];
	size_t body_len;
	bool cr, lf, nul; /* bare ones before that */
};

static bool
strict_begin(const char *b, size_t i)
{
	return i == 0 || (i >= 2 && b[i - 2] == '\r' && b[i - 1] == '\n');
}

static bool
loose_begin(const char *b, size_t i)
{
	return !strict_begin(b, i) && (b[i - 1] == '\r' || b[i - 1] == '\n');
}

/* The byte at i is proved to end the message, or to be ambiguous. */
static enum outcome
outcome_at(const char *b, size_t i)
{
	if (i >= 2 && b[i - 2] == '.' && strict_begin(b, i - 2) && b[i - 1] == '\r')
		return b[i] == '\n' ? ENDS : AMBIGUOUS;
	if (i >= 1 && b[i - 1] == '.' && strict_begin(b, i - 1) && (b[i] == '\n' || b[i] == 0))
		return AMBIGUOUS;
	if (i >= 1 && b[i - 1] == '.' && loose_begin(b, i - 1) &&
	    (b[i] == '\n' || b[i] == '\r' || b[i] == 0))
		return AMBIGUOUS;
	return OPEN;
}

static void
model_run(const char *b, size_t n, struct model *m)
{
	size_t end;

	memset(m, 0, sizeof(*m));
	for (m->at = 0; m->at < n && m->outcome == OPEN; m->at++)
		m->outcome = outcome_at(b, m->at);
	end = m->outcome == OPEN ? n : m->at - 1;
	for (size_t i = 0; i < end; i++) {
		bool held =
			m->outcome != OPEN || i + 2 >= n; /* a CR behind a dot at the very end */

		m->cr |= b[i] == '\r' && i + 1 < n && b[i + 1] != '\n' &&
			 !(i >= 1 && b[i - 1] == '.' && strict_begin(b, i - 1));
		m->lf |= b[i] == '\n' && (i == 0 || b[i - 1] != '\r');
		m->nul |= b[i] == 0;
		if (b[i] == '.' && strict_begin(b, i))
			continue;
		if (b[i] == '\r' && i >= 1 && b[i - 1] == '.' && strict_begin(b, i - 1) && held)
			continue;
		m->body[m->body_len++] = (uint8_t)b[i];
	}
}

static void
compare(const char *b, size_t n, bool bytewise)
{
	bool cr = false, lf = false, nul = false, ends = false;
	struct model m;
	struct side t;

	model_run(b, n, &m);
	side_open(&t, NULL, 2);
	side_data(&t);
	for (size_t i = 0; i < n; i += bytewise ? 1 : n) {
		side_feed(&t, SMTP_CLIENT, b + i, bytewise ? 1 : n);
		cr |= side_odd(&t, SMTP_ODD_BODY_BARE_CR);
		lf |= side_odd(&t, SMTP_ODD_BODY_BARE_LF);
		nul |= side_odd(&t, SMTP_ODD_BODY_NUL);
		ends |= side_kinds(&t, SMTP_EV_BODY_END) > 0;
		if (ends || t.result != 0)
			break;
	}
	assert_int_equal(ends, m.outcome == ENDS);
	assert_int_equal(t.result == -1 && side_odd(&t, SMTP_ODD_DOT_AMBIGUOUS),
			 m.outcome == AMBIGUOUS);
	assert_int_equal(t.body_len, m.body_len);
	assert_memory_equal(t.body, m.body, m.body_len);
	assert_int_equal(cr, m.cr);
	assert_int_equal(lf, m.lf);
	assert_int_equal(nul, m.nul);
	side_close(&t);
}

static void
test_all_short_strings(void **state)
{
	static const char alphabet[] = { '\r', '\n', '.', 'a', 0 };
	char b[6];

	for (unsigned word = 0; word < 15625; word++) {
		unsigned rest = word;

		for (size_t i = 0; i < sizeof(b); i++, rest /= 5)
			b[i] = alphabet[rest % 5];
		compare(b, sizeof(b), false);
		if (word % 5 == 0)
			compare(b, sizeof(b), true);
	}
}

static void
test_random_long_strings(void **state)
{
	static const char *const words[] = {
		"\r\n", "\r\n", "\r\n",	    ".",
		"..",	"text", "\r\n.x",   "a line of some forty bytes, more or less",
		"\n",	"\r",	"\r\n.\r\n"
	};
	uint32_t seed = 12345;
	char b[600];

	for (int run = 0; run < 3000; run++) {
		size_t n = 0;
		/* most runs know no bare CR or LF, so that the fast path goes far */
		size_t kinds = run % 3 == 0 ? 11 : run % 3 == 1 ? 8 : 6;

		while (n < 500) {
			const char *word;

			seed = seed * 1664525 + 1013904223;
			word = words[(seed >> 16) % kinds];
			memcpy(b + n, word, strlen(word));
			n += strlen(word);
		}
		compare(b, n, run % 4 == 0);
	}
}

/* A pattern at every place of a block of 64 bytes, within long plain text. */
static void
test_patterns_at_every_place(void **state)
{
	static const char *const patterns[] = {
		"\r\n.\r\n", "\r\n..x\r\n", "\n.\n",	   "\n.\r\n",	"\r\n.\n",
		"\r.\r\n",   "\r\n.\r\r\n", "\r\r\n.\r\n", "\n\r.\r\n", "a\rb",
		"a\nb",	     "\r\n.x",	    "\r\n.",	   "\r\n.\r",	"\r",
	};
	char b[400];

	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		for (size_t at = 0; at < 140; at++) {
			memset(b, 'x', sizeof(b));
			memcpy(b + at, patterns[p], strlen(patterns[p]));
			compare(b, at + strlen(patterns[p]), false);
			compare(b, sizeof(b), false);
		}
	}
}

static void
test_offsets(void **state)
{
	uint64_t begin;
	struct side t;

	side_open(&t, NULL, 2);
	side_data(&t);
	assert_false(smtp_unfinished(t.s, SMTP_CLIENT, &begin));
	client(&t, "ab\r\n.");
	assert_int_equal(t.count, 1);
	assert_int_equal(t.ev[0].end_offset, t.ev[0].offset + 4);
	assert_true(smtp_unfinished(t.s, SMTP_CLIENT, &begin));
	assert_int_equal(begin, t.ev[0].end_offset);
	client(&t, "\r");
	assert_int_equal(t.count, 0);
	assert_true(smtp_unfinished(t.s, SMTP_CLIENT, &begin));
	client(&t, "\nQUIT\r\n");
	assert_int_equal(t.ev[0].kind, SMTP_EV_BODY_END);
	assert_int_equal(t.ev[0].offset, begin);
	assert_int_equal(t.ev[0].end_offset, begin + 3);
	assert_int_equal(t.ev[0].size, 4);
	assert_int_equal(t.ev[1].verb, SMTP_QUIT);
	side_close(&t);
}

/* Of an ambiguous dot nothing may pass that is not already in an event. */
static void
test_ambiguous_dot_is_not_taken(void **state)
{
	uint64_t begin;
	struct side t;

	side_open(&t, NULL, 2);
	side_data(&t);
	client(&t, "ab\r\n.\n.");
	assert_int_equal(t.result, -1);
	assert_int_equal(t.consumed, 4);
	assert_int_equal(smtp_mode(t.s), SMTP_MODE_CLOSED);
	client(&t, "more");
	assert_int_equal(t.result, -1);
	assert_int_equal(t.consumed, 0);
	side_close(&t);
	side_open(&t, NULL, 2);
	side_data(&t);
	client(&t, "ab\r\n.\r");
	begin = t.ev[0].end_offset;
	client(&t, "x");
	assert_int_equal(t.result, -1);
	assert_int_equal(t.consumed, 0);
	assert_int_equal(t.ev[0].offset, begin);
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_short_strings),
		cmocka_unit_test(test_random_long_strings),
		cmocka_unit_test(test_patterns_at_every_place),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_ambiguous_dot_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
