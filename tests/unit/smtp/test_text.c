/* SPDX-License-Identifier: BSD-3-Clause */
/* Names both ways; which oddities break. */
#include "side.h"

static void
test_verbs(void **state)
{
	for (int v = 0; v < SMTP_VERBS; v++) {
		const char *name = smtp_verb_name((enum smtp_verb)v);

		assert_non_null(name);
		assert_int_equal(smtp_verb_by_name(span_str(name)), v);
	}
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("MAIL")), SMTP_MAIL);
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("mail from")), SMTP_MAIL);
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("MAIL_FROM")), SMTP_MAIL);
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("RCPT_TO")), SMTP_RCPT);
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("X-LINK2STATE")), SMTP_X_LINK2STATE);
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("MAIL FRO")), SMTP_UNKNOWN);
	assert_int_equal(smtp_verb_by_name(SPAN_LIT("MAI")), SMTP_UNKNOWN);
	assert_int_equal(smtp_verb_by_name(SPAN_NONE), SMTP_UNKNOWN);
	assert_string_equal(smtp_verb_name(SMTP_VERBS), "none");
}

static void
test_modes(void **state)
{
	assert_string_equal(smtp_mode_name(SMTP_MODE_COMMAND), "command");
	assert_string_equal(smtp_mode_name(SMTP_MODE_DATA), "data");
	assert_string_equal(smtp_mode_name(SMTP_MODE_CLOSED), "closed");
}

static void
test_oddities(void **state)
{
	for (int o = 0; o < SMTP_ODDITY_COUNT; o++) {
		const char *name = smtp_oddity_name((enum smtp_oddity)o);

		assert_int_equal(smtp_oddity_by_name(span_str(name)), o);
		assert_true(strlen(smtp_oddity_text((enum smtp_oddity)o)) > 0);
		/* strict is never milder */
		if (smtp_oddity_broken((enum smtp_oddity)o, false))
			assert_true(smtp_oddity_broken((enum smtp_oddity)o, true));
	}
	assert_int_equal(smtp_oddity_by_name(SPAN_LIT("DUPLICATE_FIELDS")),
			 SMTP_ODD_DUPLICATE_FIELDS);
	assert_int_equal(smtp_oddity_by_name(SPAN_LIT("nonsense")), -1);
}

static void
test_what_breaks(void **state)
{
	static const enum smtp_oddity strict[] = {
		SMTP_ODD_BARE_CR,  SMTP_ODD_BARE_LF,   SMTP_ODD_BODY_BARE_CR, SMTP_ODD_BODY_BARE_LF,
		SMTP_ODD_BODY_NUL, SMTP_ODD_EIGHT_BIT, SMTP_ODD_EARLY_TALKER, SMTP_ODD_SYNTAX,
	};

	for (size_t i = 0; i < sizeof(strict) / sizeof(strict[0]); i++) {
		assert_false(smtp_oddity_broken(strict[i], false));
		assert_true(smtp_oddity_broken(strict[i], true));
	}
	assert_true(smtp_oddity_broken(SMTP_ODD_NUL, false));
	assert_true(smtp_oddity_broken(SMTP_ODD_DOT_AMBIGUOUS, false));
	assert_false(smtp_oddity_broken(SMTP_ODD_UNKNOWN_COMMAND, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_oddities),
		cmocka_unit_test(test_what_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
