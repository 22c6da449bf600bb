/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records of frames and sessions: drop, alert, flow. In: what happened. Out: one record in the
 * ring, or a counted loss. Application events come from inspect.
 */
#include "engine_internal.h"

static struct event *
begin(struct engine *e, enum event_type type, uint64_t now_us)
{
	struct event *ev;

	if (e->set.events == NULL ||
	    (e->set.event_types != 0 && !(e->set.event_types & (1u << type))))
		return NULL;
	ev = event_begin(e->set.events, type);
	if (ev == NULL) {
		stats_add(&e->stats, STATS_EVENTS_LOST, 1);
		return NULL;
	}
	stats_add(&e->stats, STATS_EVENTS, 1);
	ev->time_us = now_us;
	return ev;
}

static uint16_t
get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

/* Addresses and header fields of the frame itself. */
static void
frame(struct event *ev, const struct engine_frame *f)
{
	const struct pkt *p = f->p;
	const uint8_t *ip = p->data + p->ip_off;

	ev->pcap_cnt = p->number;
	ev->ip_version = p->ip_version;
	ev->ip_proto = p->ip_proto;
	memcpy(ev->src.b, f->turned ? p->dst.b : p->src.b, sizeof(ev->src.b));
	memcpy(ev->dst.b, f->turned ? p->src.b : p->dst.b, sizeof(ev->dst.b));
	ev->sport = f->turned ? p->dport : p->sport;
	ev->dport = f->turned ? p->sport : p->dport;
	ev->vlan_count = p->vlan_count;
	memcpy(ev->vlan, p->vlan, sizeof(ev->vlan));
	ev->flags |= (f->dir == 0) != f->turned ? EVENT_TO_SERVER : EVENT_TO_CLIENT;
	ev->ttl = p->ttl;
	ev->frame_flags = p->flags;
	ev->tcp_seq = p->seq;
	ev->tcp_ack = p->ack;
	ev->tcp_window = p->window;
	ev->l4_len = (uint16_t)(p->payload_off + p->payload_len - p->l4_off);
	if (p->kind == NET_BAD || p->ip_version == 0)
		return;
	ev->tos = p->ip_version == 4 ? ip[1] : (uint8_t)(get16(ip) >> 4);
	ev->ip_len = get16(ip + (p->ip_version == 4 ? 2 : 4));
	ev->ip_id = p->ip_version == 4 ? get16(ip + 4) : 0;
	if (f->c != NULL)
		ev->flow_id = f->c->flow_id;
}

static void
decided(struct engine *e, struct event *ev, const struct policy_verdict *v, enum rules_hook hook)
{
	enum policy_kind kind = v->would ? v->would_kind : v->kind;

	if (kind != POLICY_ACCEPT)
		ev->flags |= EVENT_BLOCKED;
	if (kind == POLICY_REJECT_FLOW)
		ev->flags |= EVENT_REJECTED;
	if (v->reset_client)
		ev->flags |= EVENT_REJECT_CLIENT;
	if (v->reset_server)
		ev->flags |= EVENT_REJECT_SERVER;
	if (v->would)
		ev->flags |= EVENT_MONITOR;
	if (!e->policy->firewall)
		return;
	ev->engine = hook == RULES_HOOK_DETECT ? EVENT_ENGINE_TD : EVENT_ENGINE_FW;
	if (hook != RULES_HOOK_DETECT) {
		ev->flags |= EVENT_FW_RULE;
		event_text(ev, EVENT_HOOK, span_str(rules_hook_name(hook)));
	}
}

/*
 * A capture run tells of every dropped frame. Live, a condemned connection speaks once, and others
 * at most ENGINE_DROP_EVENTS times a second: a flood must not drown what matters.
 */
static bool
may_tell(struct engine *e, const struct engine_frame *f, enum stats_id reason)
{
	if (e->set.capture)
		return true;
	if (reason == STATS_DROP_FLOW)
		return false;
	if (f->now_us >= e->drop_budget_until) {
		e->drop_budget_until = f->now_us + 1000000;
		e->drop_budget = ENGINE_DROP_EVENTS;
	}
	if (e->drop_budget == 0)
		return false;
	e->drop_budget--;
	return true;
}

/* The frame, why it was dropped or would have been, and who judged it; v: NULL when nobody did. */
static void
stopped(struct engine *e, enum event_type type, const struct engine_frame *f,
	const struct policy_verdict *v, enum stats_id reason)
{
	struct event *ev = may_tell(e, f, reason) ? begin(e, type, f->now_us) : NULL;

	if (ev == NULL)
		return;
	frame(ev, f);
	ev->flags |= EVENT_BLOCKED | (type == EVENT_VERDICT ? EVENT_MONITOR : 0);
	event_text(ev, EVENT_REASON, span_str(stats_info(reason)->reason));
	if (v != NULL) {
		decided(e, ev, v, v->hook);
		ev->offset = e->offset;
		if (v->reset_client && type == EVENT_DROP)
			event_text(ev, EVENT_TOLD, SPAN_LIT("TCP reset"));
		if (v->rule != NULL)
			inspect_describe_rule(v->rule, ev);
	}
	if (f->c != NULL && f->c->inspect != NULL)
		inspect_describe(f->c->inspect, ev);
	else if (f->c != NULL && f->c->is_smtp)
		ev->flags |= EVENT_IS_SMTP;
	event_commit(e->set.events);
}

