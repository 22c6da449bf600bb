/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hits to one verdict. In: what rules_event or rules_packet found at one event, and the default
 * policies. Out: struct policy_verdict. Called by inspect (application events) and by engine
 * (frames). Evaluates no rule itself and keeps no state.
 */
#include "policy.h"

/* How hard a verdict is: the hardest of all families wins. */
static int
hardness(enum policy_kind kind)
{
	static const int order[] = {
		[POLICY_ACCEPT] = 0,
		[POLICY_DROP_PACKET] = 1,
		[POLICY_DROP_FLOW] = 2,
		[POLICY_REJECT_FLOW] = 3,
	};

	return order[kind];
}

/* to_server: the event's direction; the sender of it is the "source" of rejectsrc. */
static void
set_resets(struct policy_verdict *v, enum rules_action action, bool to_server)
{
	bool source = action != RULES_REJECT_DST;
	bool target = action != RULES_REJECT_SRC;

	v->reset_client = to_server ? source : target;
	v->reset_server = to_server ? target : source;
}

static void
from_action(struct policy_verdict *v, enum rules_action action, enum rules_scope scope,
	    bool to_server)
{
	v->scope = scope;
	switch (action) {
	case RULES_ACCEPT:
	case RULES_PASS:
		v->kind = POLICY_ACCEPT;
		return;
	case RULES_REJECT:
	case RULES_REJECT_SRC:
	case RULES_REJECT_DST:
	case RULES_REJECT_BOTH:
		v->kind = POLICY_REJECT_FLOW;
		set_resets(v, action, to_server);
		return;
	default:
		v->kind = scope == RULES_SCOPE_PACKET ? POLICY_DROP_PACKET : POLICY_DROP_FLOW;
		return;
	}
}

static void
from_default(const struct policy *p, enum rules_hook hook, bool to_server, struct policy_verdict *v)
{
	const struct policy_default *d = &p->defaults[hook];

	memset(v, 0, sizeof(*v));
	from_action(v, d->action, d->scope, to_server);
	v->hook = hook;
	v->alert = d->alert;
	switch (hook) {
	case RULES_PRE_FLOW:
		v->cause = POLICY_BY_PRE_FLOW;
		break;
	case RULES_PRE_STREAM:
		v->cause = POLICY_BY_PRE_STREAM;
		break;
	case RULES_FILTER:
		v->cause = POLICY_BY_PACKET_DEFAULT;
		break;
	default:
		v->cause = POLICY_BY_APP_DEFAULT;
	}
}

static void
from_hit(const struct rules_hit *hit, bool to_server, struct policy_verdict *v)
{
	memset(v, 0, sizeof(*v));
	from_action(v, hit->rule->action, hit->rule->scope, to_server);
	v->hook = hit->hook;
	v->rule = hit->rule;
	v->cause = POLICY_BY_RULE;
	if (hit->hook == RULES_PRE_FLOW)
		v->cause = POLICY_BY_PRE_FLOW;
	if (hit->hook == RULES_PRE_STREAM)
		v->cause = POLICY_BY_PRE_STREAM;
	/* `accept:tx smtp:<state`: before its state it lets each event go, and no more. */
	if (hit->rule->before && hit->rule->hook != hit->hook)
		v->scope = RULES_SCOPE_HOOK;
}

/* The harder of two; of two accepts the narrower, so that no family speaks for another. */
static void
combine(struct policy_verdict *v, const struct policy_verdict *other)
{
	int a = hardness(v->kind), b = hardness(other->kind);

	if (b > a || (a == 0 && b == 0 && other->scope < v->scope))
		*v = *other;
}

static void
firewall(const struct policy *p, const struct rules_event *ev, const struct rules_hits *hits,
	 struct policy_verdict *v)
{
	bool first = true;

