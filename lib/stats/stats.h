/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters of one worker. The worker alone writes (plain stores, relaxed atomics for the reader);
 * the management core reads and sums. The list of counters is stats_list.h.
 *
 *	stats_add(&worker->stats, STATS_FRAMES, n);		worker
 *	stats_sum(&total, workers, count);			management core
 */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>
#include "str.h"

enum stats_id {
#define STAT(symbol, name, unit, help) STATS_##symbol,
#define DROP(symbol, name, reason, help) STATS_##symbol,
#include "stats_list.h"
#undef STAT
#undef DROP
	STATS_COUNT
};

struct stats {
	uint64_t v[STATS_COUNT];
} __attribute__((aligned(64)));

/* What the list says of one counter. */
struct stats_info {
	const char *name;   /* "drop.rule" */
	const char *unit;   /* "packets" */
	const char *help;   /* one sentence */
	const char *reason; /* eve.json's drop reason; NULL when it is no drop reason */
	bool gauge;	    /* goes up and down */
};

static inline void
stats_add(struct stats *s, enum stats_id id, uint64_t n)
{
	__atomic_store_n(&s->v[id], s->v[id] + n, __ATOMIC_RELAXED);
}

static inline void
stats_set(struct stats *s, enum stats_id id, uint64_t value)
{
	__atomic_store_n(&s->v[id], value, __ATOMIC_RELAXED);
}

static inline uint64_t
stats_get(const struct stats *s, enum stats_id id)
{
	return __atomic_load_n(&s->v[id], __ATOMIC_RELAXED);
}

/* Never NULL for id < STATS_COUNT. */
const struct stats_info *stats_info(enum stats_id id);
/* -1 when there is no such name. */
int stats_by_name(const char *name);
/* total = sum of the count given. Reader's side; a snapshot. */
void stats_sum(struct stats *total, const struct stats *const *each, size_t count);
/* later - earlier, each counter (gauges too: the caller knows them). */
void stats_delta(struct stats *out, const struct stats *later, const struct stats *earlier);

/*
 * Prometheus text exposition 0.0.4 of s, HELP and TYPE included: counters as
 * postern_<name with _>_total ("_total" once), gauges without "_total", drop reasons as one family
 * postern_drops_total{reason="<name without drop.>"}. Appends to out; out->cut when it did not fit.
 */
void stats_prometheus(const struct stats *s, struct str *out);

#endif
