/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rule sets that people wrote in the discussion that began this work, as they wrote them (addresses
 * filled in where they had only dots): they load, and mean what their writers meant.
 */
#include "parse.h"

static struct rules_source *
load(const char *name)
{
	struct rules_source *s =
		rules_source_create(test_vars, sizeof(test_vars) / sizeof(test_vars[0]), NULL);
	char path[512];

	snprintf(path, sizeof(path), "%s/seeds/%s", TEST_DATA, name);
	assert_int_equal(rules_source_file(s, path), 0);
	assert_non_null(rules_source_parsed(s));
	return s;
}

static const struct rule *
good(struct rules_source *s, size_t rules, size_t warnings)
{
	if (rules_error_count(s) != 0 || rules_diag_count(s) != warnings)
		print_diags(s);
	assert_int_equal(rules_error_count(s), 0);
	assert_int_equal(rules_diag_count(s), warnings);
	assert_int_equal(rules_source_parsed(s)->count, rules);
	return first_rule(s);
}

/* No sids there: each rule is numbered, and says so. One names smtp.command without a condition. */
static void
test_mockup(void **state)
{
	struct rules_source *s = load("mockup.rules");
	const struct rule *r = good(s, 15, 16);

	assert_int_equal(r[0].pub.sid, RULES_AUTO_SID + 1);
	assert_int_equal(r[0].pub.hook, RULES_COMMAND_REQUEST_STARTED);
	assert_int_equal(r[0].group[0].field, RULES_MODE);
	assert_int_equal(r[0].group[0].cond[0].num.range[0].low, RULES_MODE_COMMAND);
	assert_true(rules_dataset_has(r[1].group[1].cond[0].dataset.set,
				      SPAN_LIT("alerts@partner.example")));
	assert_int_equal(r[2].pub.action, RULES_REJECT);
	assert_int_equal(r[5].group[0].cond[0].kind, RULES_COND_PCRE);
	assert_true(span_eq(r[5].group[0].cond[0].regex.text, SPAN_LIT("^(HELO|EHLO)$")));
	assert_int_equal(r[6].group[1].cond[0].kind, RULES_COND_BSIZE);
	assert_int_equal(r[8].group_count, 0);
	assert_int_equal(r[8].pub.hook, RULES_COMMAND_RESPONSE_STARTED);
	/* smtp.response_code; content:"220" and smtp.response_code:"250" */
	assert_int_equal(r[10].group[0].cond_count, 0);
	assert_true(span_eq(r[9].group[0].cond[0].content.bytes, SPAN_LIT("MAIL FROM")));
	assert_int_equal(r[10].group[1].cond[0].kind, RULES_COND_CONTENT);
	assert_int_equal(r[14].group[1].cond[0].kind, RULES_COND_NUM);
	rules_source_destroy(s);
}

static void
test_relay(void **state)
{
	struct rules_source *s = load("relay.rules");
	const struct rule *r = good(s, 10, 0);

	assert_int_equal(r[0].pub.hook, RULES_FILTER);
	assert_int_equal(r[0].flow, RULES_FLOW_NOT_ESTABLISHED);
	assert_true(r[1].bidirectional);
	assert_int_equal(r[0].src.count, 2);
	assert_true(r[3].group[1].cond[0].content.ends);
	assert_int_equal(r[7].pub.hook, RULES_COMMAND_REQUEST_COMPLETE);
	assert_int_equal(r[9].pub.sid, 10);
	rules_source_destroy(s);
}

static void
test_gateway_and_pairing(void **state)
{
	struct rules_source *s = load("gateway.rules");
	const struct rule *r = good(s, 11, 0);

	assert_int_equal(r[4].pub.hook, RULES_COMMAND_REQUEST_COMPLETE);
	assert_true(span_eq(r[4].group[1].cond[0].content.bytes, SPAN_LIT("@example.com")));
	rules_source_destroy(s);
	s = load("pairing.rules");
	r = good(s, 4, 0);
	assert_int_equal(r[0].src.range[0].low[14], 40);
	assert_int_equal(r[2].pub.sid, 23);
	rules_source_destroy(s);
}

/* The last note's headers lack direction and destination, and one sid its colon: that is said. */
static void
test_xbits(void **state)
{
	struct rules_source *s = load("xbits-sender.rules");

	assert_int_equal(rules_error_count(s), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(rules_diag(s, i)->code, "R015");
		assert_non_null(strstr(rules_diag(s, i)->hint, "any any -> any any (...)"));
		assert_int_equal(rules_diag(s, i)->source[rules_diag(s, i)->col - 1], '(');
	}
	rules_source_destroy(s);
	s = load("xbits-rcpt.rules");
	assert_int_equal(rules_error_count(s), 4);
	assert_string_equal(rules_diag(s, 3)->code, "R020");
	assert_string_equal(rules_diag(s, 3)->text, "sid needs a value");
	rules_source_destroy(s);
}

/* With the destination written, xbits without track are bits of the transaction. */
static void
test_xbits_corrected(void **state)
{
	struct rules_source *s = parse_good(
		"accept:hook smtp:request_started any any -> any any (smtp.mail_from; content: "
		"\"@corp.example.com>\"; endswith; xbits:set,fw.smtp.mail_from_ok; sid:1;)\n"
		"accept:hook smtp:request_data any any -> any any "
		"(xbits:isset,fw.smtp.mail_from_ok; sid:2;)\n");
	const struct rule *r = first_rule(s);

	assert_int_equal(rules_diag_count(s), 0);
	assert_int_equal(r[0].pub.hook, RULES_REQUEST_STARTED);
	assert_int_equal(r[0].bit[0].track, RULES_TRACK_TX);
	assert_int_equal(r[1].bit[0].op, RULES_BIT_ISSET);
	assert_int_equal(r[1].bit[0].bit[0], r[0].bit[0].bit[0]);
	rules_source_destroy(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mockup),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_gateway_and_pairing),
		cmocka_unit_test(test_xbits),
		cmocka_unit_test(test_xbits_corrected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
