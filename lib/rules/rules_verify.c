/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exact check of one group's conditions on one whole value. In: the group, the value (after
 * transforms), a number for numeric fields; out: 1, 0, or -1 when a limit was reached. Called for
 * candidates only. It keeps nothing and knows no transaction.
 *
 * Conditions stand in order. A relative one looks from where the last positive match ended; when
 * it fails, the one before is tried at its next place. An absolute content, pcre or byte_jump
 * begins a new chain that owes nothing to the places chosen before, so each chain is solved alone.
 * When that takes long, places that failed are noted, so that none is tried twice.
 *
 * A variable that is read at a place depends on the choice of the place: from where it is set to
 * where it is used last all is one chain, and nothing is noted.
 */
#include "rules_set.h"

#define MEMO_FROM 200 /* steps: most checks never get there */

struct verify {
	struct rules_worker *w;
	const struct rules_cond *cond;
	unsigned count, plain; /* plain: in front of base64_decode, and the count of all without one */
	struct span value;
	int64_t number;
	uint64_t var[RULES_VARS];
	unsigned steps;
	uint64_t *memo; /* bit (condition, place): fails from here; NULL: not yet, or too large */
	bool limit;
	unsigned set, used; /* the first condition that sets a variable at a chosen place, the last
			     * that uses one; set >= used: no choice is carried */
};

static bool chain_holds(struct verify *v, unsigned i, unsigned end, size_t pos);
static bool all_hold(struct verify *v, unsigned i, unsigned count);

bool
rules_in_ranges(const struct rules_range *range, uint32_t count, bool invert, int64_t n)
{
	bool in = false;

	for (uint32_t i = 0; i < count && !in; i++)
		in = n >= range[i].low && n <= range[i].high;
	return in != invert;
}

/* Numbers of bytes are not negative; none is larger than this, so that a few can be added. */
#define FAR (INT64_C(1) << 40)

static uint64_t
number(const struct verify *v, const struct rules_operand *o)
{
	return o->var > 0 ? v->var[o->var - 1] : (uint64_t)o->n;
}

static int64_t
extent(const struct verify *v, const struct rules_operand *o)
{
	uint64_t n = number(v, o);

	return n < FAR ? (int64_t)n : FAR;
}

/* A way from a place leads back when it is negative, as byte_math can make a variable. */
static int64_t
way(const struct verify *v, const struct rules_operand *o)
{
	int64_t n = (int64_t)number(v, o);

	return n > FAR ? FAR : n < -FAR ? -FAR : n;
}

static bool
is_relative(const struct rules_cond *c)
{
	switch (c->kind) {
	case RULES_COND_CONTENT:
		return c->content.relative;
	case RULES_COND_PCRE:
		return c->regex.relative;
	case RULES_COND_ISDATAAT:
		return c->isdataat.relative;
	case RULES_COND_BYTE_TEST:
	case RULES_COND_BYTE_JUMP:
	case RULES_COND_BYTE_EXTRACT:
	case RULES_COND_BYTE_MATH:
		return c->byte.relative;
	case RULES_COND_BASE64:
		return c->base64.relative;
	default:
		return false;
	}
}

/* Sets a new place without looking at the last one. */
static bool
begins_chain(const struct rules_cond *c)
{
	return !c->negated && !is_relative(c) &&
	       (c->kind == RULES_COND_CONTENT || c->kind == RULES_COND_PCRE ||
		c->kind == RULES_COND_BYTE_JUMP || c->kind == RULES_COND_BYTE_EXTRACT ||
		c->kind == RULES_COND_BYTE_MATH || c->kind == RULES_COND_BASE64);
}

static bool
uses_variable(const struct rules_cond *c)
{
	switch (c->kind) {
	case RULES_COND_CONTENT:
		return c->content.offset.var > 0 || c->content.depth.var > 0 ||
		       c->content.distance.var > 0 || c->content.within.var > 0;
	case RULES_COND_ISDATAAT:
		return c->isdataat.n.var > 0;
	case RULES_COND_BYTE_TEST:
	case RULES_COND_BYTE_JUMP:
	case RULES_COND_BYTE_EXTRACT:
	case RULES_COND_BYTE_MATH:
		return c->byte.count.var > 0 || c->byte.offset.var > 0 ||
		       c->byte.value.var > 0 || c->byte.post.var > 0;
	default:
		return false;
	}
}

static void
find_choices(struct verify *v)
{
	v->set = v->count;
	for (unsigned i = 0; i < v->count; i++) {
		const struct rules_cond *c = &v->cond[i];
		bool uses = uses_variable(c);
		bool sets = c->kind == RULES_COND_BYTE_EXTRACT || c->kind == RULES_COND_BYTE_MATH;

		if (uses)
			v->used = i;
		if (sets && (uses || c->byte.relative) && i < v->set)
			v->set = i;
	}
}

