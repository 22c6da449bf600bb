/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An engine's memory: all of it is taken here, before the first frame. In: the policy's limits.
 * Out: an engine whose path allocates nothing. Also what a session costs.
 */
#include <errno.h>
#include <stdlib.h>

#include "err.h"
#include "engine_internal.h"

static void
tcp_limits(struct engine *e)
{
	const struct policy *p = e->policy;

	e->tcp.limits = (struct tcp_limits){
		.hold_bytes = p->limits.session_hold,
		.queue_count = (uint16_t)p->limits.session_queue,
		.retain_bytes = ENGINE_RETAIN,
	};
	e->tcp.capture = e->set.capture;
	e->tcp.rewrite_overlaps = e->set.capture; /* a record is no attack on who reads it */
	/* A record without firewall rules is read for what it tells: its beginning, or a side, may
	 * be missing. */
	e->tcp.midstream = p->midstream || (e->set.capture && !p->firewall);
	e->tcp.monitor = p->monitor;
	e->tcp.segments = e->segments;
	e->tcp.chunks = e->chunks;
	e->tcp.acts = e->tcp_acts;
	e->tcp.act_size = ENGINE_ACTS_TCP;
}

/* Which packet hooks can change anything? The others cost nothing. */
static void
questions(struct engine *e)
{
	const struct policy *p = e->policy;
	bool detects = rules_count(p->rules) > rules_firewall_count(p->rules);

	for (unsigned h = RULES_PRE_FLOW; h <= RULES_FILTER; h++)
		e->ask[h] = (p->firewall && (rules_has_hook(p->rules, h) ||
					     p->defaults[h].action != RULES_ACCEPT)) ||
			    (h == RULES_FILTER && detects);
}

static bool
make_memory(struct engine *e)
{
	const struct policy_limits *l = &e->policy->limits;
	unsigned flags = POOL_SECRET | (e->set.capture || e->set.lazy ? 0 : POOL_EAGER);
	size_t segments = (size_t)(l->hold_bytes / 1024) + 4096;
	size_t chunks = (size_t)(l->hold_bytes / TCP_CHUNK) + 16384;
	size_t live = 4 * rules_stream_words(e->policy->rules) * sizeof(uint64_t);

	e->flows = flow_table_create(l->sessions, sizeof(struct conn) + tcp_conn_size(),
				     e->set.key, 0);
	e->segments = pool_create("engine.segments", tcp_segment_size(), segments, flags);
	e->chunks = pool_create("engine.chunks", TCP_CHUNK, chunks, flags);
	e->inspects = pool_create("engine.inspect", inspect_size(), l->sessions, POOL_SECRET);
	if (live > 0)
		e->streams = pool_create("engine.streams", sizeof(struct engine_stream) + live,
					 l->sessions, POOL_SECRET);
	e->tcp_acts = calloc(ENGINE_ACTS_TCP, sizeof(*e->tcp_acts));
	e->act_size = segments + ENGINE_ACTS;
	e->acts = calloc(e->act_size, sizeof(*e->acts));
	e->made = malloc(ENGINE_MADE);
	e->kept = calloc(ENGINE_KEPT, sizeof(*e->kept));
	return e->flows != NULL && e->segments != NULL && e->chunks != NULL &&
	       e->inspects != NULL && e->tcp_acts != NULL && e->acts != NULL && e->made != NULL &&
	       e->kept != NULL && (live == 0 || e->streams != NULL);
}

struct engine *
engine_create(const struct engine_settings *s, struct err *err)
{
	struct inspect_env_settings in = { .policy = s->policy, .events = s->events,
					   .capture = s->capture, .event_types = s->event_types,
					   .watch = s->watch,
					   .key = s->user_key != NULL ? *s->user_key : s->key,
					   .lazy = s->capture || s->lazy };
	struct engine *e = NULL;

	if (posix_memalign((void **)&e, 64, sizeof(*e)) != 0) {
		err_set(err, -ENOMEM, "no memory for worker %u", s->worker);
		return NULL;
	}
	memset(e, 0, sizeof(*e));
	e->set = *s;
	e->policy = s->policy;
	in.stats = &e->stats;
	if (!make_memory(e)) {
		err_set(err, -ENOMEM, "no memory for %u sessions", s->policy->limits.sessions);
		err_hint(err, "lower limits.sessions or limits.hold");
		engine_destroy(e);
		return NULL;
	}
	e->inspect = inspect_env_create(&in, err);
	if (e->inspect == NULL) {
		engine_destroy(e);
		return NULL;
	}
	e->rules = inspect_rules_worker(e->inspect);
	tcp_limits(e);
	questions(e);
	return e;
}

void
engine_destroy(struct engine *e)
{
	if (e == NULL)
		return;
	inspect_env_destroy(e->inspect);
	flow_table_destroy(e->flows);
	pool_destroy(e->segments);
	pool_destroy(e->chunks);
	pool_destroy(e->inspects);
	pool_destroy(e->streams);
	free(e->tcp_acts);
	free(e->acts);
	free(e->made);
	free(e->kept);
	free(e);
}

const struct stats *
engine_stats(const struct engine *e)
{
	return &e->stats;
}

const struct rules_worker *
engine_rules(const struct engine *e)
{
	return e->rules;
}

size_t
engine_sessions(const struct engine *e)
{
	return flow_count(e->flows);
}

void
engine_session_cost(const struct engine *e, struct engine_cost *c)
{
	size_t entry = flow_entry_cost(e->flows);

	c->tcp = tcp_conn_size();
	c->entry = entry - c->tcp;
	c->inspect = inspect_size();
	c->arena = inspect_idle_memory();
	c->total = entry + c->inspect + c->arena;
}
