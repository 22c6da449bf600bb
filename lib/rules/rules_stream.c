/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bodies, piece by piece. In: bytes of smtp.data, file.data or mime.text; out: bits in
 * rules_tx.matched for the groups that hold. Called by the inspector before the event that carries
 * the piece; the event itself only looks at the bits. It judges no rule.
 *
 * rules_chain.c says why what is kept here is enough. The matcher promises no order within a scan,
 * so its reports are sorted by their ends; pieces are cut so that they fit the worker's list.
 */
#include "rules_set.h"

/* ---- the worker's list of reports ---- */

static bool
on_found(void *ctx, unsigned id, uint64_t end)
{
	struct rules_worker *w = ctx;

	if (w->found_count == RULES_FOUND) {
		w->found_lost = true;
		return false;
	}
	w->found[w->found_count++] = (struct rules_found){ .end = end, .pattern = id };
	return false;
}

/* Shell sort: in place, without malloc, and nearly free on what is nearly in order. */
static void
sort_found(struct rules_found *f, uint32_t count)
{
	for (uint32_t gap = count > 64 ? 1093 : 1; gap > 0; gap /= 3) {
		for (uint32_t i = gap; i < count; i++) {
			struct rules_found one = f[i];
			uint32_t k = i;

			for (; k >= gap && f[k - gap].end > one.end; k -= gap)
				f[k] = f[k - gap];
			f[k] = one;
		}
	}
}

/* ---- states ---- */

enum { OF_DATA, OF_FILE, OF_TEXT, OF_CONVERTED }; /* streams of a transaction */

static unsigned
which_of(enum rules_field f)
{
	return f == RULES_DATA ? OF_DATA : f == RULES_FILE_DATA ? OF_FILE : OF_TEXT;
}

static const struct set_field *
field_of(const struct rules_set *set, unsigned which)
{
	static const enum rules_field of[RULES_STREAMS] = {
		RULES_DATA, RULES_FILE_DATA, RULES_MIME_TEXT, RULES_MIME_TEXT
	};

	return &set->field[of[which]];
}

struct stream {
	struct rules_worker *w;
	struct rules_tx *tx;
	struct arena *arena;
	const struct set_field *field;
	struct rules_positions *pos;
	unsigned which; /* in rules_positions */
	bool changed;
};

static struct stream_state *
state_find(const struct stream *s, uint32_t group)
{
	struct stream_state *st = s->pos->state[s->which][group % RULES_STATE_LISTS];

	while (st != NULL && st->group != group)
		st = st->next;
	return st;
}

static struct stream_state *
state_get(struct stream *s, uint32_t group)
{
	struct stream_state **list = &s->pos->state[s->which][group % RULES_STATE_LISTS];
	struct stream_state *st = state_find(s, group);
	size_t size = sizeof(*st) + s->w->set->group[group].state_words * sizeof(uint64_t);

	if (st != NULL)
		return st;
	st = arena_alloc(s->arena, size);
	if (st == NULL) {
		s->tx->limit = true;
		return NULL;
	}
	memset(st, 0, size);
	st->group = group;
	st->next = *list;
	*list = st;
	return st;
}

uint32_t
rules_stream_done(const struct rules_set *set, const struct rules_tx *tx, uint32_t group,
		  uint64_t *total)
{
	struct stream s = { .pos = tx->positions,
			    .which = which_of(set->group[group].group->field) };
	const struct stream_state *st;

	*total = 0;
	if (s.pos == NULL)
		return 0;
	if (s.which == OF_TEXT && s.pos->begun[OF_CONVERTED])
		s.which = OF_CONVERTED;
	*total = s.pos->total[s.which];
	st = state_find(&s, group);
	return st != NULL ? st->done : 0;
}

/* ---- rings of ends ---- */

static void
ring_add(uint64_t *ring, uint32_t size, uint64_t end)
{
	uint64_t *place;

	if (size == 0) { /* the first is the best */
		if (ring[0] == 0)
			ring[0] = end + 1;
		return;
	}
	place = &ring[2 + ring[1] % size];
	if (ring[1]++ >= size)
		ring[0] = *place + 1;
	*place = end;
}

/* Is there an end p with low <= p <= high? The newest one not above high is asked. */
static bool
ring_has(const uint64_t *ring, uint32_t size, uint64_t low, uint64_t high)
{
	uint64_t kept = size == 0 ? 0 : ring[1] < size ? ring[1] : size;

	for (uint64_t i = 1; i <= kept; i++) {
		uint64_t end = ring[2 + (ring[1] - i) % size];

		if (end <= high)
			return end >= low;
	}
	return ring[0] != 0 && ring[0] - 1 <= high && ring[0] - 1 >= low;
}

