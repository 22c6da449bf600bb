/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of one worker: decoded frames in, acts and events out. It knows nothing of DPDK; the same engine
 * runs under a NIC, a capture, the fuzzer and the tests.
 *
 *	e = engine_create(&settings, &err);
 *	loop:
 *		n = engine_input(e, pkts, count, now_us);	n frames were taken, perhaps fewer
 *		acts = engine_acts(e, &acts_count);		carry them out, in order
 *		engine_acts_done(e);
 *		(take the rest of the burst again)
 *		now and then: engine_tick(e, now_us);		timeouts; may give acts too
 *	engine_drain(e, now_us); acts once more			everything held is given up
 *	engine_destroy(e);
 *
 * Every frame handed in leaves exactly once, as an ENGINE_SEND or ENGINE_DROP act. ENGINE_MAKE is a
 * frame of the engine's own: the caller copies its bytes into a buffer and sends that. Time is an argument. Threads: one worker owns it; stats may be read by others.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "hash.h"
#include "net.h"
#include "policy.h"
#include "stats.h"
#include "event.h"

struct engine;

struct engine_settings {
	const struct policy *policy;
	struct event_ring *events;
	struct hash_key key;	 /* of the session table; fixed in capture runs */
	const struct hash_key *user_key; /* of users' names in events, read at creation; NULL: made of key */
	bool capture;		 /* frames are a record of one file: direction by who opened, not by port */
	bool lazy;		 /* memory as it is used: an engine of one short session */
	bool checksums;		 /* drop wrong checksums */
	unsigned worker;	 /* number, part of flow ids */
	unsigned event_types;	 /* bits of enum event_type wanted; 0 all */
	struct policy_watch *watch; /* who follows each judgement; NULL in service */
};

enum engine_act_kind { ENGINE_SEND, ENGINE_DROP, ENGINE_MAKE };

struct engine_act {
	uint8_t kind;		/* enum engine_act_kind */
	uint8_t port;		/* SEND, MAKE: leaves by this port of the wire (0 or 1) */
	uint16_t reason;	/* DROP: enum stats_id; STATS_CONSUMED: its bytes left in other frames */
	void *frame;		/* SEND, DROP: the handle that came in with the pkt */
	uint32_t len;		/* SEND: bytes now (a trimmed frame is shorter); MAKE: of data */
	uint64_t time_us;	/* SEND: when it came in; MAKE: now */
	const uint8_t *data;	/* MAKE: the whole frame, to be copied; valid until engine_acts_done */
};

/* NULL and *err. */
struct err;
struct engine *engine_create(const struct engine_settings *s, struct err *err);
void engine_destroy(struct engine *e);

/*
 * A burst of frames (pkts filled with frame, data, len, port, link, time_us, number; decoding is done here).
 * count <= 64. Returns how many were taken: fewer only when the act array is nearly full.
 */
size_t engine_input(struct engine *e, struct pkt *pkts, size_t count, uint64_t now_us);
const struct engine_act *engine_acts(const struct engine *e, size_t *count);
void engine_acts_done(struct engine *e);
/* Timeouts due by now_us; bounded work, true when more is due: call again. */
bool engine_tick(struct engine *e, uint64_t now_us);
/*
 * The end: close sessions, drop what is held, last events. A few at a time, so that the caller can wait
 * for its event writer in between; true: call again.
 */
bool engine_drain(struct engine *e, uint64_t now_us);

const struct stats *engine_stats(const struct engine *e);
const struct rules_worker *engine_rules(const struct engine *e); /* hit counters */
size_t engine_sessions(const struct engine *e);

/* Bytes that one idle session costs, and of what: table entry, connection, TCP, inspection. */
struct engine_cost {
	size_t entry, tcp, inspect, arena, total;
};
void engine_session_cost(const struct engine *e, struct engine_cost *c);

/* For show sessions; on the worker's own thread only. *pos starts at 0; false at the end. Texts are copies. */
struct engine_session {
	uint64_t flow_id;
	struct net_addr client, server;
	uint16_t client_port, server_port;
	uint64_t begin_us, used_us;
	uint64_t packets[2], bytes[2];
	char state[24], verdict[16], app_proto[8]; /* smtp, tls, http, ssh, ftp; "" not known */
	char helo[128], mail_from[128], rcpt_to[128], last_command[64], last_reply[128];
	uint32_t rcpts, tx, held;
	uint32_t memory; /* bytes of its inspection, without those of an open message */
	uint32_t sid; /* of the rule that stopped it; 0 none */
	bool tls, is_smtp;
};
bool engine_session_next(struct engine *e, size_t *pos, struct engine_session *out);
/* The same in bounded pieces: looks at *look places of the table at most and counts them down; false
 * with *look > 0 is the end of the table. */
bool engine_session_some(struct engine *e, size_t *pos, size_t *look, struct engine_session *out);

#endif
