/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the dataplane: who owns what. Everything is set up by dp_create on the main lcore before a
 * worker runs. Of what changes afterwards each field says who writes and who reads it.
 */
#ifndef DP_INTERNAL_H
#define DP_INTERNAL_H

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include "dp.h"

#define DP_BURST 64 /* frames of one turn: half of them from each port */
#define DP_WORKERS 32
#define DP_SENDERS 8
#define DP_WIRES 4
#define DP_SEGS 40	   /* segments that one frame of a capture may have */
#define DP_FLAT_SIZE 65792 /* longest IP datagram and a link header with tags */
#define DP_TICK_US 50000   /* engines look at their timers this often */
#define DP_NAME 64
#define DP_SLOT_OVERHEAD 94 /* Ethernet header and the ring's own head in a slot of af_packet */

/* In the private area of each mbuf. */
struct dp_frame {
	uint8_t *flat;	  /* the frame's bytes in one piece, when the mbuf's flag says so */
	uint64_t time_us; /* capture runs: the capture's time */
	uint64_t number;  /* capture runs: 1-based */
};

struct dp_port {
	uint16_t id;
	uint8_t link; /* enum net_link */
	bool file;    /* net_pcap over a file that ends */
	bool rss;
	uint16_t rx_queues, tx_queues;
	char name[DP_NAME];
	char iface[DP_NAME]; /* kernel interface beneath, "" when there is none */
	unsigned frame_room; /* longest frame the PMD's slots take, 0 unknown */
};

/* Reads one or two file ports in the order of time (dp_capture.c). One lcore owns it. */
struct dp_reader {
	struct rte_mbuf *ahead[2][DP_BURST / 2];
	unsigned head[2], count[2];
	uint64_t nombuf[2];
	bool end[2];
	uint64_t number, last_us, starved_us;
	bool starved; /* reader: wo, management after dp_join: ro; no buffer came free */
};

struct dp_wire {
	unsigned index;
	struct dp_port *port[2]; /* the same twice in a run of one capture */
	bool record;		 /* fed from files: ends, and waits where live runs drop */
	struct dp_reader reader;
	struct dp_spreader *spreader; /* NULL: workers poll */
};

struct dp_idler { /* private to its lcore */
	enum dp_idle policy;
	unsigned empty; /* idle turns in a row */
};

/* Where frames of one port of the wire go; private to the worker. */
struct dp_lane {
	struct rte_mbuf *m[DP_BURST];
	unsigned count;
	uint16_t port, queue;
	struct rte_ring *ring; /* to a sender; NULL: transmits inline */
};

/* One question at a time, from the management core. */
struct dp_mail {
	void (*fn)(struct engine *e, void *arg);
	void *arg;
	int state; /* enum in dp_mail.c; management posts and withdraws, worker takes and answers */
};

enum dp_state { DP_RESTING, DP_LOOPING, DP_ENDED };

struct dp_load { /* owner: wo, management: ro */
	uint64_t frames, turns, idle_turns;
};

struct dp_worker {
	/* fixed */
	struct dp *dp;
	struct dp_wire *wire;
	unsigned index, lcore;
	uint16_t queue;	     /* of both ports */
	struct rte_ring *in; /* from the spreader; NULL: polls */
	struct engine *engine;
	struct event_ring *events;
	/* private to the lcore */
	struct dp_idler idler;
	struct dp_lane lane[2];
	uint64_t now_us, tick_us;
	bool source_ended;
	struct rte_mbuf *burst[DP_BURST];
	struct pkt pkts[DP_BURST];
	/* shared */
	struct stats stats;  /* worker: wo, management: ro */
	struct dp_load load; /* worker: wo, management: ro */
	uint64_t bad_sums;   /* worker: wo, management: ro */
	int state;	     /* enum dp_state; worker: wo, management and senders: ro */
	struct dp_mail mail; /* see there */
	uint64_t events_popped __rte_cache_aligned; /* management: wo, worker: ro */
} __rte_cache_aligned;

struct dp_spreader {
	/* fixed */
	struct dp *dp;
	struct dp_wire *wire;
	unsigned lcore;
	struct dp_worker *to[DP_WORKERS];
	unsigned workers;
	/* private to the lcore */
	struct dp_idler idler;
	/* shared */
	struct stats stats;  /* spreader: wo, management: ro */
	struct dp_load load; /* spreader: wo, management: ro */
	int state;	     /* spreader: wo, workers and management: ro */
} __rte_cache_aligned;

struct dp_sender {
	/* fixed */
	struct dp *dp;
	unsigned lcore, index;
	struct {
		struct rte_ring *ring;
		uint16_t port, queue;
	} feed[DP_WORKERS * 2];
	unsigned feeds;
	/* private to the lcore */
	struct dp_idler idler;
	/* shared */
	struct stats stats;  /* sender: wo, management: ro */
	struct dp_load load; /* sender: wo, management: ro */
	int state;	     /* sender: wo, management: ro */
} __rte_cache_aligned;

