/* SPDX-License-Identifier: BSD-3-Clause */
/* Which keys differ between two configurations, and which of them want a restart. */
#include "reading.h"

#include "conf_internal.h"

/* The keys that differ, each with a blank behind it. */
static void
check(const char *a_yaml, const char *b_yaml, const char *want)
{
	char text[512];
	struct conf a, b;
	struct str s;

	str_open(&s, text, sizeof(text));
	reading_good(&a, a_yaml);
	reading_good(&b, b_yaml);
	for (size_t i = 0; i < conf_field_count; i++) {
		assert_true(conf_field_same(&a, &a, &conf_fields[i]));
		assert_int_equal(conf_field_same(&a, &b, &conf_fields[i]),
				 conf_field_same(&b, &a, &conf_fields[i]));
		if (!conf_field_same(&a, &b, &conf_fields[i]))
			str_printf(&s, "%s ", conf_fields[i].path);
	}
	assert_string_equal(text, want);
	conf_free(&b);
	conf_free(&a);
}

static void
test_kinds(void **state)
{
	(void)state;
	check("", "", "");
	check("mode: monitor", "", "mode ");
	check("rule-dir: /a", "rule-dir: /b", "rule-dir ");
	check("cores: {tx: 2}", "cores: {tx: 3}", "cores.tx ");
	check("cores: {tx: inline}", "", "cores.tx ");
	check("rule-files: [a, b]", "rule-files: [a, c]", "rule-files ");
	check("rule-files: [a, b]", "rule-files: [a]", "rule-files ");
	check("\n\nrule-files: [a]", "rule-files: [a]", ""); /* the line does not matter */
	check("ports: {pairs: [[a, b]]}", "ports: {pairs: [[b, a]]}", "ports.pairs ");
	check("vars: {port-groups: {A: 1}}", "vars: {port-groups: {A: 2}}", "vars.port-groups ");
	check("vars: {port-groups: {A: 1}}", "vars: {port-groups: {B: 1}}", "vars.port-groups ");
	check("vars: {port-groups: {A: 1}}", "", "vars.port-groups ");
	check("firewall: {policies: {packet: {filter: a}}}",
	      "firewall: {policies: {packet: {filter: b}}}", "firewall.policies ");
	check("firewall: {policies: {packet: {filter: a}}}",
	      "firewall: {policies: {app: {filter: a}}}", "firewall.policies ");
	check("firewall: {policies: {packet: {filter: a}}}", "", "firewall.policies ");
}

static void
test_restart_keys(void **state)
{
	const char *keys[2] = { NULL, NULL };
	struct conf running, loaded;

	(void)state;
	reading_good(&running, "");
	reading_good(&loaded, "mode: monitor\nrule-files: [a]\n");
	assert_int_equal(conf_restart_keys(&running, &loaded, keys, 2), 0);
	conf_free(&loaded);
	reading_good(&loaded, "mode: monitor\ncores: {rx: 2, mtu: 9000}\nlimits: {events: 16}\n");
	assert_int_equal(conf_restart_keys(&running, &loaded, keys, 2), 3);
	assert_string_equal(keys[0], "cores.rx");
	assert_string_equal(keys[1], "cores.mtu");
	conf_free(&loaded);
	conf_free(&running);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_restart_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
