/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of smtp.log. */
#include "event_nets.h"
#include "record.h"

#include "event_zeek.h"

static const struct event_path_scope *scope;

static json_t *
write_row(const struct event *e)
{
	char buf[EVENT_LINE_MAX];
	struct event_line l;

	event_line_open(&l, buf, sizeof(buf));
	event_zeek_line(&l, scope, e);
	assert_false(l.s.cut);
	return record_parse(buf);
}

/* All of a list with "|" between; keys with dots in their names cannot go through record_at. */
static void
check_list(json_t *row, const char *name, const char *want)
{
	json_t *list = json_object_get(row, name), *item;
	char text[512] = "";
	size_t i;

	assert_true(json_is_array(list));
	json_array_foreach(list, i, item) {
		if (i > 0)
			strcat(text, "|");
		strcat(text, json_string_value(item));
	}
	assert_string_equal(text, want);
}

static void
check_string(json_t *row, const char *name, const char *want)
{
	const char *text = json_string_value(json_object_get(row, name));

	if (want == NULL)
		assert_null(json_object_get(row, name));
	else
		assert_string_equal(text != NULL ? text : "(none)", want);
}

static void
test_row(void **state)
{
	struct event e;
	json_t *row;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.flags |= EVENT_HAS_EMAIL | EVENT_HAS_TX;
	e.tx_start_us = NOON + 5;
	e.trans_depth = 1;
	e.tx_id = 4;
	record_text(&e, EVENT_SMTP_HELO, "GP");
	record_text(&e, EVENT_SMTP_MAIL_FROM, "<alice@example.org>");
	record_text(&e, EVENT_SMTP_RCPT_TO, "<bob@example.org>");
	record_text(&e, EVENT_SMTP_RCPT_TO, "<carol@example.org>");
	record_text(&e, EVENT_SMTP_RCPT_TO, "<bob@example.org>");
	record_text(&e, EVENT_SMTP_RCPT_STATUS, "250");
	record_text(&e, EVENT_SMTP_LAST_REPLY, "250 OK id=1");
	record_text(&e, EVENT_EMAIL_FROM, "\"A\" <alice@example.org>");
	record_text(&e, EVENT_EMAIL_TO, "Doe");
	record_text(&e, EVENT_EMAIL_TO, "John <john@example.org>");
	record_text(&e, EVENT_EMAIL_CC, "\"X, Y\" <x@example.org>, y@example.org");
	record_text(&e, EVENT_EMAIL_SUBJECT, "SMTP");
	record_text(&e, EVENT_EMAIL_DATE, "Mon, 5 Oct 2009 11:36:07 +0530");
	record_text(&e, EVENT_EMAIL_MESSAGE_ID, "<1@example.org>");
	record_text(&e, EVENT_EMAIL_IN_REPLY_TO, "<0@example.org>");
	record_text(&e, EVENT_EMAIL_REPLY_TO, "r@example.org");
	record_text(&e, EVENT_EMAIL_X_ORIGINATING_IP, "[198.51.100.7]");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from a ([198.51.100.1]) by b with SMTP");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from c ([198.51.100.1]) by d");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from e by f");
	record_text(&e, EVENT_EMAIL_USER_AGENT, "UA");
	record_text(&e, EVENT_EMAIL_X_MAILER, "XM");
	record_text(&e, EVENT_FUID, "F1");
	record_text(&e, EVENT_FUID, "F2");
	row = write_row(&e);
	assert_true(json_is_real(json_object_get(row, "ts")));
	assert_true(json_real_value(json_object_get(row, "ts")) > 1795838400.0);
	assert_int_equal(json_string_value(json_object_get(row, "uid"))[0], 'C');
	check_string(row, "id.orig_h", "192.0.2.1");
	check_string(row, "id.resp_h", "192.0.2.25");
	assert_int_equal(json_integer_value(json_object_get(row, "id.orig_p")), 40000);
	assert_int_equal(json_integer_value(json_object_get(row, "id.resp_p")), 25);
	assert_int_equal(json_integer_value(json_object_get(row, "trans_depth")), 1);
	check_string(row, "helo", "GP");
	check_string(row, "mailfrom", "alice@example.org");
	check_list(row, "rcptto", "bob@example.org|carol@example.org");
	check_string(row, "date", "Mon, 5 Oct 2009 11:36:07 +0530");
	check_string(row, "from", "\"A\" <alice@example.org>");
	check_list(row, "to", "John <john@example.org>");
	check_list(row, "cc", "\"X, Y\" <x@example.org>|y@example.org");
	check_string(row, "reply_to", "r@example.org");
	check_string(row, "msg_id", "<1@example.org>");
	check_string(row, "in_reply_to", "<0@example.org>");
	check_string(row, "subject", "SMTP");
	check_string(row, "x_originating_ip", "198.51.100.7");
	check_string(row, "first_received", "from e by f");
	check_string(row, "second_received", "from c ([198.51.100.1]) by d");
	check_string(row, "last_reply", "250 OK id=1");
	check_list(row, "path", "192.0.2.25|192.0.2.1|198.51.100.1");
	check_string(row, "user_agent", "XM");
	assert_true(json_is_false(json_object_get(row, "tls")));
	check_list(row, "fuids", "F1|F2");
	check_list(row, "rcpt_status", "250");
	assert_int_equal(json_integer_value(json_object_get(row, "tx_id")), 4);
	assert_null(json_object_get(row, "blocked"));
	json_decref(row);
}

