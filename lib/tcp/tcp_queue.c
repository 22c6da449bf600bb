/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Held frames of a direction: in order and waiting for the mark, or waiting for a hole to fill.
 *
 *	start order:	[--- a ---][--- b ---]		[--- c ---]
 *			^fwd		      ^next	hole before c
 *
 * Frames may overlap in the list, but never disagree: the first bytes that came win, a later frame
 * is overwritten with them before it is put in.
 *
 * In monitor mode the list holds pieces instead: of the passing frame, which is gone at the next
 * tcp_input, or copied into chunks when they are out of order (at once) or when nobody has taken
 * them yet (tcp_release). Pieces never overlap. A piece that found no room is a hole for good: its
 * direction gives no more bytes.
 *
 * tcp_peek and tcp_take read from here. Called by tcp_input; tcp_release empties it.
 */
#include "tcp_internal.h"

static uint32_t
cost(const struct tcp_segment *s)
{
	if (s->pkt.len == 0) /* a piece, see above */
		return s->chunk != NULL ? TCP_CHUNK : 0;
	return s->pkt.len > TCP_HELD_MIN ? s->pkt.len : TCP_HELD_MIN;
}

static void
link_after(struct tcp_half *h, struct tcp_segment *s, struct tcp_segment *before)
{
	if (before == NULL) {
		s->next = h->held;
		s->prev = h->held != NULL ? h->held->prev : s;
		if (h->held != NULL)
			h->held->prev = s;
		h->held = s;
		return;
	}
	s->prev = before;
	s->next = before->next;
	if (s->next != NULL)
		s->next->prev = s;
	else
		h->held->prev = s;
	before->next = s;
}

/* The last segment that starts at or before start; new frames mostly belong at the end. */
static struct tcp_segment *
place(const struct tcp_half *h, uint64_t start)
{
	struct tcp_segment *s = h->held != NULL ? h->held->prev : NULL;

	while (s != NULL && s->start > start)
		s = s == h->held ? NULL : s->prev;
	return s;
}

void
tcp_queue_remove(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s)
{
	if (s == h->held) {
		h->held = s->next;
		if (h->held != NULL)
			h->held->prev = s->prev;
	} else {
		s->prev->next = s->next;
		if (s->next != NULL)
			s->next->prev = s->prev;
		else
			h->held->prev = s->prev;
	}
	h->held_bytes -= cost(s);
	env->held_bytes -= s->pkt.len;
	pool_put(env->chunks, s->chunk);
	pool_put(env->segments, s);
}

/* A segment that may fill next, and those behind it: move next, take the FIN. */
static void
advance(struct tcp_in *in, struct tcp_segment *s)
{
	struct tcp_half *h = in->h;
	uint64_t before = h->next;

	for (; s != NULL && s->start <= h->next && (h->flags & TCP_FIN_IN) == 0; s = s->next) {
		if (s->end > h->next)
			h->next = s->end;
		if (!s->fin)
			continue;
		if (s->end == h->next) {
			h->flags |= TCP_FIN_IN;
			in->env->notes |= TCP_NOTE_FIN;
		} else { /* known bytes follow: no end of this stream */
			s->fin = false;
		}
	}
	if (h->next > before)
		in->env->notes |= TCP_NOTE_DATA;
	tcp_state_update(in->c);
}

static bool
has_room(const struct tcp_in *in, bool in_order)
{
	const struct tcp_limits *l = &in->env->limits;
	uint32_t bytes = tcp_window_hold_limit(in->env);
	uint32_t count = in->env->capture ? l->queue_count * TCP_CAPTURE_SLACK : l->queue_count;

	/* What fills a hole always finds the half that out-of-order frames cannot take. */
	if (in_order)
		return in->h->held_bytes < bytes;
	return in->h->held_bytes < bytes / 2 && in->h->queued < count;
}

/* Out-of-order segments that are in order now no longer count. */
static void
count_queued(struct tcp_half *h)
{
	if (h->queued == 0)
		return;
	h->queued = 0;
	for (struct tcp_segment *s = h->held != NULL ? h->held->prev : NULL;
	     s != NULL && s->start > h->next; s = s == h->held ? NULL : s->prev)
		h->queued++;
}

