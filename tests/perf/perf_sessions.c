/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * perf_sessions [SESSIONS]: bytes of memory that an idle session really costs (growth of the
 * resident set), beside what engine_session_cost says. An engine for that many sessions gets a
 * three-way handshake for each, then for each a greeting, so that all are being inspected, then for
 * each EHLO and its answer. Every frame must come out again; where one does not, the program ends
 * there and names the session and the reason. Figures, not a verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "engine.h"
#include "err.h"
#include "event.h"
#include "policy.h"
#include "policy_build.h"

#define BURST 32
#define STEPS 8
#define STEPS_HANDSHAKE 3
#define STEPS_GREETED 5
#define FRAME 512

static const char banner[] = "220 mail.example.com ESMTP\r\n";
static const char ehlo[] = "EHLO client.example.org\r\n";
static const char answer[] = "250-mail.example.com\r\n250 8BITMIME\r\n";

/* A session's life up to silence; sequence numbers from 0 on. */
static const struct step {
	bool reverse;
	uint8_t flags;
	uint32_t seq, ack;
	const char *text;
} life[STEPS] = {
	{ false, NET_SYN, 0, 0, "" },
	{ true, NET_SYN | NET_ACK, 0, 1, "" },
	{ false, NET_ACK, 1, 1, "" },
	{ true, NET_ACK | NET_PSH, 1, 1, banner },
	{ false, NET_ACK, 1, sizeof(banner), "" },
	{ false, NET_ACK | NET_PSH, 1, sizeof(banner), ehlo },
	{ true, NET_ACK | NET_PSH, sizeof(banner), sizeof(ehlo), answer },
	{ false, NET_ACK, sizeof(ehlo), sizeof(banner) + sizeof(answer) - 1, "" },
};

struct bench {
	struct policy *policy;
	struct event_ring *events;
	struct engine *engine;
	uint32_t sessions;
	uint64_t now_us, in, out;
	uint8_t frame[BURST][FRAME];
};

static void
die(const char *what)
{
	fprintf(stderr, "perf_sessions: %s\n", what);
	exit(1);
}

static size_t
resident(void)
{
	unsigned long size, pages;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%lu %lu", &size, &pages) != 2)
		die("no /proc/self/statm");
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
make_frame(struct bench *b, unsigned at, uint32_t i, const struct step *s, struct pkt *p)
{
	static uint8_t link[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	struct pkt like = { .data = link, .len = 14, .link = NET_LINK_ETHER, .kind = NET_TCP,
			    .ip_version = 4, .ip_proto = 6, .ether_type = 0x0800, .ip_off = 14,
			    .l4_off = 14, .payload_off = 14, .dport = 25,
			    .sport = (uint16_t)(1024 + i % 50000) };
	struct net_segment segment = { .like = &like, .reverse = s->reverse, .seq = s->seq,
				       .ack = s->ack, .window = 0xfaf0, .flags = s->flags,
				       .payload = span_str(s->text) };

	memcpy(like.src.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a", 13);
	memcpy(like.dst.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
	like.src.b[13] = (uint8_t)(i >> 16);
	like.src.b[14] = (uint8_t)(i >> 8);
	like.src.b[15] = (uint8_t)i;
	memset(p, 0, sizeof(*p));
	p->data = b->frame[at];
	p->frame = b->frame[at];
	p->len = (uint32_t)net_build(&segment, b->frame[at], FRAME);
	p->link = NET_LINK_ETHER;
	p->port = s->reverse;
	p->port = s->reverse;
	p->time_us = b->now_us;
}

static void
carry_out(struct bench *b, uint32_t session)
{
	size_t count;
	const struct engine_act *acts = engine_acts(b->engine, &count);

	for (size_t i = 0; i < count; i++) {
		if (acts[i].kind == ENGINE_SEND) {
			b->out++;
			continue;
		}
		fprintf(stderr, "perf_sessions: session %u or soon after: %s\n", session,
			acts[i].kind == ENGINE_DROP ? stats_info(acts[i].reason)->name :
						      "the engine made a frame");
		exit(1);
	}
	engine_acts_done(b->engine);
	while (event_peek(b->events) != NULL)
		event_pop(b->events);
}

/* Steps [from, to) of sessions [first, first + BURST). */
static void
advance(struct bench *b, uint32_t first, unsigned from, unsigned to)
{
	struct pkt p[BURST];
	unsigned n = b->sessions - first < BURST ? b->sessions - first : BURST;

	for (unsigned step = from; step < to; step++) {
		size_t taken = 0;

		b->now_us += n;
		for (unsigned i = 0; i < n; i++)
			make_frame(b, i, first + i, &life[step], &p[i]);
		while (taken < n) {
			taken += engine_input(b->engine, p + taken, n - taken, b->now_us);
			carry_out(b, first);
		}
		b->in += n;
	}
}

/* Steps [from, to) of all sessions. */
static void
phase(struct bench *b, const char *what, unsigned from, unsigned to)
{
	size_t before = resident();
	clock_t begin = clock();
	double frames = (to - from) * (double)b->sessions;

	for (uint32_t i = 0; i < b->sessions; i += BURST)
		advance(b, i, from, to);
	if (b->in != b->out || engine_sessions(b->engine) != b->sessions)
		die("a frame or a session was lost");
	printf("%-12s %6zu bytes more a session, %.0f ns a frame\n", what,
	       (resident() - before) / b->sessions,
	       (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC / frames);
}

static void
open_bench(struct bench *b)
{
	static const char *const no_events[] = { NULL };
	struct engine_settings set = { .key = hash_key_random() };
	struct policy_built built;
	struct conf c;
	struct err err = { .line = 0 };

	if (conf_defaults(&c) != 0)
		die("no configuration");
	c.limits.sessions = b->sessions;
	if (policy_build(&c, no_events, stderr, false, &built) != 0)
		die("no policy");
	conf_free(&c);
	b->now_us = UINT64_C(1700000000000000);
	set.policy = b->policy = built.policy;
	set.events = b->events = event_ring_create(1024);
	b->engine = engine_create(&set, &err);
	if (b->engine == NULL)
		die(err.text);
}

int
main(int argc, char **argv)
{
	static struct bench b;
	struct engine_cost cost;
	size_t before = resident();

	b.sessions = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
	open_bench(&b);
	engine_session_cost(b.engine, &cost);
	printf("%u sessions; the empty engine takes %zu MiB\n", b.sessions,
	       (resident() - before) >> 20);
	printf("announced    %6zu bytes: entry and connection %zu, TCP %zu, inspection %zu + %zu\n",
	       cost.total, cost.entry, cost.tcp, cost.inspect, cost.arena);
	phase(&b, "handshake", 0, STEPS_HANDSHAKE);
	phase(&b, "greeted", STEPS_HANDSHAKE, STEPS_GREETED);
	phase(&b, "EHLO", STEPS_GREETED, STEPS);
	engine_destroy(b.engine);
	event_ring_destroy(b.events);
	policy_free(b.policy);
	return 0;
}