/* ---- one report ---- */

static void
group_holds(struct stream *s, uint32_t group)
{
	uint32_t memory = s->w->set->group[group].memory;

	if (!rules_memory_test(s->tx, memory))
		s->changed |= rules_memory_set(s->w->set, s->tx, s->arena, memory);
}

/* The content ends in the right distance from the one before it. */
static bool
follows(const struct stream *s, const struct stream_state *st, const struct set_part *part,
	const struct rules_content *c, uint64_t end)
{
	const struct set_part *before = &s->w->set->part[part->before];
	uint64_t distance = (uint64_t)c->distance.n, offset = (uint64_t)c->offset.n;
	uint64_t near = c->bytes.len + distance, far = distance + (uint64_t)c->within.n;

	if (end < near || (c->has_offset && end < offset + c->bytes.len) ||
	    (c->has_depth && end > offset + (uint64_t)c->depth.n))
		return false;
	return ring_has(st->word + before->ring, before->ring_size,
			c->has_within && end > far ? end - far : 0, end - near);
}

static void
part_matched(struct stream *s, const struct set_part *part, uint64_t end)
{
	const struct set_group *sg = &s->w->set->group[part->group];
	struct stream_state *st;

	if (sg->simple) {
		group_holds(s, part->group);
		return;
	}
	/* A relative content without a beginning needs no state of its own. */
	st = part->before != RULES_NONE ? state_find(s, part->group) : state_get(s, part->group);
	if (st == NULL || (part->before != RULES_NONE &&
			   !follows(s, st, part, &sg->group->cond[part->cond].content, end)))
		return;
	if (!part->last) {
		ring_add(st->word + part->ring, part->ring_size, end);
		return;
	}
	st->done |= UINT32_C(1) << part->chain;
	if (!sg->at_end && (st->done & sg->chains) == sg->chains)
		group_holds(s, part->group);
}

/* Reports of the matcher, by their ends. */
static void
digest(struct stream *s)
{
	struct rules_worker *w = s->w;

	if (s->field->positions)
		sort_found(w->found, w->found_count);
	for (uint32_t i = 0; i < w->found_count; i++) {
		uint32_t id = w->found[i].pattern;

		for (uint32_t u = s->field->first[id]; u < s->field->first[id + 1]; u++)
			part_matched(s, &w->set->part[s->field->user[u]], w->found[i].end);
	}
	if (w->found_lost)
		s->tx->limit = true;
	w->found_count = 0;
	w->found_lost = false;
}

/* ---- entries ---- */

static bool
stream_open(struct stream *s)
{
	struct match_stream **st = &s->tx->stream[s->which];

	if (s->tx->positions == NULL) {
		s->tx->positions = arena_alloc(s->arena, sizeof(*s->tx->positions));
		if (s->tx->positions == NULL)
			return false;
		memset(s->tx->positions, 0, sizeof(*s->tx->positions));
	}
	s->pos = s->tx->positions;
	s->pos->arena = s->arena;
	s->pos->begun[s->which] = true;
	if (s->field->db != NULL && *st == NULL)
		*st = match_stream_open(s->field->db, s->w->scratch);
	return s->field->db == NULL || *st != NULL;
}

static bool
body(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx, unsigned which,
     struct span bytes, struct arena *arena)
{
	const struct set_field *f = field_of(w->set, which);
	struct stream s = { .w = w, .tx = tx, .arena = arena, .field = f, .which = which };

	if (f->memory_begin == f->memory_end || rules_unasked(w, f, flow))
		return false;
	/* Bytes behind the end of the message cannot be: nothing is let go unseen. */
	if ((which == OF_DATA && tx->positions != NULL && tx->positions->data_done) ||
	    !stream_open(&s)) {
		tx->limit = true;
		return true;
	}
	s.pos->total[s.which] += bytes.len;
	while (f->db != NULL && bytes.len > 0) {
		struct span piece = f->positions ? span_take(bytes, RULES_PIECE) : bytes;

		w->scans++;
		if (match_stream_scan(tx->stream[s.which], w->scratch, piece, on_found, w) != 0)
			tx->limit = true;
		digest(&s);
		bytes = span_skip(bytes, piece.len);
	}
	return s.changed || tx->limit;
}

bool
rules_body(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx,
	   enum rules_field field, struct span bytes, struct arena *arena)
{
	return body(w, flow, tx, which_of(field), bytes, arena);
}

bool
rules_converted(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx,
		struct span bytes, struct arena *arena)
{
	return body(w, flow, tx, OF_CONVERTED, bytes, arena);
}

