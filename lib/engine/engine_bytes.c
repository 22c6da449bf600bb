/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * In-order bytes to inspection, and its verdict back as release marks. In: a connection that may
 * have new bytes, or whose other direction may now go on. Out: marks in lib/tcp, or a condemned
 * connection. Emits no frame itself: the caller lets go what the marks allow.
 */
#include "engine_internal.h"

static bool
begin_inspection(struct engine *e, struct engine_frame *f)
{
	struct conn *c = f->c;
	struct inspect_who who = { .flow_id = c->flow_id, .guarded = c->guarded,
				   .rules = &c->rules, .ip_version = c->ip_version };
	struct pkt like;
	void *memory;

	if (c->inspect != NULL)
		return true;
	memory = c->inspected ? NULL : pool_get(e->inspects);
	if (memory == NULL)
		return false;
	engine_conn_like(c, &like);
	memcpy(who.client, like.src.b, sizeof(who.client));
	memcpy(who.server, like.dst.b, sizeof(who.server));
	who.client_port = like.sport;
	who.server_port = like.dport;
	who.vlan_count = f->p->vlan_count;
	memcpy(who.vlan, f->p->vlan, sizeof(who.vlan));
	c->inspect = inspect_open(memory, e->inspect, &who);
	if (c->accepted)
		inspect_accept_flow(c->inspect);
	return true;
}

static void
condemn(struct engine *e, struct engine_frame *f, const struct inspect_verdict *v)
{
	struct policy_verdict broken = { .kind = POLICY_REJECT_FLOW, .cause = POLICY_BY_LIMIT,
					 .hook = RULES_HOOK_DETECT, .reset_client = true,
					 .reset_server = true };

	e->offset = v->offset;
	engine_condemn(e, f->c, f, v->broken ? &broken : &v->policy, v->reason, f->now_us);
}

/* No memory for one more session under inspection: fail closed, unless told otherwise. */
static bool
no_room(struct engine *e, struct engine_frame *f)
{
	struct policy_verdict v = { .kind = POLICY_DROP_FLOW, .cause = POLICY_BY_LIMIT,
				    .hook = RULES_HOOK_DETECT };

	if (!e->policy->stops || e->policy->fail_open_overload || e->policy->monitor) {
		f->c->opaque = true;
		tcp_pass_all(conn_tcp(f->c));
		return true;
	}
	engine_condemn(e, f->c, f, &v, STATS_DROP_MEMORY, f->now_us);
	return false;
}

static bool
verdict(struct engine *e, struct engine_frame *f, const struct inspect_verdict *v)
{
	struct conn *c = f->c;

	if (v->broken || v->policy.kind != POLICY_ACCEPT) {
		condemn(e, f, v);
		return false;
	}
	if (v->opaque) {
		c->opaque = true;
		tcp_pass_all(conn_tcp(c));
		return true;
	}
	tcp_mark(conn_tcp(c), 0, v->mark[0]);
	tcp_mark(conn_tcp(c), 1, v->mark[1]);
	return true;
}

/* The direction's FIN stands right behind what was taken: the parser must know. */
static bool
fin(struct engine *e, struct engine_frame *f, unsigned dir)
{
	struct inspect_at at = { .time_us = f->now_us, .number = f->p->number };
	struct conn *c = f->c;
	struct inspect_verdict v;

	if (c->fin_told[dir] || !tcp_at_fin(conn_tcp(c), dir))
		return true;
	c->fin_told[dir] = true;
	if (c->inspect == NULL)
		return true;
	inspect_fin(c->inspect, e->inspect, dir, &at, &v);
	return verdict(e, f, &v);
}

/* What one direction has. *progress: something was taken, the other direction may go on. */
static bool
direction(struct engine *e, struct engine_frame *f, unsigned dir, bool *progress)
{
	struct inspect_at at = { .time_us = f->now_us, .number = f->p->number };
	struct tcp_conn *t = conn_tcp(f->c);
	struct span bytes;
	uint64_t offset;

	while (!f->c->opaque && tcp_peek(t, dir, &bytes, &offset)) {
		struct inspect_verdict v;
		size_t taken;

		if (!engine_stream_begin(e, f->c) || !begin_inspection(e, f))
			return no_room(e, f);
		if (!engine_stream_bytes(e, f, dir, bytes, offset))
			return false;
		taken = inspect_bytes(f->c->inspect, e->inspect, dir, bytes, offset, &at, &v);
		tcp_take(t, dir, taken); /* a mark never passes what was taken */
		if (!verdict(e, f, &v))
			return false;
		*progress = *progress || taken > 0;
		if (taken < bytes.len)
			return true;
	}
	return f->c->opaque || fin(e, f, dir);
}

/* Alternate while one direction's bytes let the other go on; each turn takes bytes, so it ends. */
bool
engine_bytes(struct engine *e, struct engine_frame *f)
{
	unsigned dir = f->dir, idle = 0;

	while (idle < 2 && !f->c->opaque) {
		bool progress = false;

		if (!direction(e, f, dir, &progress))
			return false;
		idle = progress ? 0 : idle + 1;
		dir ^= 1;
	}
	return true;
}

bool
engine_stuck(struct engine *e, struct engine_frame *f, bool full)
{
	struct inspect_at at = { .time_us = f->now_us, .number = f->p->number };
	struct tcp_conn *t = conn_tcp(f->c);

	if (e->set.capture || e->tcp.monitor)
		return true;
	for (unsigned dir = 0; dir < 2; dir++) {
		struct inspect_verdict v;
		struct tcp_offsets o;

		if (f->c->inspect == NULL || f->c->opaque || (full && dir != f->dir) ||
		    !tcp_stuck(t, dir, full ? f->p : NULL))
			continue;
		tcp_offsets(t, dir, &o);
		if (!full && o.next - o.fwd <= ENGINE_STUCK_LEAST)
			continue;
		inspect_stuck(f->c->inspect, e->inspect, dir, o.next, &at, &v);
		if (!verdict(e, f, &v))
			return false;
	}
	return true;
}
