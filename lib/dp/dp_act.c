/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's acts become frames that leave, are freed, or are made. Called by a worker for its own
 * engine, in order. Frames that could not be made are counted as internal errors of this worker.
 */
#include "dp_internal.h"

static void
dp_act_send(struct dp_worker *w, const struct engine_act *a)
{
	struct rte_mbuf *m = a->frame;

	if (a->len < m->pkt_len) { /* a trimmed frame; edits of the same length need nothing */
		m->pkt_len = a->len;
		if (!dp_flat(w->dp, m))
			m->data_len = (uint16_t)a->len;
	}
	dp_lane_push(w, &w->lane[a->port & 1], m);
}

static void
dp_act_make(struct dp_worker *w, const struct engine_act *a)
{
	struct dp *dp = w->dp;
	struct rte_mbuf *m = rte_pktmbuf_alloc(dp->pool);
	size_t len = 0;
	uint8_t *flat;

	if (m == NULL) {
		stats_add(&w->stats, STATS_DROP_MEMORY, 1);
		return;
	}
	len = net_build(&a->make, rte_pktmbuf_mtod(m, uint8_t *), rte_pktmbuf_tailroom(m));
	m->data_len = (uint16_t)len;
	if (len == 0 && (flat = dp_flat_begin(dp, m)) != NULL)
		len = net_build(&a->make, flat, DP_FLAT_SIZE);
	if (len == 0) {
		stats_add(&w->stats, STATS_DROP_MEMORY, 1);
		dp_frame_free(dp, m);
		return;
	}
	m->pkt_len = (uint32_t)len;
	m->port = w->wire->port[a->port & 1]->id;
	dp_frame(m)->time_us = a->time_us;
	dp_lane_push(w, &w->lane[a->port & 1], m);
}

void
dp_act(struct dp_worker *w, const struct engine_act *acts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		switch (acts[i].kind) {
		case ENGINE_SEND:
			dp_act_send(w, &acts[i]);
			break;
		case ENGINE_MAKE:
			dp_act_make(w, &acts[i]);
			break;
		case ENGINE_DROP:
			dp_frame_free(w->dp, acts[i].frame);
			break;
		}
	}
}