/* Conditions that only the end decides. */
static bool
holds_at_end(const struct stream *s, uint32_t group)
{
	const struct set_group *sg = &s->w->set->group[group];
	const struct stream_state *st = state_find(s, group);
	uint32_t done = st != NULL ? st->done : 0;
	int64_t total = (int64_t)s->pos->total[s->which];

	if ((done & sg->chains) != sg->chains || (done & sg->forbidden) != 0)
		return false;
	for (unsigned i = 0; i < sg->group->cond_count; i++) {
		const struct rules_cond *c = &sg->group->cond[i];

		if (c->kind == RULES_COND_BSIZE &&
		    rules_in_ranges(c->num.range, c->num.count, c->num.invert, total) == c->negated)
			return false;
		if (c->kind == RULES_COND_ISDATAAT && (c->isdataat.n.n < (int64_t)total) == c->negated)
			return false;
	}
	return true;
}

static void
states_clear(struct stream *s)
{
	for (unsigned i = 0; i < RULES_STATE_LISTS; i++) {
		for (struct stream_state *st = s->pos->state[s->which][i]; st != NULL;
		     st = st->next) {
			st->done = 0;
			memset(st->word, 0,
			       s->w->set->group[st->group].state_words * sizeof(uint64_t));
		}
	}
	s->pos->total[s->which] = 0;
	s->pos->begun[s->which] = false;
}

static void
stream_end(struct rules_worker *w, struct rules_tx *tx, unsigned which, struct arena *arena)
{
	struct stream s = { .w = w,
			    .tx = tx,
			    .arena = arena,
			    .field = field_of(w->set, which),
			    .pos = tx->positions,
			    .which = which };
	struct match_stream **st = &tx->stream[s.which];

	if (s.pos == NULL || !s.pos->begun[s.which])
		return;
	if (*st != NULL) {
		match_stream_close(*st, w->scratch, on_found, w);
		*st = NULL;
		digest(&s);
	}
	for (uint32_t i = 0; i < s.field->plain_count; i++)
		if (holds_at_end(&s, s.field->plain[i]))
			group_holds(&s, s.field->plain[i]);
	states_clear(&s);
	s.pos->data_done |= which == OF_DATA;
}

void
rules_message_end(struct rules_worker *w, struct rules_tx *tx, bool had_data, struct arena *arena)
{
	/* A message without a byte is an empty value. */
	if (had_data && (tx->positions == NULL || !tx->positions->data_done))
		rules_body(w, NULL, tx, RULES_DATA, SPAN_NONE, arena);
	for (unsigned i = 0; i < RULES_STREAMS; i++)
		stream_end(w, tx, i, arena);
}

/* Groups of one rule about files must match on the same file; when they have, that is kept. */
static void
latch_files(struct rules_worker *w, struct rules_tx *tx, const struct set_rule *sr,
	    struct arena *arena)
{
	const struct set_group *sg = &w->set->group[sr->first_group];
	bool all = true;

	for (uint32_t i = 0; i < sr->group_count; i++)
		if (sg[i].role & RULES_ROLE_FILE)
			all &= bit_test(tx->matched, sg[i].memory);
	if (all)
		rules_memory_set(w->set, tx, arena, sr->latch);
	for (uint32_t i = 0; i < sr->group_count; i++)
		if (sg[i].role & RULES_ROLE_FILE)
			bit_clear(tx->matched, sg[i].memory);
}

void
rules_file_begin(struct rules_worker *w, struct rules_tx *tx)
{
	struct arena *arena = tx->positions != NULL ? tx->positions->arena : NULL;

	stream_end(w, tx, OF_FILE, arena);
	if (tx->matched == NULL)
		return;
	for (uint32_t i = 0; i < w->set->latch_count; i++)
		latch_files(w, tx, &w->set->rule[w->set->latch_rule[i]], arena);
}

void
rules_text_begin(struct rules_worker *w, struct rules_tx *tx)
{
	struct arena *arena = tx->positions != NULL ? tx->positions->arena : NULL;

	stream_end(w, tx, OF_TEXT, arena);
	stream_end(w, tx, OF_CONVERTED, arena);
}

void
rules_tx_close(struct rules_worker *w, struct rules_tx *tx)
{
	for (unsigned i = 0; i < RULES_STREAMS; i++) {
		if (tx->stream[i] != NULL)
			match_stream_close(tx->stream[i], w->scratch, NULL, NULL);
		tx->stream[i] = NULL;
	}
	memset(tx, 0, sizeof(*tx));
}
