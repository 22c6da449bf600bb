/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A script of segments and calls against one connection.
 *
 *	byte 0		modes (enum mode), byte 1: limits
 *	then, one after another:
 *	op < 0xc0	segment: dir = bit 0, flags, seq delta, ack delta (signed, times 16 with
 *			op bit 1), payload length, option bytes (op bits 2-4: count / 4);
 *			monitor: op 0x40 does not take, 0x80 does not release
 *	op >= 0xc0	a call: take, mark, release, edit, dup_ack, pass_all, swallow, end
 *
 * Held: every frame leaves once; what leaves of a direction is the stream that inspection saw, in
 * order, below the mark, each byte the same every time; offsets never move back; nothing is leaked.
 */
#include <stdio.h>
#include <stdlib.h>
#include "tcp.h"

enum mode { CAPTURE = 1, MIDSTREAM = 2, MONITOR = 4, REWRITE = 8, WRAP = 16 };
#define STREAM 32768
#define ACTS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct script {
	const uint8_t *at, *end;
};

struct model {
	struct tcp_env env;
	struct tcp_conn *c;
	struct tcp_act acts[ACTS];
	struct pkt template;
	uint8_t template_bytes[54];
	uint32_t isn[2];
	struct tcp_offsets last[2];
	uint64_t out[2];	   /* bytes that left, as offset */
	uint8_t known[2][STREAM];  /* as inspected or edited */
	uint64_t taken[2];
	size_t in, left;
	bool gone;   /* monitor: the frame went and tcp_release did not see it */
	bool opaque; /* passes all, or start not seen: bytes are not compared */
};

static const uint8_t template_frame[54] = {
	0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
	0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
	0x9c, 0x40, 0, 25, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 0, 0, 0, 0, 0, 0,
};

static uint8_t
byte(struct script *s)
{
	return s->at < s->end ? *s->at++ : 0;
}

static void
check_offsets(struct model *m)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		struct tcp_offsets o, *last = &m->last[dir];

		tcp_offsets(m->c, dir, &o);
		CHECK(o.una <= o.fwd && o.fwd <= o.next && o.taken <= o.next);
		if (!m->opaque) {
			CHECK(o.una >= last->una && o.fwd >= last->fwd && o.next >= last->next);
			CHECK(m->env.monitor || o.fwd <= o.taken);
		}
		*last = o;
	}
}

/* A frame goes to the other side. */
static void
check_out(struct model *m, unsigned dir, const struct pkt *p)
{
	struct pkt copy = *p;
	uint32_t at = p->seq - m->isn[dir] - 1;
	struct span s = pkt_payload(p);
	struct tcp_offsets o;

	CHECK(net_decode(&copy, m->env.monitor ? 0 : NET_CHECK_SUMS) == NET_TCP);
	if (m->env.monitor || m->opaque || s.len == 0)
		return;
	tcp_offsets(m->c, dir, &o);
	if ((int32_t)at < 0) /* below the first byte: zeroed */
		return;
	CHECK(at + s.len <= o.fwd && o.fwd <= o.mark);
	CHECK(at <= m->out[dir]);
	if (at + s.len > m->out[dir])
		m->out[dir] = at + s.len;
	for (size_t i = 0; i < s.len && at + i < STREAM; i++)
		CHECK(s.ptr[i] == m->known[dir][at + i] ||
		      (s.ptr[i] == 0 && (at + i < o.una || m->env.capture)));
}

static void
check_made(struct model *m, const struct tcp_act *a, bool is_stream)
{
	uint8_t buf[4096];
	struct pkt p = { .data = buf, .link = NET_LINK_ETHER };

	p.len = (uint32_t)net_build(&a->segment, buf, sizeof(buf));
	CHECK(p.len > 0 && net_decode(&p, NET_CHECK_SUMS) == NET_TCP);
	CHECK(p.dport == (a->dir == 0 ? 25 : 40000));
	if (is_stream)
		check_out(m, a->dir, &p);
}

