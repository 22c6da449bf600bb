/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of every kind, read into their fields. */
#include "reading.h"

#include <errno.h>
#include <unistd.h>

static void
test_nothing(void **state)
{
	static const char *const each[] = { "", "# nothing\n", "~", "tcp:\n", "outputs: {eve: }\n" };
	struct conf c;

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		reading_good(&c, each[i]);
		assert_string_equal(c.file, "t.yaml");
		assert_int_equal(c.tcp.idle_s, 900);
		conf_free(&c);
	}
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint32_t bytes;
	} each[] = {
		{ "2048", 2048 },	 { "64KiB", 65536 },  { "64 KiB", 65536 }, { "64kb", 65536 },
		{ "64k", 65536 },	 { "1MiB", 1 << 20 }, { "1m", 1 << 20 },   { "1024b", 1024 },
		{ "unlimited", 64 << 20 }, { "'2048'", 2048 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		char yaml[64];
		struct conf c;

		snprintf(yaml, sizeof(yaml), "mime: {header-max: %s}", each[i].text);
		reading_good(&c, yaml);
		assert_int_equal(c.mime.header_max, each[i].bytes);
		conf_free(&c);
	}
}

static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} each[] = { { "30", 30 }, { "30s", 30 }, { "5m", 300 }, { "2h", 7200 }, { "1d", 86400 },
		     { "0", 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		char yaml[64];
		struct conf c;

		snprintf(yaml, sizeof(yaml), "outputs: {stats-interval: %s}", each[i].text);
		reading_good(&c, yaml);
		assert_int_equal(c.outputs.stats_interval_s, each[i].seconds);
		conf_free(&c);
	}
}

static void
test_words_and_bools(void **state)
{
	struct conf c;

	(void)state;
	reading_good(&c, "mode: monitor\nfailure: {overload: open}\n"
			 "cores: {idle: Sleep, tx: 3}\n"
			 "tcp: {midstream: true, checksum: Off}\n"
			 "firewall: {enabled: true}\nmime: {body-md5: 'yes'}\n");
	assert_int_equal(c.mode, CONF_MONITOR);
	assert_int_equal(c.failure.overload, CONF_OPEN);
	assert_int_equal(c.failure.internal, CONF_CLOSED);
	assert_int_equal(c.cores.idle, CONF_IDLE_SLEEP);
	assert_int_equal(c.cores.tx_mode, CONF_TX_CORES);
	assert_int_equal(c.cores.tx, 3);
	assert_true(c.tcp.midstream);
	assert_false(c.tcp.checksum);
	assert_int_equal(c.firewall.enabled, CONF_YES);
	assert_int_equal(c.mime.body_md5, CONF_YES);
	conf_free(&c);
	reading_good(&c, "cores: {tx: inline}");
	assert_int_equal(c.cores.tx_mode, CONF_TX_INLINE);
	assert_int_equal(c.cores.tx, 0);
	conf_free(&c);
}

/* The layout that Suricata's keys have. */
static void
test_mime_as_in_suricata(void **state)
{
	struct conf c;

	(void)state;
	reading_good(&c, "mime:\n  decode-mime: no\n  extract-urls: no\n"
			 "  extract-urls-schemes: [http, https, ftp]\n  log-url-scheme: yes\n"
			 "  body-md5: no\n  digests: [SHA256, md5]\n");
	assert_false(c.mime.decode);
	assert_false(c.mime.urls);
	assert_int_equal(c.mime.url_schemes.count, 3);
	assert_string_equal(c.mime.url_schemes.text[2], "ftp");
	assert_true(c.mime.log_url_scheme);
	assert_int_equal(c.mime.body_md5, CONF_NO);
	assert_string_equal(c.mime.digests.text[0], "sha256"); /* as the table writes it */
	conf_free(&c);
}

static void
test_lists(void **state)
{
	struct conf c;

	(void)state;
	reading_good(&c, "rule-files:\n  - a.rules\n  - b.rules\nsmtp: {ports: 26}\n"
			 "eal: {vdev: ['net_null0,size=64']}\nmime: {extract-urls-schemes: }\n");
	assert_int_equal(c.rule_files.count, 2);
	assert_string_equal(c.rule_files.text[1], "b.rules");
	assert_int_equal(c.rule_files.line[1], 3);
	assert_int_equal(c.smtp.ports.count, 1); /* the file's in place of the default */
	assert_string_equal(c.smtp.ports.text[0], "26");
	assert_string_equal(c.eal.vdev.text[0], "net_null0,size=64");
	assert_int_equal(c.mime.url_schemes.count, 0);
	conf_free(&c);
}

static void
test_pairs(void **state)
{
	struct conf c;

	(void)state;
	reading_good(&c, "ports:\n  pairs:\n    - [net_af_packet0, net_af_packet1]\n"
			 "    - ['0000:01:00.0', 3]\n");
	assert_int_equal(c.ports.count, 4);
	assert_string_equal(c.ports.text[0], "net_af_packet0");
	assert_string_equal(c.ports.text[2], "0000:01:00.0");
	assert_string_equal(c.ports.text[3], "3");
	assert_int_equal(c.ports.line[2], 4);
	conf_free(&c);
}

