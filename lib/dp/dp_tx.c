/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames out. A worker collects them in one lane a port and flushes at the end of each turn: into
 * the port itself, or into a ring from which a sender lcore transmits. Full queues are waited for a
 * little in a live run, then the rest is dropped and counted; a run fed from files waits.
 */
#include "dp_internal.h"

#define DP_TX_TRIES 64 /* live: times a full queue is tried before frames are dropped */

struct dp_out { /* one transmit queue, and whose counters and patience these are */
	struct dp *dp;
	struct dp_idler *idler;
	struct stats *stats;
	uint16_t port, queue;
	bool patient;
};

/* What was forwarded, for --pcap-out. */
static void
dp_tx_dump(struct dp *dp, struct rte_mbuf *m)
{
	const struct dp_frame *f = dp_frame(m);

	dp_dump_frame(dp->dump, dp_flat(dp, m) ? f->flat : rte_pktmbuf_mtod(m, const uint8_t *),
		      m->pkt_len, f->time_us);
}

static void
dp_tx_lost(const struct dp_out *o, struct rte_mbuf **m, unsigned n)
{
	unsigned i;

	stats_add(o->stats, STATS_DROP_TX_FULL, n);
	for (i = 0; i < n; i++)
		dp_frame_free(o->dp, m[i]);
}

/* Dump, and turn long frames into chains. Returns how many are left to transmit. */
static unsigned
dp_tx_prepare(const struct dp_out *o, struct rte_mbuf **m, unsigned n)
{
	struct dp *dp = o->dp;
	unsigned i, kept = 0;

	for (i = 0; i < n; i++) {
		if (dp->dump != NULL)
			dp_tx_dump(dp, m[i]);
		if (unlikely(dp_flat(dp, m[i])) && dp_flat_scatter(dp, m[i]) != 0) {
			dp_tx_lost(o, &m[i], 1);
			continue;
		}
		m[kept++] = m[i];
	}
	return kept;
}

static void
dp_transmit(const struct dp_out *o, struct rte_mbuf **m, unsigned n)
{
	unsigned sent = 0, tries = 0;

	n = dp_tx_prepare(o, m, n);
	while (sent < n) {
		unsigned k = rte_eth_tx_burst(o->port, o->queue, m + sent, (uint16_t)(n - sent));

		sent += k;
		if (k > 0)
			continue;
		if (!o->patient && ++tries > DP_TX_TRIES)
			break;
		dp_idle(o->idler);
	}
	if (sent < n)
		dp_tx_lost(o, m + sent, n - sent);
}

/* To the sender's ring; the same patience. */
static void
dp_tx_enqueue(const struct dp_out *o, struct rte_ring *ring, struct rte_mbuf **m, unsigned n)
{
	unsigned sent = 0, tries = 0;

	while (sent < n) {
		unsigned k = rte_ring_sp_enqueue_burst(ring, (void **)(m + sent), n - sent, NULL);

		sent += k;
		if (k > 0)
			continue;
		if (!o->patient && ++tries > DP_TX_TRIES)
			break;
		dp_idle(o->idler);
	}
	if (sent < n)
		dp_tx_lost(o, m + sent, n - sent);
}

void
dp_lane_flush(struct dp_worker *w, struct dp_lane *l)
{
	struct dp_out o = { w->dp, &w->idler, &w->stats, l->port, l->queue, w->wire->record };

	if (l->count == 0)
		return;
	if (l->ring != NULL)
		dp_tx_enqueue(&o, l->ring, l->m, l->count);
	else
		dp_transmit(&o, l->m, l->count);
	l->count = 0;
}

void
dp_lane_push(struct dp_worker *w, struct dp_lane *l, struct rte_mbuf *m)
{
	if (l->port == w->lane[0].port) /* both sides of a single capture leave in one order */
		l = &w->lane[0];
	l->m[l->count++] = m;
	if (l->count == RTE_DIM(l->m))
		dp_lane_flush(w, l);
}

static bool
dp_workers_ended(const struct dp *dp)
{
	unsigned i;

	for (i = 0; i < dp->workers; i++)
		if (__atomic_load_n(&dp->worker[i]->state, __ATOMIC_ACQUIRE) != DP_ENDED)
			return false;
	return true;
}

/* A sender: drains its rings; ends when every worker has ended and the rings are empty. */
int
dp_sender_main(void *arg)
{
	struct dp_sender *s = arg;
	struct rte_mbuf *m[DP_BURST];
	bool last = false;
	unsigned i, n, got;

	__atomic_store_n(&s->state, DP_LOOPING, __ATOMIC_RELEASE);
	for (;;) {
		got = 0;
		last = dp_workers_ended(s->dp); /* asked before the rings are looked at */
		for (i = 0; i < s->feeds; i++) {
			struct dp_out o = {
				s->dp,		 &s->idler,	   &s->stats,
				s->feed[i].port, s->feed[i].queue, s->dp->wire[0].record
			};

			n = rte_ring_sc_dequeue_burst(s->feed[i].ring, (void **)m, DP_BURST, NULL);
			if (n > 0)
				dp_transmit(&o, m, n);
			got += n;
		}
		dp_count(&s->load.turns, 1);
		dp_count(&s->load.frames, got);
		if (got > 0) {
			dp_busy(&s->idler);
			continue;
		}
		if (last)
			break;
		dp_count(&s->load.idle_turns, 1);
		dp_idle(&s->idler);
	}
	__atomic_store_n(&s->state, DP_ENDED, __ATOMIC_RELEASE);
	return 0;
}
