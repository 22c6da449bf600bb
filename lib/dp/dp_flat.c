/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames longer than one buffer. A chain of mbufs is gathered into one piece before the engine sees
 * it, and scattered into a chain again before a port gets it. Captures of hosts with segmentation
 * offload hold such frames; a live port gives them only where it scatters jumbo frames.
 *
 * The pieces come from a pool: when it is empty, the frame is refused, and its owner counts that.
 */
#include <string.h>

#include "dp_internal.h"

/* A flat piece for m, which has none yet. NULL: the pool is empty. */
uint8_t *
dp_flat_begin(struct dp *dp, struct rte_mbuf *m)
{
	void *flat;

	if (rte_mempool_get(dp->flats, &flat) != 0)
		return NULL;
	dp_frame(m)->flat = flat;
	m->ol_flags |= dp->flat_flag;
	return flat;
}

/* 0; -EMSGSIZE: longer than any frame may be; -ENOBUFS. */
int
dp_flat_gather(struct dp *dp, struct rte_mbuf *m)
{
	const void *bytes;
	uint8_t *flat;

	if (m->pkt_len > DP_FLAT_SIZE)
		return -EMSGSIZE;
	flat = dp_flat_begin(dp, m);
	if (flat == NULL)
		return -ENOBUFS;
	bytes = rte_pktmbuf_read(m, 0, m->pkt_len, flat);
	if (bytes != flat && bytes != NULL)
		memcpy(flat, bytes, m->pkt_len);
	return 0;
}

/* Put the flat bytes (pkt_len of them, perhaps edited) back into a chain that begins with m; the
 * piece goes back to its pool. -ENOBUFS: m is as it was. */
int
dp_flat_scatter(struct dp *dp, struct rte_mbuf *m)
{
	struct dp_frame *f = dp_frame(m);
	uint32_t len = m->pkt_len, done = 0, room;
	struct rte_mbuf *seg = m, *next;

	for (;;) {
		seg->data_off = RTE_PKTMBUF_HEADROOM;
		room = seg->buf_len - RTE_PKTMBUF_HEADROOM;
		seg->data_len = (uint16_t)RTE_MIN(room, len - done);
		memcpy(rte_pktmbuf_mtod(seg, void *), f->flat + done, seg->data_len);
		done += seg->data_len;
		if (done == len)
			break;
		if (seg->next == NULL) {
			next = rte_pktmbuf_alloc(dp->pool);
			if (next == NULL)
				return -ENOBUFS;
			seg->next = next;
			m->nb_segs++;
		}
		seg = seg->next;
	}
	next = seg->next;
	seg->next = NULL;
	while (next != NULL) {
		seg = next->next;
		rte_pktmbuf_free_seg(next);
		m->nb_segs--;
		next = seg;
	}
	rte_mempool_put(dp->flats, f->flat);
	m->ol_flags &= ~dp->flat_flag;
	return 0;
}
