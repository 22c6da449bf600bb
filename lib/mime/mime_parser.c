/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parser's frame: memory, feeding, and the loop that turns steps into events. In: message
 * bytes; out: one event a call. inspect calls this. What the bytes mean is decided in the other
 * files; the layers are explained in mime_internal.h.
 */
#include "mime_internal.h"

#include <assert.h>

#define HEADER_MAX (1024 * 1024)
#define PARTS_MAX 1000
#define PARTS_BOUND 65000 /* numbers have 16 bits, and the last parts go on a little */
#define URLS_MAX 256

_Static_assert(MIME_ODDITY_COUNT <= 32, "oddities are kept as bits");

size_t
mime_size(void)
{
	return sizeof(struct mime_parser);
}

struct mime_parser *
mime_open(void *memory, const struct mime_limits *limits, struct pool *lines)
{
	struct mime_parser *p = memory;

	assert(pool_object_size(lines) >= MIME_LINE_SIZE);
	memset(p, 0, sizeof(*p));
	p->limits = *limits;
	if (p->limits.header_max == 0)
		p->limits.header_max = HEADER_MAX;
	if (p->limits.depth_max == 0 || p->limits.depth_max > MIME_DEPTH_MAX)
		p->limits.depth_max = MIME_DEPTH_MAX;
	if (p->limits.parts_max == 0)
		p->limits.parts_max = PARTS_MAX;
	if (p->limits.parts_max > PARTS_BOUND)
		p->limits.parts_max = PARTS_BOUND;
	if (p->limits.urls_max == 0)
		p->limits.urls_max = URLS_MAX;
	p->pool = lines;
	p->layer[0].where = MIME_AT_BEGIN;
	p->layer[0].begin = true;
	mime_digest_open(p);
	return p;
}

void
mime_close(struct mime_parser *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < MIME_LAYERS_MAX; i++) {
		pool_put(p->pool, p->layer[i].field);
		pool_put(p->pool, p->layer[i].out);
	}
	pool_put(p->pool, p->unfolded);
	pool_put(p->pool, p->utf8.out);
	mime_digest_close(p);
}

void
mime_feed(struct mime_parser *p, struct span bytes)
{
	assert(p->layer[0].in.len == 0 && !p->layer[0].ending);
	p->layer[0].in = bytes;
	p->fed += bytes.len;
	if (p->body_begun)
		mime_digest_body_add(p, bytes);
}

void
mime_finish(struct mime_parser *p)
{
	p->layer[0].ending = true;
}

/* Message bytes taken so far; inside an encoded container, those of the container. */
uint64_t
mime_offset(const struct mime_parser *p)
{
	return p->fed - p->layer[0].in.len;
}

/* Once a kind and message. */
void
mime_odd(struct mime_parser *p, enum mime_oddity oddity)
{
	uint32_t bit = 1u << oddity;

	if (p->odd_seen & bit)
		return;
	p->odd_seen |= bit;
	p->odd_pending |= bit;
	p->odd_at[oddity] = mime_offset(p);
}

struct mime_event *
mime_queue(struct mime_parser *p, enum mime_kind kind)
{
	struct mime_event *ev = &p->queue[p->queue_count++];

	assert(p->queue_count <= MIME_QUEUE_SIZE);
	*ev = (struct mime_event){ .kind = kind, .offset = mime_offset(p), .part = &p->part };
	ev->end = ev->offset;
	return ev;
}

/* *buffer, taken from the pool when it is the first time. NULL: the pool is empty. */
uint8_t *
mime_buffer(struct mime_parser *p, uint8_t **buffer)
{
	if (*buffer == NULL)
		*buffer = pool_get(p->pool);
	if (*buffer == NULL)
		mime_odd(p, MIME_ODD_NO_BUFFER);
	return *buffer;
}

/* A layer above that reads what the top one decodes. Its buffers, if it had some, stay. */
void
mime_layer_push(struct mime_parser *p, enum mime_where where)
{
	struct mime_layer *y = &p->layer[++p->top];
	uint8_t *field = y->field, *out = y->out;

	*y = (struct mime_layer){ .where = where, .base = p->levels, .begin = true };
	y->field = field;
	y->out = out;
}

