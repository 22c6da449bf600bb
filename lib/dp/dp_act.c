/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's acts become frames that leave, are freed, or are made. Called by a worker for its
 * own engine, in order. Frames that found no buffer are counted as made and lost.
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

/* Copy a frame of the engine's own into a buffer; one that is too long for it goes into a flat
 * piece. */
static void
dp_act_make(struct dp_worker *w, const struct engine_act *a)
{
	struct dp *dp = w->dp;
	struct rte_mbuf *m = rte_pktmbuf_alloc(dp->pool);
	uint8_t *to = NULL;

	if (m != NULL && a->len <= rte_pktmbuf_tailroom(m))
		to = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)a->len);
	else if (m != NULL && a->len <= DP_FLAT_SIZE)
		to = dp_flat_begin(dp, m);
	if (to == NULL) {
		stats_add(&w->stats, STATS_MADE_LOST, 1);
		rte_pktmbuf_free(m);
		return;
	}
	memcpy(to, a->data, a->len);
	m->pkt_len = a->len;
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
