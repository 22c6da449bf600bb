/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See harness.h. Frames are heap blocks of their exact size, so that ASan sees every over-read.
 */
#include <stdio.h>
#include "harness.h"

#define NOW0 1000000

/* Ethernet, IPv4 192.0.2.1 to 192.0.2.2, TCP 40000 to 25, ACK, no payload. */
static const uint8_t template_frame[54] = {
	0x02, 0,  0,	0, 0,  2, 0x02, 0, 0,	0, 0,	 1,    0x08, 0x00, 0x45, 0, 0,	  40,
	0,    0,  0x40, 0, 64, 6, 0,	0, 192, 0, 2,	 1,    192,  0,	   2,	 2, 0x9c, 0x40,
	0,    25, 0,	0, 0,  0, 0,	0, 0,	0, 0x50, 0x10, 0,    0,	   0,	 0, 0,	  0,
};

struct span
hex(const char *digits)
{
	static uint8_t bufs[4][64];
	static unsigned turn;
	uint8_t *buf = bufs[turn++ % 4];
	size_t n = 0;

	for (; digits[0] != '\0' && digits[1] != '\0'; digits += 2) {
		unsigned v;

		assert_int_equal(sscanf(digits, "%2x", &v), 1);
		buf[n++] = (uint8_t)v;
	}
	return span_of(buf, n);
}

void
wire_open(struct wire *w, const struct setup *setup)
{
	static const struct setup none;
	const struct tcp_limits limits = { 262144, 64, 1 << 20 };

	memset(w, 0, sizeof(*w));
	w->setup = setup != NULL ? *setup : none;
	w->env.limits = w->setup.limits.hold_bytes > 0 ? w->setup.limits : limits;
	w->env.segments = pool_create("segments", tcp_segment_size(),
				      w->setup.segments > 0 ? w->setup.segments : 4096, 0);
	w->env.chunks =
		pool_create("chunks", TCP_CHUNK, w->setup.chunks > 0 ? w->setup.chunks : 4096, 0);
	w->env.capture = w->setup.capture;
	w->env.midstream = w->setup.midstream;
	w->env.monitor = w->setup.monitor;
	w->env.rewrite_overlaps = w->setup.rewrite;
	w->env.acts = w->acts;
	w->env.act_size = w->setup.act_size > 0 ? w->setup.act_size : 64;
	w->c = calloc(1, tcp_conn_size());
	assert_non_null(w->c);
	memcpy(w->template_bytes, template_frame, sizeof(template_frame));
	w->template.data = w->template_bytes;
	w->template.len = sizeof(template_frame);
	w->template.link = NET_LINK_ETHER;
	assert_int_equal(net_decode(&w->template, 0), NET_TCP);
	w->isn[0] = w->setup.isn[0] != 0 ? w->setup.isn[0] : 1000;
	w->isn[1] = w->setup.isn[1] != 0 ? w->setup.isn[1] : 50000;
	w->window[0] = w->window[1] = 65535;
	w->now = NOW0;
}

static void
free_out(struct out *o)
{
	free(o->bytes);
	o->bytes = NULL;
}

void
out_clear(struct wire *w)
{
	for (size_t i = 0; i < w->out_count; i++)
		free_out(&w->out[i]);
	w->out_count = 0;
}

void
wire_close(struct wire *w)
{
	bool more = true;

	while (more) {
		more = tcp_close(&w->env, w->c, TCP_ENDED);
		record_acts(w);
	}
	assert_int_equal(w->in, w->left + w->discarded);
	assert_int_equal(w->env.held_bytes, 0);
	assert_int_equal(pool_used(w->env.segments), 0);
	assert_int_equal(pool_used(w->env.chunks), 0);
	out_clear(w);
	pool_destroy(w->env.segments);
	pool_destroy(w->env.chunks);
	free(w->c);
}

