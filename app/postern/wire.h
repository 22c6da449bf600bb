/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A wire without ports: an engine between a client and a server that are played, by a session script
 * (script.c) or by a test. It knows nothing of DPDK. It is no packet path: it allocates, and without
 * memory it ends.
 *
 *	wire_open(&w, &settings);
 *	wire_connect(&w);				three-way handshake through the engine
 *	wire_say(&w, WIRE_SERVER, "220 ready\r\n", n);	bytes of one side, cut as the test wants
 *	w.got[WIRE_CLIENT]				what has reached a side, in order, each byte once
 *	wire_fin(&w, WIRE_CLIENT); wire_close(&w);
 *
 * The receiver is a plain TCP receiver: it keeps what comes before its turn and takes it then. Every
 * frame handed in must leave exactly once; wire_close checks the count.
 */
#ifndef WIRE_H
#define WIRE_H

#include "conf.h"
#include "engine.h"
#include "event.h"
#include "net.h"
#include "policy.h"

enum wire_side { WIRE_CLIENT, WIRE_SERVER };

struct wire_bytes {
	uint8_t *ptr;
	size_t len, size;
};

struct wire_late { /* bytes that came before their turn */
	uint32_t seq;
	struct wire_bytes bytes;
};
#define WIRE_LATE 16

struct wire_settings {
	const char *rules;    /* text of a rule file; NULL: none */
	const char *yaml;     /* text of a configuration; NULL: the defaults */
	struct policy *policy; /* in place of rules: the caller's, built before */
	const char *client, *server; /* addresses; NULL: 192.0.2.1, 198.51.100.25 */
	bool capture, monitor, strict;
	bool no_firewall;     /* firewall.enabled: no */
	bool checksums;	      /* wrong ones are dropped */
	uint16_t server_port; /* 0: 25 */
	uint16_t window;      /* that both sides advertise; 0: 65535 */
	uint32_t isn[2];
	struct policy_watch *watch; /* who follows each judgement; NULL: nobody */
	bool quiet;	      /* diagnostics of broken rules are not printed */
};

struct wire {
	struct wire_settings set;
	struct conf conf;
	struct policy *policy;
	struct engine *engine;
	struct event_ring *ring;
	uint64_t now_us, number;
	struct net_addr client, server;
	uint16_t client_port, server_port;
	uint32_t next[2];	  /* next sequence number of a side */
	uint32_t expect[2];	  /* next sequence number that a side wants from the other */
	struct wire_bytes got[2]; /* what a side received */
	struct wire_late late[2][WIRE_LATE];
	bool reset[2], fin[2];	  /* a side received a RST, a FIN in order */
	size_t frames_in, frames_out, sent, dropped, made, consumed;
	char **event;		  /* JSON of each event, in order, times and frame numbers left out */
	size_t events, event_room;
};

/* The defaults, with limits that suit one session; for a policy of the caller's. */
int wire_conf(struct conf *c);
/* False when the rules do not load. */
bool wire_open(struct wire *w, const struct wire_settings *s);
/* Ends all; returns false when a frame was lost or left twice. */
bool wire_close(struct wire *w);
void wire_connect(struct wire *w);
/* A new connection of the same client, from another port. */
void wire_reconnect(struct wire *w);
/* One segment with these bytes, next in order. */
void wire_say(struct wire *w, enum wire_side from, const void *bytes, size_t len);
/* Text of one side; \0-terminated. */
void wire_text(struct wire *w, enum wire_side from, const char *text);
/* A segment at an offset from the side's next byte (negative: a retransmission); next does not move. */
void wire_at(struct wire *w, enum wire_side from, int32_t offset, const void *bytes, size_t len);
void wire_advance(struct wire *w, enum wire_side from, uint32_t count);
void wire_fin(struct wire *w, enum wire_side from);
void wire_rst(struct wire *w, enum wire_side from);
/* Time passes. */
void wire_wait(struct wire *w, uint64_t us);
/* Any frame at all, Ethernet; arrives on the side's port. */
void wire_frame(struct wire *w, enum wire_side from, const uint8_t *frame, size_t len);
/* Everything pending goes: events are collected. */
void wire_drain(struct wire *w);
/* Forget the events collected so far. */
void wire_forget_events(struct wire *w);
/* How many events hold this text in their JSON. */
size_t wire_events_with(const struct wire *w, const char *text);
bool wire_got(const struct wire *w, enum wire_side side, const char *text); /* ends with it */
uint64_t wire_stat(const struct wire *w, enum stats_id id);

#endif
