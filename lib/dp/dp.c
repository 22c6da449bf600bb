/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dataplane's life: everything made in one order and undone in reverse; lcores started, stopped
 * and waited for. Called by the program on the main lcore.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf_dyn.h>

#include "dp_internal.h"

#define DP_CACHE 256	      /* mbufs of an lcore's cache */
#define DP_BUFFER_HEAD 448    /* of a buffer beside its room: mbuf, private area, headroom */
#define DP_RECORD_MBUFS 16384 /* in the hands of engines and of the reader of a capture */
#define DP_FLATS 512
#define DP_HELD_LEAST 1024 /* a held frame counts this many bytes of hold_bytes at least */
#define DP_HELD_SPARE 4096
#define DP_RING_SIZE 4096
#define DP_EVENT_SLOTS 4096

/* Enough that rings, queues, caches and what engines may hold never exhaust it. */
static unsigned
dp_pool_count(const struct dp *dp)
{
	unsigned i, n = rte_lcore_count() * DP_CACHE * 2;
	uint64_t held = (dp->set.hold_bytes / DP_HELD_LEAST + DP_HELD_SPARE) * dp->workers;

	if (dp->set.mbufs > 0)
		return dp->set.mbufs;
	for (i = 0; i < dp->workers; i++)
		n += DP_BURST * 2 + (dp->senders > 0 ? 2 * dp->set.ring_size : 0) +
		     (dp->worker[i]->in != NULL ? dp->set.ring_size : 0);
	if (dp->wire[0].record)
		return n + DP_RECORD_MBUFS;
	for (i = 0; i < dp->ports; i++)
		n += 1024u * (dp->port[i].rx_queues + dp->port[i].tx_queues);
	return n + (unsigned)RTE_MIN(held, 1u << 22);
}

