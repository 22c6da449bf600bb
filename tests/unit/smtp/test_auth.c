/* SPDX-License-Identifier: BSD-3-Clause */
/* AUTH: base64, the user's name, and that no secret is in an event or stays in a buffer. */
#include "side.h"

static void
test_base64(void **state)
{
	static const struct {
		const char *coded, *plain;
	} table[] = {
		{ "", "" },
		{ "YQ==", "a" },
		{ "YWI=", "ab" },
		{ "YWJj", "abc" },
		{ "YWJjZA==", "abcd" },
		{ "+/+/", "\xfb\xff\xbf" },
		{ "YQ=", NULL },
		{ "Y", NULL },
		{ "YQ=a", NULL },
		{ "Y===", NULL },
		{ "YW J", NULL },
		{ "YWJ\xe9", NULL },
		{ "YWJj\r\n==", NULL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t out[16];
		size_t n = smtp_auth_decode(span_str(table[i].coded), out);

		if (table[i].plain == NULL) {
			if (n != SIZE_MAX)
				fail_msg("'%s' is taken", table[i].coded);
			continue;
		}
		assert_int_equal(n, strlen(table[i].plain));
		assert_memory_equal(out, table[i].plain, n);
	}
}

static void
hello(struct side *t)
{
	side_open(t, NULL, 2);
	server(t, "220 mx\r\n");
	client(t, "EHLO x\r\n");
	server(t, "250-mx\r\n250 AUTH PLAIN LOGIN\r\n");
}

/* Every buffer of the pool, after it went back: none may hold what was decoded or said. */
static void
assert_nowhere(struct side *t, const char *secret)
{
	uint8_t *buf[2];

	for (size_t i = 0; i < 2; i++) {
		buf[i] = pool_get(t->lines);
		assert_non_null(buf[i]);
		assert_null(memmem(buf[i], SMTP_LINE_SEEN, secret, strlen(secret)));
	}
	pool_put(t->lines, buf[1]);
	pool_put(t->lines, buf[0]);
}

/* AUTH PLAIN with its response in the command: \0alice\0secret, cut anywhere. */
static void
test_plain_initial(void **state)
{
	static const char text[] = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";
	size_t n = sizeof(text) - 1;

	for (size_t cut = 0; cut < n; cut++) {
		struct side t;

		hello(&t);
		t.user[0] = '\0';
		if (cut > 0) {
			side_feed(&t, SMTP_CLIENT, text, cut);
			for (size_t i = 0; i < t.count; i++)
				assert_true(t.ev[i].line.len <= 10);
		}
		side_feed(&t, SMTP_CLIENT, text + cut, n - cut);
		assert_int_equal(t.ev[t.count - 1].verb, SMTP_AUTH);
		assert_int_equal(t.ev[t.count - 1].line.len, 10);
		assert_string_equal(t.user, "alice");
		assert_true(side_odd(&t, SMTP_ODD_AUTH_CLEAR));
		assert_nowhere(&t, "secret");
		assert_nowhere(&t, "alice");
		assert_nowhere(&t, "AHNlY3JldA");
		side_close(&t);
	}
}

static void
test_login_lines(void **state)
{
	for (int bytewise = 0; bytewise <= 1; bytewise++) {
		static const char *const says[] = { "YWxpY2U=\r\n", "c2VjcmV0\r\n" };
		struct side t;

		hello(&t);
		client(&t, "AUTH LOGIN\r\n");
		for (int i = 0; i < 2; i++) {
			server(&t, "334 x\r\n");
			assert_int_equal(smtp_mode(t.s), SMTP_MODE_AUTH);
			t.user[0] = '\0';
			for (size_t b = 0; bytewise && says[i][b + 1] != '\0'; b++) {
				side_feed(&t, SMTP_CLIENT, says[i] + b, 1);
				for (size_t e = 0; e < t.count; e++)
					assert_int_equal(t.ev[e].line.len, 0);
			}
			client(&t, bytewise ? "\n" : says[i]);
			assert_int_equal(t.ev[0].verb, SMTP_AUTH_LINE);
			assert_int_equal(t.ev[0].line.len, 0);
			assert_int_equal(t.ev[0].arg.len, 0);
			assert_string_equal(t.user, i == 0 ? "alice" : "");
			assert_nowhere(&t, "c2VjcmV0");
			assert_nowhere(&t, "YWxpY2U");
		}
		server(&t, "235 Ok\r\n");
		assert_int_equal(smtp_mode(t.s), SMTP_MODE_COMMAND);
		side_close(&t);
	}
}

/* Even while the event is told, the buffer holds the name and nothing else. */
static void
test_only_the_name_is_decoded(void **state)
{
	static const char coded[] = "AGFsaWNlAHNlY3JldA==";
	struct side t;
	struct span user;
	uint8_t *buf;

	side_open(&t, NULL, 1);
	user = smtp_auth_user(t.s, span_str(coded), true);
	assert_true(span_eq(user, SPAN_LIT("alice")));
	buf = t.s->half[SMTP_CLIENT].buf;
	assert_ptr_equal(user.ptr, buf + 1);
	for (size_t i = 0; i < strlen(coded); i++)
		assert_true(buf[i] == 0 || (i >= 1 && i < 6));
	side_close(&t);
}

/* An exchange that is cut off leaves nothing behind. */
static void
test_close_clears(void **state)
{
	struct side t;
	uint8_t *buf;

	hello(&t);
	client(&t, "AUTH PLAIN\r\n");
	server(&t, "334 \r\n");
	client(&t, "AGFsaWNlAHNlY3JldA");
	smtp_close(t.s);
	buf = pool_get(t.lines);
	assert_null(memmem(buf, SMTP_LINE_SEEN, "AHNlY3JldA", 10));
	pool_put(t.lines, buf);
	side_close(&t);
}

/* With no buffer left there is no user, and no harm. */
static void
test_no_buffer_no_user(void **state)
{
	void *taken[2];
	struct side t;

	hello(&t);
	for (int i = 0; i < 2; i++)
		taken[i] = pool_get(t.lines);
	client(&t, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_AUTH);
	assert_null(t.ev[t.count - 1].user.ptr);
	for (int i = 0; i < 2; i++)
		pool_put(t.lines, taken[i]);
	side_close(&t);
}

/* Refused: the next line is a command again, and was never one before. */
static void
test_state_follows_replies(void **state)
{
	struct side t;

	hello(&t);
	client(&t, "AUTH LOGIN\r\nQUIT\r\n");
	assert_int_equal(t.result, SMTP_OTHER_SIDE);
	assert_int_equal(t.consumed, 12);
	server(&t, "334 x\r\n");
	client(&t, "QUIT\r\n");
	assert_int_equal(t.ev[0].verb, SMTP_AUTH_LINE);
	server(&t, "501 no\r\n");
	client(&t, "QUIT\r\n");
	assert_int_equal(t.ev[0].verb, SMTP_QUIT);
	side_close(&t);
}

/* Of a line without a name not even the begin is kept. */
static void
test_passwords_are_not_kept(void **state)
{
	struct side t;

	hello(&t);
	client(&t, "AUTH LOGIN\r\n");
	server(&t, "334 x\r\n");
	client(&t, "dXNl");
	assert_int_equal(pool_used(t.lines), 1);
	client(&t, "cg==\r\n");
	server(&t, "334 x\r\n");
	client(&t, "c2Vj");
	assert_int_equal(pool_used(t.lines), 0);
	client(&t, "cmV0\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_AUTH_LINE);
	side_close(&t);
}

/* A verb that is not known as AUTH: behind 334 its lines are as secret. */
static void
test_lines_behind_any_334(void **state)
{
	struct side t;

	hello(&t);
	client(&t, "XLOGIN\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_UNKNOWN);
	server(&t, "334 VXNlcm5hbWU6\r\n");
	assert_int_equal(smtp_mode(t.s), SMTP_MODE_AUTH);
	client(&t, "c2VjcmV0\r\n");
	assert_int_equal(t.count, 1);
	assert_int_equal(t.ev[0].verb, SMTP_AUTH_LINE);
	assert_int_equal(t.ev[0].line.len, 0);
	assert_int_equal(t.ev[0].user.len, 0);
	server(&t, "235 ok\r\n");
	client(&t, "NOOP\r\n");
	assert_int_equal(t.ev[0].verb, SMTP_NOOP);
	side_close(&t);
}

/* A record is read ahead of the answers: what can be no SASL line is a command. */
static void
test_follow_knows_commands(void **state)
{
	static const struct smtp_limits limits = { .follow = true };
	struct side t;

	side_open(&t, &limits, 2);
	server(&t, "220 mx\r\n");
	client(&t, "EHLO x\r\n");
	server(&t, "250-mx\r\n250 AUTH LOGIN\r\n");
	client(&t, "AUTH LOGIN\r\nDATA\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_AUTH_LINE);
	server(&t, "504 no\r\n500 no\r\n");
	client(&t, "AUTH LOGIN\r\nMAIL FROM:<a@b>\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_MAIL);
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_plain_initial),
		cmocka_unit_test(test_login_lines),
		cmocka_unit_test(test_only_the_name_is_decoded),
		cmocka_unit_test(test_close_clears),
		cmocka_unit_test(test_no_buffer_no_user),
		cmocka_unit_test(test_state_follows_replies),
		cmocka_unit_test(test_passwords_are_not_kept),
		cmocka_unit_test(test_lines_behind_any_334),
		cmocka_unit_test(test_follow_knows_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
