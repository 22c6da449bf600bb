/* SPDX-License-Identifier: BSD-3-Clause */
/* The contract of smtp.h that dialogues do not show: PARTIAL, what is consumed, waiting, closing.
 */
#include "side.h"

static void
test_size(void **state)
{
	/* one per connection: a cache line more or less is noticed here */
	assert_true(smtp_session_size() <= 256);
}

static void
test_partial(void **state)
{
	uint64_t begin;
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "MAI");
	assert_int_equal(t.count, 1);
	assert_int_equal(t.ev[0].kind, SMTP_EV_PARTIAL);
	assert_int_equal(t.ev[0].verb, SMTP_UNKNOWN);
	assert_int_equal(t.ev[0].line.len, 3);
	assert_int_equal(t.consumed, 3);
	assert_true(smtp_unfinished(t.s, SMTP_CLIENT, &begin));
	assert_int_equal(begin, t.ev[0].offset);
	client(&t, "L FROM:<x");
	assert_int_equal(t.ev[0].kind, SMTP_EV_PARTIAL);
	assert_int_equal(t.ev[0].verb, SMTP_MAIL);
	assert_int_equal(t.ev[0].line.len, 12);
	assert_int_equal(t.ev[0].offset, begin);
	assert_int_equal(t.ev[0].end_offset, begin + 12);
	assert_int_equal(pool_used(t.lines), 1);
	client(&t, ">\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_PARTIAL), 0);
	assert_int_equal(t.ev[t.count - 1].kind, SMTP_EV_COMMAND);
	assert_int_equal(t.ev[t.count - 1].offset, begin);
	assert_false(smtp_unfinished(t.s, SMTP_CLIENT, &begin));
	assert_int_equal(pool_used(t.lines), 0);
	server(&t, "250-a\r\n25");
	assert_int_equal(t.ev[1].kind, SMTP_EV_PARTIAL);
	assert_int_equal(t.ev[1].verb, SMTP_MAIL);
	assert_int_equal(t.ev[1].code, 0);
	server(&t, "0 Ok");
	assert_int_equal(t.ev[0].code, 250);
	server(&t, "\r\n");
	assert_int_equal(t.ev[0].kind, SMTP_EV_REPLY);
	side_close(&t);
}

/* The verbs behind which no byte is taken, and those behind which all are. */
static void
test_lockstep(void **state)
{
	static const char *const locks[] = { "EHLO x",	   "HELO x", "DATA",	    "VRFY x",
					     "EXPN x",	   "NOOP",   "QUIT",	    "AUTH CRAM-MD5",
					     "TURN",	   "WIZ",    "XCLIENT A=b", "RSET x",
					     "XEXCH50 1 2", "X-LINK2STATE LAST CHUNK=x",
					     "ATRN x", "BURL imap://x LAST",
					     "MAIL FROM:<x@y>" /* a second one */ };
	static const char *const free_ones[] = { "RCPT TO:<x@y>", "RSET", "HELP", "ETRN x",
						 "XFORWARD A=b" };

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
		char text[64];
		struct side t;
		int n = snprintf(text, sizeof(text), "%s\r\nRSET\r\n", locks[i]);

		side_open(&t, NULL, 2);
		side_envelope(&t);
		client(&t, text);
		if (t.result != SMTP_OTHER_SIDE)
			fail_msg("%s does not lock", locks[i]);
		assert_int_equal(t.consumed, n - 6);
		client(&t, "RSET\r\n"); /* nothing was said meanwhile */
		assert_int_equal(t.result, SMTP_OTHER_SIDE);
		assert_int_equal(t.count, 0);
		server(&t, "250-a\r\n");
		client(&t, "RSET\r\n"); /* nor is half a reply an answer */
		assert_int_equal(t.result, SMTP_OTHER_SIDE);
		server(&t, "550 b\r\n");
		client(&t, "RSET\r\n");
		assert_int_equal(t.result, 0);
		side_close(&t);
	}
	for (size_t i = 0; i < sizeof(free_ones) / sizeof(free_ones[0]); i++) {
		char text[64];
		struct side t;

		snprintf(text, sizeof(text), "%s\r\nNOOP\r\n", free_ones[i]);
		side_open(&t, NULL, 2);
		side_envelope(&t);
		client(&t, text);
		if (t.result != 0)
			fail_msg("%s locks", free_ones[i]);
		assert_int_equal(smtp_pending(t.s), 2);
		side_close(&t);
	}
}