/* Is the first place as good as any for the conditions up to end? (Then no other is tried.) */
static bool
first_is_best(const struct verify *v, unsigned i, unsigned end)
{
	for (; i < end; i++) {
		const struct rules_cond *c = &v->cond[i];

		if (!is_relative(c)) {
			if (begins_chain(c))
				return true;
			continue;
		}
		if (c->kind == RULES_COND_ISDATAAT && !c->negated)
			continue;
		return c->kind == RULES_COND_CONTENT && !c->negated && !c->content.has_within;
	}
	return true;
}

/* ---- content ---- */

struct window {
	size_t low, high; /* low <= begin, end <= high */
};

static struct window
content_window(const struct verify *v, const struct rules_content *c, size_t pos)
{
	int64_t low = 0, len = (int64_t)v->value.len, high = len, offset = extent(v, &c->offset);

	if (c->starts) {
		high = (int64_t)c->bytes.len;
	} else if (c->relative) {
		low = (int64_t)pos + way(v, &c->distance);
		if (c->has_within)
			high = low + extent(v, &c->within);
	}
	if (offset > low)
		low = offset;
	if (c->has_depth && offset + extent(v, &c->depth) < high)
		high = offset + extent(v, &c->depth);
	if (c->ends && len - (int64_t)c->bytes.len > low)
		low = len - (int64_t)c->bytes.len;
	if (low < 0)
		low = 0;
	if (high > len)
		high = len;
	return (struct window){ (size_t)low, high > low ? (size_t)high : (size_t)low };
}

/* The first place at or after win->low; false: none. */
static bool
content_find(const struct rules_content *c, struct span value, const struct window *win,
	     size_t *begin)
{
	struct span part = span_skip(span_take(value, win->high), win->low);
	ptrdiff_t at;

	if (part.len < c->bytes.len)
		return false;
	if (c->ends && win->high != value.len)
		return false;
	at = c->nocase ? span_find_nocase(part, c->bytes) : span_find(part, c->bytes);
	if (at < 0)
		return false;
	*begin = win->low + (size_t)at;
	return true;
}

static bool
content_holds(struct verify *v, unsigned i, unsigned end, size_t pos)
{
	const struct rules_content *c = &v->cond[i].content;
	struct window win = content_window(v, c, pos);
	bool first = first_is_best(v, i + 1, end);
	size_t begin;

	if (v->cond[i].negated)
		return !content_find(c, v->value, &win, &begin) && chain_holds(v, i + 1, end, pos);
	while (content_find(c, v->value, &win, &begin)) {
		if (chain_holds(v, i + 1, end, begin + c->bytes.len))
			return true;
		if (first || v->limit)
			return false;
		win.low = begin + 1;
	}
	return false;
}

/* ---- pcre ---- */

static bool
regex_holds(struct verify *v, unsigned i, unsigned end, size_t pos)
{
	const struct rules_regex *r = &v->cond[i].regex;
	size_t base = r->relative ? pos : 0, begin, stop, start = 0;
	struct span bytes = span_skip(v->value, base);
	bool first = first_is_best(v, i + 1, end);

	for (;;) {
		int rc = match_regex_run(r->program, v->w->scratch, bytes, start, &begin, &stop);

		if (rc < 0)
			v->limit = true;
		if (v->cond[i].negated)
			return rc == 0 && chain_holds(v, i + 1, end, pos);
		if (rc <= 0)
			return false;
		if (chain_holds(v, i + 1, end, base + stop))
			return true;
		if (first || v->limit || begin >= bytes.len)
			return false;
		start = begin + 1;
	}
}

/* ---- byte_test, byte_jump, byte_extract, byte_math ---- */

static bool
byte_text(struct span s, unsigned base, uint64_t *value)
{
	size_t i = 0, begin;
	uint64_t n = 0;

	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
		i++;
	for (begin = i; i < s.len; i++) {
		unsigned c = span_lower(s.ptr[i]);
		unsigned digit = c >= 'a' && c <= 'f' ? c - 'a' + 10 : c - '0';

		if (digit >= base) /* also below '0': the difference wraps */
			break;
		n = n * base + digit;
	}
	*value = n;
	return i > begin;
}

