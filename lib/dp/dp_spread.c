/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receive-side scaling in software, for PMDs that have none: one lcore polls both ports of a wire
 * and shares the frames out over rings. Both directions of a connection, by either port, reach the
 * same worker: the hash is over the two endpoints in canonical order. It is keyed, so that nobody
 * outside can aim all his connections at one worker. What an mbuf says of a hash is not looked at.
 */
#include "dp_internal.h"

#define DP_SPREAD_TRIES 256 /* live: times a full ring is tried before frames are dropped */

/* Not TCP or UDP: by the pair of addresses; not IP: all to the first worker. */
unsigned
dp_spread_pick(const struct dp *dp, const struct dp_wire *w, const struct rte_mbuf *m,
	       unsigned workers)
{
	struct {
		struct net_addr low, high;
		uint16_t low_port, high_port, pad[2];
	} end = { .pad = { 0 } };
	struct pkt p = { .data = rte_pktmbuf_mtod(m, uint8_t *), .len = m->data_len };
	bool ports, swap;
	int order;

	p.link = w->port[m->port == w->port[0]->id ? 0 : 1]->link;
	net_decode(&p, 0);
	if (p.ip_version == 0)
		return 0;
	ports = p.kind == NET_TCP || p.kind == NET_UDP;
	order = memcmp(&p.src, &p.dst, sizeof(p.src));
	swap = order > 0 || (order == 0 && ports && p.sport > p.dport);
	end.low = swap ? p.dst : p.src;
	end.high = swap ? p.src : p.dst;
	if (ports) {
		end.low_port = swap ? p.dport : p.sport;
		end.high_port = swap ? p.sport : p.dport;
	}
	return (unsigned)(hash_bytes(dp->spread_key, &end, sizeof(end)) % workers);
}

struct dp_share {
	struct rte_mbuf *m[DP_BURST];
	unsigned count;
};

static void
dp_spread_push(struct dp_spreader *s, unsigned worker, struct dp_share *share)
{
	struct rte_ring *ring = s->to[worker]->in;
	unsigned sent = 0, tries = 0, i;

	while (sent < share->count) {
		unsigned k = rte_ring_sp_enqueue_burst(ring, (void **)(share->m + sent),
						       share->count - sent, NULL);

		sent += k;
		if (k > 0)
			continue;
		if (!s->wire->record && ++tries > DP_SPREAD_TRIES)
			break;
		dp_idle(&s->idler);
	}
	for (i = sent; i < share->count; i++) {
		dp_blocked(&s->stats, STATS_DROP_MEMORY, 1, share->m[i]->pkt_len);
		dp_frame_free(s->dp, share->m[i]);
	}
	share->count = 0;
}

static void
dp_spread_share(struct dp_spreader *s, struct rte_mbuf **m, unsigned n)
{
	struct dp_share share[DP_WORKERS];
	unsigned i, k;

	for (k = 0; k < s->workers; k++)
		share[k].count = 0;
	for (i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (i = 0; i < n; i++) {
		k = dp_spread_pick(s->dp, s->wire, m[i], s->workers);
		share[k].m[share[k].count++] = m[i];
	}
	for (k = 0; k < s->workers; k++)
		dp_spread_push(s, k, &share[k]);
}

int
dp_spreader_main(void *arg)
{
	struct dp_spreader *s = arg;
	struct rte_mbuf *m[DP_BURST];
	bool ended = false;
	unsigned n;

	__atomic_store_n(&s->state, DP_LOOPING, __ATOMIC_RELEASE);
	while (!ended && dp_order(s->dp) == DP_ORDER_GO) {
		n = dp_wire_receive(s->wire, s->dp, 0, m, &ended);
		dp_count(&s->load.turns, 1);
		dp_count(&s->load.frames, n);
		if (n > 0) {
			dp_spread_share(s, m, n);
			dp_busy(&s->idler);
		} else {
			dp_count(&s->load.idle_turns, 1);
			dp_idle(&s->idler);
		}
	}
	__atomic_store_n(&s->state, DP_ENDED, __ATOMIC_RELEASE);
	return 0;
}
