/* SPDX-License-Identifier: BSD-3-Clause */
/* First bytes: SMTP, TLS, something else, or too few to tell. */
#include "side.h"

static int
detect(enum smtp_dir dir, const char *text, size_t n)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);
	int r;

	memcpy(exact, text, n);
	r = smtp_detect(dir, span_of(exact, n));
	free(exact);
	return r;
}

static void
test_server(void **state)
{
	assert_int_equal(detect(SMTP_SERVER, "", 0), 0);
	assert_int_equal(detect(SMTP_SERVER, "2", 1), 0);
	assert_int_equal(detect(SMTP_SERVER, "220", 3), 0);
	assert_int_equal(detect(SMTP_SERVER, "220 ", 4), 1);
	assert_int_equal(detect(SMTP_SERVER, "220-mx", 6), 1);
	assert_int_equal(detect(SMTP_SERVER, "220\r\n", 5), 1);
	assert_int_equal(detect(SMTP_SERVER, "2200", 4), -1);
	assert_int_equal(detect(SMTP_SERVER, "21", 2), -1);
	assert_int_equal(detect(SMTP_SERVER, "HTTP/1.0", 8), -1);
	assert_int_equal(detect(SMTP_SERVER, "554 no", 6), 0);
	assert_int_equal(detect(SMTP_SERVER, "421-", 4), 0);
	assert_int_equal(detect(SMTP_SERVER, "55", 2), 0);
	assert_int_equal(detect(SMTP_SERVER, "5x", 2), -1);
	assert_int_equal(detect(SMTP_SERVER, "5545", 4), -1);
}

static void
test_client(void **state)
{
	assert_int_equal(detect(SMTP_CLIENT, "E", 1), 0);
	assert_int_equal(detect(SMTP_CLIENT, "ehl", 3), 0);
	assert_int_equal(detect(SMTP_CLIENT, "EHLO", 4), 0);
	assert_int_equal(detect(SMTP_CLIENT, "EHLO ", 5), 1);
	assert_int_equal(detect(SMTP_CLIENT, "quit\r", 5), 1);
	assert_int_equal(detect(SMTP_CLIENT, "MAIL FROM:<x>", 13), 1);
	assert_int_equal(detect(SMTP_CLIENT, "X-LINK2", 7), 0);
	assert_int_equal(detect(SMTP_CLIENT, "EHLOx ", 6), -1);
	assert_int_equal(detect(SMTP_CLIENT, "GET / HTTP/1.0", 14), -1);
	assert_int_equal(detect(SMTP_CLIENT, "\r\n", 2), -1);
}

static void
test_tls(void **state)
{
	assert_int_equal(detect(SMTP_CLIENT, "\x16", 1), 0);
	assert_int_equal(detect(SMTP_CLIENT, "\x16\x03", 2), SMTP_DETECT_TLS);
	assert_int_equal(detect(SMTP_CLIENT, "\x16\x02", 2), -1);
	assert_int_equal(detect(SMTP_SERVER, "\x16\x03", 2), -1);
}

static const char *
other(enum smtp_dir dir, const char *text, size_t n)
{
	const char *name = smtp_detect_other(dir, span_of(text, n));

	return name != NULL ? name : "";
}

static void
test_other(void **state)
{
	assert_string_equal(other(SMTP_CLIENT, "\x16\x03\x01", 3), "tls");
	assert_string_equal(other(SMTP_SERVER, "\x15\x03\x01", 3), "tls");
	assert_string_equal(other(SMTP_CLIENT, "GET / HTTP", 10), "http");
	assert_string_equal(other(SMTP_CLIENT, "GETX", 4), "");
	assert_string_equal(other(SMTP_SERVER, "GET / HTTP", 10), "");
	assert_string_equal(other(SMTP_SERVER, "HTTP/1.1 2", 10), "http");
	assert_string_equal(other(SMTP_CLIENT, "SSH-2.0-Op", 10), "ssh");
	assert_string_equal(other(SMTP_SERVER, "SSH-2.0-Op", 10), "ssh");
	assert_string_equal(other(SMTP_CLIENT, "USER anony", 10), "ftp");
	assert_string_equal(other(SMTP_CLIENT, "AUTH TLS", 8), "ftp");
	assert_string_equal(other(SMTP_CLIENT, "AUTH SSL", 8), "ftp");
	assert_string_equal(other(SMTP_CLIENT, "AUTH LOGIN", 10), "");
	assert_string_equal(other(SMTP_CLIENT, "SSH", 3), "");
	assert_string_equal(other(SMTP_CLIENT, "", 0), "");
}

/* CONNECT comes as soon as it is proved, once, from whichever side. */
static void
test_connect_event(void **state)
{
	struct side t;

	side_open(&t, NULL, 2);
	server(&t, "22");
	assert_int_equal(side_kinds(&t, SMTP_EV_CONNECT), 0);
	server(&t, "0 ");
	assert_int_equal(side_kinds(&t, SMTP_EV_CONNECT), 1);
	server(&t, "mx\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_CONNECT), 0);
	client(&t, "EHLO x\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_CONNECT), 0);
	side_close(&t);
	side_open(&t, NULL, 2);
	server(&t, "554 no\r\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_CONNECT), 0);
	client(&t, "QUIT\n");
	assert_int_equal(side_kinds(&t, SMTP_EV_CONNECT), 1);
	side_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_connect_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
