/* SPDX-License-Identifier: BSD-3-Clause */
/* Values that are right alone and wrong together. */
#include "reading.h"

static void
check(const char *yaml, const char *want)
{
	struct conf_errors errors = { .err = NULL };
	struct conf c;
	char *text;

	reading_good(&c, yaml);
	assert_int_equal(conf_check(&c, &errors) != 0, want[0] != '\0');
	text = reading_errors(&errors);
	assert_string_equal(text, want);
	free(text);
	conf_errors_free(&errors);
	conf_free(&c);
}

static void
test_good(void **state)
{
	static const char *const each[] = {
		"",
		"eal: {lcores: '0-2'}\ncores: {rx: 1, tx: 1}",
		"eal: {lcores: '0,2-3,7'}\ncores: {rx: 3}",
		"eal: {lcores: '(0-7)@(0-1)'}\ncores: {rx: 7}",
		"eal: {lcores: '0@1,1@2,2@(3,4)'}\ncores: {rx: 2}",
		"eal: {lcores: 'odd'}\ncores: {rx: 100}", /* EAL will say */
		"cores: {ring-size: 64, burst: 64, mbufs: 4096}",
		"smtp: {ports: []}",
		"management: {http: ''}",
		"management: {http: '[::1]:80'}",
		"management: {http: 'unix:/run/x'}",
		"ports: {pairs: [[a, b], [c, d]]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		check(each[i], "");
}

#define V8 "V, V, V, V, V, V, V, V, "
#define V64 V8 V8 V8 V8 V8 V8 V8 V8

static void
test_verbs(void **state)
{
	(void)state;
	check("smtp: {normalizer: {alt-max-command-line-len: ['RCPT:300', 'X-A_1:0']}}", "");
	check("smtp:\n  normalizer:\n    valid-cmds: [" V64 V64 V64 V64 "]", "");
	check("smtp:\n  normalizer:\n    valid-cmds: [" V64 V64 V64 V64 "V]",
	      "t.yaml:3: smtp.normalizer.valid-cmds: 257 verbs are more than 256\n");
	check("smtp: {normalizer: {alt-max-command-line-len: [RCPT]}}",
	      "t.yaml:1: smtp.normalizer.alt-max-command-line-len: 'RCPT' is no verb with its limit; write "
	      "VERB:BYTES with at most 65535 bytes, as RCPT:300\n");
	check("smtp: {normalizer: {alt-max-command-line-len: ['RCPT:65536']}}",
	      "t.yaml:1: smtp.normalizer.alt-max-command-line-len: 'RCPT:65536' is no verb with its limit; "
	      "write VERB:BYTES with at most 65535 bytes, as RCPT:300\n");
	check("smtp:\n  auth-cmds: ['A B']\n  normalizer: {valid-cmds: ['a;b']}",
	      "t.yaml:2: smtp.auth-cmds: 'A B' is no verb; write one word of letters, digits and hyphens, as "
	      "RCPT\nt.yaml:3: smtp.normalizer.valid-cmds: 'a;b' is no verb; write one word of letters, "
	      "digits and hyphens, as RCPT\n");
}

static void
test_cores(void **state)
{
	static const char *const few[] = { "0-2", "0,1,2", "(0-2)@5", "0@9,1@(2-4),2@7" };

	(void)state;
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++) {
		char yaml[128];

		snprintf(yaml, sizeof(yaml), "eal: {lcores: '%s'}\ncores: {rx: 2, tx: 1}", few[i]);
		check(yaml, "t.yaml: eal.lcores: names 3 lcores, but 4 are needed; one for "
			    "management, 2 receiving, 1 sending\n");
	}
	check("cores: {ring-size: 1000}", "t.yaml: cores.ring-size: 1000 is no power of two\n");
	check("cores: {ring-size: 64, burst: 128}",
	      "t.yaml: cores.burst: 128 frames do not fit a ring of 64 or a queue of 1024\n");
	check("cores: {mbufs: 4095}", "t.yaml: cores.mbufs: 4095 do not fill the queues of one pair "
				      "of ports; at least 2 * (rxd + txd) = 4096, or 0\n");
	check("eal: {no-huge: yes, in-memory: yes}",
	      "t.yaml: eal: no-huge and in-memory exclude each other; choose in-memory where there "
	      "are hugepages, else no-huge\n");
}

static void
test_ports(void **state)
{
	(void)state;
	check("ports:\n  pairs:\n  - [a, b]\n  - [c, a]\n",
	      "t.yaml:4: ports.pairs: 'a' is in two places\n");
	check("ports: {pairs: [[a, a]]}", "t.yaml:1: ports.pairs: 'a' is in two places\n");
	check("smtp: {ports: [], detect: no}", "t.yaml: smtp.ports: nothing is guarded; name ports, or set "
				   "smtp.detect: yes\n");
}

static void
test_limits(void **state)
{
	(void)state;
	check("limits: {hold: 1MiB, session-hold: 2MiB}",
	      "t.yaml: limits.session-hold: one session may hold more than all together "
	      "(limits.hold)\n");
	check("limits: {messages: 200, sessions: 100}",
	      "t.yaml: limits.messages: more messages (200) than sessions (100)\n");
	check("limits: {session-hold: 16KiB}",
	      "t.yaml: limits.session-hold: too small to hold one line; a direction has "
	      "half of it; smtp.line-max and smtp.auth-max must fit\n");
	check("tcp: {timeouts: {idle: 20}}", "t.yaml: tcp.timeouts.handshake: longer than idle\n"
					     "t.yaml: tcp.timeouts.held: longer than idle\n");
}

static void
test_outputs(void **state)
{
	static const char *const bad[] = { "9125", ":9125", "127.0.0.1", "127.0.0.1:0",
					   "127.0.0.1:65536", "::1:80", "[::1:80", "unix:relative",
					   "a:b" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char yaml[128], want[256];

		snprintf(yaml, sizeof(yaml), "management: {http: '%s'}", bad[i]);
		snprintf(want, sizeof(want), "t.yaml: management.http: '%s' is no place to listen; "
			 "write 127.0.0.1:9125, [::1]:9125 or unix:/run/postern/http.socket\n",
			 bad[i]);
		check(yaml, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_cores),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
