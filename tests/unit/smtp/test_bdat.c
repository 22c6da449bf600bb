/* SPDX-License-Identifier: BSD-3-Clause */
/* BDAT: its one form, octets counted exactly, chunks joined, what waits. */
#include "side.h"

static void
test_forms(void **state)
{
	static const struct {
		const char *rest;
		uint64_t size;
		bool last, ok;
	} table[] = {
		{ " 5", 5, false, true },
		{ " 5 LAST", 5, true, true },
		{ " 5 last", 5, true, true },
		{ " 0 LAST", 0, true, true },
		{ " 0000000005", 5, false, true },
		{ " 4294967301", 4294967301, false, true },
		{ " 00000000005", 0, false, false },
		{ "", 0, false, false },
		{ " ", 0, false, false },
		{ " LAST", 0, false, false },
		{ "\t5", 0, false, false },
		{ "  5", 0, false, false },
		{ " 5 ", 5, false, false },
		{ " 5  LAST", 0, false, false },
		{ " 5 LAST ", 0, false, false },
		{ " 5 LAST LAST", 0, false, false },
		{ " 5\tLAST", 0, false, false },
		{ " 5LAST", 0, false, false },
		{ " +5", 0, false, false },
		{ " -1", 0, false, false },
		{ " 0x5", 0, false, false },
		{ " 5.0", 0, false, false },
		{ " 5 LASTX", 0, false, false },
		{ " 5\r", 0, false, false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct smtp_command c = { 0 };

		smtp_bdat_parse(span_str(table[i].rest), &c);
		if ((c.odd == 0) != table[i].ok)
			fail_msg("'%s' is %s", table[i].rest, c.odd == 0 ? "taken" : "refused");
		if (table[i].ok) {
			assert_int_equal(c.size, table[i].size);
			assert_int_equal(c.last, table[i].last);
		} else {
			assert_true(c.odd & SMTP_ODD(INVALID_BDAT));
		}
	}
}

/* A chunk that looks like everything it is not, cut at every byte. */
static void
test_octets_are_exact(void **state)
{
	static const char chunk[] = "a\r\n.\r\nMAIL FROM:<x>\r\n..\r\nBDAT 3\r\n";
	size_t n = sizeof(chunk) - 1;
	char text[128];
	int len = snprintf(text, sizeof(text), "BDAT %zu LAST\r\n%sNOOP\r\n", n, chunk);

	for (int cut = 1; cut < len; cut++) {
		size_t body_ends = 0;
		struct side t;

		side_open(&t, NULL, 2);
		side_envelope(&t);
		side_feed(&t, SMTP_CLIENT, text, (size_t)cut);
		body_ends += side_kinds(&t, SMTP_EV_BODY_END);
		if (t.result == 0) {
			side_feed(&t, SMTP_CLIENT, text + cut, (size_t)(len - cut));
			body_ends += side_kinds(&t, SMTP_EV_BODY_END);
		}
		assert_int_equal(body_ends, 1);
		assert_int_equal(t.body_len, n);
		assert_memory_equal(t.body, chunk, n);
		/* what follows the last octet waits for the answer */
		assert_int_equal(t.result, SMTP_OTHER_SIDE);
		server(&t, "250 queued\r\n");
		assert_int_equal(t.ev[0].verb, SMTP_END_OF_DATA);
		assert_true(t.ev[0].last);
		assert_int_equal(t.ev[1].kind, SMTP_EV_TX_END);
		assert_int_equal(t.ev[1].end, SMTP_END_REPLY);
		client(&t, "NOOP\r\n");
		assert_int_equal(t.ev[0].verb, SMTP_NOOP);
		assert_false(t.ev[0].tx_open);
		side_close(&t);
	}
}

static void
test_size_is_of_the_message(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "BDAT 3\r\nabc");
	server(&t, "250 ok\r\n");
	client(&t, "BDAT 2 LAST\r\nde");
	assert_int_equal(t.ev[t.count - 1].kind, SMTP_EV_BODY_END);
	assert_int_equal(t.ev[t.count - 1].size, 5);
	assert_memory_equal(t.body, "abcde", 5);
	side_close(&t);
}