static void
run_acts(struct model *m, bool is_stream)
{
	CHECK(m->env.act_count <= ACTS);
	for (size_t i = 0; i < m->env.act_count; i++) {
		struct tcp_act *a = &m->acts[i];

		if (a->kind == TCP_MAKE) {
			check_made(m, a, is_stream);
			continue;
		}
		if (a->kind == TCP_SEND)
			check_out(m, a->dir, &a->pkt);
		m->left++;
		free(a->pkt.data);
	}
	m->env.act_count = 0;
	check_offsets(m);
}

static void
take(struct model *m, unsigned dir, size_t most)
{
	struct span bytes;
	uint64_t offset;

	while (most > 0 && tcp_peek(m->c, dir, &bytes, &offset)) {
		CHECK(bytes.len > 0 && (m->opaque || m->env.monitor || offset == m->taken[dir]));
		bytes = span_take(bytes, most);
		for (size_t i = 0; i < bytes.len; i++)
			if (offset + i < STREAM && offset + i >= m->taken[dir])
				m->known[dir][offset + i] = bytes.ptr[i];
		m->taken[dir] = offset + bytes.len;
		tcp_take(m->c, dir, bytes.len);
		most -= bytes.len;
	}
}

static void
release(struct model *m, unsigned dir)
{
	bool more = true;

	while (more) {
		more = tcp_release(&m->env, m->c, dir);
		run_acts(m, true);
	}
}

static void
edit(struct model *m, unsigned dir, uint8_t where, uint8_t len)
{
	uint8_t bytes[256];
	struct tcp_offsets o;

	tcp_offsets(m->c, dir, &o);
	memset(bytes, '#', sizeof(bytes));
	/* As the engine does: only what was inspected. */
	if (o.fwd + where + len > o.taken ||
	    tcp_edit(&m->env, m->c, dir, o.fwd + where, span_of(bytes, len)) != 0)
		return;
	for (unsigned i = 0; i < len && o.fwd + where + i < STREAM; i++)
		m->known[dir][o.fwd + where + i] = '#';
}

static void
learn(struct model *m, unsigned dir, const struct pkt *p)
{
	if ((m->env.notes & (TCP_NOTE_SYN | TCP_NOTE_SYNACK)) != 0)
		m->isn[dir] = p->seq;
	if (m->env.midstream && (m->env.notes & TCP_NOTE_ESTABLISHED) != 0)
		m->opaque = true;
}

static void
segment(struct model *m, struct script *s, uint8_t op)
{
	unsigned dir = op & 1;
	int scale = (op & 2) != 0 ? 16 : 1;
	struct net_segment n = { .like = &m->template, .reverse = dir == 1, .window = 8192 };
	uint8_t payload[2048], options[28], buf[4096];
	struct pkt p = { .link = NET_LINK_ETHER, .time_us = m->in + 1 };
	enum tcp_result r;

	n.flags = byte(s);
	n.seq = m->isn[dir] + 1 + (uint32_t)m->last[dir].next;
	n.seq += (uint32_t)((int8_t)byte(s) * scale);
	n.ack = m->isn[1 - dir] + 1 + (uint32_t)m->last[1 - dir].fwd;
	n.ack += (uint32_t)((int8_t)byte(s) * scale);
	n.payload = span_of(payload, (size_t)byte(s) * (scale == 16 ? 8 : 1));
	/* The byte follows from its place, so that repetitions are honest; sometimes not. */
	for (size_t i = 0; i < n.payload.len; i++)
		payload[i] = (uint8_t)((n.seq + i) * 7 + ((op & 0x20) != 0 && i % 5 == 0));
	n.options = span_of(options, (size_t)(op >> 2 & 7) * 4);
	for (size_t i = 0; i < n.options.len; i++)
		options[i] = byte(s);
	p.len = (uint32_t)net_build(&n, buf, sizeof(buf));
	CHECK(p.len > 0);
	p.data = malloc(p.len);
	CHECK(p.data != NULL);
	memcpy(p.data, buf, p.len);
	CHECK(net_decode(&p, 0) == NET_TCP);
	m->in++;
	r = tcp_input(&m->env, m->c, dir, &p, p.time_us);
	learn(m, dir, &p);
	check_offsets(m);
	if (m->env.monitor) {
		CHECK(r == TCP_PASS);
		if ((op & 0x40) == 0)
			take(m, dir, SIZE_MAX);
		m->gone = (op & 0x80) != 0;
		if (!m->gone)
			release(m, dir);
	}
	if (r == TCP_KEEP)
		return;
	if (r == TCP_PASS)
		check_out(m, dir, &p);
	m->left++;
	/* Monitor: the frame must not be looked at again. */
	free(p.data);
}

