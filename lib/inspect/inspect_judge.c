/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One event to the rules and back. In: hooks and values that the caller prepared in env. Out: true
 * when it may be let go, else the verdict. Emits the alerts. Called by the dialogue and message
 * files; knows no SMTP.
 */
#include "inspect_internal.h"

void
inspect_hook(struct inspect_event *je, enum rules_hook hook)
{
	const struct policy *p = je->env->policy;

	if (p->firewall && p->engaged[rules_hook_family(hook)] && je->hook_count < 3)
		je->hooks[je->hook_count++] = hook;
}

static void
carry_text(struct inspect_env *env, enum rules_field f, struct span text)
{
	if (inspect_wants(env, f) && text.ptr != NULL)
		rules_value(&env->values, f, text, false);
}

/* Unasked it is not even looked at: the list of one session in a hundred thousand is in no cache.
 */
static void
carry_list(struct inspect_env *env, enum rules_field f, const struct inspect_list *list)
{
	if (!inspect_wants(env, f) || list->first == NULL)
		return;
	env->values.items[f] = list->first;
	rules_value(&env->values, f, list->last->value, false);
}

void
inspect_carry(struct inspect_event *je, enum rules_mode mode)
{
	struct inspect_env *env = je->env;
	struct rules_values *v = &env->values;
	const struct inspect *in = je->in;
	const struct inspect_tx *tx = je->tx;

	rules_values_clear(v);
	if (!env->judges)
		return;
	rules_number(v, RULES_MODE, mode, false);
	rules_number(v, RULES_TLS, in->tls, false);
	rules_number(v, RULES_COMMAND_COUNT, in->commands, false);
	rules_number(v, RULES_ERROR_COUNT, in->errors, false);
	rules_number(v, RULES_INVALID_RCPT_COUNT, in->invalid_rcpts, false);
	carry_text(env, RULES_HELO, tx != NULL && tx->helo.ptr != NULL ? tx->helo : in->helo);
	carry_text(env, RULES_GREETING, in->greeting);
	carry_text(env, RULES_AUTH_MECHANISM, in->auth_mechanism);
	carry_text(env, RULES_AUTH_USER, in->auth_user);
	if (tx == NULL)
		return;
	carry_text(env, RULES_MAIL_FROM, tx->mail_from);
	carry_list(env, RULES_RCPT_TO, &tx->rcpts);
	carry_list(env, RULES_MAIL_PARAM, &tx->mail_params);
	rules_number(v, RULES_RCPT_COUNT, tx->rcpt_total, false);
	if (tx->size >= 0)
		rules_number(v, RULES_SIZE, tx->size, false);
	if (tx->email == NULL)
		return;
	carry_text(env, RULES_EMAIL_FROM, tx->email->from);
	carry_text(env, RULES_EMAIL_TO, tx->email->to);
	carry_text(env, RULES_EMAIL_SUBJECT, tx->email->subject);
	carry_list(env, RULES_EMAIL_RECEIVED, &tx->email->received);
	carry_list(env, RULES_EMAIL_URL, &tx->email->urls);
}

/* Oddities found since the last event of this direction are values of this one. */
static void
bring_oddities(struct inspect_event *je)
{
	struct inspect_env *env = je->env;
	struct inspect *in = je->in;
	uint64_t smtp = in->odd[je->dir], mime = je->dir == 0 ? in->odd_mime : 0;
	uint8_t mail = je->dir == 0 ? in->odd_mail : 0;
	unsigned count = 0;

	if ((smtp | mime | mail) == 0)
		return;
	in->odd[je->dir] = 0;
	in->odd_mime &= ~(uint32_t)mime;
	in->odd_mail &= (uint8_t)~mail;
	if (!inspect_wants(env, RULES_EVENT))
		return;
	for (; smtp != 0; smtp &= smtp - 1)
		env->odd_item[count++].value =
			span_str(smtp_oddity_name((enum smtp_oddity)__builtin_ctzll(smtp)));
	for (; mime != 0; mime &= mime - 1)
		env->odd_item[count++].value =
			span_str(mime_oddity_name((enum mime_oddity)__builtin_ctzll(mime)));
	for (; mail != 0; mail &= (uint8_t)(mail - 1))
		env->odd_item[count++].value =
			span_str(inspect_oddity_name((enum inspect_oddity)__builtin_ctz(mail)));
	for (unsigned i = 0; i < count; i++)
		env->odd_item[i].next = i + 1 < count ? &env->odd_item[i + 1] : NULL;
	env->values.items[RULES_EVENT] = &env->odd_item[0];
	rules_value(&env->values, RULES_EVENT, env->odd_item[count - 1].value, true);
}

/* The frame's addresses as rules see them: the speaker of the event is the source. */
static void
orient(const struct inspect_event *je, struct rules_packet *p)
{
	const struct inspect_who *who = &je->in->who;
	bool to_server = je->dir == 0;

	memset(p, 0, sizeof(*p));
	memcpy(p->src, to_server ? who->client : who->server, sizeof(p->src));
	memcpy(p->dst, to_server ? who->server : who->client, sizeof(p->dst));
	p->sport = to_server ? who->client_port : who->server_port;
	p->dport = to_server ? who->server_port : who->client_port;
	p->ip_version = who->ip_version;
	p->ip_proto = 6;
	p->vlan_count = who->vlan_count;
	memcpy(p->vlan, who->vlan, sizeof(p->vlan));
	p->kind = RULES_P_TCP;
	p->to_server = to_server;
	p->established = true;
	p->flow_known = true;
	p->only_stream = true;
	p->app = rules_app("smtp");
}

