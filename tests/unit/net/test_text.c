/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text and back (RFC 5952), and names for every kind and reason. */
#include "frames.h"

#include <errno.h>

static void
test_round_trip(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0",
		"255.255.255.255",
		"192.0.2.1",
		"::",
		"::1",
		"1::",
		"2001:db8::1",
		"2001:db8:0:1:1:1:1:1", /* 4.2.2: a single zero is not shortened */
		"2001:0:0:1::1",	/* 4.2.3: the longest run */
		"2001:db8::1:0:0:1",	/* the first of equals */
		"::2:0:0:5:6:7",
		"1:2:3:4:5:6::",
		"1:2:3:4:5:6:7:8",
		"abcd:ef01::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"::1:2:3",
		"64:ff9b::c000:201",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char buf[NET_ADDR_TEXT];
		struct net_addr a;

		assert_int_equal(net_addr_parse(span_str(texts[i]), &a), 0);
		assert_ptr_equal(net_addr_text(&a, buf), buf);
		assert_string_equal(buf, texts[i]);
		assert_int_equal(net_addr_is_v4(&a), strchr(texts[i], ':') == NULL);
	}
}

static void
test_other_spellings(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{ "2001:DB8::1", "2001:db8::1" },
		{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::192.0.2.1", "::c000:201" },
		{ "1:0:0:2:0:0:0:3", "1:0:0:2::3" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buf[NET_ADDR_TEXT];
		struct net_addr a;

		assert_int_equal(net_addr_parse(span_str(cases[i].text), &a), 0);
		assert_string_equal(net_addr_text(&a, buf), cases[i].canonical);
	}
}

static void
test_no_addresses(void **state)
{
	static const struct span texts[] = {
		SPAN_LIT(""),
		SPAN_LIT("1.2.3"),
		SPAN_LIT("1.2.3.4.5"),
		SPAN_LIT("1.2.3.256"),
		SPAN_LIT("01.2.3.4"),
		SPAN_LIT(" 1.2.3.4"),
		SPAN_LIT("1.2.3.4 "),
		SPAN_LIT("1.2.3.4\0"),
		SPAN_LIT("1.2.3.4\0x"),
		SPAN_LIT(":"),
		SPAN_LIT(":::"),
		SPAN_LIT("1::2::3"),
		SPAN_LIT("12345::"),
		SPAN_LIT("1:2:3:4:5:6:7"),
		SPAN_LIT("1:2:3:4:5:6:7:8:9"),
		SPAN_LIT("g::"),
		SPAN_LIT("::1%eth0"),
		SPAN_LIT("fe80::1/64"),
		SPAN_LIT("localhost"),
		SPAN_LIT("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct net_addr a = { .b = { 0x77 } };

		assert_int_equal(net_addr_parse(texts[i], &a), -EINVAL);
		assert_int_equal(a.b[0], 0x77);
	}
}

static void
test_names(void **state)
{
	for (enum net_reason r = NET_OK; r < NET_REASONS; r++) {
		assert_non_null(net_reason_name(r));
		assert_non_null(net_reason_text(r));
		for (enum net_reason other = NET_OK; other < r; other++)
			assert_string_not_equal(net_reason_name(r), net_reason_name(other));
	}
	assert_string_equal(net_reason_name(NET_IP_SHORT), "ip_short");
	assert_string_equal(net_reason_name(NET_REASONS), "unknown");
	assert_string_equal(net_reason_text(NET_REASONS), "unknown");
	for (enum net_kind k = NET_BAD; k <= NET_OTHER; k++)
		assert_non_null(net_kind_name(k));
	assert_string_equal(net_kind_name(NET_TCP), "tcp");
	assert_string_equal(net_kind_name(NET_OTHER + 1), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_other_spellings),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
