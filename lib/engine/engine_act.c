/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of acts and what each one counts. In: decisions of the path, acts of lib/tcp. Out:
 * struct engine_act for the dataplane. Every frame handed in gets exactly one SEND or DROP here.
 */
#include "engine_internal.h"

static struct engine_act *
add(struct engine *e)
{
	struct engine_act *a = &e->acts[e->act_count++];

	memset(a, 0, sizeof(*a));
	return a;
}

void
engine_send(struct engine *e, const struct pkt *p, bool edited)
{
	struct engine_act *a = add(e);

	a->kind = ENGINE_SEND;
	a->port = p->port ^ 1;
	a->frame = p->frame;
	a->len = p->len;
	a->time_us = p->time_us;
	stats_add(&e->stats, STATS_ACCEPTED, 1);
	if (edited)
		stats_add(&e->stats, STATS_EDITED, 1);
}

static void
drop(struct engine *e, const struct pkt *p, enum stats_id reason)
{
	struct engine_act *a = add(e);

	a->kind = ENGINE_DROP;
	a->frame = p->frame;
	a->len = p->len;
	a->reason = (uint16_t)reason;
	a->time_us = p->time_us;
	stats_add(&e->stats, reason, 1);
	stats_add(&e->stats, STATS_BLOCKED, 1);
}

void
engine_drop(struct engine *e, const struct engine_frame *f, enum stats_id reason)
{
	drop(e, f->p, reason);
	engine_log_drop(e, f, reason);
}

void
engine_unjudged(struct engine *e, const struct engine_frame *f, enum stats_id reason, bool open)
{
	if (!open && !e->policy->monitor) {
		engine_drop(e, f, reason);
		return;
	}
	stats_add(&e->stats, STATS_UNJUDGED, 1);
	if (e->policy->monitor)
		engine_log_would(e, f, NULL, reason);
	engine_send(e, f->p, false);
}

enum stats_id
engine_tcp_reason(enum tcp_reason r)
{
	static const enum stats_id map[TCP_REASONS] = {
		[TCP_OK] = STATS_CONSUMED,
		[TCP_BAD_FLAGS] = STATS_DROP_TCP_FLAGS,
		[TCP_BAD_STATE] = STATS_DROP_TCP_STATE,
		[TCP_BAD_WINDOW] = STATS_DROP_TCP_WINDOW,
		[TCP_BAD_ACK] = STATS_DROP_TCP_ACK,
		[TCP_BAD_RST] = STATS_DROP_TCP_RST,
		[TCP_BAD_OPTIONS] = STATS_DROP_TCP_OPTIONS,
		[TCP_OVERLAP] = STATS_DROP_TCP_OVERLAP,
		[TCP_QUEUE_FULL] = STATS_DROP_TCP_QUEUE,
		[TCP_DUPLICATE] = STATS_DROP_TCP_DUPLICATE,
		[TCP_AFTER_FIN] = STATS_DROP_TCP_AFTER_FIN,
		[TCP_ENDED] = STATS_DROP_TCP_ENDED,
		[TCP_MIDSTREAM] = STATS_DROP_MIDSTREAM,
		[TCP_MEMORY] = STATS_DROP_MEMORY,
		[TCP_SHUTDOWN] = STATS_DROP_SHUTDOWN,
	};

	return map[r];
}

/* A frame whose bytes have all left in other frames is neither sent nor blocked: it was accepted. */
static void
consumed(struct engine *e, const struct pkt *p)
{
	struct engine_act *a = add(e);

	a->kind = ENGINE_DROP;
	a->frame = p->frame;
	a->len = p->len;
	a->reason = STATS_CONSUMED;
	a->time_us = p->time_us;
	stats_add(&e->stats, STATS_CONSUMED, 1);
	stats_add(&e->stats, STATS_ACCEPTED, 1);
}

static void
make(struct engine *e, const struct conn *c, const struct tcp_act *t, uint64_t now_us)
{
	uint8_t *data = e->made + e->made_used;
	bool room = e->act_count + pool_used(e->segments) + ENGINE_ACTS_TCP < e->act_size;
	size_t len = room ? net_build(&t->segment, data, ENGINE_MADE - e->made_used) : 0;
	struct engine_act *a;

	if (len == 0) {
		stats_add(&e->stats, STATS_MADE_LOST, 1);
		return;
	}
	e->made_used += (len + 7) & ~(size_t)7;
	a = add(e);
	a->kind = ENGINE_MAKE;
	a->port = e->set.capture ? 1 : t->dir == 0 ? c->client_port ^ 1 : c->client_port;
	a->data = data;
	a->len = (uint32_t)len;
	a->time_us = now_us;
	stats_add(&e->stats, STATS_MADE, 1);
	if (t->part)
		stats_add(&e->stats, STATS_TCP_SPLIT, 1);
}

void
engine_take_acts(struct engine *e, struct conn *c, enum stats_id reason, uint64_t now_us)
{
	for (size_t i = 0; i < e->tcp.act_count; i++) {
		struct tcp_act *t = &e->tcp.acts[i];
		struct engine_frame f = { .p = &t->pkt, .c = c, .dir = t->dir, .now_us = now_us };

		switch (t->kind) {
		case TCP_SEND:
			engine_send(e, &t->pkt, t->edited);
			break;
		case TCP_DISCARD:
			if (t->reason == TCP_OK && !c->condemned)
				consumed(e, &t->pkt);
			else
				engine_drop(e, &f, c->condemned || t->reason == TCP_OK
							   ? reason
							   : engine_tcp_reason(t->reason));
			break;
		case TCP_MAKE:
			make(e, c, t, now_us);
			break;
		}
	}
	e->tcp.act_count = 0;
}
