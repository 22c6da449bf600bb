/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Birth, timeouts and death of a session. In: a first frame, a timer, a verdict. Out: an entry in
 * the table, acts for what was held, the flow record. Judges nothing.
 */
#include "engine_internal.h"

enum tcp_state
engine_conn_state(const struct conn *c)
{
	if (c->mode == CONN_LIGHT)
		return c->light_state;
	return tcp_state(conn_tcp((struct conn *)(uintptr_t)c));
}

/* The least valuable session goes, one of rank first while there is any. */
static bool
give_way(struct engine *e, const struct flow_key *near, enum flow_rank first, uint64_t now_us)
{
	struct flow_entry *victim = flow_evict(e->flows, near, first);

	if (victim == NULL)
		return false;
	stats_add(&e->stats, STATS_FLOWS_EVICTED, 1);
	engine_conn_end(e, flow_data(victim), now_us, EVENT_FLOW_FORCED);
	return true;
}

/* Room for one more. A flood of SYNs turns over its own share of the table only. */
static struct flow_entry *
make_room(struct engine *e, const struct flow_key *key, uint64_t now_us)
{
	uint64_t at = engine_table_time(e, now_us);
	struct flow_entry *entry;

	if (flow_count_rank(e->flows, FLOW_HALF_OPEN) >= e->policy->limits.half_open &&
	    !give_way(e, key, FLOW_HALF_OPEN, now_us))
		return NULL;
	entry = flow_insert(e->flows, key, at);
	if (entry == NULL && give_way(e, key, FLOW_LIGHT, now_us))
		entry = flow_insert(e->flows, key, at);
	return entry;
}

/* As the client's frames have it: where the server's came first, its addresses are exchanged. */
static void
remember_link(struct conn *c, const struct pkt *p, unsigned dir)
{
	struct span link = pkt_link(p);

	c->link = p->link;
	c->ip_version = p->ip_version;
	c->link_len = (uint8_t)(link.len <= ENGINE_LINK_MAX ? link.len : 0);
	memcpy(c->link_header, link.ptr, c->link_len);
	if (dir == 1 && c->link == NET_LINK_ETHER && c->link_len > 0) {
		memcpy(c->link_header, link.ptr + 6, 6);
		memcpy(c->link_header + 6, link.ptr, 6);
	}
}

void
engine_conn_like(struct conn *c, struct pkt *like)
{
	const struct flow_key *key = flow_entry_key(flow_of(c));

	memset(like, 0, sizeof(*like));
	like->data = c->link_header;
	like->len = c->link_len;
	like->link = c->link;
	like->kind = NET_TCP;
	like->ip_version = c->ip_version;
	like->ip_proto = 6;
	like->ip_off = c->link_len;
	like->l4_off = c->link_len;
	like->payload_off = c->link_len;
	like->ether_type = c->ip_version == 6 ? 0x86dd : 0x0800;
	like->src = c->client_high ? key->high : key->low;
	like->dst = c->client_high ? key->low : key->high;
	like->sport = c->client_high ? key->high_port : key->low_port;
	like->dport = c->client_high ? key->low_port : key->high_port;
}

/* Which way does the first frame go? A SYN tells; else the guarded port is the server's. */
static unsigned
first_direction(const struct engine *e, const struct pkt *p)
{
	unsigned flags = p->flags & (NET_SYN | NET_ACK);

	if (flags == NET_SYN)
		return 0;
	if (flags == (NET_SYN | NET_ACK))
		return 1;
	return !policy_guards(e->policy, p->dport) && policy_guards(e->policy, p->sport);
}

bool
engine_calls_back(const struct engine *e, const struct pkt *p)
{
	return e->policy->firewall && !e->policy->monitor &&
	       (p->flags & (NET_SYN | NET_ACK)) == NET_SYN && policy_guards(e->policy, p->sport) &&
	       !policy_guards(e->policy, p->dport);
}

/* Why no session may begin with this frame. *mode: what else it is. */
static bool
refused(const struct engine *e, const struct pkt *p, unsigned dir, enum conn_mode *mode,
	enum stats_id *reason)
{
	const struct policy *policy = e->policy;
	bool guarded = policy_guards(policy, dir == 0 ? p->dport : p->sport);
	bool syn = (p->flags & (NET_SYN | NET_ACK)) == NET_SYN;
	bool covered = syn ? guarded || policy->detect_anywhere : guarded && e->tcp.midstream;

	*mode = covered ? CONN_COVERED : CONN_LIGHT;
	*reason = syn ? STATS_DROP_TCP_STATE : STATS_DROP_MIDSTREAM;
	if (syn)
		return engine_calls_back(e, p);
	return guarded && !covered && policy->firewall && !policy->monitor;
}

