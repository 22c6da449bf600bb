/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames in: mbufs from the ports of a wire, and struct pkt for the engine from mbufs. A pkt gets
 * what the frame does not say of itself: where it came in, when, and its number; decoding is the
 * engine's. Called by workers and spreaders. What cannot be handed on is freed and counted here.
 */
#include "dp_internal.h"

/* Frames that no engine will see: they are blocked, and in the balance all the same. */
void
dp_blocked(struct stats *s, enum stats_id reason, uint64_t frames, uint64_t bytes)
{
	stats_add(s, STATS_FRAMES, frames);
	stats_add(s, STATS_FRAME_BYTES, bytes);
	stats_add(s, STATS_BLOCKED, frames);
	stats_add(s, reason, frames);
}

void
dp_frame_free(struct dp *dp, struct rte_mbuf *m)
{
	if (dp_flat(dp, m))
		rte_mempool_put(dp->flats, dp_frame(m)->flat);
	rte_pktmbuf_free(m);
}

/* At most DP_BURST frames of both ports, half of them each. m->port says which port: not every PMD
 * does. */
unsigned
dp_wire_receive(struct dp_wire *w, struct dp *dp, uint16_t queue, struct rte_mbuf **m, bool *ended)
{
	unsigned n = 0, got, i, side;
	unsigned burst = dp->set.burst;

	if (w->record)
		return dp_reader_next(&w->reader, dp, w, m, ended);
	for (side = 0; side < 2; side++) {
		got = rte_eth_rx_burst(w->port[side]->id, queue, m + n, (uint16_t)burst);
		for (i = 0; i < got; i++)
			m[n + i]->port = w->port[side]->id;
		n += got;
	}
	return n;
}

/* Gather a chain; false when it was refused, counted and freed. */
static bool
dp_rx_gather(struct dp_worker *w, struct rte_mbuf *m)
{
	int r = dp_flat_gather(w->dp, m);

	if (r == 0)
		return true;
	dp_blocked(&w->stats, r == -EMSGSIZE ? STATS_DROP_DECODE : STATS_DROP_MEMORY, 1,
		   m->pkt_len);
	dp_frame_free(w->dp, m);
	return false;
}

/* w->pkts from m[0..n); returns how many became packets. */
unsigned
dp_rx_fill(struct dp_worker *w, struct rte_mbuf **m, unsigned n)
{
	const struct dp_wire *wire = w->wire;
	struct dp *dp = w->dp;
	struct dp_frame *f;
	struct pkt *p;
	unsigned i, count = 0;

	for (i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (i = 0; i < n; i++) {
		if (unlikely(m[i]->nb_segs > 1) && !dp_rx_gather(w, m[i]))
			continue;
		p = &w->pkts[count++];
		p->frame = m[i];
		p->len = m[i]->pkt_len;
		p->port = m[i]->port == wire->port[0]->id ? 0 : 1;
		p->link = wire->port[p->port]->link;
		p->data = rte_pktmbuf_mtod(m[i], uint8_t *);
		p->time_us = w->now_us;
		p->number = 0;
		f = dp_frame(m[i]);
		if (unlikely(dp_flat(dp, m[i])))
			p->data = f->flat;
		if (wire->record) {
			p->time_us = f->time_us;
			p->number = f->number;
		}
	}
	return count;
}
