/* SPDX-License-Identifier: BSD-3-Clause */
/* See stub_engine.h. It stands in for lib/engine in these tests and nowhere else. */
#include <stdlib.h>

#include "stub_engine.h"

struct stub_plan stub_plan;
struct engine *stub_engines[32];

struct engine *
engine_create(const struct engine_settings *s, struct err *err)
{
	struct engine *e = aligned_alloc(64, (sizeof(*e) + 63) / 64 * 64);

	(void)err;
	memset(e, 0, sizeof(*e));
	e->set = *s;
	stub_engines[s->worker] = e;
	return e;
}

void
engine_destroy(struct engine *e)
{
	stub_engines[e->set.worker] = NULL;
	free(e);
}

static void
stub_remember(struct engine *e, const struct pkt *p)
{
	if (e->seen_count == STUB_SEEN)
		return;
	e->seen[e->seen_count++] = (struct stub_seen){ p->time_us, p->number, p->len,  p->port,
						       p->link,	   p->sport,  p->dport };
}

static void
stub_make(struct engine *e, const struct pkt *p)
{
	struct net_segment g = {
		.like = p, .reverse = true, .seq = p->ack, .ack = p->seq, .flags = NET_RST | NET_ACK
	};
	uint8_t *to = e->made[e->made_count++];

	e->acts[e->count++] = (struct engine_act){
		.kind = ENGINE_MAKE,
		.port = p->port,
		.time_us = p->time_us,
		.data = to,
		.len = (uint32_t)net_build(&g, to, sizeof(e->made[0])),
	};
	stats_add(&e->stats, STATS_MADE, 1);
}

size_t
engine_input(struct engine *e, struct pkt *pkts, size_t count, uint64_t now_us)
{
	size_t i, n = stub_plan.take > 0 && stub_plan.take < count ? stub_plan.take : count;

	(void)now_us;
	e->inputs++;
	e->made_count = 0;
	for (i = 0; i < n; i++) {
		net_decode(&pkts[i], e->set.checksums ? NET_CHECK_SUMS : 0);
		stub_remember(e, &pkts[i]);
		stats_add(&e->stats, STATS_FRAMES, 1);
		stats_add(&e->stats, STATS_FRAME_BYTES, pkts[i].len);
		if (stub_plan.poke > 0 && stub_plan.poke < pkts[i].len)
			pkts[i].data[stub_plan.poke] = 0xee;
		if (stub_plan.make && pkts[i].kind == NET_TCP)
			stub_make(e, &pkts[i]);
		stats_add(&e->stats, stub_plan.drop_all ? STATS_BLOCKED : STATS_ACCEPTED, 1);
		e->acts[e->count++] = (struct engine_act){
			.kind = stub_plan.drop_all ? ENGINE_DROP : ENGINE_SEND,
			.port = pkts[i].port ^ 1,
			.frame = pkts[i].frame,
			.len = pkts[i].len - stub_plan.trim,
			.time_us = pkts[i].time_us,
		};
	}
	return n;
}

const struct engine_act *
engine_acts(const struct engine *e, size_t *count)
{
	*count = e->count;
	return e->acts;
}

void
engine_acts_done(struct engine *e)
{
	e->count = 0;
}

bool
engine_tick(struct engine *e, uint64_t now_us)
{
	e->ticks++;
	e->last_tick_us = now_us;
	return false;
}

bool
engine_drain(struct engine *e, uint64_t now_us)
{
	(void)now_us;
	return ++e->drains < 3;
}

const struct stats *
engine_stats(const struct engine *e)
{
	return &e->stats;
}

const struct rules_worker *
engine_rules(const struct engine *e)
{
	(void)e;
	return NULL;
}

size_t
engine_sessions(const struct engine *e)
{
	return e->seen_count;
}