static int
dp_make_pool(struct dp *dp, struct err *err)
{
	unsigned room = 0, count, i;

	for (i = 0; i < dp->ports; i++)
		room = RTE_MAX(room, dp_port_room(&dp->port[i], dp->set.mtu));
	count = dp_pool_count(dp);
	dp->pool = rte_pktmbuf_pool_create(
		"dp_mbufs", count, DP_CACHE,
		RTE_ALIGN_CEIL(sizeof(struct dp_frame), RTE_MBUF_PRIV_ALIGN),
		(uint16_t)(room + RTE_PKTMBUF_HEADROOM), SOCKET_ID_ANY);
	dp->flats = rte_mempool_create("dp_flats", DP_FLATS, DP_FLAT_SIZE, 0, 0, NULL, NULL, NULL,
				       NULL, SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (dp->pool != NULL && dp->flats != NULL)
		return 0;
	err_set(err, -ENOMEM, "no memory for %u packet buffers of %u bytes: %s", count, room,
		rte_strerror(rte_errno));
	err_hint(err,
		 "reserve more hugepages, or lower limits.hold or cores.mbufs; with eal.no-huge "
		 "raise eal.memory-mb (the buffers alone take %u MiB)",
		 (unsigned)(((uint64_t)count * (room + DP_BUFFER_HEAD)) >> 20));
	return -ENOMEM;
}

static int
dp_make_flags(struct dp *dp, struct err *err)
{
	static const struct rte_mbuf_dynflag flat = { .name = "postern_flat" };
	uint64_t time_flag;
	int bit = rte_mbuf_dynflag_register(&flat);

	if (bit < 0 || rte_mbuf_dyn_rx_timestamp_register(&dp->time_off, &time_flag) != 0)
		return err_set(err, -rte_errno, "no room for marks in packet buffers");
	dp->flat_flag = UINT64_C(1) << bit;
	dp->time_flag = time_flag;
	return 0;
}

static int
dp_make_engines(struct dp *dp, struct err *err)
{
	struct engine_settings s = dp->set.engine;
	struct dp_worker *w;
	unsigned i;

	for (i = 0; i < dp->workers; i++) {
		w = dp->worker[i];
		w->events = event_ring_create(dp->set.event_slots);
		if (w->events == NULL)
			return err_set(err, -ENOMEM, "no memory for %zu event records",
				       dp->set.event_slots);
		s.events = w->events;
		s.worker = i;
		w->engine = engine_create(&s, err);
		if (w->engine == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int
dp_make_ports(struct dp *dp, struct err *err)
{
	unsigned i;
	int r;

	for (i = 0; i < dp->ports; i++) {
		r = dp_port_up(dp, &dp->port[i], err);
		if (r != 0) {
			while (i-- > 0)
				dp_port_down(&dp->port[i]);
			return r;
		}
	}
	dp->ports_up = true;
	return 0;
}

static int
dp_make_dump(struct dp *dp, struct err *err)
{
	const struct dp_capture *c = dp->set.capture;

	if (dp->set.pcap_out == NULL || c == NULL)
		return 0;
	if (c->count == 2 && c->link_type[0] != c->link_type[1])
		return err_set(err, -EINVAL,
			       "%s and %s have different link types: their frames "
			       "cannot go into one capture",
			       c->file[0], c->file[1]);
	dp->dump = dp_dump_open(dp->set.pcap_out, c->link_type[0], err);
	return dp->dump != NULL ? 0 : -EIO;
}

/* Idle lcores must give way where they are more than the CPUs. */
static void
dp_choose_idle(struct dp *dp)
{
	enum dp_idle idle = dp->set.idle;
	cpu_set_t cpus;
	unsigned i, lcore;

	CPU_ZERO(&cpus);
	RTE_LCORE_FOREACH(lcore)
	{
		rte_cpuset_t set = rte_lcore_cpuset(lcore);

		CPU_OR(&cpus, &cpus, &set);
	}
	if (idle == DP_IDLE_AUTO)
		idle = dp->wire[0].record || rte_lcore_count() > (unsigned)CPU_COUNT(&cpus)
			       ? DP_IDLE_YIELD
			       : DP_IDLE_POLL;
	for (i = 0; i < dp->workers; i++)
		dp_idle_begin(&dp->worker[i]->idler, idle);
	for (i = 0; i < dp->spreaders; i++)
		dp_idle_begin(&dp->spreader[i]->idler, idle);
	for (i = 0; i < dp->senders; i++)
		dp_idle_begin(&dp->sender[i]->idler, idle);
	dp->set.idle = idle;
}

static void
dp_defaults(struct dp *dp)
{
	struct dp_settings *s = &dp->set;
	struct timespec t;

	s->rx = RTE_MAX(s->rx, 1u);
	s->burst = s->burst > 0 ? RTE_MIN(s->burst, DP_BURST / 2u) : DP_BURST / 2;
	s->ring_size = rte_align32pow2(s->ring_size > 0 ? s->ring_size : DP_RING_SIZE);
	s->event_slots = rte_align64pow2(s->event_slots > 0 ? s->event_slots : DP_EVENT_SLOTS);
	clock_gettime(CLOCK_REALTIME, &t);
	dp->wall_us = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000 - dp_clock_us();
	dp->spread_key = s->engine.key;
}

struct dp *
dp_create(const struct dp_settings *s, struct err *err)
{
	static int (*const step[])(struct dp *, struct err *) = {
		dp_topo_ports, dp_topo_lcores,	dp_topo_rings, dp_make_pool,
		dp_make_flags, dp_make_engines, dp_make_ports, dp_make_dump,
	};
	struct dp *dp = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*dp));
	size_t i;

	if (dp == NULL) {
		err_set(err, -ENOMEM, "no memory for the dataplane");
		return NULL;
	}
	memset(dp, 0, sizeof(*dp));
	dp->set = *s;
	dp_defaults(dp);
	for (i = 0; i < RTE_DIM(step); i++) {
		if (step[i](dp, err) != 0) {
			dp_destroy(dp);
			return NULL;
		}
	}
	dp_choose_idle(dp);
	return dp;
}

/* Frames that the reader of a capture had read ahead when it was stopped. */
static void
dp_drop_ahead(struct dp *dp)
{
	struct dp_reader *r;
	unsigned i, side;

	for (i = 0; i < dp->wires; i++) {
		r = &dp->wire[i].reader;
		for (side = 0; side < 2; side++)
			while (r->head[side] < r->count[side])
				rte_pktmbuf_free(r->ahead[side][r->head[side]++]);
	}
}

void
dp_destroy(struct dp *dp)
{
	unsigned i;

	if (dp == NULL)
		return;
	if (dp->started) {
		dp_stop(dp, DP_PAUSE);
		dp_join(dp);
	}
	dp_dump_close(dp->dump);
	dp_drop_ahead(dp);
	for (i = 0; dp->ports_up && i < dp->ports; i++)
		dp_port_down(&dp->port[i]);
	for (i = 0; i < dp->workers; i++) {
		if (dp->worker[i]->engine != NULL)
			engine_destroy(dp->worker[i]->engine);
		event_ring_destroy(dp->worker[i]->events);
	}
	dp_topo_undo(dp);
	rte_mempool_free(dp->flats);
	rte_mempool_free(dp->pool);
	free(dp);
}

static void
dp_launch(int (*fn)(void *), void *arg, unsigned lcore, int *state)
{
	__atomic_store_n(state, DP_RESTING, __ATOMIC_RELEASE);
	rte_eal_remote_launch(fn, arg, lcore);
}

int
dp_start(struct dp *dp, struct err *err)
{
	unsigned i;

	if (dp->started)
		return err_set(err, -EALREADY, "packet forwarding is running");
	__atomic_store_n(&dp->order, DP_ORDER_GO, __ATOMIC_RELEASE);
	dp->started = true;
	for (i = 0; i < dp->workers; i++)
		dp->worker[i]->source_ended = false;
	for (i = 0; i < dp->senders; i++)
		dp_launch(dp_sender_main, dp->sender[i], dp->sender[i]->lcore,
			  &dp->sender[i]->state);
	/* states of all are reset before the first may look at another's */
	for (i = 0; i < dp->spreaders; i++)
		__atomic_store_n(&dp->spreader[i]->state, DP_RESTING, __ATOMIC_RELEASE);
	for (i = 0; i < dp->workers; i++)
		dp_launch(dp_worker_main, dp->worker[i], dp->worker[i]->lcore,
			  &dp->worker[i]->state);
	for (i = 0; i < dp->spreaders; i++)
		dp_launch(dp_spreader_main, dp->spreader[i], dp->spreader[i]->lcore,
			  &dp->spreader[i]->state);
	return 0;
}

void
dp_stop(struct dp *dp, enum dp_end how)
{
	__atomic_store_n(&dp->order, how == DP_DRAIN ? DP_ORDER_DRAIN : DP_ORDER_PAUSE,
			 __ATOMIC_RELEASE);
}

bool
dp_running(const struct dp *dp)
{
	return dp->started;
}

bool
dp_done(const struct dp *dp)
{
	unsigned i;

	for (i = 0; i < dp->workers; i++)
		if (__atomic_load_n(&dp->worker[i]->state, __ATOMIC_ACQUIRE) != DP_ENDED)
			return false;
	for (i = 0; i < dp->spreaders; i++)
		if (__atomic_load_n(&dp->spreader[i]->state, __ATOMIC_ACQUIRE) != DP_ENDED)
			return false;
	for (i = 0; i < dp->senders; i++)
		if (__atomic_load_n(&dp->sender[i]->state, __ATOMIC_ACQUIRE) != DP_ENDED)
			return false;
	return true;
}

int
dp_join(struct dp *dp)
{
	unsigned i;
	int r = 0;

	for (i = 0; i < dp->workers; i++)
		r |= rte_eal_wait_lcore(dp->worker[i]->lcore);
	for (i = 0; i < dp->spreaders; i++)
		r |= rte_eal_wait_lcore(dp->spreader[i]->lcore);
	for (i = 0; i < dp->senders; i++)
		r |= rte_eal_wait_lcore(dp->sender[i]->lcore);
	dp->started = false;
	return r == 0 ? 0 : -EIO;
}
