/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire of wire.h: frames by net_build, a receiver model, acts carried out, events as text. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "policy_build.h"
#include "wire.h"

#define FRAME_ROOM 70000

static bool
load_policy(struct wire *w)
{
	struct policy_built built;
	static char path[] = "/tmp/wire-rules-XXXXXX"; /* one name a run: events tell it */
	static bool named;
	int fd = -1, r;

	if (w->set.policy != NULL) {
		w->policy = w->set.policy;
		return true;
	}
	if (w->set.rules != NULL) {
		fd = named ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : mkstemp(path);
		named = true;
		if (fd < 0 || write(fd, w->set.rules, strlen(w->set.rules)) < 0)
			return false;
		w->conf.rule_files.text = calloc(1, sizeof(char *));
		w->conf.rule_files.line = calloc(1, sizeof(unsigned));
		w->conf.rule_files.text[0] = strdup(path);
		w->conf.rule_files.count = 1;
	}
	r = policy_build(&w->conf, names_of_events(), w->set.quiet ? NULL : stderr, false, &built);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	w->policy = built.policy;
	return r == 0;
}

int
wire_conf(struct conf *c)
{
	int r = conf_defaults(c);

	c->limits.sessions = 4096;
	c->limits.messages = 64;
	c->limits.hold_bytes = 4 << 20;
	return r;
}

static bool
wire_address(const char *text, const char *other, struct net_addr *out)
{
	return net_addr_parse(span_str(text != NULL ? text : other), out) == 0;
}

bool
wire_open(struct wire *w, const struct wire_settings *s)
{
	struct engine_settings set = { .capture = s->capture, .checksums = s->checksums,
				       .key = hash_key_fixed(), .watch = s->watch,
				       .lazy = true };
	struct err err = { .line = 0 };

	memset(w, 0, sizeof(*w));
	w->set = *s;
	if (w->set.window == 0)
		w->set.window = 65535;
	w->now_us = UINT64_C(1700000000000000);
	w->client_port = 40000;
	w->server_port = s->server_port != 0 ? s->server_port : 25;
	if (!wire_address(s->client, "192.0.2.1", &w->client) ||
	    !wire_address(s->server, "198.51.100.25", &w->server) ||
	    net_addr_is_v4(&w->client) != net_addr_is_v4(&w->server) || wire_conf(&w->conf) != 0)
		return false;
	if (s->yaml != NULL &&
	    conf_parse(&w->conf, "wire", s->yaml, strlen(s->yaml), &(struct conf_errors){ 0 }) != 0) {
		conf_free(&w->conf);
		return false;
	}
	w->conf.smtp.strict |= s->strict;
	if (s->monitor)
		w->conf.mode = CONF_MONITOR;
	if (s->no_firewall)
		w->conf.firewall.enabled = CONF_NO;
	if (!load_policy(w)) {
		conf_free(&w->conf);
		return false;
	}
	w->ring = event_ring_create(512);
	set.policy = w->policy;
	set.events = w->ring;
	w->engine = engine_create(&set, &err);
	if (w->engine == NULL)
		fprintf(stderr, "%s\n", err.text);
	return w->engine != NULL;
}

static void
add_bytes(struct wire_bytes *b, struct span bytes)
{
	if (b->len + bytes.len > b->size) {
		b->size = (b->len + bytes.len) * 2 + 4096;
		b->ptr = realloc(b->ptr, b->size);
	}
	if (bytes.len > 0)
		memcpy(b->ptr + b->len, bytes.ptr, bytes.len);
	b->len += bytes.len;
}

static void
keep_late(struct wire *w, enum wire_side side, uint32_t seq, struct span bytes)
{
	for (int i = 0; i < WIRE_LATE; i++) {
		struct wire_late *l = &w->late[side][i];

		if (l->bytes.len != 0)
			continue;
		l->seq = seq;
		add_bytes(&l->bytes, bytes);
		return;
	}
}

/* False: it is not its turn yet. */
static bool
take(struct wire *w, enum wire_side side, uint32_t seq, struct span bytes)
{
	uint32_t skip = w->expect[side] - seq;

	if ((int32_t)skip < 0)
		return false;
	bytes = span_skip(bytes, skip);
	add_bytes(&w->got[side], bytes);
	w->expect[side] += (uint32_t)bytes.len;
	return true;
}

static void
take_late(struct wire *w, enum wire_side side)
{
	for (int i = 0; i < WIRE_LATE; i++) {
		struct wire_late *l = &w->late[side][i];

		if (l->bytes.len == 0 ||
		    !take(w, side, l->seq, span_of(l->bytes.ptr, l->bytes.len)))
			continue;
		l->bytes.len = 0;
		i = -1;
	}
}