enum tcp_result
tcp_queue_add(struct tcp_in *in, bool resend)
{
	struct tcp_half *h = in->h;
	bool in_order = in->start <= (int64_t)h->next;
	struct tcp_segment *s;

	if (!has_room(in, in_order))
		return tcp_drop(in->env, TCP_QUEUE_FULL);
	s = pool_get(in->env->segments);
	if (s == NULL)
		return tcp_drop(in->env, TCP_MEMORY);
	*s = (struct tcp_segment){ .start = (uint64_t)in->start,
				   .end = (uint64_t)in->end,
				   .bytes = in->p->data + in->p->payload_off,
				   .fin = in->fin,
				   .resend = resend,
				   .since_us = in->now_us,
				   .pkt = *in->p,
				   .edited = (in->env->notes & TCP_NOTE_EDITED) != 0 };
	link_after(h, s, place(h, s->start));
	h->held_bytes += cost(s);
	in->env->held_bytes += in->p->len;
	if (!in_order) {
		h->queued++;
		in->env->notes |= TCP_NOTE_OUT_OF_ORDER;
	} else {
		advance(in, s);
		count_queued(h);
	}
	return TCP_KEEP;
}

/* N16, in a record that lacks the ACK: one byte of anything before the next. */
static bool
is_keep_alive(const struct tcp_in *in)
{
	return in->env->capture && in->end - in->start == 1 && in->end == (int64_t)in->h->next;
}

bool
tcp_overwrite(struct tcp_in *in, uint64_t from, struct span bytes)
{
	struct tcp_half *h = in->h;
	int64_t low = (int64_t)from > in->start ? (int64_t)from : in->start;
	int64_t high =
		(int64_t)(from + bytes.len) < in->end ? (int64_t)(from + bytes.len) : in->end;
	const uint8_t *have, *want;
	bool differs = false;

	if (low >= high)
		return false;
	have = in->p->data + in->p->payload_off + (low - in->start);
	want = bytes.ptr + (low - (int64_t)from);
	if (memcmp(have, want, (size_t)(high - low)) == 0)
		return false;
	for (int64_t i = low; i < high && !differs; i++) {
		/* The sender repeats what it sent, not what an edit made of it. */
		bool edited = (h->flags & TCP_EDITED) != 0 &&
			      (int32_t)((uint32_t)i - h->edit_low) >= 0 &&
			      (int32_t)((uint32_t)i - h->edit_high) < 0;

		/* A capture's receiver has acknowledged it before it went on. */
		differs = !edited && i >= (int64_t)h->acked && have[i - low] != want[i - low];
	}
	net_edit_payload(in->p, (uint32_t)(low - in->start), span_of(want, (size_t)(high - low)));
	in->env->notes |= TCP_NOTE_EDITED;
	return differs && !is_keep_alive(in);
}

bool
tcp_queue_known(struct tcp_in *in)
{
	struct tcp_half *h = in->h;
	bool differs = false;

	/* The plain case: it follows all that is here. */
	if (in->start == (int64_t)h->next && h->queued == 0)
		return false;
	for (struct tcp_segment *s = h->held; s != NULL && (int64_t)s->start < in->end; s = s->next)
		differs |= tcp_overwrite(in, s->start, span_of(s->bytes, s->end - s->start));
	return differs;
}

/* Monitor: the bytes of a piece into a chunk of its own; nothing to do when it has none. */
static bool
copy_piece(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s)
{
	if (s->start < s->end) {
		s->chunk = pool_get(env->chunks);
		if (s->chunk == NULL)
			return false;
		memcpy(s->chunk, s->bytes, s->end - s->start);
		s->bytes = s->chunk;
		h->held_bytes += cost(s);
	}
	s->passing = false;
	return true;
}

/* Monitor: one piece of the passing frame; copied when it cannot be given at once. */
static bool
add_piece(struct tcp_in *in, uint64_t start, uint64_t end)
{
	struct tcp_half *h = in->h;
	bool in_order = start <= h->next;
	struct tcp_segment *s;

	if (!in_order && !has_room(in, false))
		return false;
	s = pool_get(in->env->segments);
	if (s == NULL)
		return false;
	*s = (struct tcp_segment){ .start = start,
				   .end = end,
				   .bytes = in->p->data + in->p->payload_off +
					    ((int64_t)start - in->start),
				   .fin = in->fin && (int64_t)end == in->end,
				   .passing = start < end };
	if (!in_order) {
		if (!copy_piece(in->env, h, s)) {
			pool_put(in->env->segments, s);
			return false;
		}
		h->queued++;
		in->env->notes |= TCP_NOTE_OUT_OF_ORDER;
	}
	link_after(h, s, place(h, start));
	if (in_order)
		advance(in, s);
	return true;
}

