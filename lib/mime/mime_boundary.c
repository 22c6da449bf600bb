/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open containers and their delimiters (RFC 2046 5.1). In: line begins; out: which level a
 * delimiter belongs to, and the closing of all that lies deeper. mime_header.c and mime_body.c ask
 * at each line's begin. Nothing here decodes.
 *
 * A line is a delimiter when it begins with "--" and an open boundary. Readers differ on what may
 * follow (RFC 2046 asks for no exact match; many readers do): an exact one of any level is taken
 * first, then the longest that fits, which is an oddity. One multipart can have several boundaries
 * when its header can be read in several ways.
 */
#include "mime_internal.h"

bool
mime_level_push(struct mime_parser *p, enum mime_entity kind)
{
	if (p->levels == MIME_DEPTH_MAX || p->levels >= p->limits.depth_max)
		return false;
	p->level[p->levels++] = (struct mime_level){
		.kind = kind,
		.digest = p->heads.digest,
		.boundaries = (uint8_t)(p->boundaries - p->heads.boundaries),
		.text = p->heads.boundaries > 0
				? p->boundary[p->boundaries - p->heads.boundaries].at
				: p->boundary_used,
	};
	p->heads.boundaries = 0;
	return true;
}

void
mime_level_pop(struct mime_parser *p)
{
	const struct mime_level *l = &p->level[--p->levels];

	p->boundaries = l->boundaries;
	p->boundary_used = l->text;
}

/* A boundary of the multipart whose header is being read; its level is the next. */
void
mime_boundary_add(struct mime_parser *p, struct span text)
{
	struct mime_boundary *b = &p->boundary[p->boundaries];

	for (int i = 1; i <= p->heads.boundaries; i++) {
		const struct mime_boundary *old = &p->boundary[p->boundaries - i];

		if (span_eq(span_of(p->boundary_text + old->at, old->len),
			    span_take(text, MIME_BOUNDARY_MAX)))
			return;
	}
	text = span_take(text, MIME_BOUNDARY_MAX);
	if (text.len == 0)
		return;
	if (p->boundaries == MIME_BOUNDARIES_MAX ||
	    text.len > sizeof(p->boundary_text) - p->boundary_used) {
		mime_odd(p, MIME_ODD_DEPTH);
		return;
	}
	*b = (struct mime_boundary){ .at = p->boundary_used,
				     .len = (uint8_t)text.len,
				     .level = p->levels };
	memcpy(p->boundary_text + b->at, text.ptr, text.len);
	p->boundary_used += (uint16_t)text.len;
	p->boundaries++;
	p->heads.boundaries++;
}

/* The entity turned out to be no multipart. */
void
mime_boundary_drop(struct mime_parser *p)
{
	for (; p->heads.boundaries > 0; p->heads.boundaries--)
		p->boundary_used = p->boundary[--p->boundaries].at;
}

/* The boundaries whose delimiters can appear in this layer's bytes end here; they begin where the
 * level falls below y->base. */
static int
own_end(const struct mime_parser *p, const struct mime_layer *y)
{
	bool is_top = y == &p->layer[p->top];
	int end = p->flat ? 0 : p->boundaries;

	while (!is_top && end > 0 && p->boundary[end - 1].level >= y[1].base)
		end--;
	return end;
}

bool
mime_bounded(const struct mime_parser *p, const struct mime_layer *y)
{
	int end = own_end(p, y);

	return end > 0 && p->boundary[end - 1].level >= y->base;
}

static bool
blank_tail(struct span s)
{
	size_t n = 0;

	while (n < s.len && (s.ptr[n] == ' ' || s.ptr[n] == '\t' || s.ptr[n] == '\r'))
		n++;
	return n == s.len || s.ptr[n] == '\n';
}

/* line is a whole line, or as much of one as is kept. */
struct mime_delimiter
mime_delimiter_of(const struct mime_parser *p, const struct mime_layer *y, struct span line)
{
	struct mime_delimiter best = { .found = false };
	size_t best_len = 0;

	if (!span_starts(line, SPAN_LIT("--")))
		return best;
	line = span_skip(line, 2);
	for (int i = own_end(p, y) - 1; i >= 0 && p->boundary[i].level >= y->base; i--) {
		const struct mime_boundary *b = &p->boundary[i];
		struct span text = span_of(p->boundary_text + b->at, b->len);
		struct mime_delimiter d = { .found = true, .level = b->level };
		struct span tail;

		if (!span_starts(line, text))
			continue;
		tail = span_skip(line, text.len);
		d.close = span_starts(tail, SPAN_LIT("--"));
		d.exact = blank_tail(d.close ? span_skip(tail, 2) : tail);
		if (!best.found || d.exact > best.exact ||
		    (d.exact == best.exact && b->len > best_len)) {
			best = d;
			best_len = b->len;
		}
	}
	return best;
}

