/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records for the event ring: alert, verdict, anomaly, fileinfo, tls. In: session, transaction, what
 * happened. Out: one record each, or a counted loss. Writes no text form: that is lib/event.
 */
#include <ctype.h>
#include <stdio.h>

#include "inspect_internal.h"

void
inspect_code_text(unsigned code, char text[3])
{
	text[0] = (char)('0' + code / 100 % 10);
	text[1] = (char)('0' + code / 10 % 10);
	text[2] = (char)('0' + code % 10);
}

struct event *
inspect_event_begin(const struct inspect *in, struct inspect_env *env, enum event_type type)
{
	const struct inspect_who *who = &in->who;
	struct event *e;

	if (env->events == NULL || (env->event_types != 0 && !(env->event_types & (1u << type))))
		return NULL;
	e = event_begin(env->events, type);
	if (e == NULL) {
		stats_add(env->stats, STATS_EVENTS_LOST, 1);
		return NULL;
	}
	stats_add(env->stats, STATS_EVENTS, 1);
	e->time_us = env->at.time_us;
	e->pcap_cnt = env->at.number;
	e->flow_id = who->flow_id;
	e->ip_version = who->ip_version;
	e->ip_proto = 6;
	memcpy(e->src.b, who->client, sizeof(e->src.b));
	memcpy(e->dst.b, who->server, sizeof(e->dst.b));
	e->sport = who->client_port;
	e->dport = who->server_port;
	e->vlan_count = who->vlan_count;
	memcpy(e->vlan, who->vlan, sizeof(e->vlan));
	e->flags = EVENT_TO_SERVER | (in->known == INSPECT_IS_SMTP ? EVENT_IS_SMTP : 0);
	if (in->tls == RULES_TLS_YES)
		e->flags |= EVENT_TX_IS_TLS;
	return e;
}

/* Verdict, hook and state that an alert and a drop share. */
static void
decided(struct event *e, const struct policy_verdict *v, uint64_t offset)
{
	enum policy_kind kind = v->would ? v->would_kind : v->kind;

	e->offset = offset;
	if (kind != POLICY_ACCEPT)
		e->flags |= EVENT_BLOCKED;
	if (kind == POLICY_REJECT_FLOW)
		e->flags |= EVENT_REJECTED;
	if (v->reset_client)
		e->flags |= EVENT_REJECT_CLIENT;
	if (v->reset_server)
		e->flags |= EVENT_REJECT_SERVER;
	if (v->would)
		e->flags |= EVENT_MONITOR;
}

/* alert.engine, in firewall mode only. */
static void
set_engine(struct event *e, const struct policy *p, enum rules_hook hook)
{
	if (!p->firewall)
		return;
	e->engine = hook == RULES_HOOK_DETECT ? EVENT_ENGINE_TD : EVENT_ENGINE_FW;
	if (hook != RULES_HOOK_DETECT)
		e->flags |= EVENT_FW_RULE;
}

static void
direction(struct event *e, unsigned dir)
{
	if (dir == 1)
		e->flags = (e->flags & ~(unsigned)EVENT_TO_SERVER) | EVENT_TO_CLIENT;
}

void
inspect_describe_rule(const struct rules_rule *rule, struct event *e)
{
	char at[512];
	int len = snprintf(at, sizeof(at), "%s:%u", rule->file, rule->line);

	e->sid = rule->sid;
	e->gid = rule->gid;
	e->rev = rule->rev;
	e->severity = rule->priority;
	event_text(e, EVENT_RULE_MSG, span_str(rule->msg));
	event_text(e, EVENT_RULE_CLASS, span_str(rule->classtype));
	event_text(e, EVENT_RULE_AT, span_of(at, len < (int)sizeof(at) ? (size_t)len : sizeof(at) - 1));
	for (const char *const *r = rule->references; r != NULL && *r != NULL; r++)
		event_text(e, EVENT_RULE_REF, span_str(*r));
	for (const char *const *m = rule->metadata; m != NULL && *m != NULL; m++)
		event_text(e, EVENT_RULE_METADATA, span_str(*m));
}

static void
flowbits(struct event *e, const struct inspect_event *je)
{
	const char *name;
	unsigned i = 0;

	while ((name = rules_flowbit(je->env->policy->rules, je->in->who.rules, &i)) != NULL)
		event_text(e, EVENT_FLOWBIT, span_str(name));
}

void
inspect_log_alert(const struct inspect_event *je, const struct rules_hit *hit,
		  const struct policy_verdict *v)
{
	struct event *e = inspect_event_begin(je->in, je->env, EVENT_ALERT);

	if (e == NULL)
		return;
	stats_add(je->env->stats, STATS_ALERTS, 1);
	direction(e, je->dir);
	decided(e, v, je->offset);
	if (hit->would)
		e->flags |= EVENT_MONITOR;
	set_engine(e, je->env->policy, hit->hook);
	inspect_describe_rule(hit->rule, e);
	if (hit->hook != RULES_HOOK_DETECT)
		event_text(e, EVENT_HOOK, span_str(rules_hook_name(hit->hook)));
	flowbits(e, je);
	if (je->tx != NULL)
		inspect_log_fill(e, je->tx, &je->env->policy->normalizer);
	else
		inspect_log_text(e, EVENT_SMTP_HELO, je->in->helo);
	event_commit(je->env->events);
}

#define DEFAULT_APP_SID 2201001 /* Suricata's number for its default app policy */