/* The same bytes are read in the state that the CR of the chunk before left. */
static void
test_line_end_across_chunks(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "BDAT 2\r\na\r");
	assert_false(side_odd(&t, SMTP_ODD_BODY_BARE_CR));
	server(&t, "250 ok\r\n");
	client(&t, "BDAT 1 LAST\r\n\n");
	assert_int_equal(t.ev[t.count - 1].kind, SMTP_EV_BODY_END);
	assert_false(side_odd(&t, SMTP_ODD_BODY_BARE_CR));
	assert_false(side_odd(&t, SMTP_ODD_BODY_BARE_LF));
	side_close(&t);
	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "BDAT 2 LAST\r\na\r");
	assert_true(side_odd(&t, SMTP_ODD_BODY_BARE_CR));
	assert_int_equal(t.ev[t.count - 1].kind, SMTP_EV_BODY_END);
	side_close(&t);
}

/* An answer before the octets ends that message, and no later one. */
static void
test_answered_early(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "BDAT 3 LAST\r\nab");
	server(&t, "552 no\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_TX_END), 0);
	client(&t, "c");
	assert_int_equal(side_kinds(&t, SMTP_EV_TX_END), 1);
	client(&t, "MAIL FROM:<a@b>\r\nRCPT TO:<x@y>\r\n");
	server(&t, "250 ok\r\n250 ok\r\n");
	client(&t, "BDAT 3 LAST\r\nabcNOOP\r\n");
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(side_kinds(&t, SMTP_EV_TX_END), 0);
	side_close(&t);
}

#define CHUNK "BDAT 6 LAST\r\nRSET\r\n"

/* The answers that a server owes come before a chunk is read, whatever the octets are. */
static void
test_chunk_waits_for_answers(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "RCPT TO:<x@y>\r\n" CHUNK);
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(t.consumed, 15);
	server(&t, "250 ok\r\n");
	client(&t, CHUNK);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.body_len, 6);
	side_close(&t);
}

/* What the server said before a chunk, by which it may be refused and its octets read as commands. */
static void
test_out_of_place(void **state)
{
	static const struct {
		const char *said, *answer;
		bool odd;
	} table[] = {
		{ "RCPT TO:<x@y>\r\n", "550 no\r\n", false }, /* the one before stands */
		{ "RSET\r\n", "250 ok\r\n", true },
		{ "RSET\r\nMAIL FROM:<a@b>\r\n", "250 ok\r\n250 ok\r\n", true },
		{ "RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@y>\r\n",
		  "250 ok\r\n250 ok\r\n550 no\r\n", true },
		{ "RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@y>\r\n",
		  "250 ok\r\n250 ok\r\n251 ok\r\n", false },
		{ "MAIL FROM:<a@b>\r\n", "503 nested\r\n", false },
		{ "MAIL FROM:<a@b>\r\n", "250 in its place\r\n", true },
		{ "DATA\r\n", "554 no\r\n", true },
		{ "BDAT 1\r\nx", "250 ok\r\n", false },
		{ "BDAT 1\r\nx", "552 no\r\n", true },
		{ "EHLO x\r\n", "250-x\r\n250 CHUNKING\r\n", true },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct side t;

		side_open(&t, NULL, 2);
		side_envelope(&t);
		client(&t, table[i].said);
		assert_int_equal(t.result, 0);
		server(&t, table[i].answer);
		client(&t, CHUNK);
		if (side_odd(&t, SMTP_ODD_BDAT_OUT_OF_PLACE) != table[i].odd)
			fail_msg("%s%s", table[i].said, table[i].answer);
		assert_int_equal(t.result, table[i].odd ? -1 : 0);
		assert_int_equal(t.consumed, table[i].odd ? 0 : sizeof(CHUNK) - 1);
		side_close(&t);
	}
}

static void
test_large_chunk_is_not_held(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "BDAT 2147483647 LAST\r\nabc");
	assert_int_equal(t.body_len, 3);
	assert_int_equal(pool_used(t.lines), 0);
	assert_int_equal(smtp_mode(t.s), SMTP_MODE_DATA);
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_octets_are_exact),
		cmocka_unit_test(test_size_is_of_the_message),
		cmocka_unit_test(test_line_end_across_chunks),
		cmocka_unit_test(test_answered_early),
		cmocka_unit_test(test_chunk_waits_for_answers),
		cmocka_unit_test(test_out_of_place),
		cmocka_unit_test(test_large_chunk_is_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
