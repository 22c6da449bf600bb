/* SPDX-License-Identifier: BSD-3-Clause */
/* What is printed reads back to the same. */
#include "reading.h"

#include "conf_internal.h"

/* Key by key, through the table, so that a new key is compared as well. */
static void
check_same(const struct conf *a, const struct conf *b)
{
	for (size_t i = 0; i < conf_field_count; i++) {
		if (!conf_field_same(a, b, &conf_fields[i]))
			fail_msg("%s differs", conf_fields[i].path);
	}
}

static void
check_round(const char *yaml)
{
	void (*const print[])(const struct conf *, FILE *) = { conf_print, conf_print_commented };
	struct conf c, again;

	reading_good(&c, yaml);
	for (int i = 0; i < 2; i++) {
		char *text = reading_printed(print[i], &c);

		reading_good(&again, text);
		check_same(&c, &again);
		conf_free(&again);
		free(text);
	}
	conf_free(&c);
}

static void
test_defaults(void **state)
{
	(void)state;
	check_round("");
}

/* Every key with a value that is not its default. */
static void
test_nothing_is_default(void **state)
{
	static const char yaml[] =
		"eal: {lcores: '0-9', vdev: ['a,b=\"c\"', 'd\\e'], allow: ['0000:01:00.0'],\n"
		"  extra-args: [--log-level, 'lib.eal:8'], no-huge: yes, no-pci: yes,\n"
		"  in-memory: yes, memory-mb: 512, file-prefix: other}\n"
		"ports: {pairs: [[a, b], [c, d]]}\n"
		"cores: {rx: 4, tx: 2, idle: sleep, burst: 16, ring-size: 8192, rxd: 512, txd: 256,\n"
		"  mbufs: 10000, mtu: 9000}\n"
		"limits: {sessions: 17, half-open: 18, hold: 1048577, session-hold: 65537,\n"
		"  session-queue: 19, session-memory: 65539, messages: 20, events: 21}\n"
		"tcp: {timeouts: {syn: 1, handshake: 2, idle: 3, closing: 4, held: 5, dropped: 6},\n"
		"  midstream: yes, checksum: no}\n"
		"smtp: {ports: [1, '2:3'], detect: no, line-max: 513, auth-max: 514, bdat-max: 515,\n"
		"  pending-max: 516, rcpt-max: 517, strict: yes, other-protocol-pass: yes,\n"
		"  data-cmds: [XDATA], binary-data-cmds: [XBDAT], auth-cmds: [X-A],\n"
		"  normalizer: {enabled: yes, inspection-type: stateless, normalize: all,\n"
		"    normalize-cmds: [NOOP], ignore-data: yes, ignore-tls-data: yes,\n"
		"    max-command-line-len: 1, alt-max-command-line-len: ['MAIL:2'],\n"
		"    max-auth-command-line-len: 3, max-header-line-len: 4,\n"
		"    max-response-line-len: 5, alert-unknown-cmds: yes, valid-cmds: [XV],\n"
		"    invalid-cmds: [XI], xlink2state: drop, no-alerts: yes, disable-sids: [7, 18],\n"
		"    print-cmds: yes, log-mailfrom: no, log-rcptto: no, log-filename: no,\n"
		"    log-email-hdrs: yes, email-hdrs-log-depth: 6, memcap: 3277}}\n"
		"mime: {decode-mime: no, extract-urls: no, extract-urls-schemes: [gopher],\n"
		"  log-url-scheme: yes, body-md5: no, header-max: 2KiB, depth-max: 3,\n"
		"  parts-max: 4, digests: [md5], b64-decode-depth: off, qp-decode-depth: 1,\n"
		"  uu-decode-depth: 2KiB, bitenc-decode-depth: 3}\n"
		"firewall: {enabled: no, policies: {default-policy: drop:flow, packet: {pre-flow:\n"
		"  [accept:hook, alert]}, app: {default-policy: drop:flow, smtp: {default-policy:\n"
		"  drop:flow, rcpt: drop:flow, command: {request-complete: reject:flow}}}}}\n"
		"vars: {address-groups: {NEW: \"[1.2.3.4,!1.2.3.5]\", HOME_NET: any},\n"
		"  port-groups: {SMTP_PORTS: '26'}}\n"
		"rule-files: [one.rules, \"t\\two \\u00e9\"]\nrule-dir: /r\ncache-dir: /c\n"
		"classification-file: /c\nreputation-categories-file: /k\nreputation-files: [/l]\n"
		"mode: monitor\nfailure: {overload: open, internal: open}\n"
		"outputs: {log-dir: /l, eve: {enabled: no, strict: yes, types: [alert]},\n"
		"  smtp-log: yes, stats-interval: 7, node: me, user-key-file: k, mail-path: local}\n"
		"notices: {enabled: no, local-nets: [192.0.2.0/24], block-lists: [bl.example],\n"
		"  suspicious-nets: [198.51.100.0/24], suspicious-countries: [AQ],\n"
		"  geoip-database: /g, software: all, suppress: 7}\n"
		"management: {http: '', socket: /s}\n";
	struct conf c, standard;

	(void)state;
	check_round(yaml);
	/* and it is as the name says: otherwise a key is missing above */
	reading_good(&c, yaml);
	assert_int_equal(conf_defaults(&standard), 0);
	for (size_t i = 0; i < conf_field_count; i++) {
		if (conf_field_same(&c, &standard, &conf_fields[i]))
			fail_msg("%s has its default", conf_fields[i].path);
	}
	conf_free(&standard);
	conf_free(&c);
}

static void
test_odd_texts(void **state)
{
	(void)state;
	check_round("rule-dir: \"\\\"\\\\ \\x01 \\x7f: # - \\t\\n\"\n");
	/* line breaks of Unicode, and characters that a reader refuses where they stand raw */
	check_round("rule-dir: \"\\u2028 \\u2029 \\u0085 \\u0080 \\u009f \\ufeff \\ufffe \\uffff\"\n");
	check_round("rule-dir: \"\\u00a0 \\u00e9 \\u2027 \\ufffd \\U0001f600 \\U0010ffff\"\n");
	check_round("cores: {tx: inline, idle: poll}\nrule-dir: 'null'\n");
	check_round("limits: {hold: 1024GiB}\nmime: {header-max: 1025}\n");
}

/* Comments are lines of their own that a terminal shows whole. */
static void
test_comments(void **state)
{
	struct conf c;
	char *text, *line, *rest;
	size_t comments = 0;

	(void)state;
	assert_int_equal(conf_defaults(&c), 0);
	text = reading_printed(conf_print_commented, &c);
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		if (line[strspn(line, " ")] != '#')
			continue;
		comments++;
		assert_true(strlen(line) <= 100);
		assert_true(line[strlen(line) - 1] != ' ');
	}
	assert_true(comments >= conf_field_count);
	free(text);
	conf_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_nothing_is_default),
		cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