/* Unset is left out; a set that was touched and has nothing is []. */
static void
test_unset(void **state)
{
	struct event e;
	json_t *row;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.flags |= EVENT_TX_IS_TLS;
	row = write_row(&e);
	check_string(row, "mailfrom", NULL);
	check_string(row, "rcptto", NULL);
	check_string(row, "to", NULL);
	check_string(row, "user_agent", NULL);
	check_string(row, "first_received", NULL);
	check_list(row, "fuids", "");
	check_list(row, "path", "192.0.2.25|192.0.2.1");
	assert_true(json_is_true(json_object_get(row, "tls")));
	json_decref(row);
	record_text(&e, EVENT_SMTP_MAIL_FROM, "<>");
	record_text(&e, EVENT_SMTP_RCPT_TO, "<postmaster>");
	row = write_row(&e);
	check_string(row, "mailfrom", NULL);
	check_list(row, "rcptto", "");
	json_decref(row);
}

/* How far the path goes: a host of the wrong kind that is not private is the last one. */
static void
test_path_scope(void **state)
{
	static const char *const ours[] = { "8.8.8.0/24", "10.0.0.0/8" };
	struct event_nets local;
	struct event_path_scope set = { .local = &local };
	static const struct {
		enum event_path_follow follow;
		const char *path;
	} want[] = {
		{ EVENT_PATH_ALL, "192.0.2.25|192.0.2.1|8.8.8.8|10.1.1.1|9.9.9.9|8.8.8.9" },
		{ EVENT_PATH_LOCAL, "192.0.2.25|192.0.2.1|8.8.8.8|10.1.1.1|9.9.9.9" },
		{ EVENT_PATH_REMOTE, "192.0.2.25|192.0.2.1|8.8.8.8" },
		{ EVENT_PATH_NONE, "192.0.2.25|192.0.2.1" },
	};
	struct event e;

	(void)state;
	assert_int_equal(event_nets_open(&local, "x", ours, 2, NULL), 0);
	record_open(&e, EVENT_SMTP);
	record_text(&e, EVENT_EMAIL_RECEIVED, "from a ([8.8.8.8])");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from a ([10.1.1.1])");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from a ([9.9.9.9])");
	record_text(&e, EVENT_EMAIL_RECEIVED, "from a ([8.8.8.9])");
	scope = &set;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		json_t *row;

		set.follow = want[i].follow;
		row = write_row(&e);
		check_list(row, "path", want[i].path);
		json_decref(row);
	}
	scope = NULL;
	event_nets_close(&local);
}