static void
leave(struct wire *w, unsigned dir, const struct pkt *p, bool made, bool edited)
{
	struct out *o = &w->out[w->out_count++];

	assert_true(w->out_count <= OUT_MAX);
	*o = (struct out){
		.dir = dir, .made = made, .edited = edited, .pkt = *p, .bytes = p->data
	};
	assert_int_equal(net_decode(&o->pkt, NET_CHECK_SUMS), NET_TCP);
}

static void
leave_made(struct wire *w, unsigned dir, const struct net_segment *s)
{
	uint8_t buf[4096];
	size_t len = net_build(s, buf, sizeof(buf));
	struct pkt p = { .link = NET_LINK_ETHER, .len = (uint32_t)len, .data = malloc(len) };

	assert_true(len > 0);
	assert_non_null(p.data);
	memcpy(p.data, buf, len);
	leave(w, dir, &p, true, false);
	/* The way it travels must fit the addresses. */
	assert_int_equal(w->out[w->out_count - 1].pkt.dport, dir == 0 ? 25 : 40000);
}

void
record_acts(struct wire *w)
{
	for (size_t i = 0; i < w->env.act_count; i++) {
		struct tcp_act *a = &w->acts[i];

		switch (a->kind) {
		case TCP_SEND:
			w->left++;
			leave(w, a->dir, &a->pkt, false, a->edited);
			break;
		case TCP_DISCARD:
			w->discarded++;
			free(a->pkt.data);
			break;
		case TCP_MAKE:
			leave_made(w, a->dir, &a->segment);
			break;
		}
	}
	w->env.act_count = 0;
}

enum tcp_result
put_seg(struct wire *w, const struct seg *s)
{
	struct net_segment n = {
		.like = &w->template,
		.reverse = s->dir == SERVER,
		.seq = w->isn[s->dir] + 1 + (uint32_t)s->offset,
		.ack = (s->flags & NET_ACK) != 0 ? w->isn[1 - s->dir] + 1 + (uint32_t)s->ack : 0,
		.window = s->no_window	   ? 0
			  : s->window != 0 ? s->window
					   : w->window[s->dir],
		.flags = s->flags,
		.options = s->options.len > 0 ? s->options : w->options,
		.payload = s->payload,
	};
	uint8_t buf[70000];
	size_t len = net_build(&n, buf, sizeof(buf));
	struct pkt p = { .link = NET_LINK_ETHER, .len = (uint32_t)len, .data = malloc(len) };
	enum tcp_result r;

	assert_true(len > 0);
	assert_non_null(p.data);
	memcpy(p.data, buf, len);
	p.time_us = 1; /* not looked at */
	assert_int_equal(net_decode(&p, NET_CHECK_SUMS), NET_TCP);
	w->in++;
	r = tcp_input(&w->env, w->c, s->dir, &p, w->now);
	if (r == TCP_PASS) {
		assert_true(w->env.monitor || w->env.reason == TCP_OK);
		w->left++;
		leave(w, s->dir, &p, false, (w->env.notes & TCP_NOTE_EDITED) != 0);
	} else if (r == TCP_DROP) {
		assert_int_not_equal(w->env.reason, TCP_OK);
		w->discarded++;
		free(p.data);
	}
	if (w->env.monitor && !w->take_nothing)
		take(w, s->dir);
	return r;
}

enum tcp_result
put_span(struct wire *w, unsigned dir, int64_t offset, struct span bytes)
{
	struct seg s = { .dir = dir,
			 .flags = NET_ACK | NET_PSH,
			 .offset = offset,
			 .ack = (int64_t)w->ack[dir],
			 .payload = bytes };

	return put_seg(w, &s);
}

enum tcp_result
put(struct wire *w, unsigned dir, int64_t offset, const char *text)
{
	return put_span(w, dir, offset, span_str(text));
}

enum tcp_result
put_ack(struct wire *w, unsigned dir, int64_t offset, uint64_t ack)
{
	struct seg s = { .dir = dir, .flags = NET_ACK, .offset = offset, .ack = (int64_t)ack };

	w->ack[dir] = ack;
	return put_seg(w, &s);
}