static const char *
value_of(const struct conf_vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->count; i++) {
		if (strcmp(vars->var[i].name, name) == 0)
			return vars->var[i].value;
	}
	return "(none)";
}

static void
test_vars(void **state)
{
	struct conf c;
	size_t before;

	(void)state;
	assert_int_equal(conf_defaults(&c), 0);
	before = c.address_groups.count;
	conf_free(&c);
	reading_good(&c, "vars:\n  address-groups:\n    HOME_NET: [192.0.2.0/24, '!192.0.2.1']\n"
			 "    PARTNERS: '[198.51.100.0/24]'\n  port-groups:\n    SMTP_PORTS: 25\n");
	assert_int_equal(c.address_groups.count, before + 1);
	assert_string_equal(value_of(&c.address_groups, "HOME_NET"), "[192.0.2.0/24,!192.0.2.1]");
	assert_string_equal(value_of(&c.address_groups, "PARTNERS"), "[198.51.100.0/24]");
	assert_string_equal(value_of(&c.address_groups, "EXTERNAL_NET"), "!$HOME_NET");
	assert_string_equal(value_of(&c.port_groups, "SMTP_PORTS"), "25");
	assert_int_equal(c.address_groups.var[0].line, 3);
	assert_int_equal(c.address_groups.var[1].line, 0);
	conf_free(&c);
}

static void
check_place(const struct conf *c, size_t i, const char *place, const char *actions)
{
	char text[128] = "";

	assert_string_equal(c->firewall.policy[i].place, place);
	for (size_t n = 0; n < c->firewall.policy[i].actions.count; n++) {
		strcat(text, n > 0 ? "," : "");
		strcat(text, c->firewall.policy[i].actions.text[n]);
	}
	assert_string_equal(text, actions);
}

static void
test_policies(void **state)
{
	struct conf c;

	(void)state;
	reading_good(&c, "firewall:\n  policies:\n    default-policy: [\"drop:flow\"]\n"
			 "    packet:\n      filter: [\"drop:packet\", \"alert\"]\n"
			 "      pre-flow: accept:hook\n"
			 "    app:\n      default-policy: drop:flow\n      smtp:\n"
			 "        default-policy: [drop:flow]\n"
			 "        request-started: [\"accept:hook\"]\n        rcpt: [drop:flow]\n"
			 "        command: {request-complete: [\"reject:flow\", \"alert\"]}\n");
	assert_int_equal(c.firewall.policies, 8);
	check_place(&c, 0, "default", "drop:flow");
	check_place(&c, 1, "packet.filter", "drop:packet,alert");
	check_place(&c, 2, "packet.pre_flow", "accept:hook");
	check_place(&c, 3, "app.default", "drop:flow");
	check_place(&c, 4, "app.smtp.default", "drop:flow");
	check_place(&c, 5, "app.smtp.request_started", "accept:hook");
	check_place(&c, 6, "app.smtp.rcpt", "drop:flow");
	check_place(&c, 7, "app.smtp.command.request_complete", "reject:flow,alert");
	assert_int_equal(c.firewall.policy[1].line, 5);
	assert_int_equal(c.firewall.policy[1].col, 15);
	conf_free(&c);
}

/* A second file changes only what it names; of a place it names, all. */
static void
test_one_file_over_another(void **state)
{
	static const char second[] = "smtp: {rcpt-max: 7}\nfirewall: {policies: {packet: {filter: "
				     "[accept:hook]}}}\nvars: {address-groups: {HOME_NET: any}}";
	struct conf_errors errors = { .err = NULL };
	struct conf c;

	(void)state;
	reading_good(&c, "smtp: {line-max: 1024, rcpt-max: 5}\nfirewall: {policies: {packet: "
			 "{filter: [drop:packet, alert], pre-flow: [accept:hook]}}}");
	assert_int_equal(conf_parse(&c, "u.yaml", second, strlen(second), &errors), 0);
	assert_string_equal(c.file, "u.yaml");
	assert_int_equal(c.smtp.line_max, 1024);
	assert_int_equal(c.smtp.rcpt_max, 7);
	assert_int_equal(c.firewall.policies, 2);
	check_place(&c, 0, "packet.filter", "accept:hook");
	check_place(&c, 1, "packet.pre_flow", "accept:hook");
	assert_string_equal(value_of(&c.address_groups, "HOME_NET"), "any");
	conf_free(&c);
}

static void
test_files(void **state)
{
	char path[] = "/tmp/conf-XXXXXX";
	struct conf_errors errors = { .err = NULL };
	int fd = mkstemp(path);
	struct conf c;

	(void)state;
	assert_int_equal(write(fd, "mode: monitor\n", 14), 14);
	close(fd);
	assert_int_equal(conf_defaults(&c), 0);
	assert_int_equal(conf_load(&c, path, &errors), 0);
	assert_string_equal(c.file, path);
	assert_int_equal(c.mode, CONF_MONITOR);
	unlink(path);
	assert_int_equal(conf_load(&c, path, &errors), -ENOENT);
	assert_int_equal(errors.count, 1);
	assert_string_equal(errors.err[0].file, path);
	assert_int_equal(c.mode, CONF_MONITOR);
	conf_errors_free(&errors);
	conf_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_words_and_bools),
		cmocka_unit_test(test_mime_as_in_suricata),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_vars),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_one_file_over_another),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