/* Recipients and codes that an earlier row has are not told again. */
static void
test_told_recipients(void **state)
{
	struct event e;
	json_t *row;

	(void)state;
	record_open(&e, EVENT_SMTP);
	record_text(&e, EVENT_SMTP_RCPT_TO, "<a@x>");
	record_text(&e, EVENT_SMTP_RCPT_TO, "<b@x>");
	record_text(&e, EVENT_SMTP_RCPT_STATUS, "503");
	record_text(&e, EVENT_SMTP_RCPT_STATUS, "250");
	e.told_rcpts = 1;
	row = write_row(&e);
	check_list(row, "rcptto", "b@x");
	check_list(row, "rcpt_status", "250");
	json_decref(row);
	e.told_rcpts = 2;
	row = write_row(&e);
	check_string(row, "rcptto", NULL);
	json_decref(row);
}

/* Rows are made in the same place: one holds nothing of the one before. */
static void
test_rows_apart(void **state)
{
	static const char *const rcpts[] = { "<a@x>", "<b@x>", "<c@x>" };

	(void)state;
	for (unsigned count = 3; count > 0; count--) {
		struct event e;
		json_t *row;

		record_open(&e, EVENT_SMTP);
		e.flags |= EVENT_HAS_EMAIL | EVENT_HAS_TX;
		for (unsigned i = 3 - count; i < 3; i++) {
			event_text(&e, EVENT_SMTP_RCPT_TO, span_str(rcpts[i]));
			event_text(&e, EVENT_EMAIL_TO, span_str(rcpts[i]));
		}
		row = write_row(&e);
		check_list(row, "rcptto", &"a@x|b@x|c@x"[4 * (3 - count)]);
		check_list(row, "to", &"<a@x>|<b@x>|<c@x>"[6 * (3 - count)]);
		json_decref(row);
	}
}

static void
test_user_agent_last_wins(void **state)
{
	struct event e;
	json_t *row;

	(void)state;
	record_open(&e, EVENT_SMTP);
	record_text(&e, EVENT_EMAIL_X_MAILER, "XM");
	record_text(&e, EVENT_EMAIL_USER_AGENT, "UA");
	row = write_row(&e);
	check_string(row, "user_agent", "UA");
	json_decref(row);
}

static void
test_blocked_says_so(void **state)
{
	struct event e;
	json_t *row;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.flags |= EVENT_BLOCKED;
	record_text(&e, EVENT_TOLD, "550 5.7.1 no");
	row = write_row(&e);
	assert_true(json_is_true(json_object_get(row, "blocked")));
	check_string(row, "told", "550 5.7.1 no");
	json_decref(row);
	e.flags |= EVENT_MONITOR;
	row = write_row(&e);
	assert_null(json_object_get(row, "blocked"));
	json_decref(row);
}

static void
test_which_records(void **state)
{
	struct event e;

	(void)state;
	record_open(&e, EVENT_SMTP);
	record_text(&e, EVENT_SMTP_HELO, "only a greeting");
	assert_false(event_zeek_wants(&e));
	e.flags |= EVENT_TX_IS_TLS;
	assert_true(event_zeek_wants(&e));
	e.flags = EVENT_ONLY_SMTP_LOG;
	record_text(&e, EVENT_SMTP_RCPT_TO, "<a@b>");
	assert_true(event_zeek_wants(&e));
	e.flags = EVENT_ONLY_EVE;
	assert_false(event_zeek_wants(&e));
	e.flags = 0;
	e.type = EVENT_ALERT;
	assert_false(event_zeek_wants(&e));
}

/* Different flows have different names; the largest id still fits. */
static void
test_uids(void **state)
{
	struct event e;
	json_t *a, *b;

	(void)state;
	record_open(&e, EVENT_SMTP);
	e.flow_id = INT64_MAX;
	a = write_row(&e);
	e.flow_id--;
	b = write_row(&e);
	assert_int_equal(strlen(json_string_value(json_object_get(a, "uid"))), 12);
	assert_string_not_equal(json_string_value(json_object_get(a, "uid")),
				json_string_value(json_object_get(b, "uid")));
	json_decref(a);
	json_decref(b);
}