/* The number at the place that b names; *end: behind it. */
static bool
byte_value(const struct verify *v, const struct rules_byte *b, size_t pos, size_t *end,
	   uint64_t *value)
{
	int64_t begin = (b->relative ? (int64_t)pos : 0) + way(v, &b->offset);
	int64_t count = extent(v, &b->count);
	struct span s;

	if (begin < 0 || begin + count > (int64_t)v->value.len || (b->base == 0 && count > 8) ||
	    (count == 0 && b->count.var > 0))
		return false;
	s = span_take(span_skip(v->value, (size_t)begin), (size_t)count);
	*value = 0;
	if (b->base != 0 && count > 0 && !byte_text(s, b->base, value))
		return false;
	for (size_t i = 0; b->base == 0 && i < s.len; i++)
		*value = *value << 8 | s.ptr[b->little ? s.len - 1 - i : i];
	*value = (*value & b->mask) >> __builtin_ctzll(b->mask);
	*end = (size_t)(begin + count);
	return true;
}

static bool
byte_compare(char op, uint64_t a, uint64_t b)
{
	switch (op) {
	case '<':
		return a < b;
	case '>':
		return a > b;
	case 'l':
		return a <= b;
	case 'g':
		return a >= b;
	case '&':
		return (a & b) != 0;
	case '^':
		return (a ^ b) != 0;
	default:
		return a == b;
	}
}

static uint64_t
byte_scaled(const struct rules_byte *b, uint64_t value)
{
	uint64_t up = b->align > 0 ? b->align - 1u : 0;

	return (value * (uint64_t)b->multiplier + up) & ~up;
}

/* False: no number divides by zero. */
static bool
byte_reckon(char op, uint64_t a, uint64_t b, uint64_t *out)
{
	switch (op) {
	case '+':
		*out = a + b;
		return true;
	case '-':
		*out = a - b;
		return true;
	case '*':
		*out = a * b;
		return true;
	case '/':
		*out = b > 0 ? a / b : 0;
		return b > 0;
	case 'l':
		*out = b < 64 ? a << b : 0;
		return true;
	default:
		*out = b < 64 ? a >> b : 0;
		return true;
	}
}

/* Where the jump lands; -1: outside. */
static int64_t
byte_target(const struct verify *v, const struct rules_byte *b, size_t behind, uint64_t value)
{
	int64_t len = (int64_t)v->value.len, to;

	if (value > v->value.len) /* no jump goes that far; also keeps the sum small */
		return -1;
	to = (int64_t)byte_scaled(b, value) + way(v, &b->post);
	if (b->from != RULES_FROM_BEGINNING)
		to += b->from == RULES_FROM_END ? len : (int64_t)behind;
	return to <= len ? to : -1;
}

static bool
byte_holds(struct verify *v, unsigned i, unsigned end, size_t pos)
{
	const struct rules_byte *b = &v->cond[i].byte;
	uint64_t value, other = number(v, &b->value);
	size_t behind;
	int64_t to;

	if (!byte_value(v, b, pos, &behind, &value))
		return false;
	switch (v->cond[i].kind) {
	case RULES_COND_BYTE_TEST:
		return byte_compare(b->op, value, other) != b->negated &&
		       chain_holds(v, i + 1, end, pos);
	case RULES_COND_BYTE_JUMP:
		to = byte_target(v, b, behind, value);
		return to >= 0 && chain_holds(v, i + 1, end, (size_t)to);
	case RULES_COND_BYTE_MATH:
		if (!byte_reckon(b->op, value, other, &value))
			return false;
		break;
	default:
		value = byte_scaled(b, value);
		break;
	}
	v->var[b->result - 1] = value;
	return chain_holds(v, i + 1, end, behind);
}

/* ---- conditions without a place ---- */

static bool
dataat_holds(const struct verify *v, const struct rules_cond *c, size_t pos)
{
	int64_t n = extent(v, &c->isdataat.n), len = (int64_t)v->value.len;
	bool there = c->isdataat.relative ? (int64_t)pos + n <= len : n < len;

	return there != c->negated;
}

/* set holds for a value that is new, unset for one that is there; the act itself is done when the
 * whole rule has fired (rules_group.c). */
static bool
dataset_holds(const struct verify *v, const struct rules_cond *c)
{
	bool in = rules_dataset_has(c->dataset.set, v->value);
	bool wanted = c->dataset.op == RULES_SET_ISSET || c->dataset.op == RULES_SET_UNSET;

	return (in == wanted) != c->negated;
}

static bool
datarep_holds(const struct verify *v, const struct rules_cond *c)
{
	int64_t value = rules_dataset_value(c->dataset.set, v->value);

	return value >= 0 &&
	       byte_compare(c->dataset.cmp, (uint64_t)value, c->dataset.value) != c->negated;
}