static void
call(struct model *m, struct script *s, uint8_t op)
{
	static const enum tcp_ending endings[] = { TCP_END_SILENT, TCP_END_RST_BOTH, TCP_END_REPLY,
						   TCP_END_RST_CLIENT };
	unsigned dir = op & 1;
	struct tcp_offsets o;
	bool more = true;
	uint8_t a = byte(s);

	tcp_offsets(m->c, dir, &o);
	if (m->gone && (op >> 1 & 15) <= 8)
		return;
	switch (op >> 1 & 15) {
	case 0: case 1: case 2:
		take(m, dir, a > 0 ? a : SIZE_MAX);
		break;
	case 3: case 4: case 5:
		tcp_mark(m->c, dir, o.mark + a);
		release(m, dir);
		break;
	case 6: case 7: case 8:
		take(m, dir, SIZE_MAX);
		tcp_mark(m->c, dir, m->taken[dir]);
		release(m, dir);
		break;
	case 9: case 10:
		edit(m, dir, a, byte(s));
		break;
	case 11: case 12:
		tcp_dup_ack(&m->env, m->c, dir, dir == 0 ? &m->template : NULL);
		if (dir == 0)
			run_acts(m, false);
		break;
	case 13:
		if (a == 0xaa) {
			tcp_pass_all(m->c);
			m->opaque = true;
		}
		break;
	case 14:
		while (more && a < 0x40) {
			more = tcp_swallow(&m->env, m->c, &m->template, 0);
			m->opaque = true;
			run_acts(m, false);
		}
		break;
	default:
		while (more && a < 0x20) {
			more = tcp_end(&m->env, m->c, endings[a & 3], SPAN_LIT("554 no\r\n"),
				       &m->template, 0);
			run_acts(m, false);
		}
	}
	m->env.act_count = 0;
}

static void
begin(struct model *m, struct script *s)
{
	uint8_t modes = byte(s), limits = byte(s);

	m->env.capture = (modes & CAPTURE) != 0;
	m->env.midstream = (modes & MIDSTREAM) != 0;
	m->env.monitor = (modes & MONITOR) != 0;
	m->env.rewrite_overlaps = (modes & REWRITE) != 0;
	m->env.limits = (struct tcp_limits){ 4096 + 1024u * (limits & 15), 2 + (limits >> 4),
					     1000u + 500u * (limits & 15) };
	m->env.segments = pool_create("segments", tcp_segment_size(), 24, 0);
	m->env.chunks = pool_create("chunks", TCP_CHUNK, 8, 0);
	m->env.acts = m->acts;
	m->env.act_size = ACTS;
	m->c = calloc(1, tcp_conn_size());
	CHECK(m->env.segments != NULL && m->env.chunks != NULL && m->c != NULL);
	m->isn[0] = (modes & WRAP) != 0 ? UINT32_MAX - 300 : 1000;
	m->isn[1] = (modes & WRAP) != 0 ? 0x7fffffff - 300 : 2000;
	memcpy(m->template_bytes, template_frame, sizeof(template_frame));
	m->template.data = m->template_bytes;
	m->template.len = sizeof(template_frame);
	m->template.link = NET_LINK_ETHER;
	CHECK(net_decode(&m->template, 0) == NET_TCP);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script s = { data, data + size };
	struct model *m = calloc(1, sizeof(*m));
	bool more = true;

	CHECK(m != NULL);
	begin(m, &s);
	while (s.at < s.end) {
		uint8_t op = byte(&s);

		if (op < 0xc0)
			segment(m, &s, op);
		else
			call(m, &s, op);
	}
	while (more) {
		more = tcp_close(&m->env, m->c, TCP_ENDED);
		run_acts(m, false);
	}
	CHECK(m->in == m->left);
	CHECK(m->env.held_bytes == 0);
	CHECK(pool_used(m->env.segments) == 0 && pool_used(m->env.chunks) == 0);
	pool_destroy(m->env.segments);
	pool_destroy(m->env.chunks);
	free(m->c);
	free(m);
	return 0;
}
