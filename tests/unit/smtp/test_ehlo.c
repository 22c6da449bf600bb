/* SPDX-License-Identifier: BSD-3-Clause */
/* Offers: keywords whatever their case and arguments, only of EHLO's own lines, the last EHLO only.
 */
#include "side.h"

static void
test_keywords(void **state)
{
	static const struct {
		const char *text;
		unsigned offer;
	} table[] = {
		{ "PIPELINING", SMTP_OFFER_PIPELINING },
		{ "pipelining", SMTP_OFFER_PIPELINING },
		{ "CHUNKING", SMTP_OFFER_CHUNKING },
		{ "STARTTLS ", SMTP_OFFER_STARTTLS },
		{ "AUTH PLAIN LOGIN", SMTP_OFFER_AUTH },
		{ "AUTH=LOGIN", SMTP_OFFER_AUTH },
		{ "SIZE 100", SMTP_OFFER_SIZE },
		{ "8BITMIME", SMTP_OFFER_8BITMIME },
		{ "SMTPUTF8", SMTP_OFFER_SMTPUTF8 },
		{ "BINARYMIME", SMTP_OFFER_BINARYMIME },
		{ "DSN", SMTP_OFFER_DSN },
		{ "XCLIENT NAME ADDR", SMTP_OFFER_XCLIENT },
		{ "ENHANCEDSTATUSCODES", SMTP_OFFER_ENHANCED },
		{ "CHUNKINGS", 0 },
		{ "CHUNK", 0 },
		{ "XXXXXXXX", 0 },
		{ " CHUNKING", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(smtp_ehlo_offer(span_str(table[i].text)), table[i].offer);
}

static void
test_last_ehlo_counts(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	server(&t, "220 mx\r\n");
	client(&t, "EHLO x\r\n");
	server(&t, "250-CHUNKING\r\n250-PIPELINING\r\n");
	assert_int_equal(smtp_offers(t.s), 0); /* not before the last line */
	server(&t, "250 DSN\r\n");
	assert_int_equal(smtp_offers(t.s), SMTP_OFFER_PIPELINING | SMTP_OFFER_DSN);
	client(&t, "EHLO y\r\n");
	server(&t, "250-mx\r\n501-CHUNKING\r\n501 no\r\n");
	assert_int_equal(smtp_offers(t.s), SMTP_OFFER_PIPELINING | SMTP_OFFER_DSN);
	client(&t, "NOOP\r\n");
	server(&t, "250-mx\r\n250 CHUNKING\r\n");
	assert_int_equal(smtp_offers(t.s), SMTP_OFFER_PIPELINING | SMTP_OFFER_DSN);
	client(&t, "EHLO z\r\n");
	server(&t, "250 CHUNKING\r\n"); /* the name of the server */
	assert_int_equal(smtp_offers(t.s), 0);
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_last_ehlo_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
