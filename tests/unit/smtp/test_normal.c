/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * smtp.normalizer in the parser: each oddity at its limit, whole and split at every offset; verbs by
 * other names; what a normalised line is.
 */
#include "side.h"

static const char *const invalid[] = { "TURN", NULL }, *const data_verbs[] = { "XDATA", NULL },
			 *const chunk_verbs[] = { "XBDAT", NULL }, *const auth_verbs[] = { "XAUTH", NULL },
			 *const valid[] = { "EHLO", "NOOP", "HELP", "AUTH", "XAUTH", "TURN", "X-LINK2STATE",
					    "MAIL", "RCPT", "DATA", NULL };
static const struct smtp_verb_limit own[] = { { "HELP", 40 }, { "MAIL", 40 },
					      { "X-LINK2STATE", 0 }, { NULL, 0 } };
static const struct smtp_normal full = {
	.command_max = 30,
	.reply_max = 30,
	.auth_max = 20,
	.verb_max = own,
	.valid = valid,
	.invalid = invalid,
	.data_verbs = data_verbs,
	.chunk_verbs = chunk_verbs,
	.auth_verbs = auth_verbs,
	.xlink2state = true,
	.history = true,
};

#define OURS(o) ((o) >= SMTP_ODD_COMMAND_OVER_LIMIT && (o) <= SMTP_ODD_MIXED_LINE_ENDS)
#define A10 "aaaaaaaaaa"

struct step {
	const char *who, *text; /* "C", "S" */
};

static const struct dialogue {
	const char *told; /* names, a blank behind each; of the last step alone */
	struct step steps[8];
} dialogues[] = {
	{ "", { { "C", "NOOP " A10 A10 "aaa\r\n" } } }, /* 30 bytes */
	{ "command_over_limit ", { { "C", "NOOP " A10 A10 "aaaa\r\n" } } },
	{ "command_over_limit ", { { "C", "NOOP " A10 A10 A10 A10 "\r\n" } } },
	{ "", { { "C", "HELP " A10 A10 A10 "aaa\r\n" } } }, /* 40: its own limit */
	{ "command_over_its_limit ", { { "C", "help " A10 A10 A10 "aaaa\r\n" } } },
	{ "command_over_its_limit ", { { "C", "MAIL FROM:<" A10 A10 "@" A10 ">\r\n" } } },
	{ "", { { "C", "NOOP\r\n" }, { "S", "250 " A10 A10 "aaaa\r\n" } } },
	{ "reply_over_limit ", { { "C", "NOOP\r\n" }, { "S", "250 " A10 A10 "aaaaa\r\n" } } },
	{ "reply_over_limit ", { { "C", "HELP\r\n" }, { "S", "214-" A10 A10 A10 "\r\n" } } },
	{ "unlisted_command ", { { "C", "VRFY a\r\n" } } },
	{ "unlisted_command ", { { "C", "\r\n" } } },
	{ "", { { "C", " noop a\r\n" } } },
	{ "invalid_command ", { { "C", "turn\r\n" } } },
	{ "", { { "C", "AUTH NTLM AAAAAAAA\r\n" } } },
	{ "auth_over_limit ", { { "C", "AUTH NTLM AAAAAAAAA\r\n" } } },
	{ "auth_over_limit ", { { "C", "XAUTH NTLM " A10 A10 A10 "\r\n" } } },
	{ "auth_over_limit ",
	  { { "C", "AUTH NTLM\r\n" }, { "S", "334 \r\n" }, { "C", A10 "aaaaaaaaa\r\n" } } },
	{ "", { { "C", "AUTH NTLM\r\n" }, { "S", "334 \r\n" }, { "C", A10 "aaaaaaaa\r\n" } } },
	{ "auth_mechanism_switch ",
	  { { "C", "AUTH NTLM\r\n" }, { "S", "334 \r\n" }, { "C", "*\r\n" }, { "S", "501 \r\n" },
	    { "C", "AUTH GSSAPI\r\n" } } },
	{ "",
	  { { "C", "AUTH NTLM\r\n" }, { "S", "334 \r\n" }, { "C", "*\r\n" }, { "S", "501 \r\n" },
	    { "C", "AUTH ntlm\r\n" } } },
	{ "",
	  { { "C", "AUTH NTLM\r\n" }, { "S", "334 \r\n" }, { "C", "*a\r\n" }, { "S", "501 \r\n" },
	    { "C", "AUTH GSSAPI\r\n" } } },
	{ "",
	  { { "C", "AUTH LOGIN\r\n" }, { "S", "334 \r\n" }, { "C", "*\r\n" }, { "S", "501 \r\n" },
	    { "C", "AUTH GSSAPI\r\n" } } },
	{ "xlink2state_overflow ", { { "C", "X-LINK2STATE CHUNK={209}\r\n" } } },
	{ "xlink2state_overflow ", { { "C", "X-LINK2STATE chunk={FFFFFFFF}\r\n" } } },
	{ "", { { "C", "X-LINK2STATE CHUNK={208}\r\n" } } },
	{ "", { { "C", "X-LINK2STATE CHUNK=abc\r\n" } } },
	{ "",
	  { { "C", "X-LINK2STATE first chunk={1}\r\n" }, { "S", "200 go\r\n" },
	    { "C", "X-LINK2STATE CHUNK={209}\r\n" } } },
	{ "mixed_line_ends ", { { "C", "NOOP\n" } } },
	{ "", { { "C", "NOOP\n" }, { "S", "250 Ok\r\n" }, { "C", "NOOP\n" } } }, /* once */
	{ "mixed_line_ends ", { { "C", "NOOP\r\n" }, { "S", "250 Ok\n" } } },
};