/* A copy in a block of its exact size. */
static struct span
exact(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len);

	if (len > 0)
		memcpy(copy, text, len);
	return span_of(copy, len);
}

static void
test_mailboxes(void **state)
{
	static const struct {
		const char *text, *all;
	} each[] = {
		{ "<a@b>", "a@b" }, { "a@b", "a@b" }, { "<>", "" }, { "<root>", "" }, { "", "" },
		{ "<@r1,@r2:u@d>", "u@d" }, { "<a@b> SIZE=5", "a@b" },
		{ "<a@b> ORCPT=rfc822;c@d", "a@bORCPT=rfc822c@d" }, { "@b", "" }, { "a@", "" },
		{ "\"a b\"@x", "b\"@x" }, { "a@b@c", "a@b@c" }, { "@", "" }, { "<a@b", "a@b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct span text = exact(each[i].text), rest = text, mailbox;
		char all[128] = "", buf[128];

		while (event_zeek_mailbox(&rest, buf, &mailbox))
			strncat(all, (const char *)mailbox.ptr, mailbox.len);
		assert_string_equal(all, each[i].all);
		free((void *)text.ptr);
	}
}

static void
test_entries(void **state)
{
	static const struct {
		const char *text, *all;
	} each[] = {
		{ "a@b", "(a@b)" }, { "a@b, c@d", "(a@b)(c@d)" }, { "Doe, John <j@x>", "(John <j@x>)" },
		{ "\"Doe, John\" <j@x>", "(\"Doe, John\" <j@x>)" }, { "none", "" }, { ",,", "" },
		{ "\"a\\\", b\" <q@x>,r@s", "(\"a\\\", b\" <q@x>)(r@s)" }, { "\"open@x, y", "(\"open@x, y)" },
		{ "\"\\", "" }, { "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct span text = exact(each[i].text), rest = text, entry;
		char all[128] = "";

		while (event_zeek_entry(&rest, &entry)) {
			strcat(all, "(");
			strncat(all, (const char *)entry.ptr, entry.len);
			strcat(all, ")");
		}
		assert_string_equal(all, each[i].all);
		free((void *)text.ptr);
	}
}

static void
test_received_addresses(void **state)
{
	static const struct {
		const char *text, *address;
	} each[] = {
		{ "from a ([192.0.2.9]) by b", "192.0.2.9" },
		{ "from a (192.0.2.9) by b ([192.0.2.10])", "192.0.2.10" },
		{ "from 192.0.2.9 by b", "192.0.2.9" },
		{ "from {192.0.2.9} by", "192.0.2.9" },
		{ "from [IPv6:2001:db8::1] by b", "" },
		{ "from [2001:db8::1] by b", "2001:db8::1" },
		{ "from (192.0.2.9] by b", "" },
		{ "at 11:36:07 today", "" },
		{ "192.0.2.9", "" },
		{ "x [192.0.2.300] y", "" },
		{ "[192.0.2.1] [192.0.2.2] [192.0.2.3]", "192.0.2.2" },
		{ "", "" }, { "[", "" }, { "[192.0.2.1", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct span text = exact(each[i].text), address = SPAN_NONE;
		bool found = event_zeek_received(text, &address);

		assert_int_equal(found, each[i].address[0] != '\0');
		assert_true(span_eq(address, span_str(each[i].address)));
		free((void *)text.ptr);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_path_scope),
		cmocka_unit_test(test_told_recipients),
		cmocka_unit_test(test_rows_apart),
		cmocka_unit_test(test_user_agent_last_wins),
		cmocka_unit_test(test_blocked_says_so),
		cmocka_unit_test(test_which_records),
		cmocka_unit_test(test_uids),
		cmocka_unit_test(test_mailboxes),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_received_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
