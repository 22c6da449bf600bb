/* SPDX-License-Identifier: BSD-3-Clause */
/* smtp.normalizer: its settings for parser and inspection, and which alerts of gid 124 it makes. */
#include "policing.h"
#include "smtp.h"

/* The sids of gid 124 that the keys make, in order. */
static void
expect_sids(const char *keys, const char *want)
{
	char yaml[512], got[256];
	const struct policy *p;
	struct str s;

	snprintf(yaml, sizeof(yaml), "smtp: {normalizer: {enabled: yes%s}}\n", keys);
	p = police(yaml, NULL);
	str_open(&s, got, sizeof(got));
	for (size_t i = 0; i < rules_count(p->rules); i++) {
		const struct rules_rule *r = rules_at(p->rules, i);

		assert_int_equal(r->gid, 124);
		str_printf(&s, "%s%s%s%u", i > 0 ? " " : "",
			   r->action == RULES_DROP ? "drop " : "", r->noalert ? "quiet " : "", r->sid);
	}
	assert_string_equal(got, want);
	police_end();
}

#define NO_LIMITS ", alt-max-command-line-len: []"
#define ALWAYS "7 8 9 10 11 12 13 14 15 17 18"

static void
test_alerts(void **state)
{
	(void)state;
	/* Snort's limits of verbs are ours. */
	expect_sids("", "4 " ALWAYS);
	expect_sids(NO_LIMITS, ALWAYS);
	expect_sids(", alt-max-command-line-len: [\"RCPT:300\"]", "4 " ALWAYS);
	expect_sids(NO_LIMITS ", max-command-line-len: 512", "1 " ALWAYS);
	expect_sids(NO_LIMITS ", max-header-line-len: 1000", "2 " ALWAYS);
	expect_sids(NO_LIMITS ", max-response-line-len: 512", "3 " ALWAYS);
	expect_sids(NO_LIMITS ", alert-unknown-cmds: yes", "5 " ALWAYS);
	expect_sids(NO_LIMITS ", invalid-cmds: [VRFY]", "6 " ALWAYS);
	expect_sids(NO_LIMITS ", max-auth-command-line-len: 0", "7 8 9 10 11 12 13 14 17 18");
	expect_sids(NO_LIMITS ", xlink2state: disable", "7 9 10 11 12 13 14 15 17 18");
	expect_sids(NO_LIMITS ", xlink2state: drop", "7 drop 8 9 10 11 12 13 14 15 17 18");
	expect_sids(NO_LIMITS ", disable-sids: [\"7\", \"15\"]", "8 9 10 11 12 13 14 17 18");
	/* no-alerts: only what stops something is left, and says nothing. */
	expect_sids(", no-alerts: yes", "");
	expect_sids(", no-alerts: yes, xlink2state: drop", "drop quiet 8");
}

static void
test_off(void **state)
{
	const struct policy *p = police("smtp: {normalizer: {max-header-line-len: 9, ignore-data: yes}}\n", NULL);

	(void)state;
	assert_int_equal(rules_count(p->rules), 0);
	assert_false(p->normalizer.enabled || p->normalizer.ignore_data);
	assert_int_equal(p->normalizer.header_line_max, 0);
	assert_null(p->normalizer.verbs);
	assert_int_equal(p->normal->command_max, 0);
	/* Which verbs carry data is asked without it too. */
	assert_true(smtp_listed(p->normal->data_verbs, SPAN_LIT("DATA")));
	assert_true(smtp_listed(p->normal->chunk_verbs, SPAN_LIT("BDAT")));
	assert_true(smtp_listed(p->normal->auth_verbs, SPAN_LIT("AUTH")));
	police_end();
}

static void
test_parser(void **state)
{
	const struct policy *p = police(
		"smtp: {normalizer: {enabled: yes, max-command-line-len: 100, max-response-line-len: 200,\n"
		"  max-auth-command-line-len: 300, alt-max-command-line-len: [\"RCPT:30\", \"MAIL:40\"],\n"
		"  invalid-cmds: [VRFY], alert-unknown-cmds: yes, valid-cmds: [XYZZY],\n"
		"  inspection-type: stateless, xlink2state: disable}, data-cmds: [DATA, XDATA]}\n", NULL);
	const struct smtp_normal *n = p->normal;

	(void)state;
	assert_int_equal(n->command_max, 100);
	assert_int_equal(n->reply_max, 200);
	assert_int_equal(n->auth_max, 300);
	assert_string_equal(n->verb_max[0].verb, "RCPT");
	assert_int_equal(n->verb_max[0].max, 30);
	assert_string_equal(n->verb_max[1].verb, "MAIL");
	assert_int_equal(n->verb_max[1].max, 40);
	assert_null(n->verb_max[2].verb);
	assert_true(smtp_listed(n->invalid, SPAN_LIT("VRFY")));
	assert_false(n->xlink2state || n->history);
	assert_true(smtp_listed(n->data_verbs, SPAN_LIT("XDATA")));
	/* What is a verb of data is a known one. */
	assert_true(smtp_listed(n->valid, SPAN_LIT("XDATA")));
	assert_true(smtp_listed(n->valid, SPAN_LIT("XYZZY")));
	assert_true(smtp_listed(n->valid, SPAN_LIT("EHLO")));
	assert_false(smtp_listed(n->valid, SPAN_LIT("PLUGH")));
	police_end();
}

static void
test_inspection(void **state)
{
	const struct policy *p = police("smtp: {normalizer: {enabled: yes}}\n", NULL);

	(void)state;
	assert_null(p->normal->valid); /* nobody asks which are unknown */
	assert_false(p->normalizer.all || p->normalizer.ignore_data || p->normalizer.ignore_tls_data ||
		     p->normalizer.hide_mailfrom || p->normalizer.hide_rcptto || p->normalizer.hide_filename);
	assert_non_null(p->normalizer.cmds);
	assert_int_equal(p->normalizer.header_depth, 0);
	assert_int_equal(p->normalizer.headers, 0);
	police_end();
	p = police("smtp: {normalizer: {enabled: yes, normalize: all, ignore-data: yes, ignore-tls-data: yes,\n"
		   "  log-mailfrom: no, log-rcptto: no, log-filename: no, log-email-hdrs: yes,\n"
		   "  email-hdrs-log-depth: 1024, memcap: 8192, max-header-line-len: 70}}\n", NULL);
	assert_true(p->normalizer.all && p->normalizer.ignore_data && p->normalizer.ignore_tls_data &&
		    p->normalizer.hide_mailfrom && p->normalizer.hide_rcptto && p->normalizer.hide_filename);
	assert_null(p->normalizer.cmds);
	assert_int_equal(p->normalizer.header_line_max, 70);
	assert_int_equal(p->normalizer.header_depth, 1024);
	assert_int_equal(p->normalizer.headers, 8192 / (3072 + 1024));
	police_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alerts), cmocka_unit_test(test_off),
		cmocka_unit_test(test_parser), cmocka_unit_test(test_inspection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