void
engine_log_drop(struct engine *e, const struct engine_frame *f, enum stats_id reason)
{
	stopped(e, EVENT_DROP, f, e->verdict, reason);
}

void
engine_log_would(struct engine *e, const struct engine_frame *f, const struct policy_verdict *v,
		 enum stats_id reason)
{
	stopped(e, EVENT_VERDICT, f, v, reason);
}

#define DEFAULT_PACKET_SID 2201000 /* Suricata's number for its default packet policy */

static void
default_policy(struct engine *e, struct event *ev, enum rules_hook hook)
{
	char policy[64];

	ev->sid = DEFAULT_PACKET_SID;
	ev->gid = 1;
	ev->rev = 1;
	ev->severity = 3;
	event_text(ev, EVENT_RULE_MSG, SPAN_LIT("default packet policy"));
	event_text(ev, EVENT_POLICY,
		   span_str(policy_default_text(e->policy, hook, policy, sizeof(policy))));
}

void
engine_log_alert(struct engine *e, const struct engine_frame *f, const struct rules_hit *hit,
		 const struct policy_verdict *v)
{
	struct event *ev = begin(e, EVENT_ALERT, f->now_us);

	if (ev == NULL)
		return;
	stats_add(&e->stats, STATS_ALERTS, 1);
	frame(ev, f);
	decided(e, ev, v, hit->hook);
	if (hit->rule != NULL)
		inspect_describe_rule(hit->rule, ev);
	else
		default_policy(e, ev, hit->hook);
	if (f->c != NULL) {
		f->c->alerted = true;
		if (f->c->inspect != NULL)
			inspect_describe(f->c->inspect, ev);
	}
	event_commit(e->set.events);
}

static enum event_tcp_state
tcp_state_event(enum tcp_state s)
{
	static const enum event_tcp_state map[TCP_STATES] = {
		[TCP_NONE] = EVENT_TCP_NONE,	       [TCP_SYN_SENT] = EVENT_TCP_SYN_SENT,
		[TCP_SYN_RECEIVED] = EVENT_TCP_SYN_RECV, [TCP_ESTABLISHED] = EVENT_TCP_ESTABLISHED,
		[TCP_CLOSING] = EVENT_TCP_CLOSING,     [TCP_CLOSED] = EVENT_TCP_CLOSED,
		[TCP_RESET] = EVENT_TCP_CLOSED,
	};

	return map[s];
}

static uint8_t
flags_of(const struct conn *c, unsigned dir)
{
	if (c->mode == CONN_LIGHT)
		return c->light_flags[dir];
	return tcp_flags_seen(conn_tcp((struct conn *)(uintptr_t)c), dir);
}

void
engine_log_flow(struct engine *e, const struct conn *c, uint64_t now_us,
		enum event_flow_reason reason)
{
	struct event *ev = begin(e, EVENT_FLOW, now_us);
	enum tcp_state state = engine_conn_state(c);
	struct pkt like;

	if (ev == NULL)
		return;
	engine_conn_like((struct conn *)(uintptr_t)c, &like);
	ev->flow_id = c->flow_id;
	ev->ip_version = like.ip_version;
	ev->ip_proto = 6;
	memcpy(ev->src.b, like.src.b, sizeof(ev->src.b));
	memcpy(ev->dst.b, like.dst.b, sizeof(ev->dst.b));
	ev->sport = like.sport;
	ev->dport = like.dport;
	ev->flow_start_us = c->begin_us;
	ev->flow_end_us = c->last_us;
	ev->pkts_ts = c->packets[0];
	ev->pkts_tc = c->packets[1];
	ev->bytes_ts = c->bytes[0];
	ev->bytes_tc = c->bytes[1];
	ev->tx_count = c->tx_count;
	ev->flow_state = state >= TCP_CLOSED	     ? EVENT_FLOW_CLOSED :
			 state >= TCP_ESTABLISHED ? EVENT_FLOW_ESTABLISHED :
						     EVENT_FLOW_NEW;
	ev->flow_reason = (uint8_t)reason;
	ev->tcp_state = (uint8_t)tcp_state_event(state);
	ev->tcp_flags_ts = flags_of(c, 0);
	ev->tcp_flags_tc = flags_of(c, 1);
	ev->tcp_flags = ev->tcp_flags_ts | ev->tcp_flags_tc;
	ev->flags |= (c->is_smtp ? EVENT_IS_SMTP : 0) | (c->alerted ? EVENT_ALERTED : 0) |
		     (c->condemned ? EVENT_FLOW_DROPPED : 0);
	if (!c->is_smtp && c->other != NULL)
		event_text(ev, EVENT_APP_PROTO, span_str(c->other));
	event_commit(e->set.events);
}
