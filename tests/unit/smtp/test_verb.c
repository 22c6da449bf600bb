/* SPDX-License-Identifier: BSD-3-Clause */
/* Command lines taken apart: verb, name as written, argument, and what is a deviation. */
#include "side.h"

static void
test_forms(void **state)
{
	static const struct {
		const char *line;
		enum smtp_verb verb;
		const char *name, *arg;
		bool odd;
	} table[] = {
		{ "NOOP", SMTP_NOOP, "NOOP", "", false },
		{ "noop", SMTP_NOOP, "noop", "", false },
		{ "NOOP some words", SMTP_NOOP, "NOOP", "some words", false },
		{ "NOOP ", SMTP_NOOP, "NOOP", "", false },
		{ " NOOP", SMTP_NOOP, "NOOP", "", true },
		{ "NOOP\tx", SMTP_NOOP, "NOOP", "x", true },
		{ "NOOP\vx", SMTP_NOOP, "NOOP", "x", true },
		{ "EHLO client.example.com", SMTP_EHLO, "EHLO", "client.example.com", false },
		{ "EHLO two words", SMTP_EHLO, "EHLO", "two words", true },
		{ "HELO", SMTP_HELO, "HELO", "", true },
		{ "EHLO  x", SMTP_EHLO, "EHLO", "x", true },
		{ "DATA", SMTP_DATA, "DATA", "", false },
		{ "DATA x", SMTP_DATA, "DATA", "x", true },
		{ "QUIT now", SMTP_QUIT, "QUIT", "now", true },
		{ "STARTTLS", SMTP_STARTTLS, "STARTTLS", "", false },
		{ "VRFY", SMTP_VRFY, "VRFY", "", true },
		{ "HELP me", SMTP_HELP, "HELP", "me", false },
		{ "X-LINK2STATE a", SMTP_X_LINK2STATE, "X-LINK2STATE", "a", false },
		{ "datax", SMTP_UNKNOWN, "datax", "", false },
		{ "DAT", SMTP_UNKNOWN, "DAT", "", false },
		{ "Subject: x  y", SMTP_UNKNOWN, "Subject:", "x  y", false },
		{ "", SMTP_UNKNOWN, "", "", false },
		{ ".", SMTP_UNKNOWN, ".", "", false },
		{ "MAIL FROM:<a@b>", SMTP_MAIL, "MAIL FROM", "a@b", false },
		{ "mail from:<a@b>", SMTP_MAIL, "mail from", "a@b", false },
		{ "MAIL\tFROM:<a@b>", SMTP_MAIL, "MAIL FROM", "a@b", true },
		{ "MAIL  from:<a@b>", SMTP_MAIL, "MAIL FROM", "a@b", true },
		{ "MAIL FROM :<a@b>", SMTP_MAIL, "MAIL FROM", "a@b", true },
		{ "MAIL FROM: <a@b>", SMTP_MAIL, "MAIL FROM", "a@b", true },
		{ "MAIL FROM<a@b>", SMTP_MAIL, "MAIL FROM", "a@b", true },
		{ "MAIL <a@b>", SMTP_MAIL, "MAIL", "a@b", true },
		{ "MAIL", SMTP_MAIL, "MAIL", "", true },
		{ "MAILFROM:<a@b>", SMTP_UNKNOWN, "MAILFROM:<a@b>", "", false },
		{ "RCPT TO:<a@b>", SMTP_RCPT, "RCPT TO", "a@b", false },
		{ "RCPT FROM:<a@b>", SMTP_RCPT, "RCPT", "a@b", true },
		{ "SEND FROM:<a@b>", SMTP_SEND, "SEND FROM", "a@b", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = strlen(table[i].line);
		uint8_t *exact = malloc(n > 0 ? n : 1);
		struct smtp_command c;

		memcpy(exact, table[i].line, n);
		smtp_command_parse(span_of(exact, n), NULL, &c);
		if (c.verb != table[i].verb || !span_eq(c.name, span_str(table[i].name)) ||
		    !span_eq(c.arg, span_str(table[i].arg)) || (c.odd != 0) != table[i].odd)
			fail_msg("'%s': verb %d, name '%.*s', arg '%.*s', odd %llx", table[i].line,
				 c.verb, (int)c.name.len, c.name.ptr, (int)c.arg.len, c.arg.ptr,
				 (unsigned long long)c.odd);
		free(exact);
	}
}

static void
test_burl_last(void **state)
{
	struct smtp_command c;

	smtp_command_parse(SPAN_LIT("BURL imap://x LAST"), NULL, &c);
	assert_true(c.last);
	smtp_command_parse(SPAN_LIT("BURL imap://LAST"), NULL, &c);
	assert_false(c.last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_burl_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