/* A frame reaches a side. */
static void
receive(struct wire *w, enum wire_side side, uint8_t *data, uint32_t len)
{
	struct pkt p = { .data = data, .len = len, .link = NET_LINK_ETHER };

	if (net_decode(&p, NET_CHECK_SUMS) != NET_TCP) {
		if (p.kind == NET_BAD)
			fprintf(stderr, "a broken frame left: %s\n", net_reason_name(p.reason));
		return;
	}
	if (p.sport != (side == WIRE_CLIENT ? w->server_port : w->client_port))
		return; /* of another connection */
	if (p.flags & NET_RST) {
		w->reset[side] = true;
		return;
	}
	if (p.flags & NET_SYN) {
		w->expect[side] = p.seq + 1;
		return;
	}
	if (p.payload_len > 0 && !take(w, side, p.seq, pkt_payload(&p)))
		keep_late(w, side, p.seq, pkt_payload(&p));
	take_late(w, side);
	if ((p.flags & NET_FIN) && !w->fin[side] && w->expect[side] == p.seq + p.payload_len) {
		w->fin[side] = true;
		w->expect[side]++;
	}
}

static void
carry_out(struct wire *w)
{
	size_t count;
	const struct engine_act *acts = engine_acts(w->engine, &count);

	for (size_t i = 0; i < count; i++) {
		const struct engine_act *a = &acts[i];
		uint8_t *copy;

		if (a->kind == ENGINE_MAKE) {
			w->made++;
			copy = malloc(a->len);
			memcpy(copy, a->data, a->len);
			receive(w, a->port == 0 ? WIRE_CLIENT : WIRE_SERVER, copy, a->len);
			free(copy);
			continue;
		}
		w->frames_out++;
		if (a->kind == ENGINE_SEND) {
			w->sent++;
			receive(w, a->port == 0 ? WIRE_CLIENT : WIRE_SERVER, a->frame, a->len);
		} else if (a->reason == STATS_CONSUMED) {
			w->consumed++;
		} else {
			w->dropped++;
		}
		free(a->frame);
	}
	engine_acts_done(w->engine);
}

/* Without what differs from run to run of the same bytes: times and frame numbers. */
static char *
event_text_of(struct event *e)
{
	static const struct event_writer_settings set = { .eve = true, .utc = true };

	e->time_us = 0;
	e->pcap_cnt = 0;
	e->flow_start_us = e->flow_end_us = 0;
	e->tx_start_us = e->tx_end_us = 0;
	e->data_us = e->sent_us = e->answer_us = 0;
	e->flow_id = 0;
	e->seq = 0;
	e->pkts_ts = e->pkts_tc = e->bytes_ts = e->bytes_tc = 0;
	return event_json(&set, e);
}

static void
collect(struct wire *w)
{
	struct event *e;

	while ((e = event_peek(w->ring)) != NULL) {
		if (w->events == w->event_room) {
			w->event_room = w->event_room * 2 + 64;
			w->event = realloc(w->event, w->event_room * sizeof(*w->event));
		}
		if (!(e->flags & EVENT_ONLY_SMTP_LOG)) /* what eve.json would have */
			w->event[w->events++] = event_text_of(e);
		event_pop(w->ring);
	}
}

void
wire_frame(struct wire *w, enum wire_side from, const uint8_t *frame, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct pkt p = { .frame = copy, .data = copy, .len = (uint32_t)len,
			 .link = NET_LINK_ETHER };

	if (len > 0)
		memcpy(copy, frame, len);
	w->now_us += 10;
	p.port = w->set.capture ? 0 : from == WIRE_CLIENT ? 0 : 1;
	p.time_us = w->now_us;
	p.number = ++w->number;
	w->frames_in++;
	while (engine_input(w->engine, &p, 1, w->now_us) == 0)
		carry_out(w);
	carry_out(w);
	collect(w);
}

