/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Content without a sticky buffer on a stream. In: a window on the bytes of one direction, of which
 * some are new. Out: candidate groups, and what of the window a rule looks at. Called while frames
 * are judged. It keeps no bytes.
 *
 * The matcher sees new bytes only, and as many before them as a content may need. A group is judged
 * when one of its contents is new and it has them all in the window; when more than contents decides
 * it, on each piece as long as it has them.
 */
#include "rules_set.h"

bool
rules_view_holds(const struct rules_packet *p, const struct rule *r)
{
	const struct rules_stream *s = p->ordered;

	if (s == NULL)
		return !p->covered || (r->views & RULES_VIEW_FRAME) != 0;
	if ((r->views & RULES_VIEW_STREAM) != 0)
		return true;
	/* The first piece of all has been looked at as a frame. */
	return (r->views & RULES_VIEW_START) != 0 && s->begin == 0 &&
	       (s->judged > 0 || (r->views & RULES_VIEW_FRAME) == 0);
}

struct collect {
	struct rules_worker *w;
	struct rules_stream *stream;
	void (*touch)(struct rules_worker *w, uint32_t group);
};

/* Are all contents of the group in the window, as far as is known? */
static bool
has_needs(const struct collect *c, const struct set_group *sg)
{
	for (uint32_t i = sg->need; i < sg->need + sg->need_count; i++)
		if (!bit_test(c->stream->live[0], i) && !bit_test(c->stream->live[1], i))
			return false;
	return true;
}

static bool
on_content(void *ctx, unsigned id, uint64_t end)
{
	const struct collect *c = ctx;
	const struct rules_set *set = c->w->set;

	for (uint32_t i = set->ordered.first[id]; i < set->ordered.first[id + 1]; i++) {
		uint32_t need = set->ordered.user[i], group = set->need_group[need];

		bit_set(c->stream->live[0], need);
		if (has_needs(c, &set->group[group]))
			c->touch(c->w, group);
	}
	return false;
}

/* What was found before this piece: more than contents decides some groups. */
static void
collect_open(const struct collect *c)
{
	const struct rules_set *set = c->w->set;

	for (size_t i = 0; i < rules_stream_words(set); i++) {
		uint64_t bits = c->stream->live[0][i] | c->stream->live[1][i];

		for (; bits != 0; bits &= bits - 1) {
			uint32_t need = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(bits);
			uint32_t group = set->need_group[need];
			const struct set_group *sg = &set->group[group];

			if (sg->open && sg->need == need && has_needs(c, sg))
				c->touch(c->w, group);
		}
	}
}

bool
rules_window_collect(struct rules_worker *w, const struct rules_packet *p,
		     void (*touch)(struct rules_worker *w, uint32_t group))
{
	const struct rules_set *set = w->set;
	struct rules_stream *s = p->ordered;
	struct collect c = { w, s, touch };
	size_t from = s->judged > set->overlap ? s->judged - set->overlap : 0;

	if (p->payload.len == 0)
		return true;
	if (set->ordered.db != NULL) {
		w->scans++;
		if (match_block(set->ordered.db, w->scratch, span_skip(p->payload, from),
				on_content, &c) != 0)
			return false;
	}
	collect_open(&c);
	for (uint32_t i = 0; i < set->eager_count; i++)
		touch(w, set->eager[i]);
	return true;
}

size_t
rules_stream_words(const struct rules_set *set)
{
	bool asked = (set->views & (RULES_VIEW_STREAM | RULES_VIEW_START)) != 0;

	return asked ? set->need_count / 64 + 1 : 0;
}

void
rules_stream_slide(const struct rules_set *set, struct rules_stream *s, size_t gone, size_t kept)
{
	uint64_t *old = s->live[1];

	s->begin += gone;
	s->judged -= gone;
	if (s->begin + s->judged - s->turned < kept)
		return; /* what live[1] knows may be in the window yet */
	memset(old, 0, rules_stream_words(set) * sizeof(*old));
	s->live[1] = s->live[0];
	s->live[0] = old;
	s->turned = s->begin + s->judged;
}

struct span
rules_unseen(const struct rules_packet *p, const struct rule *r)
{
	const struct rules_stream *s = p->ordered;

	if (s == NULL || (r->views & RULES_VIEW_STREAM) == 0)
		return p->payload;
	for (unsigned i = 0; i < RULES_STREAM_SEEN; i++)
		if (s->seen[i].rule == r->pub.index && s->seen[i].end > s->begin)
			return span_skip(p->payload, s->seen[i].end - s->begin);
	return p->payload;
}

/*
 * A second match behind the first is told; the first is told once. Without a free place the oldest
 * gives way: then its match may be told again, but none is missed.
 */
void
rules_seen(const struct rules_judge *j, const struct rule *r)
{
	struct rules_stream *s = j->packet->ordered;
	unsigned at = 0;

	if (s == NULL || j->tx != NULL || (r->views & RULES_VIEW_STREAM) == 0)
		return;
	for (unsigned i = 0; i < RULES_STREAM_SEEN; i++) {
		if (s->seen[i].end > 0 && s->seen[i].rule == r->pub.index) {
			at = i;
			break;
		}
		if (s->seen[i].end < s->seen[at].end)
			at = i;
	}
	s->seen[at].rule = r->pub.index;
	s->seen[at].end = s->begin + j->packet->payload.len;
}
