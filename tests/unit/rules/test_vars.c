/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and ports: variables, groups, ranges, negation, nesting. */
#include <arpa/inet.h>
#include "parse.h"

static bool
in(const char *addresses, const char *address)
{
	char text[512];
	uint8_t bytes[16] = { [10] = 0xff, [11] = 0xff };
	struct rules_source *s;
	bool yes;

	snprintf(text, sizeof(text), "accept:hook smtp:rcpt %s any -> any any (sid:1;)", addresses);
	s = parse_good(text);
	if (inet_pton(AF_INET, address, bytes + 12) != 1)
		assert_int_equal(inet_pton(AF_INET6, address, bytes), 1);
	yes = rules_addrs_match(&first_rule(s)->src, bytes);
	rules_source_destroy(s);
	return yes;
}

static bool
port_in(const char *ports, uint16_t port)
{
	char text[512];
	struct rules_source *s;
	bool yes;

	snprintf(text, sizeof(text), "accept:hook smtp:rcpt any any -> any %s (sid:1;)", ports);
	s = parse_good(text);
	yes = rules_ports_match(&first_rule(s)->dport, port);
	rules_source_destroy(s);
	return yes;
}

static void
test_addresses(void **state)
{
	assert_true(in("any", "203.0.113.5") && in("any", "2001:db8::1"));
	assert_true(in("10.0.0.1", "10.0.0.1") && !in("10.0.0.1", "10.0.0.2"));
	assert_true(in("10.0.0.0/8", "10.255.255.255") && !in("10.0.0.0/8", "11.0.0.0"));
	assert_true(in("10.1.2.3/8", "10.0.0.0"));
	assert_true(in("0.0.0.0/0", "255.255.255.255") && !in("0.0.0.0/0", "2001:db8::1"));
	assert_true(in("::/0", "2001:db8::1") && in("::/0", "1.2.3.4"));
	assert_true(in("2001:db8::/32", "2001:db8:ffff::1") && !in("2001:db8::/32", "2001:db9::"));
	assert_true(in("10.0.0.5-10.0.0.9", "10.0.0.9") && !in("10.0.0.5-10.0.0.9", "10.0.0.10"));
	assert_true(in("2001:db8::5-2001:db8::9", "2001:db8::7"));
	assert_true(in("!10.0.0.1", "10.0.0.2") && !in("!10.0.0.1", "10.0.0.1"));
	assert_true(in("!10.0.0.1", "2001:db8::1"));
}

static void
test_groups(void **state)
{
	assert_true(in("[10.0.0.1, 10.0.0.3]", "10.0.0.3") &&
		    !in("[10.0.0.1,10.0.0.3]", "10.0.0.2"));
	assert_true(in("[10.0.0.0/8,!10.1.0.0/16]", "10.2.0.1"));
	assert_false(in("[10.0.0.0/8,!10.1.0.0/16]", "10.1.0.1"));
	assert_true(in("[10.0.0.0/8,![10.1.0.0/16,!10.1.9.0/24]]", "10.1.9.1"));
	assert_false(in("[10.0.0.0/8,![10.1.0.0/16,!10.1.9.0/24]]", "10.1.8.1"));
	assert_true(in("![10.0.0.1,10.0.0.2]", "10.0.0.3") &&
		    !in("![10.0.0.1,10.0.0.2]", "10.0.0.2"));
	assert_true(in("[!10.0.0.1]", "10.0.0.3") && !in("[!10.0.0.1]", "10.0.0.1"));
	assert_true(in("[[10.0.0.1,[10.0.0.2]],10.0.0.4]", "10.0.0.2"));
}