/* The first TCP_CHUNK bytes of a longer piece become a piece of their own. */
static struct tcp_segment *
split_piece(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s)
{
	struct tcp_segment *first = pool_get(env->segments);

	if (first == NULL)
		return NULL;
	*first = (struct tcp_segment){
		.start = s->start, .end = s->start + TCP_CHUNK, .bytes = s->bytes, .passing = true
	};
	link_after(h, first, s == h->held ? NULL : s->prev);
	s->start += TCP_CHUNK;
	s->bytes += TCP_CHUNK;
	return first;
}

/* The piece, or its first part, gets a chunk. False: all of it was taken, or there is no room. */
static bool
keep_piece(struct tcp_env *env, struct tcp_half *h, struct tcp_segment *s)
{
	if (s->end <= h->taken || h->held_bytes >= tcp_window_hold_limit(env))
		return false;
	if (s->start < h->taken) {
		s->bytes += h->taken - s->start;
		s->start = h->taken;
	}
	if (s->end - s->start > TCP_CHUNK)
		s = split_piece(env, h, s);
	return s != NULL && copy_piece(env, h, s);
}

void
tcp_queue_keep_passing(struct tcp_env *env, struct tcp_half *h)
{
	struct tcp_segment *s = h->held, *next;

	for (; s != NULL; s = next) {
		next = s->next;
		while (s->passing && keep_piece(env, h, s))
			;
		if (s->passing)
			tcp_queue_remove(env, h, s);
	}
}

/* Monitor: put in what is new of the passing frame. What finds no room is a hole for good. */
void
tcp_queue_watch(struct tcp_in *in)
{
	struct tcp_half *h = in->h;
	uint64_t at = in->start > (int64_t)h->next ? (uint64_t)in->start : h->next;
	struct tcp_segment *s = h->held;
	bool fin = in->fin && in->end >= (int64_t)h->next;

	while ((h->flags & TCP_FIN_IN) == 0 && (int64_t)at < in->end) {
		uint64_t end = (uint64_t)in->end;

		while (s != NULL && s->end <= at)
			s = s->next;
		if (s != NULL && s->start <= at) {
			at = s->end;
			continue;
		}
		if (s != NULL && s->start < end)
			end = s->start;
		if (at > h->next && end - at > TCP_CHUNK)
			end = at + TCP_CHUNK;
		if (!add_piece(in, at, end)) {
			in->env->reason = TCP_QUEUE_FULL;
			fin = false;
			break;
		}
		fin = fin && (int64_t)end < in->end;
		at = end;
	}
	if (fin && (h->flags & TCP_FIN_IN) == 0)
		add_piece(in, (uint64_t)in->end, (uint64_t)in->end);
	count_queued(h);
	h->fwd = h->next;
	if ((h->flags & TCP_FIN_IN) != 0)
		h->flags |= TCP_FIN_OUT;
}

void
tcp_queue_forget_passing(struct tcp_env *env, struct tcp_conn *c)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		struct tcp_half *h = &c->half[dir];
		struct tcp_segment *s = h->held, *next;

		for (; s != NULL && s->start <= h->next; s = next) {
			next = s->next;
			if (s->passing || s->end <= h->taken)
				tcp_queue_remove(env, h, s);
		}
	}
}

bool
tcp_peek(struct tcp_conn *c, unsigned dir, struct span *bytes, uint64_t *offset)
{
	struct tcp_half *h = &c->half[dir];
	struct tcp_segment *s;
	uint64_t end;

	if (h->taken >= h->next)
		return false;
	s = place(h, h->taken);
	while (s != NULL && s->end <= h->taken)
		s = s == h->held ? NULL : s->prev;
	if (s == NULL)
		return false;
	end = s->end < h->next ? s->end : h->next;
	*bytes = span_of(s->bytes + (h->taken - s->start), end - h->taken);
	*offset = h->taken;
	return true;
}

void
tcp_take(struct tcp_conn *c, unsigned dir, size_t count)
{
	struct tcp_half *h = &c->half[dir];

	h->taken += count < h->next - h->taken ? count : h->next - h->taken;
}

bool
tcp_at_fin(const struct tcp_conn *c, unsigned dir)
{
	const struct tcp_half *h = &c->half[dir];

	return (h->flags & TCP_FIN_IN) != 0 && h->taken == h->next;
}

bool
tcp_holding(const struct tcp_conn *c, uint64_t *since_us)
{
	uint64_t since = UINT64_MAX;

	for (unsigned dir = 0; dir < 2; dir++)
		for (struct tcp_segment *s = c->half[dir].held; s != NULL; s = s->next)
			if (s->pkt.len > 0 && s->since_us < since)
				since = s->since_us;
	if (since == UINT64_MAX)
		return false;
	*since_us = since;
	return true;
}