void
inspect_log_default(const struct inspect_event *je, const struct policy_verdict *v)
{
	struct event *e = inspect_event_begin(je->in, je->env, EVENT_ALERT);
	char policy[64];

	if (e == NULL)
		return;
	stats_add(je->env->stats, STATS_ALERTS, 1);
	direction(e, je->dir);
	decided(e, v, je->offset);
	set_engine(e, je->env->policy, v->hook);
	e->sid = DEFAULT_APP_SID;
	e->gid = 1;
	e->rev = 1;
	e->severity = 3;
	event_text(e, EVENT_RULE_MSG, SPAN_LIT("default application policy"));
	event_text(e, EVENT_HOOK, span_str(rules_hook_name(v->hook)));
	event_text(e, EVENT_POLICY,
		   span_str(policy_default_text(je->env->policy, v->hook, policy, sizeof(policy))));
	if (je->tx != NULL)
		inspect_log_fill(e, je->tx, &je->env->policy->normalizer);
	event_commit(je->env->events);
}

void
inspect_log_would(const struct inspect_event *je, const struct policy_verdict *v)
{
	struct event *e = inspect_event_begin(je->in, je->env, EVENT_VERDICT);

	if (e == NULL)
		return;
	direction(e, je->dir);
	decided(e, v, je->offset);
	set_engine(e, je->env->policy, v->hook);
	if (v->rule != NULL)
		inspect_describe_rule(v->rule, e);
	event_text(e, EVENT_HOOK, span_str(rules_hook_name(v->hook)));
	event_text(e, EVENT_REASON, span_str(stats_info(inspect_reason(v))->reason));
	if (je->tx != NULL)
		inspect_log_fill(e, je->tx, NULL);
	event_commit(je->env->events);
}

void
inspect_log_oddity(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx, unsigned dir,
		   const char *name, bool mime)
{
	struct event *e = inspect_event_begin(in, env, EVENT_ANOMALY);
	char text[64]; /* eve.json names them in upper case, rules in lower */
	struct span upper = span_of(text, 0);

	if (e == NULL)
		return;
	direction(e, dir);
	e->flags |= EVENT_IS_SMTP;
	for (; name[upper.len] != '\0' && upper.len < sizeof(text); upper.len++)
		text[upper.len] = (char)toupper((unsigned char)name[upper.len]);
	event_text(e, EVENT_ANOMALY_NAME, upper);
	event_text(e, EVENT_ANOMALY_LAYER, SPAN_LIT("proto_parser"));
	if (tx != NULL) {
		e->flags |= EVENT_HAS_TX;
		e->tx_id = tx->number;
	}
	if (mime)
		e->flags |= EVENT_HAS_EMAIL;
	event_commit(env->events);
}

/* By Suricata's name for it. */
void
inspect_log_unexpected(struct inspect *in, struct inspect_env *env, unsigned dir)
{
	struct event *e = inspect_event_begin(in, env, EVENT_ANOMALY);

	if (e == NULL)
		return;
	direction(e, dir);
	event_text(e, EVENT_APP_PROTO, span_str(in->other != NULL ? in->other : "unknown"));
	event_text(e, EVENT_ANOMALY_NAME, SPAN_LIT("APPLAYER_UNEXPECTED_PROTOCOL"));
	event_text(e, EVENT_ANOMALY_LAYER, SPAN_LIT("proto_detect"));
	event_commit(env->events);
}

void
inspect_log_file(struct inspect *in, struct inspect_env *env, const struct inspect_tx *tx,
		 const struct mime_part *part)
{
	struct event *e = inspect_event_begin(in, env, EVENT_FILEINFO);
	char hex[65];
	struct str s;

	if (e == NULL)
		return;
	inspect_log_fill(e, tx, NULL);
	e->file_size = part->size;
	e->file_id = part->number;
	if (part->closed && !part->cut)
		e->flags |= EVENT_FILE_CLOSED;
	inspect_log_text(e, EVENT_FILE_NAME, part->filename);
	for (int i = 0; i < part->other_count; i++)
		event_text(e, EVENT_FILE_OTHER_NAME, part->other_names[i]);
	inspect_log_text(e, EVENT_FILE_MAGIC, mime_sniff(span_of(tx->sniff, tx->sniff_len)));
	str_open(&s, hex, sizeof(hex));
	str_add_hex(&s, span_of(part->md5, sizeof(part->md5)));
	if (part->digests & MIME_MD5)
		event_text(e, EVENT_FILE_MD5, str_span(&s));
	str_open(&s, hex, sizeof(hex));
	str_add_hex(&s, span_of(part->sha1, sizeof(part->sha1)));
	if (part->digests & MIME_SHA1)
		event_text(e, EVENT_FILE_SHA1, str_span(&s));
	str_open(&s, hex, sizeof(hex));
	str_add_hex(&s, span_of(part->sha256, sizeof(part->sha256)));
	if (part->digests & MIME_SHA256)
		event_text(e, EVENT_FILE_SHA256, str_span(&s));
	event_commit(env->events);
}

void
inspect_log_tls(struct inspect *in, struct inspect_env *env)
{
	struct event *e = inspect_event_begin(in, env, EVENT_TLS);

	if (e != NULL)
		event_commit(env->events);
}

void
inspect_describe(const struct inspect *in, struct event *e)
{
	const struct inspect_tx *tx = in->tx;
	struct inspect_tx rests;

	if (in->known == INSPECT_IS_SMTP)
		e->flags |= EVENT_IS_SMTP;
	if (in->rests) {
		inspect_rest_show(in, &rests);
		tx = &rests;
	}
	while (tx != NULL && tx->next != NULL && !tx->blocked)
		tx = tx->next;
	inspect_log_text(e, EVENT_STATE, span_str(inspect_state_name(in, tx)));
	if (tx != NULL)
		inspect_log_fill(e, tx, NULL);
	else
		inspect_log_text(e, EVENT_SMTP_HELO, in->helo);
}
