/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How ports, lcores, queues and rings are joined; decided once, before anything runs.
 *
 *	wires	 pairs of ports; the same port twice in a run of one capture
 *	workers	 set.rx for each wire; they poll where that keeps a connection together (one worker,
 *or RSS on both ports), else the wire gets a spreader and its workers a ring each senders
 *none: each worker has its own transmit queue of both ports; or set.tx: each worker has two rings,
 *one a port, to one of them
 */
#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "dp_internal.h"

static int
dp_topo_add_port(struct dp *dp, uint16_t id, struct err *err)
{
	struct dp_port *p = &dp->port[dp->ports];
	unsigned i;

	for (i = 0; i < dp->ports; i++)
		if (dp->port[i].id == id)
			return err_set(err, -EINVAL, "port %u stands twice in the pairs of ports",
				       id);
	p->id = id;
	dp->ports++;
	return dp_port_look(p, err);
}

static int
dp_topo_list(struct dp *dp, struct err *err)
{
	uint16_t id;
	size_t i;
	int r;

	if (dp->set.port_count > RTE_DIM(dp->port))
		return err_set(err, -E2BIG, "at most %d pairs of ports", DP_WIRES);
	for (i = 0; i < dp->set.port_count; i++) {
		r = dp_port_find(dp->set.ports[i], &id, err);
		if (r == 0)
			r = dp_topo_add_port(dp, id, err);
		if (r != 0)
			return r;
	}
	if (dp->set.port_count > 0)
		return 0;
	RTE_ETH_FOREACH_DEV(id)
	{
		if (dp->ports == RTE_DIM(dp->port))
			return err_set(err, -E2BIG, "at most %d pairs of ports", DP_WIRES);
		r = dp_topo_add_port(dp, id, err);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Ports become wires. */
int
dp_topo_ports(struct dp *dp, struct err *err)
{
	const struct dp_capture *c = dp->set.capture;
	bool single = c != NULL && c->count == 1;
	struct dp_wire *w;
	unsigned i;
	int r = dp_topo_list(dp, err);

	if (r != 0)
		return r;
	if (dp->ports == 0) {
		err_set(err, -ENODEV, "DPDK started, but there is no port");
		err_hint(err, "name devices in eal.vdev or eal.allow; one that could not be opened "
			      "said so above");
		return -ENODEV;
	}
	if ((c != NULL && dp->ports != c->count) || (!single && dp->ports % 2 != 0)) {
		err_set(err, -ENODEV, "%u port%s found, %s wanted", dp->ports,
			dp->ports == 1 ? "" : "s",
			c != NULL ? "one for each capture is" : "pairs (outside, inside) are");
		err_hint(err, "see eal.vdev, eal.allow and ports.pairs");
		return -ENODEV;
	}
	for (i = 0; c != NULL && i < c->count; i++)
		dp->port[i].link = (uint8_t)c->link[i];
	dp->wires = single ? 1 : dp->ports / 2;
	for (i = 0; i < dp->wires; i++) {
		w = &dp->wire[i];
		w->index = i;
		w->port[0] = &dp->port[2 * i];
		w->port[1] = single ? w->port[0] : &dp->port[2 * i + 1];
		w->record = w->port[0]->file && w->port[1]->file;
	}
	return 0;
}

static void *
dp_topo_new(size_t size)
{
	void *p = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

/* Does this wire need a spreader? */
static bool
dp_topo_spread(const struct dp *dp, const struct dp_wire *w)
{
	return dp->set.rx > 1 && (w->record || !w->port[0]->rss || !w->port[1]->rss);
}

/* Senders: asked for, or needed since the ports have too few transmit queues or all write one file.
 */
static unsigned
dp_topo_senders(const struct dp *dp)
{
	struct rte_eth_dev_info info;
	bool few = false;
	unsigned i;

	for (i = 0; i < dp->ports; i++)
		if (rte_eth_dev_info_get(dp->port[i].id, &info) == 0 &&
		    info.max_tx_queues < dp->set.rx)
			few = true;
	if (dp->set.rx > 1 && (dp->set.pcap_out != NULL || dp->wire[0].record))
		return 1;
	if (dp->set.tx_mode == DP_TX_CORES || (dp->set.tx_mode == DP_TX_AUTO && dp->set.tx > 0))
		return RTE_MAX(dp->set.tx, 1u);
	return few ? 1 : 0;
}

struct dp_hand { /* gives out lcores */
	unsigned next;
};

static unsigned
dp_topo_lcore(struct dp_hand *h)
{
	h->next = rte_get_next_lcore(h->next, 1, 0);
	return h->next;
}

static int
dp_topo_worker(struct dp *dp, struct dp_wire *wire, unsigned k, struct dp_hand *h)
{
	struct dp_worker *w = dp_topo_new(sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	w->dp = dp;
	w->wire = wire;
	w->index = dp->workers;
	w->queue = (uint16_t)(wire->spreader != NULL ? 0 : k);
	w->lcore = dp_topo_lcore(h);
	dp->worker[dp->workers++] = w;
	if (wire->spreader != NULL)
		wire->spreader->to[wire->spreader->workers++] = w;
	return 0;
}

static int
dp_topo_wire(struct dp *dp, struct dp_wire *wire, struct dp_hand *h)
{
	unsigned k;
	int r = 0;

	if (dp_topo_spread(dp, wire)) {
		wire->spreader = dp_topo_new(sizeof(*wire->spreader));
		if (wire->spreader == NULL)
			return -ENOMEM;
		wire->spreader->dp = dp;
		wire->spreader->wire = wire;
		wire->spreader->lcore = dp_topo_lcore(h);
		dp->spreader[dp->spreaders++] = wire->spreader;
	}
	for (k = 0; k < dp->set.rx && r == 0; k++)
		r = dp_topo_worker(dp, wire, k, h);
	return r;
}

/* Tasks get their lcores; the main lcore stays with the management. */
int
dp_topo_lcores(struct dp *dp, struct err *err)
{
	struct dp_hand h = { .next = (unsigned)-1 };
	unsigned i, senders = dp_topo_senders(dp), need = senders;
	int r = 0;

	for (i = 0; i < dp->wires; i++)
		need += dp->set.rx + (dp_topo_spread(dp, &dp->wire[i]) ? 1 : 0);
	if (dp->wires * dp->set.rx > DP_WORKERS || senders > DP_SENDERS)
		return err_set(err, -E2BIG, "at most %d workers and %d senders", DP_WORKERS,
			       DP_SENDERS);
	if (rte_lcore_count() < need + 1) {
		err_set(err, -EINVAL,
			"%u lcores are there, %u are needed (management 1, others %u)",
			rte_lcore_count(), need + 1, need);
		err_hint(err, "several lcores may share a CPU: --lcores '(0-%u)@(0,1)'", need);
		return -EINVAL;
	}
	for (i = 0; i < dp->wires && r == 0; i++)
		r = dp_topo_wire(dp, &dp->wire[i], &h);
	for (i = 0; i < senders && r == 0; i++) {
		dp->sender[i] = dp_topo_new(sizeof(*dp->sender[i]));
		if (dp->sender[i] == NULL)
			return err_set(err, -ENOMEM, "no memory for senders");
		dp->sender[i]->dp = dp;
		dp->sender[i]->index = i;
		dp->sender[i]->lcore = dp_topo_lcore(&h);
		dp->senders++;
	}
	return r == 0 ? 0 : err_set(err, r, "no memory for workers");
}

static struct rte_ring *
dp_topo_ring(const struct dp *dp, const char *what, unsigned a, unsigned b)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s%u.%u", what, a, b);
	return rte_ring_create(name, dp->set.ring_size, rte_socket_id(),
			       RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static int
dp_topo_lane(struct dp *dp, struct dp_worker *w, unsigned side)
{
	struct dp_lane *l = &w->lane[side];
	struct dp_sender *s;
	bool one = dp->set.capture != NULL; /* all in one order: by one port */

	l->port = w->wire->port[one ? 0 : side]->id;
	l->queue = (uint16_t)(w->index % dp->set.rx);
	if (dp->senders == 0)
		return 0;
	s = dp->sender[w->index % dp->senders];
	l->queue = (uint16_t)s->index;
	l->ring = dp_topo_ring(dp, "dp_tx", w->index, side);
	if (l->ring == NULL)
		return -rte_errno;
	s->feed[s->feeds].ring = l->ring;
	s->feed[s->feeds].port = l->port;
	s->feed[s->feeds++].queue = l->queue;
	return 0;
}

/* Rings, and how many queues each port shall have. */
int
dp_topo_rings(struct dp *dp, struct err *err)
{
	struct dp_worker *w;
	unsigned i;
	int r = 0;

	for (i = 0; i < dp->workers && r == 0; i++) {
		w = dp->worker[i];
		if (w->wire->spreader != NULL) {
			w->in = dp_topo_ring(dp, "dp_rx", i, 0);
			if (w->in == NULL)
				r = -rte_errno;
		}
		if (r == 0)
			r = dp_topo_lane(dp, w, 0);
		if (r == 0)
			r = dp_topo_lane(dp, w, 1);
	}
	for (i = 0; i < dp->ports; i++) {
		dp->port[i].rx_queues =
			(uint16_t)(dp->wire[i / 2].spreader != NULL ? 1 : dp->set.rx);
		dp->port[i].tx_queues = (uint16_t)(dp->senders > 0 ? dp->senders : dp->set.rx);
	}
	return r == 0 ? 0 : err_set(err, r, "no memory for rings of %u frames", dp->set.ring_size);
}

void
dp_topo_undo(struct dp *dp)
{
	unsigned i;

	for (i = 0; i < dp->workers; i++) {
		rte_ring_free(dp->worker[i]->in);
		rte_ring_free(dp->worker[i]->lane[0].ring);
		rte_ring_free(dp->worker[i]->lane[1].ring);
		free(dp->worker[i]);
	}
	for (i = 0; i < dp->spreaders; i++)
		free(dp->spreader[i]);
	for (i = 0; i < dp->senders; i++)
		free(dp->sender[i]);
}