struct conn *
engine_conn_begin(struct engine *e, struct engine_frame *f, const struct flow_key *key)
{
	unsigned dir = first_direction(e, f->p);
	enum conn_mode mode;
	enum stats_id reason;
	struct flow_entry *entry;
	struct conn *c;

	if (refused(e, f->p, dir, &mode, &reason)) {
		engine_drop(e, f, reason);
		return NULL;
	}
	entry = make_room(e, key, f->now_us);
	if (entry == NULL) {
		engine_unjudged(e, f, STATS_DROP_FLOW_FULL, e->policy->fail_open_overload);
		return NULL;
	}
	e->changes++;
	c = flow_data(entry);
	c->begin_us = f->now_us;
	c->mode = mode;
	c->client_high = key->swapped == (dir == 0);
	c->client_port = f->p->port ^ (uint8_t)dir;
	c->guarded = policy_guards(e->policy, dir == 0 ? f->p->dport : f->p->sport);
	c->flow_id = (hash_bytes(e->set.key, key, FLOW_KEY_SIZE) ^ f->now_us * UINT64_C(0x9e3779b1)) &
		     ((UINT64_C(1) << 51) - 1);
	remember_link(c, f->p, dir);
	f->dir = dir;
	stats_add(&e->stats, STATS_FLOWS, 1);
	return c;
}

void
engine_light(struct conn *c, unsigned dir, const struct pkt *p)
{
	c->light_flags[dir] |= p->flags;
	if (p->flags & NET_RST)
		c->light_state = TCP_RESET;
	else if ((c->light_flags[0] & c->light_flags[1]) & NET_FIN)
		c->light_state = TCP_CLOSED;
	else if ((c->light_flags[0] | c->light_flags[1]) & NET_FIN)
		c->light_state = TCP_CLOSING;
	else if (p->flags & NET_SYN)
		c->light_state = p->flags & NET_ACK ? TCP_SYN_RECEIVED : TCP_SYN_SENT;
	else
		c->light_state = TCP_ESTABLISHED;
}

static uint64_t
timeout_us(const struct engine *e, const struct conn *c)
{
	const struct policy_limits *l = &e->policy->limits;

	if (c->condemned)
		return l->dropped_s * UINT64_C(1000000);
	switch (engine_conn_state(c)) {
	case TCP_SYN_SENT:
		return l->syn_s * UINT64_C(1000000);
	case TCP_SYN_RECEIVED:
		return l->handshake_s * UINT64_C(1000000);
	case TCP_CLOSING:
	case TCP_CLOSED:
	case TCP_RESET:
		return l->closing_s * UINT64_C(1000000);
	default:
		return l->idle_s * UINT64_C(1000000);
	}
}

/*
 * Frames that anybody can forge, without a handshake, must not push out what a handshake made, nor
 * the handshakes of others: what such frames begin is not followed, or has one side only.
 */
static enum flow_rank
rank_of(const struct conn *c)
{
	static const enum flow_rank by_state[TCP_STATES] = {
		[TCP_NONE] = FLOW_LIGHT,	     [TCP_SYN_SENT] = FLOW_HALF_OPEN,
		[TCP_SYN_RECEIVED] = FLOW_HALF_OPEN, [TCP_ESTABLISHED] = FLOW_ESTABLISHED,
		[TCP_CLOSING] = FLOW_ESTABLISHED,    [TCP_CLOSED] = FLOW_CLOSED,
		[TCP_RESET] = FLOW_CLOSED,
	};

	bool half_seen = engine_conn_state(c) >= TCP_ESTABLISHED && !(c->seen[0] && c->seen[1]);

	if (c->condemned)
		return FLOW_DROPPED;
	if (c->mode == CONN_LIGHT || (c->opaque && !c->guarded) || half_seen)
		return FLOW_LIGHT;
	return by_state[engine_conn_state(c)];
}

/* When is something due? A hold that outlives its verdict is due before silence is. */
static uint64_t
due_us(const struct engine *e, struct conn *c)
{
	uint64_t due = c->last_us + timeout_us(e, c), since;

	if (c->mode == CONN_COVERED && !c->condemned && tcp_holding(conn_tcp(c), &since)) {
		uint64_t held = since + e->policy->limits.held_s * UINT64_C(1000000);

		if (held < due)
			due = held;
	}
	return due;
}

void
engine_conn_timer(struct engine *e, struct conn *c)
{
	flow_rank_set(flow_of(c), rank_of(c));
	flow_arm(e->flows, flow_of(c), engine_table_time(e, due_us(e, c)));
}

