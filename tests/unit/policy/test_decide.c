/* SPDX-License-Identifier: BSD-3-Clause */
/* Hits to a verdict: every action and scope, families, detection, what was accepted before, limits. */
#include "policing.h"

static struct policy policy;
static struct rules_event event;
static struct rules_hits hits;
static struct rules_rule rule[4];
static struct policy_verdict v;
static bool flow_accepted, tx_accepted;

/* The firewall is on; one event at smtp:rcpt, nothing hit. */
static int
setup(void **state)
{
	(void)state;
	memset(&policy, 0, sizeof(policy));
	policy.firewall = policy.stops = true;
	memset(policy.engaged, true, sizeof(policy.engaged));
	for (unsigned h = 0; h < RULES_HOOKS; h++)
		policy.defaults[h] = (struct policy_default){ RULES_DROP, RULES_SCOPE_FLOW, true };
	event = (struct rules_event){ .hooks = { RULES_AT_RCPT }, .hook_count = 1, .to_server = true };
	memset(&hits, 0, sizeof(hits));
	memset(hits.decided, 0xff, sizeof(hits.decided));
	memset(rule, 0, sizeof(rule));
	flow_accepted = tx_accepted = false;
	return 0;
}

/* One more hit, at a hook of the event (place 0 to 2) or of a detection rule (-1). */
static void
hit(int place, enum rules_action action, enum rules_scope scope)
{
	unsigned n = hits.count++;
	enum rules_hook hook = place < 0 ? RULES_HOOK_DETECT : event.hooks[place];

	rule[n] = (struct rules_rule){ .sid = n + 1, .action = action, .scope = scope, .hook = hook,
				       .enforce = true };
	hits.hit[n] = (struct rules_hit){ .rule = &rule[n], .hook = hook };
	if (place >= 0)
		hits.decided[place] = (uint8_t)n;
}

static void
decide(enum policy_kind kind, enum policy_cause cause)
{
	policy_decide(&policy, &event, &hits, flow_accepted, tx_accepted, &v);
	if (v.kind != kind)
		fail_msg("%s, not %s", policy_kind_name(v.kind), policy_kind_name(kind));
	assert_int_equal(v.cause, cause);
}

static void
test_nothing_hit(void **state)
{
	(void)state;
	decide(POLICY_DROP_FLOW, POLICY_BY_APP_DEFAULT);
	assert_null(v.rule);
	assert_true(v.alert);
	assert_int_equal(v.hook, RULES_AT_RCPT);
	policy.firewall = false;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
}

static void
test_accept(void **state)
{
	static const enum rules_scope scopes[] = { RULES_SCOPE_HOOK, RULES_SCOPE_TX,
						   RULES_SCOPE_FLOW };

	for (unsigned i = 0; i < 3; i++) {
		setup(state);
		hit(0, RULES_ACCEPT, scopes[i]);
		decide(POLICY_ACCEPT, POLICY_BY_RULE);
		assert_int_equal(v.scope, scopes[i]);
		assert_ptr_equal(v.rule, &rule[0]);
		assert_false(v.alert || v.would || v.reset_client || v.reset_server);
	}
}

/* accept:tx smtp:<data lets a RCPT go, and no more than that. */
static void
test_accept_before(void **state)
{
	(void)state;
	hit(0, RULES_ACCEPT, RULES_SCOPE_TX);
	rule[0].before = true;
	rule[0].hook = RULES_AT_DATA;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_int_equal(v.scope, RULES_SCOPE_HOOK);
}

static void
test_drop(void **state)
{
	(void)state;
	hit(0, RULES_DROP, RULES_SCOPE_FLOW);
	decide(POLICY_DROP_FLOW, POLICY_BY_RULE);
	assert_false(v.reset_client || v.reset_server);
}