static void
keep_names(const struct side *t, char *names, size_t size)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->ev[i].kind == SMTP_EV_ODDITY && OURS(t->ev[i].oddity)) {
			strncat(names, smtp_oddity_name(t->ev[i].oddity), size - strlen(names) - 1);
			strncat(names, " ", size - strlen(names) - 1);
		}
}

/* cut: bytes of the last step that come first. */
static void
play(const struct dialogue *d, const struct smtp_normal *normal, size_t cut, const char *told)
{
	struct smtp_limits limits = { .normal = normal };
	char names[256] = "";
	struct side t;

	side_open(&t, &limits, 4);
	server(&t, "220 mx\r\n");
	client(&t, "EHLO x\r\n");
	server(&t, "250-mx\r\n250 AUTH NTLM\r\n");
	for (size_t i = 0; i < 8 && d->steps[i].who != NULL; i++) {
		enum smtp_dir dir = d->steps[i].who[0] == 'S' ? SMTP_SERVER : SMTP_CLIENT;
		const char *text = d->steps[i].text;
		size_t len = strlen(text), first = cut < len ? cut : len;

		names[0] = '\0';
		side_feed(&t, dir, text, first);
		keep_names(&t, names, sizeof(names));
		side_feed(&t, dir, text + first, len - first);
		keep_names(&t, names, sizeof(names));
	}
	if (strcmp(names, told) != 0)
		fail_msg("cut at %zu: '%s' is told, not '%s', of %s", cut, names, told, d->steps[0].text);
	side_close(&t);
}

static void
test_oddities(void **state)
{
	static const struct smtp_normal nothing;

	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		for (size_t cut = 0; cut < 60; cut++)
			play(&dialogues[i], &full, cut, dialogues[i].told);
		play(&dialogues[i], NULL, 0, "");
		play(&dialogues[i], &nothing, 0, "");
	}
}

/* Without what the session said before. */
static void
test_no_history(void **state)
{
	struct smtp_normal each = full;

	each.history = false;
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		bool first = dialogues[i].steps[2].who != NULL &&
			     strncmp(dialogues[i].steps[0].text, "X-LINK2STATE", 12) == 0;
		bool past = strstr(dialogues[i].told, "switch") || strstr(dialogues[i].told, "mixed");

		play(&dialogues[i], &each, 0,
		     first ? "xlink2state_overflow " : past ? "" : dialogues[i].told);
	}
}

/* A line of a message that ends in LF alone counts with the commands around it. */
static void
test_mixed_in_message(void **state)
{
	struct smtp_limits limits = { .normal = &full };
	struct side t;

	side_open(&t, &limits, 4);
	side_data(&t);
	client(&t, "a\nb\r\n.\r\n");
	assert_false(side_odd(&t, SMTP_ODD_MIXED_LINE_ENDS));
	server(&t, "250 Ok\r\n");
	client(&t, "NOOP\r\n");
	assert_true(side_odd(&t, SMTP_ODD_MIXED_LINE_ENDS));
	side_close(&t);
}

static void
test_other_names(void **state)
{
	struct smtp_limits limits = { .normal = &full };
	struct side t;

	side_open(&t, &limits, 4);
	side_envelope(&t);
	client(&t, "xdata\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_DATA);
	server(&t, "354 go\r\n");
	assert_int_equal(smtp_mode(t.s), SMTP_MODE_DATA);
	client(&t, "hello\r\n.\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_BODY_END), 1);
	server(&t, "250 Ok\r\n");
	client(&t, "MAIL FROM:<a@b>\r\n");
	server(&t, "250 Ok\r\n");
	client(&t, "RCPT TO:<a@b>\r\n");
	server(&t, "250 Ok\r\n");
	client(&t, "XBDAT 5 LAST\r\n12345");
	assert_int_equal(side_kinds(&t, SMTP_EV_BODY_END), 1);
	server(&t, "250 Ok\r\n");
	client(&t, "XAUTH PLAIN AGEAYg==\r\n");
	assert_int_equal(t.ev[t.count - 1].verb, SMTP_AUTH);
	assert_int_equal(t.ev[t.count - 1].line.len, strlen("XAUTH PLAIN"));
	assert_string_equal(t.user, "a");
	side_close(&t);
	/* names of the grammar stay what they are */
	assert_int_equal(smtp_normal_verb(&full, SPAN_LIT("XAUTHX")), SMTP_UNKNOWN);
}

static void
test_line(void **state)
{
	static const struct {
		const char *line, *normal;
	} table[] = {
		{ "", "" },
		{ "   ", "" },
		{ "NOOP", "NOOP" },
		{ " \tNOOP \t", "NOOP" },
		{ "noop  a  b ", "noop a  b" },
		{ "MAIL\tFROM: <x>", "MAIL FROM: <x>" },
		{ "\v\fRCPT \v TO:<a>", "RCPT TO:<a>" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t len = strlen(table[i].line), n;
		uint8_t *out = malloc(len + !len);

		n = smtp_normal_line(span_str(table[i].line), out);
		if (n != strlen(table[i].normal) || memcmp(out, table[i].normal, n) != 0)
			fail_msg("'%s' becomes '%.*s'", table[i].line, (int)n, (const char *)out);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oddities),    cmocka_unit_test(test_no_history),
		cmocka_unit_test(test_mixed_in_message), cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