void
engine_inspect_end(struct engine *e, struct conn *c, uint64_t now_us, uint64_t number)
{
	struct inspect_at at = { .time_us = now_us, .number = number };
	struct inspect_summary s;

	engine_stream_end(e, c);
	if (c->inspect == NULL)
		return;
	inspect_summary(c->inspect, &s);
	c->tx_count = s.tx;
	c->is_smtp = s.is_smtp;
	c->other = s.other;
	if (c->condemned)
		engine_keep_texts(e, c);
	inspect_close(c->inspect, e->inspect, &at,
		      c->condemned ? (enum stats_id)c->drop_reason : (enum stats_id)0);
	pool_put(e->inspects, c->inspect);
	c->inspect = NULL;
	c->inspected = true;
	memset(&c->rules, 0, sizeof(c->rules)); /* its overflow lay in the session's memory */
}

void
engine_conn_end(struct engine *e, struct conn *c, uint64_t now_us, enum event_flow_reason reason)
{
	enum tcp_reason held = reason == EVENT_FLOW_SHUTDOWN ? TCP_SHUTDOWN : TCP_ENDED;
	bool more;

	engine_inspect_end(e, c, now_us, 0);
	if (c->mode == CONN_COVERED)
		do {
			more = tcp_close(&e->tcp, conn_tcp(c), held);
			engine_take_acts(e, c, STATS_DROP_FLOW, now_us);
		} while (more);
	engine_log_flow(e, c, now_us, reason);
	flow_remove(e->flows, flow_of(c));
	e->changes++;
}

static enum tcp_ending
ending_of(const struct policy_verdict *v)
{
	if (v->kind != POLICY_REJECT_FLOW)
		return TCP_END_SILENT;
	if (v->reset_client && v->reset_server)
		return TCP_END_RST_BOTH;
	return v->reset_client ? TCP_END_RST_CLIENT : TCP_END_RST_SERVER;
}

void
engine_condemn(struct engine *e, struct conn *c, struct engine_frame *f,
	       const struct policy_verdict *v, enum stats_id reason, uint64_t now_us)
{
	struct pkt like;
	const struct pkt *model = f != NULL ? f->p : &like;
	unsigned dir = f != NULL ? f->dir : 0;
	bool more = c->mode == CONN_COVERED;

	e->verdict = v;
	if (f != NULL && f->ours) {
		engine_drop(e, f, reason);
		f->ours = false;
	}
	c->condemned = true;
	c->drop_reason = (uint16_t)reason;
	c->sid = v->rule != NULL ? v->rule->sid : 0;
	if (v->kind == POLICY_REJECT_FLOW)
		stats_add(&e->stats, STATS_REJECTED, 1);
	engine_conn_like(c, &like);
	while (more) {
		more = tcp_end(&e->tcp, conn_tcp(c), ending_of(v), SPAN_NONE, model, dir);
		engine_take_acts(e, c, reason, now_us);
	}
	e->verdict = NULL;
	e->offset = 0;
	engine_inspect_end(e, c, now_us, f != NULL ? f->p->number : 0);
	engine_conn_timer(e, c);
}

/* A hole was never filled, or a reply never came: uninspected bytes do not wait for ever. */
static void
held_too_long(struct engine *e, struct conn *c, uint64_t now_us)
{
	struct policy_verdict v = { .kind = POLICY_REJECT_FLOW, .cause = POLICY_BY_LIMIT,
				    .hook = RULES_FILTER, .reset_client = true,
				    .reset_server = true };

	engine_condemn(e, c, NULL, &v, STATS_DROP_TCP_TIMEOUT, now_us);
}

bool
engine_tick(struct engine *e, uint64_t now_us)
{
	struct flow_entry *entry = NULL;
	unsigned n = 0;

	if (now_us < e->next_tick_us)
		return false;
	flow_advance(e->flows, engine_table_time(e, now_us));
	while (n < ENGINE_EXPIRE_MAX && engine_has_room(e) &&
	       (entry = flow_expired(e->flows)) != NULL) {
		struct conn *c = flow_data(entry);

		n++;
		if (due_us(e, c) > now_us) {
			engine_conn_timer(e, c);
		} else if (now_us < c->last_us + timeout_us(e, c)) {
			held_too_long(e, c, now_us);
		} else {
			stats_add(&e->stats, STATS_FLOWS_EXPIRED, 1);
			engine_conn_end(e, c, now_us, EVENT_FLOW_TIMEOUT);
		}
	}
	if (entry != NULL)
		return true;
	e->next_tick_us = now_us + ENGINE_TICK_US;
	return false;
}

bool
engine_drain(struct engine *e, uint64_t now_us)
{
	struct flow_entry *entry;
	unsigned n;

	if (e->set.capture)
		now_us = e->last_us;
	for (n = 0; n < ENGINE_DRAIN_MAX && engine_has_room(e); n++) {
		entry = flow_walk(e->flows, &e->drain_pos);
		if (entry == NULL) {
			e->drain_pos = 0;
			return false;
		}
		engine_conn_end(e, flow_data(entry), now_us, EVENT_FLOW_SHUTDOWN);
	}
	return true;
}
