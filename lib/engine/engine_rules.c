/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet rules: pre_flow, pre_stream, filter, and the detection rules on frames. In: a frame and
 * its session, if any. Out: go on, or the frame is dropped. Application rules are inspect's.
 */
#include "engine_internal.h"

static enum rules_packet_kind
kind_of(const struct pkt *p)
{
	switch (p->kind) {
	case NET_ARP:
		return RULES_P_ARP;
	case NET_TCP:
		return RULES_P_TCP;
	case NET_UDP:
		return RULES_P_UDP;
	case NET_ICMP:
		return RULES_P_ICMP;
	case NET_IP:
		return RULES_P_IP;
	default:
		return RULES_P_OTHER;
	}
}

/*
 * Established as the rules mean it, and as Suricata does: both sides have been heard. So the server's
 * answer to a SYN counts, and `-> server (flow:not_established)` with `<> server (flow:established)`
 * lets a whole handshake through.
 */
static bool
established(const struct engine_frame *f)
{
	enum tcp_state state;

	if (f->c == NULL)
		return false;
	state = engine_conn_state(f->c);
	if (state == TCP_SYN_SENT)
		return f->dir == 1;
	if (state == TCP_SYN_RECEIVED)
		return f->dir == 1 || (f->p->flags & (NET_SYN | NET_ACK)) == NET_ACK;
	return state >= TCP_ESTABLISHED;
}

/* What the SYN announces; 0: nothing, or options that are broken. */
static uint16_t
announced_mss(const struct pkt *p)
{
	struct span o = p->kind == NET_TCP && p->flags & NET_SYN ? pkt_tcp_options(p) : SPAN_NONE;

	while (o.len > 0 && o.ptr[0] != 0) {
		if (o.ptr[0] == 1) {
			o = span_skip(o, 1);
			continue;
		}
		if (o.len < 2 || o.ptr[1] < 2 || o.ptr[1] > o.len)
			return 0;
		if (o.ptr[0] == 2 && o.ptr[1] == 4)
			return (uint16_t)(o.ptr[2] << 8 | o.ptr[3]);
		o = span_skip(o, o.ptr[1]);
	}
	return 0;
}

static void
describe_headers(const struct pkt *p, struct rules_packet *r)
{
	const uint8_t *ip = p->data + p->ip_off;

	if (p->ip_version == 4) {
		r->tos = ip[1];
		r->ip_id = (uint16_t)(ip[4] << 8 | ip[5]);
		r->frag_bits = ip[6] >> 5;
		r->frag_offset = (uint16_t)((ip[6] & 0x1f) << 8 | ip[7]);
	} else if (p->ip_version == 6) {
		r->tos = (uint8_t)(ip[0] << 4 | ip[1] >> 4);
	}
	if (p->kind == NET_TCP) {
		r->seq = p->seq;
		r->ack = p->ack;
		r->window = p->window;
		r->mss = announced_mss(p);
	} else if (p->kind == NET_ICMP) {
		r->icmp_type = (uint8_t)p->sport;
		r->icmp_code = (uint8_t)p->dport;
	}
}

static void
describe_stream(struct conn *c, struct rules_packet *r)
{
	struct tcp_offsets o;
	const char *after = c->is_smtp ? "smtp" : c->other != NULL || !c->inspected ? c->other : "failed";

	r->app = rules_app(c->inspect != NULL ? inspect_protocol(c->inspect) : after);
	for (unsigned dir = 0; dir < 2; dir++) {
		tcp_offsets(conn_tcp(c), dir, &o);
		r->stream[dir] = o.next;
	}
}

/* smtp.normalizer.ignore-tls-data: packet rules do not see what is encrypted. */
static bool
shows_payload(const struct engine *e, const struct engine_frame *f)
{
	bool hides = e->policy->normalizer.ignore_tls_data && f->c != NULL &&
		     f->c->inspect != NULL && inspect_is_tls(f->c->inspect);

	return (f->p->kind == NET_TCP || f->p->kind == NET_UDP) && !hides;
}

static void
describe(const struct engine *e, const struct engine_frame *f, struct rules_packet *r)
{
	const struct pkt *p = f->p;

	memset(r, 0, sizeof(*r));
	memcpy(r->src, p->src.b, sizeof(r->src));
	memcpy(r->dst, p->dst.b, sizeof(r->dst));
	r->sport = p->sport;
	r->dport = p->dport;
	r->ip_version = p->ip_version;
	r->ip_proto = p->ip_proto;
	r->tcp_flags = p->flags;
	r->ttl = p->ttl;
	r->vlan_count = p->vlan_count;
	memcpy(r->vlan, p->vlan, sizeof(r->vlan));
	r->ether_type = p->ether_type;
	r->kind = (uint8_t)kind_of(p);
	describe_headers(p, r);
	r->to_server = f->dir == 0;
	r->flow_known = f->c != NULL;
	r->flow_start = f->first;
	r->established = established(f);
	if (f->c != NULL)
		describe_stream(f->c, r);
	r->covered = e->streams != NULL && f->c != NULL && f->c->mode == CONN_COVERED &&
		     !f->c->opaque;
	r->payload = shows_payload(e, f) ? pkt_payload(p) : SPAN_NONE;
	r->ether = p->link == NET_LINK_ETHER ? pkt_link(p) : SPAN_NONE;
}

