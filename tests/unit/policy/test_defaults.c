/* SPDX-License-Identifier: BSD-3-Clause */
/* Default policies: built in, inherited from each level, refused where they cannot be done. */
#include "policing.h"

static void
expect(const char *place, const char *want)
{
	int hook = rules_hook_by_place(place);
	char text[64];

	assert_true(hook >= 0);
	policy_default_text(policing.built.policy, (enum rules_hook)hook, text, sizeof(text));
	if (strcmp(text, want) != 0)
		fail_msg("%s: %s, not %s", place, text, want);
}

static void
test_built_in(void **state)
{
	(void)state;
	police("", NULL);
	expect("packet.pre_flow", "accept:hook");
	expect("packet.pre_stream", "accept:hook");
	expect("packet.filter", "drop:packet");
	for (unsigned h = RULES_REQUEST_STARTED; h < RULES_HOOK_DETECT; h++)
		assert_string_equal(policy_default_text(policing.built.policy, h, (char[64]){ 0 }, 64),
				    "drop:flow");
	police_end();
}

/* The narrowest place that says something counts, whatever the order in the file. */
static void
test_inherited(void **state)
{
	(void)state;
	police("firewall:\n"
	       "  policies:\n"
	       "    app:\n"
	       "      smtp:\n"
	       "        rcpt: [\"reject:flow\", \"alert\"]\n"
	       "        command:\n"
	       "          default-policy: [\"accept:tx\"]\n"
	       "          request-complete: [\"drop:flow\", \"alert\"]\n"
	       "        default-policy: [\"accept:flow\"]\n"
	       "      default-policy: [\"reject:flow\"]\n"
	       "    packet:\n"
	       "      filter: [\"accept:packet\"]\n",
	       NULL);
	expect("smtp.rcpt", "reject:flow,alert");
	expect("smtp.command.request_complete", "drop:flow,alert");
	expect("smtp.command.request_started", "accept:tx");
	expect("smtp.command.response_complete", "accept:tx");
	expect("smtp.mail", "accept:flow");
	expect("smtp.request_started", "accept:flow");
	expect("packet.filter", "accept:packet");
	expect("packet.pre_flow", "accept:hook"); /* of another table */
	police_end();
	police("firewall: {policies: {app: {default-policy: [\"reject:flow\"], smtp: {helo: [\"drop:flow\"]}}}}\n",
	       NULL);
	expect("smtp.helo", "drop:flow");
	expect("smtp.mail", "reject:flow");
	expect("smtp.command.request_started", "reject:flow");
	expect("packet.filter", "drop:packet");
	police_end();
	police("firewall: {policies: {default-policy: [\"accept:hook\", \"alert\"]}}\n", NULL);
	expect("packet.filter", "accept:hook,alert");
	expect("smtp.close", "accept:hook,alert");
	police_end();
}

static void
refused(const char *policies, size_t errors, const char *said)
{
	char yaml[256];

	snprintf(yaml, sizeof(yaml), "firewall: {policies: {%s}}\n", policies);
	police_try(yaml, NULL, false);
	assert_int_equal(policing.rc, -EINVAL);
	assert_null(policing.built.policy);
	assert_int_equal(policing.built.errors, errors);
	if (strstr(policing.said, said) == NULL)
		fail_msg("%s", policing.said);
	police_end();
}

static void
test_refused(void **state)
{
	(void)state;
	refused("app: {smtp: {helo: [\"accept:packet\"]}}", 1, "t.yaml:1:");
	refused("app: {smtp: {helo: [\"accept:packet\"]}}", 1, "possible there: accept:hook");
	refused("packet: {pre-flow: [\"drop:flow\"]}", 1, "not possible");
	refused("app: {smtp: {helo: [\"alert\"]}}", 1, "no verdict");
	refused("app: {smtp: {helo: [\"drop:flow\", \"accept:hook\"]}}", 1, "second verdict");
	refused("app: {smtp: {helo: [\"dorp:flow\"]}}", 1, "unknown action");
	/* What is inherited must be possible at each hook that inherits it. */
	refused("packet: {default-policy: [\"drop:flow\"]}", 1, "packet:pre_flow");
	/* All of them at once. */
	refused("app: {smtp: {helo: [\"accept:packet\"], mail: [\"alert\"]}}", 2, "no verdict");
}

static void
test_json(void **state)
{
	(void)state;
	police_try("firewall: {policies: {app: {smtp: {helo: [\"acc\\\"ept\"]}}}}\n", NULL, true);
	assert_int_equal(policing.rc, -EINVAL);
	assert_non_null(strstr(policing.said, "\"code\":\"P001\""));
	assert_non_null(strstr(policing.said, "\"line\":1,"));
	assert_non_null(strstr(policing.said, "acc\\\"ept"));
	police_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in), cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