static bool
plain_holds(const struct verify *v, const struct rules_cond *c, size_t pos)
{
	switch (c->kind) {
	case RULES_COND_ISDATAAT:
		return dataat_holds(v, c, pos);
	case RULES_COND_BSIZE:
		return rules_in_ranges(c->num.range, c->num.count, c->num.invert,
				       (int64_t)v->value.len) != c->negated;
	case RULES_COND_NUM:
		return rules_in_ranges(c->num.range, c->num.count, c->num.invert, v->number) !=
		       c->negated;
	case RULES_COND_DATASET:
		return dataset_holds(v, c);
	case RULES_COND_DATAREP:
		return datarep_holds(v, c);
	default: /* ABSENT is the caller's; here the value is there */
		return true;
	}
}

static void
memo_begin(struct verify *v)
{
	size_t bits = v->count * (v->value.len + 1);

	/* Behind base64_decode a place is one of another value. */
	if (bits > RULES_MEMO_BITS || v->set < v->used || v->plain < v->count)
		return;
	v->memo = v->w->memo;
	memset(v->memo, 0, (bits + 63) / 64 * sizeof(*v->memo));
}

/* What is decoded is a value by itself, for all the conditions that are left. */
static bool
decoded_holds(struct verify *v, unsigned i, size_t pos)
{
	const struct rules_base64 *b = &v->cond[i].base64;
	int64_t begin = (b->relative ? (int64_t)pos : 0) + b->offset;
	struct span whole = v->value, in;
	bool holds;

	if (begin < 0 || begin >= (int64_t)whole.len)
		return false;
	in = span_skip(whole, (size_t)begin);
	if (b->bytes > 0)
		in = span_take(in, b->bytes);
	if (in.len > RULES_BASE64_MAX) {
		v->limit = true;
		return false;
	}
	v->steps += (unsigned)in.len / 64;
	v->value = rules_base64_decode(in, v->w->decoded, sizeof(v->w->decoded));
	holds = v->value.len > 0 && all_hold(v, i + 1, v->count);
	v->value = whole;
	return holds;
}

static bool
chain_tried(struct verify *v, unsigned i, unsigned end, size_t pos)
{
	for (; i < end && !v->limit; i++) {
		switch (v->cond[i].kind) {
		case RULES_COND_CONTENT:
			return content_holds(v, i, end, pos);
		case RULES_COND_PCRE:
			return regex_holds(v, i, end, pos);
		case RULES_COND_BYTE_TEST:
		case RULES_COND_BYTE_JUMP:
		case RULES_COND_BYTE_EXTRACT:
		case RULES_COND_BYTE_MATH:
			return byte_holds(v, i, end, pos);
		case RULES_COND_BASE64:
			return decoded_holds(v, i, pos);
		default:
			if (!plain_holds(v, &v->cond[i], pos))
				return false;
		}
	}
	return !v->limit;
}

/* Conditions i to end, the last match having ended at pos. */
static bool
chain_holds(struct verify *v, unsigned i, unsigned end, size_t pos)
{
	size_t place = i * (v->value.len + 1) + pos;

	if (i == end) /* nothing is left to ask; the memo has no place for it */
		return !v->limit;
	if (v->memo != NULL && v->memo[place / 64] >> (place % 64) & 1)
		return false;
	if (++v->steps == MEMO_FROM)
		memo_begin(v);
	if (v->steps > RULES_VERIFY_STEPS)
		v->limit = true;
	if (chain_tried(v, i, end, pos))
		return true;
	if (v->memo != NULL)
		v->memo[place / 64] |= UINT64_C(1) << (place % 64);
	return false;
}

/* The chains of the conditions i to count, each alone. */
static bool
all_hold(struct verify *v, unsigned i, unsigned count)
{
	for (unsigned end; i < count; i = end) {
		for (end = i + 1; end < count; end++)
			if (begins_chain(&v->cond[end]) && (end <= v->set || end > v->used))
				break;
		if (!chain_holds(v, i, end, 0))
			return false;
	}
	return true;
}

struct span
rules_transformed(struct rules_worker *w, const struct rules_group *g, struct span value)
{
	if (g->transform_count == 0)
		return value;
	return rules_transform(g->transforms, g->transform_count, value, w->transformed,
			       sizeof(w->transformed));
}

int
rules_verify(struct rules_worker *w, const struct rules_group *g, struct span value, int64_t number)
{
	struct verify v = { .w = w, .cond = g->cond, .count = g->cond_count, .number = number };
	unsigned here;

	if (g->transform_count > 0 && value.len >= sizeof(w->transformed))
		return -1;
	v.value = rules_transformed(w, g, value);
	v.plain = rules_plain_conds(g);
	here = v.plain < v.count ? v.plain + 1 : v.count; /* base64_decode asks the rest */
	find_choices(&v);
	if (all_hold(&v, 0, here))
		return 1;
	return v.limit ? -1 : 0;
}