static enum stats_id
reason_of(const struct policy_verdict *v)
{
	switch (v->cause) {
	case POLICY_BY_PACKET_DEFAULT:
		return STATS_DROP_PACKET_POLICY;
	case POLICY_BY_PRE_FLOW:
		return STATS_DROP_PRE_FLOW;
	case POLICY_BY_PRE_STREAM:
		return STATS_DROP_PRE_STREAM;
	case POLICY_BY_DETECTION:
		return STATS_DROP_DETECTION;
	case POLICY_BY_LIMIT:
		return STATS_DROP_INTERNAL;
	default:
		return STATS_DROP_RULE;
	}
}

static void
alerts(struct engine *e, const struct engine_frame *f, const struct rules_hits *hits,
       enum rules_hook hook, const struct policy_verdict *v)
{
	stats_add(&e->stats, STATS_RULE_HITS, hits->count);
	stats_add(&e->stats, STATS_ALERTS_LOST, hits->lost);
	for (unsigned i = 0; i < hits->count; i++)
		if (hits->hit[i].alert || hits->hit[i].would)
			engine_log_alert(e, f, &hits->hit[i], v);
	if (v->rule == NULL && v->alert) {
		struct rules_hit none = { .hook = hook };

		engine_log_alert(e, f, &none, v);
	}
}

static void
refuse(struct engine *e, struct engine_frame *f, const struct policy_verdict *v)
{
	if (v->kind != POLICY_DROP_PACKET && f->c != NULL) {
		engine_condemn(e, f->c, f, v, reason_of(v), f->now_us);
		return;
	}
	if (v->kind == POLICY_REJECT_FLOW)
		stats_add(&e->stats, STATS_REJECTED, 1);
	e->verdict = v;
	engine_drop(e, f, reason_of(v));
	e->verdict = NULL;
	f->ours = false;
}

static void
watch_begin(struct engine *e, const struct engine_frame *f, bool accepted)
{
	struct policy_moment m = {
		.flow_id = f->c != NULL ? f->c->flow_id : 0,
		.frame = f->p->number,
		.to_server = f->dir == 0,
		.flow_accepted = accepted,
	};

	e->set.watch->begin(e->set.watch, &m);
}

static bool
judge(struct engine *e, struct engine_frame *f, const struct rules_packet *packet,
      enum rules_hook hook, bool accepted)
{
	struct rules_flow none = { 0 };
	struct rules_hits hits;
	struct policy_verdict v;

	if (e->set.watch != NULL)
		watch_begin(e, f, accepted);
	rules_packet(e->rules, f->c != NULL ? &f->c->rules : &none, packet, hook,
		     e->policy->firewall && !accepted, f->now_us, &hits);
	policy_decide_packet(e->policy, hook, &hits, packet->to_server, accepted, &v);
	if (e->set.watch != NULL)
		e->set.watch->verdict(e->set.watch, &v);
	alerts(e, f, &hits, hook, &v);
	if (v.kind != POLICY_ACCEPT) {
		refuse(e, f, &v);
		return false;
	}
	if (v.would)
		engine_log_would(e, f, &v, reason_of(&v));
	if (f->c != NULL && v.rule != NULL && v.scope == RULES_SCOPE_FLOW) {
		f->c->accepted = true;
		if (f->c->inspect != NULL)
			inspect_accept_flow(f->c->inspect);
	}
	return true;
}

/* The frame that let them be judged may be one of the other side. */
static void
turn(struct rules_packet *r)
{
	struct rules_packet was = *r;

	memcpy(r->src, was.dst, sizeof(r->src));
	memcpy(r->dst, was.src, sizeof(r->dst));
	r->sport = was.dport;
	r->dport = was.sport;
	r->to_server = !was.to_server;
}

bool
engine_stream_rules(struct engine *e, struct engine_frame *f, unsigned dir, struct span window)
{
	struct rules_packet packet;
	bool on;

	describe(e, f, &packet);
	if (dir != f->dir)
		turn(&packet);
	packet.ordered = &f->c->stream->side[dir];
	packet.payload = shows_payload(e, f) ? window : SPAN_NONE;
	packet.ether = SPAN_NONE;
	packet.covered = false;
	packet.only_stream = true;
	f->turned = dir != f->dir;
	on = judge(e, f, &packet, RULES_FILTER, true);
	f->turned = false;
	return on;
}

bool
engine_packet_rules(struct engine *e, struct engine_frame *f, enum rules_hook hook)
{
	struct rules_packet packet;

	if (!e->ask[hook])
		return true;
	describe(e, f, &packet);
	return judge(e, f, &packet, hook, f->c != NULL && f->c->accepted);
}