/* Who is sent a reset; the source is who speaks in the event. */
static void
test_reject(void **state)
{
	static const struct {
		enum rules_action action;
		bool to_server, client, server;
	} t[] = {
		{ RULES_REJECT, true, true, true },	   { RULES_REJECT, false, true, true },
		{ RULES_REJECT_BOTH, true, true, true },   { RULES_REJECT_SRC, true, true, false },
		{ RULES_REJECT_SRC, false, false, true },  { RULES_REJECT_DST, true, false, true },
		{ RULES_REJECT_DST, false, true, false },
	};

	for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		setup(state);
		event.to_server = t[i].to_server;
		hit(0, t[i].action, RULES_SCOPE_FLOW);
		decide(POLICY_REJECT_FLOW, POLICY_BY_RULE);
		assert_int_equal(v.reset_client, t[i].client);
		assert_int_equal(v.reset_server, t[i].server);
	}
}

/* Each family answers for itself; the hardest wins, of two accepts the narrower. */
static void
test_families(void **state)
{
	(void)state;
	event.hook_count = 2;
	event.hooks[0] = RULES_REQUEST_STARTED;
	event.hooks[1] = RULES_AT_RCPT;
	hit(0, RULES_ACCEPT, RULES_SCOPE_FLOW);
	hit(1, RULES_ACCEPT, RULES_SCOPE_HOOK);
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_int_equal(v.scope, RULES_SCOPE_HOOK);
	rule[0].scope = RULES_SCOPE_HOOK;
	rule[1].scope = RULES_SCOPE_TX;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_int_equal(v.scope, RULES_SCOPE_HOOK);
	rule[1].action = RULES_DROP;
	rule[1].scope = RULES_SCOPE_FLOW;
	decide(POLICY_DROP_FLOW, POLICY_BY_RULE);
	rule[0].action = RULES_REJECT;
	rule[0].scope = RULES_SCOPE_FLOW;
	decide(POLICY_REJECT_FLOW, POLICY_BY_RULE);
	assert_int_equal(v.rule->sid, 1);
	/* A family without a rule has no say, and one that has and is silent its default. */
	rule[0].action = RULES_ACCEPT;
	hits.decided[1] = 0xff;
	decide(POLICY_DROP_FLOW, POLICY_BY_APP_DEFAULT);
	assert_int_equal(v.hook, RULES_AT_RCPT);
	policy.engaged[RULES_STATE] = false;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
}

/* Detection rules are asked of what the firewall let go, and can only stop it. */
static void
test_detection(void **state)
{
	(void)state;
	hit(0, RULES_ACCEPT, RULES_SCOPE_HOOK);
	hit(-1, RULES_ALERT, RULES_SCOPE_NONE);
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	hit(-1, RULES_DROP, RULES_SCOPE_NONE);
	decide(POLICY_DROP_FLOW, POLICY_BY_DETECTION);
	assert_int_equal(v.rule->sid, 3);
	hit(-1, RULES_REJECT, RULES_SCOPE_NONE);
	decide(POLICY_REJECT_FLOW, POLICY_BY_DETECTION);
	/* pass ends detection, whatever else has matched. */
	rule[1].action = RULES_PASS;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_int_equal(v.rule->sid, 1);
	/* What the firewall stops stays stopped. */
	rule[0].action = RULES_DROP;
	rule[0].scope = RULES_SCOPE_FLOW;
	decide(POLICY_DROP_FLOW, POLICY_BY_RULE);
}

static void
test_accepted_before(void **state)
{
	(void)state;
	hit(0, RULES_DROP, RULES_SCOPE_FLOW);
	tx_accepted = true;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_null(v.rule);
	tx_accepted = false;
	flow_accepted = true;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	hit(-1, RULES_DROP, RULES_SCOPE_NONE);
	decide(POLICY_DROP_FLOW, POLICY_BY_DETECTION);
}

/* enforce:no never stops anything; the engine does not count it as decided either. */
static void
test_not_enforced(void **state)
{
	(void)state;
	hit(0, RULES_ACCEPT, RULES_SCOPE_HOOK);
	hit(-1, RULES_DROP, RULES_SCOPE_NONE);
	hits.hit[1].would = true;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	hits.hit[1].would = false;
	decide(POLICY_DROP_FLOW, POLICY_BY_DETECTION);
}

