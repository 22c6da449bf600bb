/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records on their way from one worker to the writer. In: fields and texts that the worker fills
 * in; out: the records, in order, with a number each, so that a reader sees what was lost. The
 * worker never waits: a full ring is a counted loss. No formatting here, see event_eve.c.
 */
#include "event.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct event_ring {
	struct ring *ring;
	atomic_uint_fast64_t made; /* worker: rw, others: ro */
	atomic_uint_fast64_t lost; /* worker: rw, others: ro */
};

struct event_ring *
event_ring_create(size_t slots)
{
	struct event_ring *r = calloc(1, sizeof(*r));
	int saved;

	if (r == NULL)
		return NULL;
	r->ring = ring_create(sizeof(struct event), slots);
	if (r->ring == NULL) {
		saved = errno;
		free(r);
		errno = saved;
		return NULL;
	}
	atomic_init(&r->made, 0);
	atomic_init(&r->lost, 0);
	return r;
}

void
event_ring_destroy(struct event_ring *r)
{
	if (r == NULL)
		return;
	ring_destroy(r->ring);
	free(r);
}

static void
count(atomic_uint_fast64_t *counter)
{
	/* One writer: no read-modify-write needed. */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

struct event *
event_begin(struct event_ring *r, enum event_type type)
{
	struct event *e = ring_reserve(r->ring);

	if (e == NULL) {
		count(&r->lost);
		return NULL;
	}
	/* Texts and their room are valid up to the counts only; clearing them costs 13 KiB. */
	memset(e, 0, offsetof(struct event, text));
	e->type = (uint8_t)type;
	e->seq = event_made(r) + event_lost(r);
	return e;
}

/* Bytes at the end of text that begin a UTF-8 character and do not finish it. */
static size_t
unfinished(struct span text)
{
	for (size_t back = 1; back <= 3 && back <= text.len; back++) {
		uint8_t c = text.ptr[text.len - back];

		if ((c & 0xc0) == 0x80)
			continue;
		if ((c >= 0xc2 && c < 0xe0 && back < 2) || (c >= 0xe0 && c < 0xf0 && back < 3) ||
		    (c >= 0xf0 && c < 0xf5))
			return back;
		return 0;
	}
	return 0;
}

void
event_text(struct event *e, enum event_key key, struct span text)
{
	size_t room = EVENT_ROOM - e->room_used;
	struct event_text *t;
	bool cut;

	if (room > EVENT_TEXT_MAX)
		room = EVENT_TEXT_MAX;
	if (e->text_count == EVENT_TEXTS || (text.len > 0 && room == 0)) {
		if (e->text_lost < UINT16_MAX)
			e->text_lost++;
		return;
	}
	cut = text.len > room;
	if (cut) {
		text = span_take(text, room);
		text.len -= unfinished(text);
	}
	t = &e->text[e->text_count++];
	t->key = (uint8_t)key;
	t->cut = cut;
	t->off = e->room_used;
	t->len = (uint16_t)text.len;
	if (text.len > 0)
		memcpy(e->room + e->room_used, text.ptr, text.len);
	e->room_used += t->len;
}

void
event_commit(struct event_ring *r)
{
	ring_commit(r->ring);
	count(&r->made);
}

uint64_t
event_made(const struct event_ring *r)
{
	return atomic_load_explicit(&r->made, memory_order_relaxed);
}

uint64_t
event_lost(const struct event_ring *r)
{
	return atomic_load_explicit(&r->lost, memory_order_relaxed);
}

struct event *
event_peek(struct event_ring *r)
{
	return ring_peek(r->ring);
}

void
event_pop(struct event_ring *r)
{
	ring_pop(r->ring);
}

bool
event_text_get(const struct event *e, enum event_key key, int *i, struct span *text)
{
	for (int at = *i + 1; at < e->text_count; at++) {
		const struct event_text *t = &e->text[at];

		if (t->key != (uint8_t)key)
			continue;
		*i = at;
		*text = span_of(e->room + t->off, t->len);
		return true;
	}
	return false;
}