/* Could these first bytes of a line still become something that must be seen whole? */
static bool
interesting(const struct mime_parser *p, const struct mime_layer *y, struct span s)
{
	const struct span begin = SPAN_LIT("begin ");

	if (y->where == MIME_AT_HEADER && s.ptr[0] == '\r')
		return s.ptr[s.len - 1] == '\r';
	if (y->where == MIME_AT_BODY && p->uu != MIME_UU_OFF) {
		if (mime_uu_wants_all(p) ||
		    (mime_uu_looks(p) &&
		     span_starts(span_take(s, begin.len), span_take(begin, s.len))))
			return true;
	}
	if (s.ptr[0] != '-')
		return false;
	for (int i = own_end(p, y) - 1; i >= 0 && p->boundary[i].level >= y->base; i--) {
		const struct mime_boundary *b = &p->boundary[i];
		struct span text = span_of(p->boundary_text + b->at, b->len);

		if (s.len < 2 || (s.ptr[1] == '-' && span_starts(span_take(span_skip(s, 2), b->len),
								 span_take(text, s.len - 2))))
			return true;
	}
	return false;
}

/*
 * At a line's begin: set the line aside when it may be a delimiter (or what else the state wants
 * whole). True: y->line holds a line, or the part of one that showed that it is nothing special
 * (y->whole). False: more bytes are needed. The line may lie in the input or in y->hold.
 */
bool
mime_gather(struct mime_parser *p, struct mime_layer *y)
{
	size_t room = sizeof(y->hold) - y->held;
	size_t len = y->in.len < room ? y->in.len : room;
	const uint8_t *lf = len > 0 ? memchr(y->in.ptr, '\n', len) : NULL;
	size_t n = lf != NULL ? (size_t)(lf - y->in.ptr) + 1 : len;

	if (y->held == 0 && lf != NULL) {
		y->line = span_take(y->in, n);
		y->whole = false;
		y->in = span_skip(y->in, n);
		return true;
	}
	if (n > 0)
		memcpy(y->hold + y->held, y->in.ptr, n);
	y->held += (uint16_t)n;
	y->in = span_skip(y->in, n);
	y->whole = y->held > 0 && lf == NULL && !interesting(p, y, span_of(y->hold, y->held));
	if (lf == NULL && y->held < sizeof(y->hold) && !y->whole && !(y->ending && y->held > 0))
		return false;
	y->line = span_of(y->hold, y->held);
	y->held = 0;
	return true;
}

/* Close what lies deeper than the level that a delimiter names. */
static void
close_to(struct mime_parser *p, uint8_t level)
{
	while (p->levels > level + 1) {
		const struct mime_level *l = &p->level[p->levels - 1];

		if (l->kind == MIME_MULTIPART && !l->closed)
			mime_odd(p, MIME_ODD_MISSING_CLOSE);
		mime_level_pop(p);
	}
}

/* A delimiter was found: end what is open, one step a call, then act upon it. */
bool
mime_delimiter_step(struct mime_parser *p, struct mime_layer *y)
{
	struct mime_level *l;

	switch (y->where) {
	case MIME_AT_HEADER: /* a header block without its blank line */
		if (y->field_len > 0)
			mime_header_field(p, y);
		else
			mime_heads_end(p);
		return true;
	case MIME_AT_BODY:
		y->where = MIME_AT_FLUSH;
		return true;
	case MIME_AT_NEST:
		y->where = MIME_AT_DRAIN;
		return true;
	case MIME_AT_PREAMBLE:
	case MIME_AT_EPILOGUE:
		p->url_flush = true; /* a URL may end here */
		y->where = MIME_AT_BETWEEN;
		return true;
	default:
		break;
	}
	l = &p->level[y->delimiter.level];
	if (!y->delimiter.exact)
		mime_odd(p, MIME_ODD_ODD_BOUNDARY);
	if (l->closed)
		mime_odd(p, MIME_ODD_TEXT_AFTER_CLOSE);
	close_to(p, y->delimiter.level);
	l->closed |= y->delimiter.close;
	if (y->delimiter.close)
		mime_body_begin(p, y, MIME_AT_EPILOGUE);
	else
		y->where = MIME_AT_BEGIN;
	y->skip = y->line.ptr[y->line.len - 1] != '\n';
	y->begin = true;
	y->line = SPAN_NONE;
	y->line_len = 0;
	y->eol = MIME_EOL_NONE;
	y->delimiter.found = false;
	return true;
}
