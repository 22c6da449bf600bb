/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lib/mime: the same message in two cuts gives the same events, sizes add up, output is bounded.
 * The first byte of the input says how the second run is cut, the rest is the message.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mime.h"

#define EVENTS_MAX 4 /* a message byte, at most; and some */

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* What a run came to: sums that do not depend on the order of independent events. */
struct run {
	uint64_t headers, parts, urls, bodies, texts; /* hashes, in order of appearance */
	uint64_t body_bytes, part_bytes, header_bytes;
	size_t events;
	uint32_t oddities;
	bool open, ended;
};

static uint64_t
mix(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 0x100000001b3;
	return h;
}

static uint64_t
mix_span(uint64_t h, struct span s)
{
	return mix(mix(h, &s.len, sizeof(s.len)), s.ptr, s.len);
}

static void
part_event(struct run *r, const struct mime_event *ev)
{
	const struct mime_part *part = ev->part;
	bool begin = ev->kind == MIME_EV_PART_BEGIN;

	CHECK(r->open != begin);
	r->open = begin;
	r->parts = mix(r->parts, &part->number, sizeof(part->number));
	r->parts = mix(r->parts, &part->encoding, sizeof(part->encoding));
	r->parts = mix_span(mix_span(r->parts, part->type), part->filename);
	for (int i = 0; i < part->other_count; i++)
		r->parts = mix_span(r->parts, part->other_names[i]);
	CHECK(part->filename.len <= MIME_NAME_MAX && part->depth <= 32);
	if (begin) {
		r->part_bytes = 0;
		return;
	}
	CHECK(part->size == r->part_bytes);
	r->parts = mix(r->parts, &part->size, sizeof(part->size));
	r->parts = mix(r->parts, &part->closed, sizeof(part->closed));
	r->parts = mix(r->parts, part->sha1, part->digests & MIME_SHA1 ? sizeof(part->sha1) : 0);
}

static void
event(struct run *r, const struct mime_event *ev)
{
	CHECK(!r->ended);
	r->events++;
	switch (ev->kind) {
	case MIME_EV_HEADER:
		r->headers = mix(r->headers, &ev->part->number, sizeof(ev->part->number));
		r->headers = mix_span(mix_span(r->headers, ev->name), ev->value);
		r->headers = mix_span(r->headers, ev->written);
		r->header_bytes += ev->name.len + ev->written.len;
		break;
	case MIME_EV_HEADERS_END:
		r->headers = mix(r->headers, &ev->kind, sizeof(ev->kind));
		break;
	case MIME_EV_PART_BEGIN:
	case MIME_EV_PART_END:
		part_event(r, ev);
		break;
	case MIME_EV_BODY:
		CHECK(r->open && ev->bytes.len > 0);
		r->bodies = mix(r->bodies, ev->bytes.ptr, ev->bytes.len);
		r->body_bytes += ev->bytes.len;
		r->part_bytes += ev->bytes.len;
		break;
	case MIME_EV_TEXT:
		CHECK(r->open && ev->bytes.len > 0);
		r->texts = mix(r->texts, ev->bytes.ptr, ev->bytes.len);
		break;
	case MIME_EV_URL:
		CHECK(r->open || ev->value.len > 0);
		r->urls = mix_span(r->urls, ev->value);
		break;
	case MIME_EV_ODDITY:
		CHECK(!(r->oddities & 1u << ev->oddity));
		r->oddities |= 1u << ev->oddity;
		break;
	case MIME_EV_END:
		r->ended = true;
		r->bodies = mix(r->bodies, ev->body_md5, sizeof(ev->body_md5));
		break;
	}
}

static void
feed(struct run *r, struct mime_parser *p, struct span bytes)
{
	uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
	struct mime_event ev;

	CHECK(copy != NULL);
	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	mime_feed(p, span_of(copy, bytes.len));
	while (mime_next(p, &ev) == 1)
		event(r, &ev);
	free(copy);
}

/* cut 0: whole; 1..127: pieces of that size; above: pieces of sizes that the message's bytes give.
 */
static struct run
run(struct pool *pool, void *memory, struct span message, uint8_t cut, bool shallow)
{
	static const uint64_t depths[MIME_ENCODINGS] = { 40, 30, 20, 10, 0 };
	static struct mime_charsets *charsets;
	struct mime_limits limits = {
		.digests = MIME_SHA1, .body_md5 = true, .urls = true, .parts_max = 50
	};
	struct run r = { .headers = 0 };
	struct mime_parser *p;
	struct mime_event ev;

	if (charsets == NULL)
		charsets = mime_charsets_create();
	limits.charsets = charsets;
	limits.texts = true;
	limits.decode_depth = shallow ? depths : NULL;
	limits.contexts = mime_contexts_create(&limits, 1);
	p = mime_open(memory, &limits, pool);
	while (message.len > 0) {
		size_t n = cut == 0 ? message.len : cut < 128 ? cut : 1u + message.ptr[0] % cut;

		feed(&r, p, span_take(message, n));
		message = span_skip(message, n);
	}
	mime_finish(p);
	while (mime_next(p, &ev) == 1)
		event(&r, &ev);
	mime_close(p);
	mime_contexts_destroy(limits.contexts);
	CHECK(r.ended && !r.open && pool_used(pool) == 0);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pool *pool;
	static void *memory;
	struct run a, b;

	if (pool == NULL) {
		pool = pool_create("lines", MIME_LINE_SIZE, 16, 0);
		memory = malloc(mime_size());
	}
	if (size == 0)
		return 0;
	a = run(pool, memory, span_of(data + 1, size - 1), 0, data[0] & 1);
	b = run(pool, memory, span_of(data + 1, size - 1), data[0] > 0 ? data[0] : 1,
		data[0] & 1);
	CHECK(a.headers == b.headers && a.parts == b.parts && a.urls == b.urls);
	CHECK(a.texts == b.texts);
	CHECK(a.bodies == b.bodies && a.body_bytes == b.body_bytes);
	CHECK(a.oddities == b.oddities);
	CHECK(a.header_bytes <= size);
	CHECK(a.body_bytes <= 2 * size + 64); /* a uuencoded line may have lost blanks at its end */
	CHECK(a.events <= EVENTS_MAX * size + 64);
	return 0;
}
