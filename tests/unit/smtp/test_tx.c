/* SPDX-License-Identifier: BSD-3-Clause */
/* The queue of awaited replies, and whose reply it is. */
#include "side.h"

static void
queue_open(struct side *t, uint16_t max, size_t buffers)
{
	struct smtp_limits limits = { .pending_max = max };

	side_open(t, &limits, buffers);
	assert_int_equal(smtp_await_pop(t->s) & SMTP_AWAIT_VERB, SMTP_GREETING);
	assert_int_equal(smtp_await_head(t->s), SMTP_VERBS);
}

/* First in, first out, over the seam where the own ring gives way to a buffer. */
static void
test_order(void **state)
{
	for (unsigned ahead = 0; ahead < SMTP_PENDING_OWN; ahead++) {
		struct side t;

		queue_open(&t, 1024, 1);
		assert_true(smtp_await_push(t.s, SMTP_NOOP));
		for (unsigned i = 0; i < ahead; i++) { /* turn the ring */
			assert_true(smtp_await_push(t.s, SMTP_NOOP));
			smtp_await_pop(t.s);
		}
		for (unsigned i = 1; i < 1024; i++)
			assert_true(smtp_await_push(t.s, i % SMTP_UNKNOWN));
		assert_false(smtp_await_push(t.s, SMTP_NOOP));
		assert_int_equal(pool_used(t.lines), 1);
		assert_int_equal(smtp_await_pop(t.s), SMTP_NOOP);
		for (unsigned i = 1; i < 1024; i++) {
			assert_int_equal(smtp_await_head(t.s), i % SMTP_UNKNOWN);
			assert_int_equal(smtp_await_pop(t.s), i % SMTP_UNKNOWN);
		}
		assert_int_equal(pool_used(t.lines), 0);
		side_close(&t);
	}
}

static void
test_limits(void **state)
{
	struct side t;
	void *taken;

	queue_open(&t, 3, 1);
	for (int i = 0; i < 3; i++)
		assert_true(smtp_await_push(t.s, SMTP_NOOP));
	assert_true(smtp_await_full(t.s));
	assert_false(smtp_await_push(t.s, SMTP_NOOP));
	side_close(&t);
	queue_open(&t, 1024, 1);
	taken = pool_get(t.lines);
	for (int i = 0; i < SMTP_PENDING_OWN; i++)
		assert_true(smtp_await_push(t.s, SMTP_NOOP));
	assert_false(smtp_await_room(t.s));
	assert_int_equal(t.s->await_count, SMTP_PENDING_OWN);
	pool_put(t.lines, taken);
	assert_true(smtp_await_room(t.s));
	side_close(&t);
}

/* No buffer for a longer queue: the client waits, nothing is lost. */
static void
test_no_buffer_waits(void **state)
{
	char group[64 * 32] = "";
	struct side t;
	void *taken;

	side_open(&t, NULL, 1);
	side_envelope(&t);
	taken = pool_get(t.lines);
	for (int i = 0; i < 60; i++)
		strcat(group, "RCPT TO:<x@example.com>\r\n");
	client(&t, group);
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(smtp_pending(t.s), SMTP_PENDING_OWN);
	assert_int_equal(t.consumed, SMTP_PENDING_OWN * 25);
	server(&t, "250 Ok\r\n");
	client(&t, group + SMTP_PENDING_OWN * 25);
	assert_int_equal(side_kinds(&t, SMTP_EV_COMMAND), 1);
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	pool_put(t.lines, taken);
	client(&t, group + (SMTP_PENDING_OWN + 1) * 25);
	assert_int_equal(t.result, 0);
	assert_int_equal(smtp_pending(t.s), 59);
	side_close(&t);
}