/* The same in follow mode: nothing ever waits. */
static void
test_follow_never_waits(void **state)
{
	struct smtp_limits limits = { .follow = true };
	struct side t;

	side_open(&t, &limits, 2);
	client(&t, "EHLO x\r\nNOOP\r\nVRFY x\r\nDATA\r\nMAIL FROM:<x@y>\r\nRCPT TO:<x@y>\r\n");
	assert_int_equal(t.result, 0);
	assert_int_equal(side_kinds(&t, SMTP_EV_COMMAND), 6);
	client(&t, "DATA\r\ntext\r\n.\r\nQUIT\r\n");
	assert_int_equal(t.result, 0);
	assert_int_equal(side_kinds(&t, SMTP_EV_BODY_END), 1);
	assert_memory_equal(t.body, "text\r\n", 6);
	side_close(&t);
}

/* A client that sent all at once, and a server that answered all at once: the answer to what the
 * parser has not read yet waits, too. */
static void
test_reply_waits_for_the_client(void **state)
{
	static const char replies[] = "354 go\r\n250 queued\r\n";
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "DATA\r\ntext\r\n.\r\n");
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	server(&t, replies);
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(t.consumed, 8);
	assert_false(side_odd(&t, SMTP_ODD_UNMATCHED_REPLY));
	client(&t, "text\r\n.\r\n");
	assert_int_equal(t.result, 0);
	server(&t, replies + 8);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.ev[0].verb, SMTP_END_OF_DATA);
	assert_int_equal(t.ev[1].kind, SMTP_EV_TX_END);
	side_close(&t);
}

static void
test_broken_line_is_not_taken(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	side_feed(&t, SMTP_CLIENT, "RSET\r\nNO\0OP\r\n", 13);
	assert_int_equal(t.result, -1);
	assert_int_equal(t.consumed, 6);
	assert_true(side_odd(&t, SMTP_ODD_NUL));
	assert_int_equal(side_kinds(&t, SMTP_EV_COMMAND), 1);
	assert_int_equal(smtp_mode(t.s), SMTP_MODE_CLOSED);
	side_close(&t);
	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "BDAT 5");
	client(&t, "X\r\nhello");
	assert_int_equal(t.result, -1);
	assert_int_equal(t.consumed, 0);
	assert_true(side_odd(&t, SMTP_ODD_INVALID_BDAT));
	side_close(&t);
}