	for (unsigned i = 0; i < ev->hook_count; i++) {
		enum rules_hook hook = ev->hooks[i];
		struct policy_verdict one;

		if (!p->engaged[rules_hook_family(hook)])
			continue;
		if (hits->decided[i] == 0xff)
			from_default(p, hook, ev->to_server, &one);
		else
			from_hit(&hits->hit[hits->decided[i]], ev->to_server, &one);
		if (first)
			*v = one;
		else
			combine(v, &one);
		first = false;
	}
}

/* Detection rules run behind the firewall and may only make the verdict harder. */
static void
detection(const struct rules_hits *hits, bool to_server, struct policy_verdict *v)
{
	for (unsigned i = 0; i < hits->count; i++)
		if (hits->hit[i].hook == RULES_HOOK_DETECT &&
		    hits->hit[i].rule->action == RULES_PASS)
			return;
	for (unsigned i = 0; i < hits->count; i++) {
		const struct rules_hit *hit = &hits->hit[i];
		struct policy_verdict one;

		if (hit->hook != RULES_HOOK_DETECT || hit->would ||
		    hit->rule->action == RULES_ALERT || hit->rule->action == RULES_LOG)
			continue;
		from_hit(hit, to_server, &one);
		/* A detection rule has no scope: what it stops, it stops for good. */
		if (one.kind == POLICY_DROP_PACKET)
			one.kind = POLICY_DROP_FLOW;
		one.cause = POLICY_BY_DETECTION;
		if (hardness(one.kind) > hardness(v->kind))
			*v = one;
	}
}

static void
accept_all(struct policy_verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->kind = POLICY_ACCEPT;
	v->hook = RULES_HOOK_DETECT;
	v->scope = RULES_SCOPE_HOOK;
}

/* Last words on every verdict: a limit fails closed, monitor mode touches nothing. */
static void
finish(const struct policy *p, const struct rules_hits *hits, struct policy_verdict *v)
{
	if (hits->limit && p->stops && !p->fail_open_internal &&
	    hardness(v->kind) < hardness(POLICY_DROP_FLOW)) {
		accept_all(v);
		v->kind = POLICY_DROP_FLOW;
		v->cause = POLICY_BY_LIMIT;
	}
	if (p->monitor && v->kind != POLICY_ACCEPT) {
		v->would = true;
		v->would_kind = v->kind;
		v->kind = POLICY_ACCEPT;
	}
}

void
policy_decide(const struct policy *p, const struct rules_event *ev, const struct rules_hits *hits,
	      bool flow_accepted, bool tx_accepted, struct policy_verdict *v)
{
	accept_all(v);
	if (p->firewall && !flow_accepted && !tx_accepted)
		firewall(p, ev, hits, v);
	if (v->kind == POLICY_ACCEPT)
		detection(hits, ev->to_server, v);
	finish(p, hits, v);
}

void
policy_decide_packet(const struct policy *p, enum rules_hook hook, const struct rules_hits *hits,
		     bool to_server, bool flow_accepted, struct policy_verdict *v)
{
	accept_all(v);
	if (p->firewall && !flow_accepted) {
		if (hits->decided[0] == 0xff)
			from_default(p, hook, to_server, v);
		else
			from_hit(&hits->hit[hits->decided[0]], to_server, v);
	}
	if (v->kind == POLICY_ACCEPT)
		detection(hits, to_server, v);
	finish(p, hits, v);
}

const char *
policy_kind_name(enum policy_kind k)
{
	static const char *const name[] = {
		[POLICY_ACCEPT] = "accept",
		[POLICY_DROP_PACKET] = "drop:packet",
		[POLICY_DROP_FLOW] = "drop:flow",
		[POLICY_REJECT_FLOW] = "reject:flow",
	};

	return name[k];
}

const char *
policy_default_text(const struct policy *p, enum rules_hook hook, char *buf, size_t size)
{
	const struct policy_default *d = &p->defaults[hook];
	struct str s;

	str_open(&s, buf, size);
	str_printf(&s, "%s:%s%s", rules_action_name(d->action), rules_scope_name(d->scope),
		   d->alert ? ",alert" : "");
	return buf;
}