struct dp_dump;

struct dp {
	/* fixed */
	struct dp_settings set;
	struct rte_mempool *pool, *flats;
	uint64_t flat_flag; /* mbuf ol_flags: bytes are in dp_frame.flat */
	uint64_t time_flag; /* mbuf ol_flags: the PMD gave a time ... */
	int time_off;	    /* ... here */
	uint64_t wall_us;   /* add to the monotonic clock */
	struct hash_key spread_key;
	struct dp_port port[DP_WIRES * 2];
	unsigned ports;
	struct dp_wire wire[DP_WIRES];
	unsigned wires;
	struct dp_worker *worker[DP_WORKERS];
	unsigned workers;
	struct dp_spreader *spreader[DP_WIRES];
	unsigned spreaders;
	struct dp_sender *sender[DP_SENDERS];
	unsigned senders;
	bool ports_up;
	struct dp_dump *dump; /* one lcore at a time writes it: the worker, or the only sender */
	/* management's own */
	bool started, warned_sums;
	/* shared */
	int order __rte_cache_aligned; /* enum dp_order; management: wo, lcores: ro */
};

enum dp_order { DP_ORDER_GO, DP_ORDER_PAUSE, DP_ORDER_DRAIN };

static inline struct dp_frame *
dp_frame(struct rte_mbuf *m)
{
	return (struct dp_frame *)rte_mbuf_to_priv(m);
}

static inline int
dp_order(const struct dp *dp)
{
	return __atomic_load_n(&dp->order, __ATOMIC_ACQUIRE);
}

static inline void
dp_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* dp_rx.c */
unsigned dp_wire_receive(struct dp_wire *w, struct dp *dp, uint16_t queue, struct rte_mbuf **m,
			 bool *ended);
unsigned dp_rx_fill(struct dp_worker *w, struct rte_mbuf **m, unsigned n);
void dp_frame_free(struct dp *dp, struct rte_mbuf *m);
void dp_blocked(struct stats *s, enum stats_id reason, uint64_t frames, uint64_t bytes);

/* dp_flat.c */
int dp_flat_gather(struct dp *dp, struct rte_mbuf *m);
int dp_flat_scatter(struct dp *dp, struct rte_mbuf *m);
uint8_t *dp_flat_begin(struct dp *dp, struct rte_mbuf *m);

static inline bool
dp_flat(const struct dp *dp, const struct rte_mbuf *m)
{
	return (m->ol_flags & dp->flat_flag) != 0;
}

/* dp_capture.c */
unsigned dp_reader_next(struct dp_reader *r, struct dp *dp, struct dp_wire *w, struct rte_mbuf **m,
			bool *ended);

/* dp_dump.c */
struct dp_dump *dp_dump_open(const char *file, int link_type, struct err *err);
int dp_dump_flush(struct dp_dump *d);
void dp_dump_close(struct dp_dump *d);
void dp_dump_frame(struct dp_dump *d, const uint8_t *bytes, uint32_t len, uint64_t time_us);

/* dp_act.c */
void dp_act(struct dp_worker *w, const struct engine_act *acts, size_t count);

/* dp_tx.c */
void dp_lane_push(struct dp_worker *w, struct dp_lane *l, struct rte_mbuf *m);
void dp_lane_flush(struct dp_worker *w, struct dp_lane *l);
int dp_sender_main(void *arg);

/* dp_idle.c */
void dp_idle_begin(struct dp_idler *i, enum dp_idle policy);
void dp_idle(struct dp_idler *i);
static inline void
dp_busy(struct dp_idler *i)
{
	i->empty = 0;
}
uint64_t dp_clock_us(void);

/* dp_worker.c, dp_spread.c */
int dp_worker_main(void *arg);
int dp_spreader_main(void *arg);
unsigned dp_spread_pick(const struct dp *dp, const struct dp_wire *w, const struct rte_mbuf *m,
			unsigned workers);

/* dp_mail.c */
void dp_mail_answer(struct dp_worker *w);

/* dp_port.c, dp_rss.c */
int dp_port_find(const char *name, uint16_t *id, struct err *err);
int dp_port_look(struct dp_port *p, struct err *err);
int dp_port_up(struct dp *dp, struct dp_port *p, struct err *err);
void dp_port_down(struct dp_port *p);
unsigned dp_port_room(const struct dp_port *p, unsigned mtu);
bool dp_rss_can(const struct rte_eth_dev_info *info);
int dp_rss_conf(const struct rte_eth_dev_info *info, struct rte_eth_conf *conf);

/* dp_topo.c */
int dp_topo_ports(struct dp *dp, struct err *err);
int dp_topo_lcores(struct dp *dp, struct err *err);
int dp_topo_rings(struct dp *dp, struct err *err);
void dp_topo_undo(struct dp *dp);

#endif