static void
test_two_open(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "RSET\r\nMAIL FROM:<c@example.com>\r\n");
	assert_int_equal(smtp_tx_count(t.s), 2);
	assert_true(smtp_tx_is_open(t.s, 1));
	assert_true(smtp_tx_is_open(t.s, 2));
	assert_int_equal(t.ev[t.count - 1].tx, 1);
	server(&t, "250 Ok\r\n");
	assert_int_equal(t.ev[0].tx, 0);
	assert_int_equal(t.ev[1].kind, SMTP_EV_TX_END);
	assert_int_equal(t.ev[1].tx, 0);
	assert_false(smtp_tx_is_open(t.s, 1));
	server(&t, "250 Ok\r\n");
	assert_int_equal(t.ev[0].tx, 1);
	assert_int_equal(t.ev[0].verb, SMTP_MAIL);
	side_close(&t);
}

/* The command that would open a third waits, even when it came in pieces. */
static void
test_third_waits(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "RSET\r\nMAIL FROM:<c@example.com>\r\nRSET\r\nMAIL FROM:<d@ex");
	assert_int_equal(t.result, 0);
	client(&t, "ample.com>\r\nRCPT TO:<x@y>\r\n");
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(t.consumed, 0);
	server(&t, "250 Ok\r\n");
	client(&t, "ample.com>\r\nRCPT TO:<x@y>\r\n");
	assert_int_equal(t.result, 0);
	assert_int_equal(t.ev[0].kind, SMTP_EV_TX_BEGIN);
	assert_int_equal(t.ev[0].tx, 2);
	assert_int_equal(t.ev[1].verb, SMTP_MAIL);
	assert_int_equal(t.ev[2].verb, SMTP_RCPT);
	side_close(&t);
}

/* A second MAIL waits for the answer to the first, and all behind it for its own. */
static void
test_second_mail_waits(void **state)
{
	static const char rest[] = "MAIL FROM:<d@example.com>\r\nRCPT TO:<x@y>\r\n";
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "RSET\r\nMAIL FROM:<c@example.com>\r\nMAIL FROM:<d@example.com>\r\n");
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(smtp_pending(t.s), 2);
	server(&t, "250 Ok\r\n");
	client(&t, rest);
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(t.consumed, 0);
	server(&t, "250 Ok\r\n");
	client(&t, rest);
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(t.consumed, 27);
	assert_true(side_odd(&t, SMTP_ODD_DUPLICATE_FIELDS));
	server(&t, "503 nested\r\n");
	assert_int_equal(t.ev[0].verb, SMTP_MAIL);
	assert_int_equal(t.ev[0].tx, 1);
	client(&t, rest + 27);
	assert_int_equal(t.result, 0);
	assert_int_equal(smtp_tx_count(t.s), 2);
	side_close(&t);
}

/* What one MAIL announced of its message holds for that one. */
static void
test_nothing_is_inherited(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	side_envelope(&t);
	client(&t, "RSET\r\nMAIL FROM:<\xc3\xa9@b> SMTPUTF8 BODY=BINARYMIME\r\nRCPT TO:<\xc3\xa9@b>\r\n");
	assert_false(side_odd(&t, SMTP_ODD_EIGHT_BIT));
	server(&t, "250 ok\r\n250 ok\r\n250 ok\r\n");
	client(&t, "BDAT 3 LAST\r\na\nb");
	assert_false(side_odd(&t, SMTP_ODD_BODY_BARE_LF));
	server(&t, "250 ok\r\n");
	client(&t, "MAIL FROM:<a@b>\r\nRCPT TO:<\xc3\xa9@b>\r\n");
	assert_true(side_odd(&t, SMTP_ODD_EIGHT_BIT));
	server(&t, "250 ok\r\n250 ok\r\n");
	client(&t, "BDAT 3 LAST\r\na\nb");
	assert_true(side_odd(&t, SMTP_ODD_BODY_BARE_LF));
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_buffer_waits), cmocka_unit_test(test_two_open),
		cmocka_unit_test(test_third_waits),	cmocka_unit_test(test_second_mail_waits),
		cmocka_unit_test(test_nothing_is_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
