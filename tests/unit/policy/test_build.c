/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration and its rules to a policy, and rules to a verdict through it: which decides. */
#include "policing.h"

static struct {
	struct rules_worker *worker;
	struct pool *pool;
	struct arena arena, flow_arena;
	struct rules_flow flow;
	struct rules_tx tx;
	struct rules_packet packet;
	struct rules_values values;
	struct rules_hits hits;
	struct policy_verdict v;
} run;

static const char *
begin(const char *yaml, const char *rules)
{
	memset(&run, 0, sizeof(run));
	run.worker = rules_worker_create(police(yaml, rules)->rules, 4);
	assert_non_null(run.worker);
	run.pool = pool_create("police", 4096, 16, 0);
	arena_open(&run.arena, run.pool, 32768);
	arena_open(&run.flow_arena, run.pool, 16384);
	run.packet = (struct rules_packet){ .sport = 40000, .dport = 25, .ip_version = 4, .ip_proto = 6,
					    .kind = RULES_P_TCP, .to_server = true,
					    .established = true, .flow_known = true };
	return policing.said;
}

static void
end(void)
{
	rules_tx_close(run.worker, &run.tx);
	arena_close(&run.arena);
	arena_close(&run.flow_arena);
	rules_worker_destroy(run.worker);
	pool_destroy(run.pool);
	police_end();
}

/* One recipient; the sid that decided, 0: a default. */
static uint32_t
rcpt(const char *path)
{
	const struct policy *p = policing.built.policy;
	struct rules_event ev = { .hooks = { RULES_REQUEST_STARTED, RULES_AT_RCPT }, .hook_count = 2,
				  .to_server = true, .packet = &run.packet, .values = &run.values,
				  .arena = &run.arena, .flow_arena = &run.flow_arena, .now_us = 1000000,
				  .detect = true, .firewall = p->firewall };

	memset(&run.values, 0, sizeof(run.values));
	rules_value(&run.values, RULES_COMMAND, SPAN_LIT("RCPT TO"), true);
	rules_value(&run.values, RULES_RCPT_TO, span_str(path), true);
	rules_event(run.worker, &run.flow, &run.tx, &ev, &run.hits);
	policy_decide(p, &ev, &run.hits, false, false, &run.v);
	return run.v.rule != NULL ? run.v.rule->sid : 0;
}

static uint32_t
frame(enum rules_hook hook)
{
	const struct policy *p = policing.built.policy;

	rules_packet(run.worker, &run.flow, &run.packet, hook, p->firewall, 1000000, &run.hits);
	policy_decide_packet(p, hook, &run.hits, true, false, &run.v);
	return run.v.rule != NULL ? run.v.rule->sid : 0;
}

static void
test_first_decides(void **state)
{
	(void)state;
	begin("", "accept:hook smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"ann\"; sid:1;)\n"
		  "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"@\"; sid:2;)\n"
		  "reject:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"bob\"; sid:3;)\n");
	assert_int_equal(rcpt("<ann@x>"), 1);
	assert_int_equal(run.v.kind, POLICY_ACCEPT);
	assert_int_equal(rcpt("<bob@x>"), 2);
	assert_int_equal(run.v.kind, POLICY_DROP_FLOW);
	assert_int_equal(rcpt("<bob>"), 3);
	assert_int_equal(run.v.kind, POLICY_REJECT_FLOW);
	assert_true(run.v.reset_client && run.v.reset_server);
	assert_int_equal(rcpt("<eve>"), 0);
	assert_int_equal(run.v.kind, POLICY_DROP_FLOW);
	assert_int_equal(run.v.cause, POLICY_BY_APP_DEFAULT);
	end();
}

