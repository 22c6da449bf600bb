/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the management core may know: sums of counters, load of lcores, events, shape. Reads shared
 * counters without stopping anybody; a snapshot.
 */
#include <stdio.h>

#include <rte_lcore.h>

#include "dp_internal.h"

#define DP_BAD_SUMS 3 /* so many are no accident of one frame */

unsigned
dp_workers(const struct dp *dp)
{
	return dp->workers;
}

struct event *
dp_event_peek(struct dp *dp, unsigned worker)
{
	return event_peek(dp->worker[worker]->events);
}

void
dp_event_pop(struct dp *dp, unsigned worker)
{
	struct dp_worker *w = dp->worker[worker];

	event_pop(w->events);
	__atomic_store_n(&w->events_popped, w->events_popped + 1, __ATOMIC_RELEASE);
}

void
dp_stats(const struct dp *dp, struct stats *total)
{
	const struct stats *each[2 * DP_WORKERS + DP_WIRES + DP_SENDERS];
	uint64_t lost;
	size_t n = 0;
	unsigned i;

	for (i = 0; i < dp->workers; i++) {
		each[n++] = engine_stats(dp->worker[i]->engine);
		each[n++] = &dp->worker[i]->stats;
	}
	for (i = 0; i < dp->spreaders; i++)
		each[n++] = &dp->spreader[i]->stats;
	for (i = 0; i < dp->senders; i++)
		each[n++] = &dp->sender[i]->stats;
	stats_sum(total, each, n);
	lost = RTE_MIN(total->v[STATS_DROP_TX_FULL], total->v[STATS_ACCEPTED]);
	total->v[STATS_ACCEPTED] -= lost;
	total->v[STATS_BLOCKED] += lost;
	total->v[STATS_EVENTS] = total->v[STATS_EVENTS_LOST] = 0;
	for (i = 0; i < dp->workers; i++) {
		total->v[STATS_EVENTS] += event_made(dp->worker[i]->events);
		total->v[STATS_EVENTS_LOST] += event_lost(dp->worker[i]->events);
	}
}

uint64_t
dp_last_us(const struct dp *dp)
{
	uint64_t last = 0;
	unsigned i;

	for (i = 0; i < dp->workers; i++)
		last = RTE_MAX(last, dp->worker[i]->now_us);
	return last;
}

uint64_t
dp_rule_hits(const struct dp *dp, uint32_t index)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < dp->workers; i++)
		n += rules_hit_count(engine_rules(dp->worker[i]->engine), index);
	return n;
}

const char *
dp_role_name(enum dp_role r)
{
	static const char *const name[] = {
		[DP_WORKER] = "worker",
		[DP_SPREADER] = "spreader",
		[DP_SENDER] = "sender",
	};

	return name[r];
}

unsigned
dp_lcores(const struct dp *dp)
{
	return dp->workers + dp->spreaders + dp->senders;
}

static void
dp_load_read(const struct dp_load *l, const int *state, struct dp_lcore_info *info)
{
	info->frames = __atomic_load_n(&l->frames, __ATOMIC_RELAXED);
	info->turns = __atomic_load_n(&l->turns, __ATOMIC_RELAXED);
	info->idle_turns = __atomic_load_n(&l->idle_turns, __ATOMIC_RELAXED);
	info->running = __atomic_load_n(state, __ATOMIC_ACQUIRE) == DP_LOOPING;
}

void
dp_lcore_info(const struct dp *dp, unsigned i, struct dp_lcore_info *info)
{
	memset(info, 0, sizeof(*info));
	if (i < dp->workers) {
		const struct dp_worker *w = dp->worker[i];

		info->role = DP_WORKER;
		info->lcore = w->lcore;
		info->index = i;
		info->wire = w->wire->index;
		info->sessions = (size_t)stats_get(engine_stats(w->engine), STATS_FLOWS_ACTIVE);
		dp_load_read(&w->load, &w->state, info);
		return;
	}
	i -= dp->workers;
	if (i < dp->spreaders) {
		info->role = DP_SPREADER;
		info->lcore = dp->spreader[i]->lcore;
		info->index = i;
		info->wire = dp->spreader[i]->wire->index;
		dp_load_read(&dp->spreader[i]->load, &dp->spreader[i]->state, info);
		return;
	}
	i -= dp->spreaders;
	info->role = DP_SENDER;
	info->lcore = dp->sender[i]->lcore;
	info->index = i;
	dp_load_read(&dp->sender[i]->load, &dp->sender[i]->state, info);
}

unsigned
dp_ports(const struct dp *dp)
{
	return dp->ports;
}

uint16_t
dp_port_id(const struct dp *dp, unsigned i)
{
	return dp->port[i].id;
}

const char *
dp_shape(const struct dp *dp, char *buf, size_t size)
{
	static const char *const idle[] = { "auto", "poll", "yield", "sleep" };

	snprintf(buf, size, "%u wire%s, %u worker%s%s, %s, idle %s, management on lcore %u",
		 dp->wires, dp->wires == 1 ? "" : "s", dp->workers, dp->workers == 1 ? "" : "s",
		 dp->spreaders > 0 ? " behind a spreader" : " polling",
		 dp->senders > 0 ? "sender lcores" : "sending inline", idle[dp->set.idle],
		 rte_get_main_lcore());
	return buf;
}

const char *
dp_checksum_warning(struct dp *dp, char *buf, size_t size)
{
	uint64_t n = 0;
	unsigned i;

	if (dp->warned_sums || dp->wire[0].record)
		return NULL;
	for (i = 0; i < dp->workers; i++)
		n += __atomic_load_n(&dp->worker[i]->bad_sums, __ATOMIC_RELAXED);
	if (n < DP_BAD_SUMS)
		return NULL;
	dp->warned_sums = true;
	snprintf(buf, size,
		 "frames with wrong checksums arrive and are dropped: a host on the wire leaves "
		 "checksums to its (virtual) network card; on that host run: ethtool -K IFACE tx "
		 "off");
	return buf;
}
