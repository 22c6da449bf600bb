/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong in a file: all of it, each with its place and a way out. */
#include "reading.h"

static void
test_unknown_keys(void **state)
{
	(void)state;
	reading_bad("prots: {}\n", "t.yaml:1:1: prots: there is no such key; did you mean 'ports'?\n");
	reading_bad("smtp:\n  line-mx: 5\n",
		    "t.yaml:2:3: smtp.line-mx: there is no such key; did you mean 'line-max'?\n");
	reading_bad("smtp: {line_max: 512}\n",
		    "t.yaml:1:8: smtp.line_max: there is no such key; did you mean 'line-max'?\n");
	/* right word, wrong family */
	reading_bad("smtp: {midstream: yes}\n", "t.yaml:1:8: smtp.midstream: there is no such key; "
						"did you mean 'tcp.midstream'?\n");
	reading_bad("xyzzy: 1\n", "t.yaml:1:1: xyzzy: there is no such key\n");
	/* a path is no key; a family's beginning is none; a value has no keys */
	reading_bad("smtp.strict: yes\n", "t.yaml:1:1: smtp.strict: there is no such key\n");
	reading_bad("\"\": yes\n", "t.yaml:1:1: there is no such key\n");
	reading_bad("<<: {mode: enforce}\n", "t.yaml:1:1: <<: there is no such key\n");
}

static void
test_all_at_once(void **state)
{
	(void)state;
	reading_bad("mode: enforced\ncores: {rx: 0, burst: x}\nsmtp:\n  ports: [25, 70000, '9:8']\n"
		    "tcp: 5\n",
		    "t.yaml:1:7: mode: 'enforced' should be enforce or monitor; "
		    "did you mean enforce?\n"
		    "t.yaml:2:13: cores.rx: '0' should be a number from 1 to 128\n"
		    "t.yaml:2:23: cores.burst: 'x' should be a number from 1 to 512\n"
		    "t.yaml:4:15: smtp.ports[1]: '70000' should be a port from 0 to 65535, or a "
		    "range such as 2525:2530\n"
		    "t.yaml:4:22: smtp.ports[2]: '9:8' should be a port from 0 to 65535, or a "
		    "range such as 2525:2530\n"
		    "t.yaml:5:6: tcp: should hold further keys, not a value\n");
}

static void
test_numbers(void **state)
{
	static const char *const each[] = { "-1", "1.5", "0x10", "1e3", "18446744073709551616", "''",
					    "129", "1 2", "1m" };

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		char yaml[64], want[128];

		snprintf(yaml, sizeof(yaml), "cores: {rx: %s}", each[i]);
		snprintf(want, sizeof(want), "t.yaml:1:13: cores.rx: '%s' should be a number from 1 "
			 "to 128\n", strcmp(each[i], "''") == 0 ? "" : each[i]);
		reading_bad(yaml, want);
	}
}

static void
test_sizes_and_durations(void **state)
{
	(void)state;
	reading_bad("mime: {header-max: 1000}", "t.yaml:1:20: mime.header-max: '1000' should be a "
						"size from 1KiB to 64MiB\n");
	reading_bad("mime: {header-max: off}", "t.yaml:1:20: mime.header-max: 'off' should be a "
					       "size from 1KiB to 64MiB\n");
	reading_bad("mime: {header-max: 1TiB}", "t.yaml:1:20: mime.header-max: '1TiB' should be a "
						"size from 1KiB to 64MiB\n");
	reading_bad("mime: {header-max: 17179869185GiB}",
		    "t.yaml:1:20: mime.header-max: '17179869185GiB' should be a "
		    "size from 1KiB to 64MiB\n");
	reading_bad("tcp: {timeouts: {syn: 2d}}", "t.yaml:1:23: tcp.timeouts.syn: '2d' should be a "
						  "duration from 1 to 86400 seconds\n");
	reading_bad("tcp: {timeouts: {syn: s}}", "t.yaml:1:23: tcp.timeouts.syn: 's' should be a "
						 "duration from 1 to 86400 seconds\n");
}