enum stats_id
inspect_reason(const struct policy_verdict *v)
{
	switch (v->cause) {
	case POLICY_BY_APP_DEFAULT:
		return STATS_DROP_APP_POLICY;
	case POLICY_BY_DETECTION:
		return STATS_DROP_DETECTION;
	case POLICY_BY_LIMIT:
		return STATS_DROP_MEMORY;
	default:
		return STATS_DROP_RULE;
	}
}

static void
alerts(const struct inspect_event *je, const struct rules_hits *hits,
       const struct policy_verdict *v)
{
	struct stats *stats = je->env->stats;

	stats_add(stats, STATS_RULE_HITS, hits->count);
	stats_add(stats, STATS_ALERTS_LOST, hits->lost);
	for (unsigned i = 0; i < hits->count; i++)
		if (hits->hit[i].alert || hits->hit[i].would)
			inspect_log_alert(je, &hits->hit[i], v);
	if (v->rule == NULL && v->alert)
		inspect_log_default(je, v);
	if (v->would)
		inspect_log_would(je, v);
}

/* What is told of the transaction: who let it go last, or the first who would not have. */
static void
remember_decision(struct inspect_tx *tx, const struct policy_verdict *pv)
{
	bool stops = pv->kind != POLICY_ACCEPT;

	if (tx->decided.would || (pv->rule == NULL && !stops && !pv->would))
		return;
	tx->decided = (struct inspect_decision){
		.rule = pv->rule, .hook = (uint8_t)pv->hook,
		.kind = (uint8_t)(pv->would ? pv->would_kind : pv->kind),
		.reason = stops ? (uint8_t)inspect_reason(pv) : 0,
		.would = pv->would, .reset_client = pv->reset_client,
		.reset_server = pv->reset_server,
	};
}

static bool
apply(struct inspect_event *je, const struct policy_verdict *pv)
{
	struct inspect_verdict *v = je->v;

	v->policy = *pv;
	v->offset = je->offset;
	if (je->tx != NULL)
		remember_decision(je->tx, pv);
	if (pv->kind == POLICY_ACCEPT) {
		if (pv->rule != NULL && pv->scope == RULES_SCOPE_FLOW)
			je->in->flow_accepted = true;
		if (pv->rule != NULL && pv->scope == RULES_SCOPE_TX && je->tx != NULL)
			je->tx->accepted = true;
		return true;
	}
	v->reason = inspect_reason(pv);
	if (je->tx != NULL)
		je->tx->blocked = true;
	stats_add(je->env->stats, STATS_SMTP_REFUSED, je->tx != NULL);
	return false;
}

/* Would the event be refused if no rule had more to say than now? */
static bool
needs_default(const struct policy *p, const struct rules_event *ev, const struct rules_hits *hits)
{
	for (unsigned i = 0; ev->firewall && i < ev->hook_count; i++)
		if (hits->decided[i] == 0xff && p->defaults[ev->hooks[i]].action != RULES_ACCEPT)
			return true;
	return false;
}

static void
watch_begin(const struct inspect_event *je, bool tx_accepted)
{
	struct policy_moment m = {
		.flow_id = je->in->who.flow_id,
		.frame = je->env->at.number,
		.offset = je->offset,
		.tx = je->tx != NULL ? je->tx->number : 0,
		.in_tx = je->tx != NULL,
		.to_server = je->dir == 0,
		.flow_accepted = je->in->flow_accepted,
		.tx_accepted = tx_accepted,
	};

	je->env->watch->begin(je->env->watch, &m);
}

bool
inspect_judge(struct inspect_event *je)
{
	struct inspect_env *env = je->env;
	const struct policy *p = env->policy;
	struct inspect *in = je->in;
	struct rules_tx none = { 0 };
	bool tx_accepted = je->tx != NULL && je->tx->accepted;
	struct rules_packet packet;
	struct rules_hits hits;
	struct policy_verdict pv;
	struct rules_event ev = {
		.hook_count = je->hook_count,
		.to_server = je->dir == 0,
		.end = je->end,
		.packet = &packet,
		.values = &env->values,
		.arena = je->tx != NULL ? &je->tx->arena : &in->large,
		.flow_arena = &in->large,
		.now_us = env->at.time_us,
		.detect = je->detect,
		.firewall = p->firewall && !in->flow_accepted && !tx_accepted,
	};

	memcpy(ev.hooks, je->hooks, sizeof(ev.hooks));
	bring_oddities(je);
	if (!env->judges)
		return true;
	orient(je, &packet);
	stats_add(env->stats, STATS_RULE_EVENTS, 1);
	if (env->watch != NULL)
		watch_begin(je, tx_accepted);
	rules_event(env->rules, in->who.rules, je->tx != NULL ? &je->tx->rules : &none, &ev, &hits);
	if (je->tx == NULL)
		rules_tx_close(env->rules, &none);
	if (hits.limit)
		stats_add(env->stats, STATS_MATCH_LIMIT, 1);
	if (je->soft) {
		je->undecided = je->undecided || needs_default(p, &ev, &hits);
		inspect_soften(&ev, &hits);
	}
	policy_decide(p, &ev, &hits, in->flow_accepted, tx_accepted, &pv);
	if (env->watch != NULL)
		env->watch->verdict(env->watch, &pv);
	alerts(je, &hits, &pv);
	return apply(je, &pv);
}

void
inspect_soften(struct rules_event *ev, struct rules_hits *hits)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < ev->hook_count; i++) {
		if (hits->decided[i] == 0xff)
			continue;
		ev->hooks[kept] = ev->hooks[i];
		hits->decided[kept++] = hits->decided[i];
	}
	ev->hook_count = kept;
}