static void
test_variables(void **state)
{
	assert_true(in("$HOME_NET", "192.168.5.5") && !in("$HOME_NET", "8.8.8.8"));
	assert_true(in("$EXTERNAL_NET", "8.8.8.8") && !in("$EXTERNAL_NET", "10.1.1.1"));
	assert_true(in("!$HOME_NET", "8.8.8.8") && !in("!$HOME_NET", "10.1.1.1"));
	assert_true(in("[$HOME_NET,!$MX,8.8.8.8]", "8.8.8.8"));
	assert_false(in("[$EXTERNAL_NET,!$MX]", "192.0.2.1"));
	assert_true(port_in("$SMTP_PORTS", 587) && !port_in("$SMTP_PORTS", 26));
	expect_error("accept:hook smtp:rcpt $HOM_NET any -> any any (sid:1;)", "R018", "$HOM_NET");
	expect_error("accept:hook smtp:rcpt [10.0.0.1,$NO] any -> any any (sid:1;)", "R018", "$NO");
	expect_error("accept:hook smtp:rcpt $SELF any -> any any (sid:1;)", "R018", "$SELF");
	expect_error("accept:hook smtp:rcpt $BROKEN any -> any any (sid:1;)", "R016", "$BROKEN");
	/* Ports and addresses have names of their own. */
	expect_error("accept:hook smtp:rcpt $SMTP_PORTS any -> any any (sid:1;)", "R018",
		     "$SMTP_PORTS");
}

static void
test_ports(void **state)
{
	assert_true(port_in("any", 0) && port_in("any", 65535));
	assert_true(port_in("25", 25) && !port_in("25", 26));
	assert_true(port_in("25:30", 30) && !port_in("25:30", 31));
	assert_true(port_in(":1024", 0) && !port_in(":1024", 1025));
	assert_true(port_in("1024:", 65535) && !port_in("1024:", 1023));
	assert_true(port_in("!25", 26) && !port_in("!25", 25));
	assert_true(port_in("[20:30,!25]", 26) && !port_in("[20:30,!25]", 25));
	assert_true(port_in("[25,26,27]", 27));
}

static void
test_ranges_are_merged(void **state)
{
	struct rules_source *s =
		parse_good("accept:hook smtp:rcpt [10.0.0.2,10.0.0.0/31,10.0.0.3,12.0.0.1] any -> "
			   "any [25,26,30,27] (sid:1;)");

	assert_int_equal(first_rule(s)->src.count, 2);
	assert_int_equal(first_rule(s)->src.range[0].high[15], 3);
	assert_int_equal(first_rule(s)->dport.count, 2);
	assert_int_equal(first_rule(s)->dport.range[0].high, 27);
	assert_true(first_rule(s)->dst.any && first_rule(s)->sport.any);
	rules_source_destroy(s);
}

static void
test_wrong(void **state)
{
	static const struct {
		const char *src, *port, *code, *under;
	} bad[] = {
		{ "10.0.0.256", "any", "R016", "10.0.0.256" },
		{ "10.0.0.0/33", "any", "R016", "10.0.0.0/33" },
		{ "10.0.0.9-10.0.0.1", "any", "R016", "10.0.0.9-10.0.0.1" },
		{ "10.0.0.1-2001:db8::1", "any", "R016", "10.0.0.1-2001:db8::1" },
		{ "[10.0.0.1,,10.0.0.2]", "any", "R016", "[10.0.0.1,,10.0.0.2]" },
		{ "[]", "any", "R016", "[]" },
		{ "!any", "any", "R019", "!any" },
		{ "[10.0.0.0/8,!10.0.0.0/7]", "any", "R019", "[10.0.0.0/8,!10.0.0.0/7]" },
		{ "mail.example.com", "any", "R016", "mail.example.com" },
		{ "any", "70000", "R017", "70000" },
		{ "any", "30:25", "R017", "30:25" },
		{ "any", ":", "R017", ":" },
		{ "any", "!any", "R019", "!any" },
		{ "any", "[25,smtp]", "R017", "smtp" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "accept:hook smtp:rcpt %s any -> any %s (sid:1;)",
			 bad[i].src, bad[i].port);
		expect_error(text, bad[i].code, bad[i].under);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),	  cmocka_unit_test(test_groups),
		cmocka_unit_test(test_variables),	  cmocka_unit_test(test_ports),
		cmocka_unit_test(test_ranges_are_merged), cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