/* Every table has its own say about a frame, in whatever order its rules are written. */
static void
test_tables(void **state)
{
	(void)state;
	begin("", "alert tcp any any -> any any (dsize:0; sid:4;)\n"
		  "drop:flow tcp:all any any -> any any (ttl:9; sid:3;)\n"
		  "drop:packet tcp:pre_stream any any -> any any (ttl:8; sid:2;)\n"
		  "drop:packet ip:pre_flow any any -> any any (ttl:7; sid:1;)\n"
		  "accept:packet tcp:all any any -> any any (ttl:1; sid:5;)\n");
	run.packet.ttl = 7;
	assert_int_equal(frame(RULES_PRE_FLOW), 1);
	assert_int_equal(run.v.kind, POLICY_DROP_PACKET);
	assert_int_equal(run.v.cause, POLICY_BY_PRE_FLOW);
	assert_int_equal(frame(RULES_PRE_STREAM), 0);
	assert_int_equal(run.v.kind, POLICY_ACCEPT);
	run.packet.ttl = 8;
	assert_int_equal(frame(RULES_PRE_FLOW), 0);
	assert_int_equal(frame(RULES_PRE_STREAM), 2);
	run.packet.ttl = 9;
	assert_int_equal(frame(RULES_FILTER), 3);
	assert_int_equal(run.v.kind, POLICY_DROP_FLOW);
	run.packet.ttl = 64;
	assert_int_equal(frame(RULES_FILTER), 0);
	assert_int_equal(run.v.kind, POLICY_DROP_PACKET);
	assert_int_equal(run.v.cause, POLICY_BY_PACKET_DEFAULT);
	run.packet.ttl = 1;
	assert_int_equal(frame(RULES_FILTER), 5);
	assert_int_equal(run.hits.count, 2); /* detection is asked behind the firewall */
	end();
}

/* accept:hook,alert: a verdict with an event; drop with pass has no sense and is refused. */
static void
test_multi_action(void **state)
{
	(void)state;
	begin("", "accept:hook,alert smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"a\"; sid:1;)\n"
		  "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"b\"; sid:2;)\n");
	assert_int_equal(rcpt("<a>"), 1);
	assert_true(run.hits.hit[0].alert);
	assert_int_equal(run.v.kind, POLICY_ACCEPT);
	assert_int_equal(rcpt("<b>"), 2);
	assert_false(run.hits.hit[0].alert);
	end();
	police_try("", "drop:flow,accept:hook smtp:rcpt any any -> any any (sid:1;)\n", false);
	assert_int_equal(policing.rc, -EINVAL);
	police_end();
}

/* enforce:no tells and leaves the decision to who comes behind it. */
static void
test_enforce_no(void **state)
{
	(void)state;
	begin("", "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"a\"; enforce:no; sid:1;)\n"
		  "accept:hook smtp:rcpt any any -> any any (sid:2;)\n"
		  "drop smtp any any -> any any (smtp.rcpt_to; content:\"a\"; enforce:no; sid:3;)\n");
	assert_int_equal(rcpt("<a>"), 2);
	assert_int_equal(run.v.kind, POLICY_ACCEPT);
	assert_false(run.v.would); /* its hit says so */
	assert_int_equal(run.hits.count, 3);
	for (unsigned i = 0; i < run.hits.count; i++)
		assert_int_equal(run.hits.hit[i].would, run.hits.hit[i].rule->sid != 2);
	end();
}

static void
test_monitor(void **state)
{
	(void)state;
	begin("mode: monitor\n", "drop:flow smtp:rcpt any any -> any any (smtp.rcpt_to; content:\"a\"; sid:1;)\n");
	assert_int_equal(rcpt("<a>"), 1);
	assert_int_equal(run.v.kind, POLICY_ACCEPT);
	assert_true(run.v.would);
	assert_int_equal(run.v.would_kind, POLICY_DROP_FLOW);
	assert_int_equal(rcpt("<b>"), 0);
	assert_true(run.v.would); /* the default, too */
	end();
}

/* The firewall is engaged by a rule of its own or by the configuration, families by their rules. */
static void
test_engaged(void **state)
{
	static const char detect[] = "alert smtp any any -> any any (smtp.rcpt_to; content:\"a\"; sid:1;)\n";
	const struct policy *p;

	(void)state;
	p = police("", NULL);
	assert_false(p->firewall || p->stops);
	police_end();
	p = police("", detect);
	assert_false(p->firewall || p->stops);
	police_end();
	p = police("", "drop smtp any any -> any any (smtp.rcpt_to; content:\"a\"; sid:1;)\n");
	assert_true(!p->firewall && p->stops);
	police_end();
	p = police("firewall: {enabled: yes}\n", detect);
	assert_true(p->firewall && p->stops && p->engaged[RULES_MESSAGE]);
	assert_false(p->engaged[RULES_STATE] || p->engaged[RULES_DIALOGUE]);
	police_end();
	p = police("", "accept:hook smtp:rcpt any any -> any any (sid:1;)\n");
	assert_true(p->firewall && p->engaged[RULES_STATE] && !p->engaged[RULES_MESSAGE]);
	police_end();
	p = police("firewall: {enabled: no}\n", "accept:hook smtp:rcpt any any -> any any (sid:1;)\n");
	assert_false(p->firewall);
	police_end();
}