/* The top layer is over: its levels end, and the one below goes on. */
static void
layer_pop(struct mime_parser *p)
{
	struct mime_layer *y = &p->layer[p->top];
	bool other = false; /* the reading of the layer below held, so this one found nothing */

	if (p->top > 0)
		other = y[-1].delimiter.found && y[-1].delimiter.level + 1 == y->base;
	while (p->levels > y->base) {
		const struct mime_level *l = &p->level[p->levels - 1];

		if (l->kind == MIME_MULTIPART && !l->closed && !other)
			mime_odd(p, MIME_ODD_MISSING_CLOSE);
		if (l->kind == MIME_MULTIPART && p->levels == y->base + 1 && y->base > 0)
			p->level[y->base - 1].closed = true; /* one multipart, read twice */
		mime_level_pop(p);
	}
	if (p->top > 0) {
		p->top--;
		y[-1].where = MIME_AT_BETWEEN;
	}
}

/* A header block begins; beyond the limit the rest is one body. */
static void
begin_entity(struct mime_parser *p, struct mime_layer *y)
{
	y->header_bytes = 0;
	if (p->entities < p->limits.parts_max) {
		mime_heads_begin(p);
		y->where = MIME_AT_HEADER;
		return;
	}
	mime_odd(p, MIME_ODD_PARTS);
	mime_heads_begin(p);
	p->flat = true;
	p->part.is_text = true;
	mime_body_begin(p, y, MIME_AT_BODY);
}

static void
end_message(struct mime_parser *p)
{
	struct mime_event *ev;

	layer_pop(p);
	ev = mime_queue(p, MIME_EV_END);
	ev->part = NULL;
	mime_digest_body_end(p, ev->body_md5);
	p->layer[0].where = MIME_AT_END;
}

/* The rest of a delimiter's line that was too long to hold. */
static bool
skip_line(struct mime_layer *y)
{
	const uint8_t *lf = y->in.len > 0 ? memchr(y->in.ptr, '\n', y->in.len) : NULL;

	y->skip = lf == NULL;
	y->in = lf != NULL ? span_skip(y->in, (size_t)(lf - y->in.ptr) + 1) : SPAN_NONE;
	return !y->skip;
}

/* One step of one layer; false: it needs bytes, or is over. */
static bool
layer_step(struct mime_parser *p, struct mime_layer *y)
{
	if (y->skip && !skip_line(y) && !y->ending)
		return false;
	switch (y->where) {
	case MIME_AT_FLUSH:
		return mime_body_flush(p, y);
	case MIME_AT_CLOSE:
		mime_body_close(p, y);
		return true;
	case MIME_AT_DRAIN:
		mime_deliver(p, y, mime_decoder_end(p, y));
		y->where = MIME_AT_WAIT;
		return true;
	case MIME_AT_WAIT:
		y[1].ending = true;
		return true;
	case MIME_AT_END:
		return false;
	default:
		break;
	}
	if (y->delimiter.found)
		return mime_delimiter_step(p, y);
	switch (y->where) {
	case MIME_AT_BEGIN:
		begin_entity(p, y);
		return true;
	case MIME_AT_HEADER:
		return mime_header_step(p, y);
	case MIME_AT_BETWEEN:
		if (y == p->layer)
			end_message(p);
		else
			layer_pop(p);
		return true;
	default:
		return mime_body_step(p, y);
	}
}

/* One step of the highest layer that can move. */
static bool
step(struct mime_parser *p)
{
	for (int i = p->top; i >= 0; i--) {
		if (layer_step(p, &p->layer[i]))
			return true;
	}
	return false;
}

static void
give_oddity(struct mime_parser *p, struct mime_event *ev)
{
	enum mime_oddity o = (enum mime_oddity)__builtin_ctz(p->odd_pending);

	p->odd_pending &= p->odd_pending - 1;
	*ev = (struct mime_event){ .kind = MIME_EV_ODDITY,
				   .oddity = o,
				   .offset = p->odd_at[o],
				   .end = p->odd_at[o],
				   .part = &p->part };
}

int
mime_next(struct mime_parser *p, struct mime_event *ev)
{
	do {
		if (p->odd_pending != 0) {
			give_oddity(p, ev);
			return 1;
		}
		if (p->queue_from < p->queue_count) {
			*ev = p->queue[p->queue_from++];
			return 1;
		}
		p->queue_from = p->queue_count = 0;
		if (p->limits.texts && mime_utf8_next(p, ev))
			return 1;
		if ((p->url_in.len > 0 || p->url_flush) && mime_url_next(p, ev))
			return 1;
	} while (step(p) || p->odd_pending != 0);
	return 0;
}