static void
test_monitor(void **state)
{
	(void)state;
	policy.monitor = true;
	decide(POLICY_ACCEPT, POLICY_BY_APP_DEFAULT);
	assert_true(v.would);
	assert_int_equal(v.would_kind, POLICY_DROP_FLOW);
	hit(0, RULES_REJECT, RULES_SCOPE_FLOW);
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_true(v.would);
	assert_int_equal(v.would_kind, POLICY_REJECT_FLOW);
	rule[0].action = RULES_ACCEPT;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	assert_false(v.would);
}

/* A limit that was reached hides no verdict: closed, unless told otherwise or nothing can stop. */
static void
test_limit(void **state)
{
	(void)state;
	hit(0, RULES_ACCEPT, RULES_SCOPE_HOOK);
	hits.limit = true;
	decide(POLICY_DROP_FLOW, POLICY_BY_LIMIT);
	assert_null(v.rule);
	policy.fail_open_internal = true;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	policy.fail_open_internal = false;
	policy.stops = false;
	decide(POLICY_ACCEPT, POLICY_BY_RULE);
	policy.stops = true;
	rule[0].action = RULES_REJECT;
	decide(POLICY_REJECT_FLOW, POLICY_BY_RULE);
}

/* ---- frames ---- */

static void
frame(enum rules_hook hook, enum policy_kind kind, enum policy_cause cause)
{
	for (unsigned i = 0; i < hits.count; i++)
		if (rule[i].hook != RULES_HOOK_DETECT)
			rule[i].hook = hits.hit[i].hook = hook;
	policy_decide_packet(&policy, hook, &hits, true, flow_accepted, &v);
	if (v.kind != kind)
		fail_msg("%s, not %s", policy_kind_name(v.kind), policy_kind_name(kind));
	assert_int_equal(v.cause, cause);
}

static void
test_frames(void **state)
{
	(void)state;
	policy.defaults[RULES_PRE_FLOW] = (struct policy_default){ RULES_ACCEPT, RULES_SCOPE_HOOK, false };
	policy.defaults[RULES_FILTER] = (struct policy_default){ RULES_DROP, RULES_SCOPE_PACKET, true };
	frame(RULES_PRE_FLOW, POLICY_ACCEPT, POLICY_BY_PRE_FLOW);
	frame(RULES_PRE_STREAM, POLICY_DROP_FLOW, POLICY_BY_PRE_STREAM);
	frame(RULES_FILTER, POLICY_DROP_PACKET, POLICY_BY_PACKET_DEFAULT);
	assert_true(v.alert);
	hit(0, RULES_ACCEPT, RULES_SCOPE_PACKET);
	frame(RULES_FILTER, POLICY_ACCEPT, POLICY_BY_RULE);
	assert_int_equal(v.scope, RULES_SCOPE_PACKET);
	rule[0].action = RULES_DROP;
	frame(RULES_FILTER, POLICY_DROP_PACKET, POLICY_BY_RULE);
	frame(RULES_PRE_FLOW, POLICY_DROP_PACKET, POLICY_BY_PRE_FLOW);
	frame(RULES_PRE_STREAM, POLICY_DROP_PACKET, POLICY_BY_PRE_STREAM);
	rule[0].scope = RULES_SCOPE_FLOW;
	frame(RULES_FILTER, POLICY_DROP_FLOW, POLICY_BY_RULE);
	rule[0].action = RULES_REJECT_SRC;
	frame(RULES_FILTER, POLICY_REJECT_FLOW, POLICY_BY_RULE);
	assert_true(v.reset_client && !v.reset_server);
	flow_accepted = true;
	frame(RULES_FILTER, POLICY_ACCEPT, POLICY_BY_RULE);
	hit(-1, RULES_DROP, RULES_SCOPE_NONE);
	frame(RULES_FILTER, POLICY_DROP_FLOW, POLICY_BY_DETECTION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(test_##name, setup)
		T(nothing_hit), T(accept), T(accept_before), T(drop), T(reject), T(families),
		T(detection), T(accepted_before), T(not_enforced), T(monitor), T(limit), T(frames),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
