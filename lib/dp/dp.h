/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dataplane: ports in pairs, lcores, rings. It carries frames to engines and their acts back to
 * the ports. This library (and the console of the program) alone knows DPDK.
 *
 *	dp_stdio_guard();			first of all: closed fds 0-2 become /dev/null
 *	dp_capture_open(&cap, files, n, &err);	only for a capture run
 *	dp_eal_start(&eal, &err);
 *	dp = dp_create(&settings, &err);	ports, pools, rings, one engine a worker
 *	dp_start(dp, &err);			workers run
 *	while (!dp_done(dp))			meanwhile, on the management core:
 *		for each worker: while ((e = dp_event_peek(dp, w)) != NULL) { ... dp_event_pop(dp, w);
 *} dp_join(dp); dp_capture_verdict(dp, &err);		was the capture whole? dp_destroy(dp);
 *dp_eal_stop();
 *
 * A wire is a pair of ports, port 0 outside, port 1 inside. It has `rx` workers; a worker owns an
 * engine and the sessions that hash to it. Frames reach a worker in one of two ways: it polls its
 *own queue of both ports (one worker, or a PMD with RSS: the same symmetric key on both ports), or
 *a spreader polls and shares out over rings by a symmetric hash. Frames leave inline, or over rings
 *to sender lcores. A capture run is the same with net_pcap ports: its time is the capture's, it
 *ends with the file, and it waits where a live run would drop.
 *
 * Threads: everything here is called on the main lcore, which is the management core. dp_stop makes
 * the workers end; the caller goes on draining events until dp_done.
 */
#ifndef DP_H
#define DP_H

#include "engine.h"
#include "err.h"

struct dp;

/* ---- the environment ---- */

/* One capture, or the client's and the server's side in two, merged by time. */
struct dp_capture {
	const char *file[2];
	int fd[2];
	int link_type[2]; /* libpcap's DLT_* */
	enum net_link link[2];
	uint64_t size[2]; /* bytes of the file */
	unsigned count;
};

void dp_stdio_guard(void);
int dp_capture_open(struct dp_capture *c, const char *const *files, unsigned count,
		    struct err *err);
void dp_capture_close(struct dp_capture *c);

struct dp_eal {
	const char *program;
	const char *const
		*args; /* EAL options of the command line; with any, the next eight are not used */
	size_t arg_count;
	const char *lcores; /* "": one for each task, by the CPUs that this process may use */
	const char *const *vdev, *const *allow, *const *extra;
	size_t vdevs, allows, extras;
	bool no_huge, no_pci, in_memory;
	unsigned memory_mb;
	const char *file_prefix;
	unsigned lcore_count;		  /* wanted, management core included */
	const struct dp_capture *capture; /* adds its ports; NULL: live */
};

int dp_eal_start(const struct dp_eal *s, struct err *err);
void dp_eal_stop(void);

/* ---- the dataplane ---- */

enum dp_idle { DP_IDLE_AUTO, DP_IDLE_POLL, DP_IDLE_YIELD, DP_IDLE_SLEEP };
enum dp_tx { DP_TX_AUTO, DP_TX_INLINE, DP_TX_CORES };

struct dp_settings {
	struct engine_settings engine; /* of each; events and worker are set here */
	size_t event_slots;	       /* of a worker's event ring */
	const char *const *ports;      /* names or numbers, two a wire; none: all ports in order */
	size_t port_count;
	unsigned rx, tx; /* workers of a wire; senders */
	enum dp_tx tx_mode;
	enum dp_idle idle;
	unsigned burst, ring_size, rxd, txd, mbufs, mtu; /* 0: defaults */
	uint64_t hold_bytes;				 /* that engines may hold: sizes the pool */
	const struct dp_capture *capture;
	const char *pcap_out; /* capture run: what was forwarded, NULL: nowhere */
};

/* NULL and *err; nothing is half done. */
struct dp *dp_create(const struct dp_settings *s, struct err *err);
void dp_destroy(struct dp *dp);
int dp_start(struct dp *dp, struct err *err);

enum dp_end {
	DP_PAUSE, /* workers leave their loop; sessions and what is held stay for the next dp_start
		   */
	DP_DRAIN, /* sessions end, what is held is dropped */
};
void dp_stop(struct dp *dp, enum dp_end how); /* only asks */
bool dp_done(const struct dp *dp);	      /* all lcores have ended: of themselves, or asked */
int dp_join(struct dp *dp);		      /* waits for them; 0 or -EIO */
bool dp_running(const struct dp *dp);	      /* between dp_start and dp_join */

/* After dp_join of a capture run: 0, or -EIO and *err for a damaged capture or a lost frame. */
int dp_capture_verdict(const struct dp *dp, struct err *err);

/* ---- for the management core ---- */

unsigned dp_workers(const struct dp *dp);
struct event *dp_event_peek(struct dp *dp, unsigned worker);
void dp_event_pop(struct dp *dp, unsigned worker);

/* Sum over engines and the dataplane's own counters. Frames that a full transmit queue refused are
 * counted as blocked here though their engine had let them go. */
void dp_stats(const struct dp *dp, struct stats *total);
/* After dp_join: the latest time that a worker knew; of the capture in a capture run. */
uint64_t dp_last_us(const struct dp *dp);
/* Hits of a rule by its index, over all workers. */
uint64_t dp_rule_hits(const struct dp *dp, uint32_t index);

enum dp_role { DP_WORKER, DP_SPREADER, DP_SENDER };
const char *dp_role_name(enum dp_role r);

struct dp_lcore_info {
	enum dp_role role;
	unsigned lcore, index, wire;
	uint64_t frames, turns, idle_turns; /* turns: rounds of its loop, idle ones found nothing */
	size_t sessions;
	bool running;
};
unsigned dp_lcores(const struct dp *dp);
void dp_lcore_info(const struct dp *dp, unsigned i, struct dp_lcore_info *info);

/* DPDK's number of port i of the dataplane (0 outside, 1 inside of wire 0, 2 ...). */
unsigned dp_ports(const struct dp *dp);
uint16_t dp_port_id(const struct dp *dp, unsigned i);
/* One line on how ports, lcores and rings are joined. */
const char *dp_shape(const struct dp *dp, char *buf, size_t size);

/*
 * Mailbox: run fn(engine, arg) on the worker's own thread between two bursts and wait for it. At
 * rest it runs here. 0, or -ETIMEDOUT (the worker did not come by within two seconds, fn will not
 * run).
 */
int dp_ask(struct dp *dp, unsigned worker, void (*fn)(struct engine *e, void *arg), void *arg);

/* Frames that came with wrong checksums: says once what to do at which host. NULL: nothing (more)
 * to say. */
const char *dp_checksum_warning(struct dp *dp, char *buf, size_t size);
/* What the kernel's settings of a port's interface will break, one line each; 0: no (more)
 * findings. Starts with *pos 0. */
bool dp_offload_finding(const struct dp *dp, unsigned *pos, char *buf, size_t size);

#endif