/* What rules ask for is computed, whatever the configuration left out. */
static void
test_settings(void **state)
{
	const struct policy *p = police("mime: {digests: [], extract-urls: no}\nsmtp: {ports: [25, \"1000:1001\"], detect: no}\n",
		"alert smtp any any -> any any (file.md5; bsize:32; email.url; content:\"a\"; sid:1;)\n"
		"alert smtp any any -> any any (email.body_md5; bsize:32; sid:2;)\n");

	(void)state;
	assert_int_equal(p->digests, 1);
	assert_true(p->urls && p->body_md5);
	assert_true(policy_guards(p, 25) && policy_guards(p, 1000) && policy_guards(p, 1001));
	assert_false(policy_guards(p, 1002) || policy_guards(p, 587));
	police_end();
	p = police("mime: {digests: [sha256], body-md5: no}\n", NULL);
	assert_int_equal(p->digests, 4);
	assert_false(p->body_md5);
	police_end();
}

static void
test_refused(void **state)
{
	(void)state;
	police_try("", "accept:hook smtp:rcpt any any -> any any (nosuch; sid:1;)\n"
		       "dorp:flow smtp:rcpt any any -> any any (sid:1;)\n", false);
	assert_int_equal(policing.rc, -EINVAL);
	assert_null(policing.built.policy);
	assert_int_equal(policing.built.errors, 2);
	assert_non_null(strstr(policing.said, "error[R014]"));
	assert_non_null(strstr(policing.said, ":1:43"));
	assert_non_null(strstr(policing.said, "error[R010]"));
	police_end();
	police_try("rule-files: [/no/such.rules]\n", NULL, false);
	assert_int_equal(policing.rc, -EINVAL);
	assert_non_null(strstr(policing.said, "error[R001]"));
	police_end();
	police("", "accept:hook tcp:all any any -> any any ()\n");
	assert_int_equal(policing.built.warnings, 1);
	assert_non_null(strstr(policing.said, "warning[R027]"));
	assert_int_equal(policing.built.rules, 1);
	assert_int_equal(policing.built.firewall_rules, 1);
	police_end();
}

/* Exactly this warning, or none. */
static void
warned(const char *yaml, const char *rules, const char *said)
{
	police(yaml, rules);
	if (policing.built.warnings != (said != NULL) ||
	    (said != NULL && strstr(policing.said, said) == NULL))
		fail_msg("%zu warnings: %s", policing.built.warnings, policing.said);
	police_end();
}

#define FRAMES "accept:hook tcp:all any any <> any any (sid:1;)\n"
#define RCPT "drop:flow smtp:rcpt any any -> any any (sid:3;)\n"
#define BODY "accept:hook smtp:body any any -> any any (sid:4;)\n"

static void
test_empty(void **state)
{
	(void)state;
	warned("", NULL, NULL);
	warned("", "# none yet\n", "nothing is matched, and everything passes");
	warned("firewall: {enabled: yes}\n", "", "drop:packet for frames, drop:flow for mail");
	warned("", FRAMES, NULL);
}

/* Rules behind a hook where nothing is let go. */
static void
test_unreachable(void **state)
{
	(void)state;
	warned("", RCPT, "rules at smtp:rcpt can never match: nothing is let go at packet:filter");
	warned("", "drop:packet tcp:all any any <> any any (sid:1;)\n" RCPT, "packet:filter");
	warned("", "accept:hook tcp:all any any <> any any (enforce:no; sid:1;)\n" RCPT, "packet:filter");
	warned("mode: monitor\n", RCPT, NULL);
	warned("firewall: {policies: {packet: {filter: [\"accept:hook\"]}}}\n", RCPT, NULL);
	warned("", FRAMES RCPT, NULL);
	warned("", FRAMES RCPT BODY, "rules at smtp:body can never match: nothing is let go at smtp:data");
	warned("", FRAMES RCPT BODY "accept:hook smtp:data any any -> any any (sid:5;)\n", NULL);
	warned("", FRAMES BODY "accept:hook smtp:<body any any -> any any (sid:5;)\n", NULL);
	warned("firewall: {policies: {packet: {pre-flow: [\"drop:packet\"]}}}\n", FRAMES,
	       "rules at packet:filter can never match: nothing is let go at packet:pre_flow");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_decides), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_multi_action), cmocka_unit_test(test_enforce_no),
		cmocka_unit_test(test_monitor), cmocka_unit_test(test_engaged),
		cmocka_unit_test(test_settings), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_empty), cmocka_unit_test(test_unreachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