/* A refusal is a banner; half a banner proves that TLS is not what the client may begin with. */
static void
test_banners(void **state)
{
	static const struct smtp_limits follow = { .follow = true };
	struct side t;

	side_open(&t, &follow, 2);
	client(&t, "NOOP\r\n");
	server(&t, "450 busy\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_GREETING);
	assert_int_equal(smtp_pending(t.s), 1);
	side_close(&t);
	side_open(&t, NULL, 2);
	server(&t, "22");
	client(&t, "\x16\x03\x01");
	assert_int_equal(smtp_mode(t.s), SMTP_MODE_COMMAND);
	assert_int_equal(t.consumed, 0);
	side_close(&t);
}

/* PRDR: 353, an answer for each recipient, one for all; what else 353 may mean then is an answer. */
static void
test_answers_to_each(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_data(&t);
	client(&t, "x\r\n.\r\n");
	server(&t, "353 each\r\n353 once more\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_TX_END), 0);
	server(&t, "250 all\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_TX_END), 1);
	side_close(&t);
}

/* The server's side is lost: a message is still one, and a password none of the commands. */
static void
test_client_goes_on(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_data(&t);
	client(&t, "x\r\n.");
	side_feed(&t, SMTP_SERVER, "\0\r\n", 3);
	assert_int_equal(t.result, -1);
	client(&t, "\r\n");
	assert_int_equal(t.ev[0].kind, SMTP_EV_BODY_END);
	side_close(&t);
	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "AUTH LOGIN\r\n");
	server(&t, "334 x\r\n");
	side_feed(&t, SMTP_SERVER, "\0\r\n", 3);
	assert_int_equal(t.result, -1);
	client(&t, "c2VjcmV0\r\n");
	assert_int_equal(t.ev[0].verb, SMTP_AUTH_LINE);
	side_close(&t);
}

static void
finish(struct side *t, enum smtp_dir dir)
{
	t->count = 0;
	smtp_finish(t->s, dir);
	side_drain(t, dir);
}

static void
test_finish(void **state)
{
	struct side t;

	/* a client that only closes its half still gets its answer */
	side_open(&t, NULL, 2);
	side_data(&t);
	client(&t, "x\r\n.\r\n");
	finish(&t, SMTP_CLIENT);
	assert_int_equal(t.count, 0);
	server(&t, "250 Ok\r\n");
	assert_int_equal(t.ev[1].end, SMTP_END_REPLY);
	finish(&t, SMTP_SERVER);
	assert_int_equal(t.count, 0);
	side_close(&t);
	/* two are open: the older ends first, each once */
	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "RSET\r\nMAIL FROM:<x@y>\r\n");
	finish(&t, SMTP_SERVER);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.ev[0].tx, 0);
	assert_int_equal(t.ev[1].tx, 1);
	assert_int_equal(t.ev[1].end, SMTP_END_CLOSE);
	finish(&t, SMTP_CLIENT);
	assert_int_equal(t.count, 0);
	side_close(&t);
	/* after framing broke, too */
	side_open(&t, NULL, 2);
	side_data(&t);
	client(&t, "x\n.\n");
	assert_int_equal(t.result, -1);
	finish(&t, SMTP_CLIENT);
	assert_int_equal(t.ev[0].kind, SMTP_EV_TX_END);
	assert_int_equal(t.result, -1);
	side_close(&t);
}

/* Many mails in one session, and many recipients: counts stay right (T30). */
static void
test_many(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	server(&t, "220 mx\r\n");
	client(&t, "EHLO x\r\n");
	server(&t, "250-mx\r\n250 PIPELINING\r\n");
	for (uint32_t i = 0; i < 2000; i++) {
		client(&t, "MAIL FROM:<x@y>\r\nRCPT TO:<x@y>\r\nDATA\r\n");
		assert_int_equal(t.ev[t.count - 1].tx, i);
		server(&t, "250 Ok\r\n250 Ok\r\n354 go\r\n");
		client(&t, ".\r\n");
		server(&t, "250 Ok\r\n");
		assert_int_equal(t.ev[t.count - 1].kind, SMTP_EV_TX_END);
		assert_int_equal(t.ev[t.count - 1].tx, i);
	}
	assert_int_equal(smtp_tx_count(t.s), 2000);
	client(&t, "MAIL FROM:<x@y>\r\n");
	server(&t, "250 Ok\r\n");
	for (int i = 0; i < 100000; i++) {
		client(&t, "RCPT TO:<x@y>\r\n");
		server(&t, "250 Ok\r\n");
	}
	client(&t, "DATA\r\n");
	assert_false(side_odd(&t, SMTP_ODD_DATA_BEFORE_RCPT));
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_lockstep),
		cmocka_unit_test(test_follow_never_waits),
		cmocka_unit_test(test_reply_waits_for_the_client),
		cmocka_unit_test(test_broken_line_is_not_taken),
		cmocka_unit_test(test_banners),
		cmocka_unit_test(test_answers_to_each),
		cmocka_unit_test(test_client_goes_on),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