static void
test_kinds(void **state)
{
	(void)state;
	reading_bad("mode: [enforce]", "t.yaml:1:7: mode: should be one value, not a list\n");
	reading_bad("mode: {a: b}", "t.yaml:1:7: mode: should be one value, not a map\n");
	reading_bad("mode:", "t.yaml:1:6: mode: has no value; leave the key out for its default\n");
	reading_bad("rule-files: {a: b}", "t.yaml:1:13: rule-files: should be a list, not a map\n");
	reading_bad("rule-files: [a, [b], '']", "t.yaml:1:17: rule-files[1]: should be a text\n"
						"t.yaml:1:22: rule-files[2]: should be a text\n");
	reading_bad("smtp: {strict: 'yes'}", "t.yaml:1:16: smtp.strict: should be yes or no, not a "
					     "text; write it without quotes\n");
	reading_bad("smtp: {strict: maybe}",
		    "t.yaml:1:16: smtp.strict: 'maybe' should be yes or no\n");
	reading_bad("smtp: []", "t.yaml:1:7: smtp: should hold further keys, not a value\n");
	reading_bad("- mode", "t.yaml:1:1: a configuration is a map of keys and values\n");
	reading_bad("cores: {tx: some}", "t.yaml:1:13: cores.tx: 'some' should be auto, inline or a "
					 "number from 1 to 128\n");
	reading_bad("mime: {digests: [sha265]}", "t.yaml:1:18: mime.digests[0]: 'sha265' should be "
						 "md5, sha1 or sha256; did you mean sha256?\n");
}

static void
test_pairs(void **state)
{
	(void)state;
	reading_bad("ports: {pairs: a}", "t.yaml:1:16: ports.pairs: should be a list of pairs; write "
					 "for example [[net_af_packet0, net_af_packet1]]\n");
	reading_bad("ports: {pairs: [a, b]}",
		    "t.yaml:1:17: ports.pairs[0]: a wire has two ports; write each as [a, b]\n"
		    "t.yaml:1:20: ports.pairs[1]: a wire has two ports; write each as [a, b]\n");
	reading_bad("ports: {pairs: [[a, b, c]]}",
		    "t.yaml:1:17: ports.pairs[0]: a wire has two ports; write each as [a, b]\n");
}

static void
test_vars(void **state)
{
	(void)state;
	reading_bad("vars: {address-groups: {'1 X': any, Y: {}, Z: [[]], W: }}",
		    "t.yaml:1:25: vars.address-groups.1 X: this is no name for a group; letters, "
		    "digits, - and _, a letter first\n"
		    "t.yaml:1:40: vars.address-groups.Y: should be a text or a list of texts\n"
		    "t.yaml:1:48: vars.address-groups.Z[0]: should be a text\n"
		    "t.yaml:1:56: vars.address-groups.W: should be a text or a list of texts\n");
	reading_bad("vars: {port-groups: 25}", "t.yaml:1:21: vars.port-groups: should hold names and "
					       "values; write for example HOME_NET: "
					       "\"[192.0.2.0/24]\" below it\n");
}

static void
test_policies(void **state)
{
	(void)state;
	reading_bad("firewall: {policies: [drop:flow]}",
		    "t.yaml:1:22: firewall.policies: should hold packet, app or default-policy; "
		    "write for example app: {smtp: {request-started: [\"accept:hook\"]}}\n");
	reading_bad("firewall: {policies: {packet: {filter: []}}}",
		    "t.yaml:1:40: firewall.policies.packet.filter: no action is named; write for "
		    "example [\"drop:flow\", \"alert\"], or leave the key out\n");
	reading_bad("firewall: {policies: {packet: {filter: [[a]]}}}",
		    "t.yaml:1:41: firewall.policies.packet.filter[0]: should be an action such as "
		    "drop:flow or alert\n");
	reading_bad("firewall:\n policies:\n  packet: {pre-flow: drop:flow}\n"
		    "  \"packet.pre_flow\": accept:hook\n",
		    "t.yaml:4:3: firewall.policies.packet.pre_flow: this place stands in line 3 "
		    "already\n");
}

static void
test_no_yaml(void **state)
{
	struct conf_errors errors = { .err = NULL };
	struct conf c;

	(void)state;
	assert_int_equal(conf_defaults(&c), 0);
	assert_true(conf_parse(&c, "t.yaml", "a: [", 4, &errors) < 0);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.err[0].file, "t.yaml");
	assert_true(errors.err[0].line > 0);
	conf_errors_free(&errors);
	assert_true(conf_parse(&c, "t.yaml", "a: [", 4, NULL) < 0); /* nobody listens */
	conf_free(&c);
}

/* A file of nothing but errors is not read to its end. */
static void
test_flood(void **state)
{
	struct conf_errors errors = { .err = NULL };
	char *yaml = malloc(200000);
	size_t at = 0;
	struct conf c;

	(void)state;
	for (int i = 0; i < 5000; i++)
		at += (size_t)sprintf(yaml + at, "unknown-%d: 1\n", i);
	assert_int_equal(conf_defaults(&c), 0);
	assert_true(conf_parse(&c, "t.yaml", yaml, at, &errors) < 0);
	assert_int_equal(errors.count, 1000);
	conf_errors_free(&errors);
	conf_free(&c);
	free(yaml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_sizes_and_durations),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_vars),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_no_yaml),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