static void
model(const struct wire *w, struct pkt *like, uint8_t link[14])
{
	static const uint8_t addresses[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	memcpy(link, addresses, sizeof(addresses));
	memset(like, 0, sizeof(*like));
	like->data = link;
	like->len = 14;
	like->link = NET_LINK_ETHER;
	like->kind = NET_TCP;
	like->ip_version = net_addr_is_v4(&w->client) ? 4 : 6;
	like->ip_proto = 6;
	like->ether_type = like->ip_version == 4 ? 0x0800 : 0x86dd;
	link[12] = (uint8_t)(like->ether_type >> 8);
	link[13] = (uint8_t)like->ether_type;
	like->ip_off = like->l4_off = like->payload_off = 14;
	like->src = w->client;
	like->dst = w->server;
	like->sport = w->client_port;
	like->dport = w->server_port;
}

static void
segment(struct wire *w, enum wire_side from, uint32_t seq, uint8_t flags, struct span bytes)
{
	static const uint8_t mss[] = { 2, 4, 5, 0xb4 };
	uint8_t link[14];
	uint8_t *frame = malloc(FRAME_ROOM);
	struct pkt like;
	struct net_segment s = { .like = &like, .reverse = from == WIRE_SERVER, .seq = seq,
				 .ack = w->expect[from], .window = w->set.window, .flags = flags,
				 .payload = bytes };
	size_t len;

	model(w, &like, link);
	if (flags & NET_SYN)
		s.options = span_of(mss, sizeof(mss));
	if (!(flags & NET_ACK))
		s.ack = 0;
	len = net_build(&s, frame, FRAME_ROOM);
	wire_frame(w, from, frame, len);
	free(frame);
}

void
wire_connect(struct wire *w)
{
	for (int side = 0; side < 2; side++) {
		w->next[side] = w->set.isn[side] != 0 ? w->set.isn[side] : 1000u * (side + 1u);
		w->expect[side] = 0;
		w->reset[side] = w->fin[side] = false;
		w->got[side].len = 0;
		for (int i = 0; i < WIRE_LATE; i++)
			w->late[side][i].bytes.len = 0;
	}
	segment(w, WIRE_CLIENT, w->next[WIRE_CLIENT]++, NET_SYN, SPAN_NONE);
	segment(w, WIRE_SERVER, w->next[WIRE_SERVER]++, NET_SYN | NET_ACK, SPAN_NONE);
	segment(w, WIRE_CLIENT, w->next[WIRE_CLIENT], NET_ACK, SPAN_NONE);
}

void
wire_reconnect(struct wire *w)
{
	w->client_port++;
	wire_connect(w);
}

void
wire_at(struct wire *w, enum wire_side from, int32_t offset, const void *bytes, size_t len)
{
	segment(w, from, w->next[from] + (uint32_t)offset, NET_ACK | NET_PSH, span_of(bytes, len));
}

void
wire_advance(struct wire *w, enum wire_side from, uint32_t count)
{
	enum wire_side to = from == WIRE_CLIENT ? WIRE_SERVER : WIRE_CLIENT;

	w->next[from] += count;
	/* The receiver acknowledges what it has, as a stack does after a burst. */
	segment(w, to, w->next[to], NET_ACK, SPAN_NONE);
}

void
wire_say(struct wire *w, enum wire_side from, const void *bytes, size_t len)
{
	wire_at(w, from, 0, bytes, len);
	wire_advance(w, from, (uint32_t)len);
}

void
wire_text(struct wire *w, enum wire_side from, const char *text)
{
	wire_say(w, from, text, strlen(text));
}

void
wire_fin(struct wire *w, enum wire_side from)
{
	segment(w, from, w->next[from], NET_FIN | NET_ACK, SPAN_NONE);
	wire_advance(w, from, 1);
}

void
wire_rst(struct wire *w, enum wire_side from)
{
	segment(w, from, w->next[from], NET_RST | NET_ACK, SPAN_NONE);
}

void
wire_wait(struct wire *w, uint64_t us)
{
	uint64_t end = w->now_us + us;

	while (w->now_us < end) {
		w->now_us += end - w->now_us > 1000000 ? 1000000 : end - w->now_us;
		while (engine_tick(w->engine, w->now_us))
			carry_out(w);
		carry_out(w);
		collect(w);
	}
}

void
wire_drain(struct wire *w)
{
	bool more;

	do {
		more = engine_drain(w->engine, w->now_us);
		carry_out(w);
		collect(w);
	} while (more);
}

void
wire_forget_events(struct wire *w)
{
	for (size_t i = 0; i < w->events; i++)
		free(w->event[i]);
	w->events = 0;
}

bool
wire_close(struct wire *w)
{
	bool whole;

	if (w->engine == NULL)
		return false;
	wire_drain(w);
	whole = w->frames_in == w->frames_out;
	if (!whole)
		fprintf(stderr, "%zu frames in, %zu out\n", w->frames_in, w->frames_out);
	engine_destroy(w->engine);
	event_ring_destroy(w->ring);
	if (w->set.policy == NULL)
		policy_free(w->policy);
	conf_free(&w->conf);
	wire_forget_events(w);
	free(w->event);
	for (int side = 0; side < 2; side++) {
		free(w->got[side].ptr);
		for (int i = 0; i < WIRE_LATE; i++)
			free(w->late[side][i].bytes.ptr);
	}
	return whole;
}

size_t
wire_events_with(const struct wire *w, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < w->events; i++)
		n += strstr(w->event[i], text) != NULL;
	return n;
}

bool
wire_got(const struct wire *w, enum wire_side side, const char *text)
{
	size_t len = strlen(text);
	const struct wire_bytes *b = &w->got[side];

	return b->len >= len && memcmp(b->ptr + b->len - len, text, len) == 0;
}

uint64_t
wire_stat(const struct wire *w, enum stats_id id)
{
	return stats_get(engine_stats(w->engine), id);
}