enum tcp_result
put_fin(struct wire *w, unsigned dir, int64_t offset, const char *text)
{
	struct seg s = { .dir = dir,
			 .flags = NET_ACK | NET_FIN,
			 .offset = offset,
			 .ack = (int64_t)w->ack[dir],
			 .payload = span_str(text) };

	return put_seg(w, &s);
}

enum tcp_result
put_rst(struct wire *w, unsigned dir, int64_t offset)
{
	struct seg s = { .dir = dir, .flags = NET_RST, .offset = offset };

	return put_seg(w, &s);
}

void
wire_handshake(struct wire *w)
{
	static const char *const mss = "020405b4";
	const char *const *given = w->setup.syn_options;
	struct seg syn = { .dir = CLIENT,
			   .flags = NET_SYN,
			   .offset = -1,
			   .options = hex(given[0] != NULL ? given[0] : mss) };
	struct seg answer = { .dir = SERVER,
			      .flags = NET_SYN | NET_ACK,
			      .offset = -1,
			      .options = hex(given[1] != NULL ? given[1] : mss) };

	assert_int_equal(put_seg(w, &syn), TCP_PASS);
	assert_int_equal(put_seg(w, &answer), TCP_PASS);
	assert_int_equal(put_ack(w, CLIENT, 0, 0), TCP_PASS);
	assert_int_equal(tcp_state(w->c), TCP_ESTABLISHED);
	out_clear(w);
}

void
take(struct wire *w, unsigned dir)
{
	struct span bytes;
	uint64_t offset;

	while (tcp_peek(w->c, dir, &bytes, &offset)) {
		assert_true(bytes.len > 0);
		assert_int_equal(offset, w->seen_len[dir]);
		assert_true(offset + bytes.len <= STREAM_MAX);
		memcpy(w->seen[dir] + offset, bytes.ptr, bytes.len);
		w->seen_len[dir] += bytes.len;
		tcp_take(w->c, dir, bytes.len);
	}
}

void
release(struct wire *w, unsigned dir)
{
	bool more = true;

	while (more) {
		more = tcp_release(&w->env, w->c, dir);
		record_acts(w);
	}
}

void
flow(struct wire *w, unsigned dir)
{
	take(w, dir);
	tcp_mark(w->c, dir, w->seen_len[dir]);
	release(w, dir);
}

void
end(struct wire *w, enum tcp_ending how, const char *reply, unsigned like_dir)
{
	struct net_segment n = { .like = &w->template,
				 .reverse = like_dir == SERVER,
				 .flags = NET_ACK };
	uint8_t bytes[64];
	struct pkt like = { .data = bytes, .link = NET_LINK_ETHER };
	bool more = true;

	like.len = (uint32_t)net_build(&n, bytes, sizeof(bytes));
	assert_int_equal(net_decode(&like, 0), NET_TCP);
	while (more) {
		more = tcp_end(&w->env, w->c, how, span_str(reply), &like, like_dir);
		record_acts(w);
	}
}

const char *
out_text(const struct wire *w, size_t i)
{
	static char bufs[4][STREAM_MAX];
	static unsigned turn;
	char *buf = bufs[turn++ % 4];
	struct span s;

	buf[0] = '\0';
	if (i >= w->out_count)
		return buf;
	s = pkt_payload(&w->out[i].pkt);
	assert_true(s.len < STREAM_MAX);
	memcpy(buf, s.ptr, s.len);
	buf[s.len] = '\0';
	return buf;
}

int64_t
out_offset(const struct wire *w, size_t i)
{
	assert_true(i < w->out_count);
	return (int32_t)(w->out[i].pkt.seq - w->isn[w->out[i].dir] - 1);
}

int64_t
out_ack(const struct wire *w, size_t i)
{
	assert_true(i < w->out_count);
	return (int32_t)(w->out[i].pkt.ack - w->isn[1 - w->out[i].dir] - 1);
}

struct tcp_offsets
offsets(const struct wire *w, unsigned dir)
{
	struct tcp_offsets o;

	tcp_offsets(w->c, dir, &o);
	return o;
}
