/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The newest bytes of each direction in order, for rules without a sticky buffer. In: spans before
 * inspection has them, perhaps the same again. Out: each new byte was judged together with
 * ENGINE_STREAM_WINDOW bytes before it, before it can leave. It judges nothing itself.
 */
#include "engine_internal.h"

bool
engine_stream_begin(struct engine *e, struct conn *c)
{
	size_t words = rules_stream_words(e->policy->rules);
	struct engine_stream *s;

	if (e->streams == NULL || c->stream != NULL)
		return true;
	s = c->stream = pool_get(e->streams);
	if (s == NULL)
		return false;
	memset(s->side, 0, sizeof(s->side));
	memset(s->end, 0, sizeof(s->end));
	memset(s->live, 0, 4 * words * sizeof(*s->live));
	for (unsigned i = 0; i < 4; i++)
		s->side[i / 2].live[i % 2] = s->live + i * words;
	return true;
}

void
engine_stream_end(struct engine *e, struct conn *c)
{
	if (c->stream != NULL)
		pool_put(e->streams, c->stream);
	c->stream = NULL;
}

/* The piece behind what is kept; the window's worth before it stays. */
static struct span
append(struct engine *e, struct engine_stream *s, unsigned dir, struct span piece)
{
	struct rules_stream *side = &s->side[dir];
	uint8_t *bytes = s->bytes[dir];
	size_t len = s->end[dir] - side->begin;

	side->judged = len;
	if (len + piece.len > sizeof(s->bytes[dir])) {
		size_t gone = len - ENGINE_STREAM_WINDOW;

		memmove(bytes, bytes + gone, ENGINE_STREAM_WINDOW);
		rules_stream_slide(e->policy->rules, side, gone, ENGINE_STREAM_WINDOW);
		len = ENGINE_STREAM_WINDOW;
	}
	memcpy(bytes + len, piece.ptr, piece.len);
	s->end[dir] += piece.len;
	return span_of(bytes, len + piece.len);
}

/* Behind a hole in a record nothing is known of what stood before. */
static void
restart(struct engine *e, struct engine_stream *s, unsigned dir, uint64_t offset)
{
	struct rules_stream *side = &s->side[dir];
	size_t bytes = rules_stream_words(e->policy->rules) * sizeof(*side->live[0]);

	memset(side->live[0], 0, bytes);
	memset(side->live[1], 0, bytes);
	side->begin = side->turned = s->end[dir] = offset;
}

bool
engine_stream_bytes(struct engine *e, struct engine_frame *f, unsigned dir, struct span bytes,
		    uint64_t offset)
{
	struct engine_stream *s = f->c->stream;

	if (s == NULL || offset + bytes.len <= s->end[dir])
		return true;
	if (offset > s->end[dir])
		restart(e, s, dir, offset);
	bytes = span_skip(bytes, s->end[dir] - offset);
	while (bytes.len > 0) {
		struct span piece = span_take(bytes, ENGINE_STREAM_WINDOW);
		struct span window = append(e, s, dir, piece);

		e->offset = s->end[dir];
		if (!engine_stream_rules(e, f, dir, window))
			return false;
		e->offset = 0;
		bytes = span_skip(bytes, piece.len);
	}
	return true;
}
