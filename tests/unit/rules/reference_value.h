/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The naive evaluator of test_reference.c, for one value: it tries every place for every condition
 * and knows nothing of patterns or memory.
 */
#ifndef REFERENCE_VALUE_H
#define REFERENCE_VALUE_H

#include "reference_rules.h"

static int
lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool
same(const struct cond *c, const char *at)
{
	for (size_t i = 0; c->bytes[i] != '\0'; i++)
		if (c->nocase ? lower(c->bytes[i]) != lower(at[i]) : c->bytes[i] != at[i])
			return false;
	return true;
}

/* What the group's variables hold at the places under way. */
static uint64_t variable[CONDS + 1];

static uint64_t
number(const struct num *n)
{
	return n->var > 0 ? variable[n->var] : (uint64_t)n->n;
}

#define MUCH 100000 /* more than any value is long */

/* So many bytes: what would be negative is a huge number. */
static int
amount(const struct num *n)
{
	return number(n) > MUCH ? MUCH : (int)number(n);
}

/* So far on or back. */
static int
way(const struct num *n)
{
	int64_t d = (int64_t)number(n);

	return d > MUCH ? MUCH : d < -MUCH ? -MUCH : (int)d;
}

static bool
placed(const struct cond *c, int begin, int len, int pos)
{
	int end = begin + (int)strlen(c->bytes), from = pos + way(&c->distance);

	if ((c->starts && begin != 0) || (c->ends && end != len))
		return false;
	if (c->has_offset && begin < amount(&c->offset))
		return false;
	if (c->has_depth && end > amount(&c->offset) + amount(&c->depth))
		return false;
	if ((c->has_distance || c->has_within) && begin < from)
		return false;
	return !c->has_within || end <= from + amount(&c->within);
}

static bool
is_ab(int c)
{
	return c == 'a' || c == 'b';
}

/* Where the expression ends when it begins at i; -1: it does not. Of several ends the first. */
static int
regex_at(const struct cond *c, const char *v, int len, int i)
{
	int ch[4];

	for (int k = 0; k < 4; k++)
		ch[k] = i + k >= len ? -1 : c->nocase ? lower(v[i + k]) : v[i + k];
	switch (c->n) {
	case 0:
		return i == 0 && ch[0] == 'a' ? 1 : -1;
	case 1:
		return i + 1 == len && ch[0] == 'b' ? len : -1;
	case 2:
		return ch[0] == 'a' && ch[1] >= 0 && ch[2] == 'b' ? i + 3 : -1;
	case 3:
		return is_ab(ch[0]) && is_ab(ch[1]) && ch[2] == 'c' ? i + 3 : -1;
	case 4:
		return i == 0 && len == 0 ? 0 : -1;
	default: /* ends in "ac" or "bcc" */
		return ch[0] == 'a' && ch[1] == 'c'		      ? i + 2
		       : ch[0] == 'b' && ch[1] == 'c' && ch[2] == 'c' ? i + 3
								      : -1;
	}
}

static bool
compares(const struct cond *c, uint64_t read)
{
	uint64_t with = number(&c->value);

	return (c->op == '<' ? read < with : c->op == '>' ? read > with : read == with) !=
	       c->negated;
}

static uint64_t
rounded(const struct cond *c, uint64_t n)
{
	n *= c->multiplier;
	while (c->align > 0 && n % c->align != 0)
		n++;
	return n;
}

static bool
reckon(const struct cond *c, uint64_t a)
{
	uint64_t b = number(&c->value), *out = &variable[c->result];

	if (c->op == '/' && b == 0)
		return false;
	*out = c->op == '+'   ? a + b
	       : c->op == '-' ? a - b
	       : c->op == '*' ? a * b
	       : c->op == '/' ? a / b
	       : b >= 64      ? 0
	       : c->op == 'l' ? a << b
			      : a >> b;
	return true;
}

/* Does it hold? pos becomes the place behind it. */
static bool
number_is(const struct cond *c, const char *v, int len, int *pos)
{
	int at = (c->relative ? *pos : 0) + way(&c->at), behind = at + (int)c->count, to;
	uint64_t read;

	if (at < 0 || behind > len)
		return false;
	read = c->count > 0 ? (uint8_t)v[at] : 0;
	if (c->mask > 0)
		read = (read & c->mask) / (c->mask & -c->mask);
	if (c->kind == BYTE)
		return compares(c, read);
	if (c->kind == MATH && !reckon(c, read))
		return false;
	if (c->kind == EXTRACT)
		variable[c->result] = rounded(c, read);
	to = c->kind != JUMP ? behind
			     : (c->from == HERE ? behind : c->from == END ? len : 0) +
				       (int)rounded(c, read) + way(&c->value);
	*pos = to;
	/* A number larger than the value leads nowhere, wherever it is counted from. */
	return to >= 0 && to <= len && (c->kind != JUMP || read <= (unsigned)len);
}

static bool
size_is(const struct cond *c, int len)
{
	switch (c->op) {
	case '<':
		return len < c->n;
	case '>':
		return len > c->n;
	case '=':
		return len == c->n;
	default:
		return len >= c->n && len <= c->n + 3;
	}
}

static bool
data_at(const struct cond *c, int len, int pos)
{
	return (c->relative ? pos + amount(&c->at) <= len : amount(&c->at) < len) != c->negated;
}

/* Where the condition ends when it begins at i (-1: it does not), for those that have a place. */
static int
ends_at(const struct cond *c, const char *v, int len, int pos, int i)
{
	int size = (int)strlen(c->bytes), base = c->relative ? pos : 0, end;

	if (c->kind == CONTENT)
		return i + size <= len && same(c, v + i) && placed(c, i, len, pos) ? i + size : -1;
	end = i >= base ? regex_at(c, v + base, len - base, i - base) : -1;
	return end < 0 ? -1 : base + end;
}

/* What base64 in v stands for, up to the first other byte. */
static int
decode(const char *v, int len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	int bits = 0, n = 0;
	uint64_t all = 0;

	for (int i = 0; i < len && strchr(digits, v[i]) != NULL; i++) {
		all = all << 6 | (uint64_t)(strchr(digits, v[i]) - digits);
		bits += 6;
		if (bits % 24 == 0 || i + 1 == len || strchr(digits, v[i + 1]) == NULL) {
			for (int k = bits; k >= 8; k -= 8)
				out[n++] = (char)(all >> (k - 8));
			bits = 0;
		}
	}
	return n;
}

static bool
ref_value(const struct group *g, unsigned i, const char *v, int len, int pos)
{
	const struct cond *c = &g->cond[i];
	bool any = false;

	if (i == g->conds)
		return true;
	if (c->kind == SIZE)
		return size_is(c, len) && ref_value(g, i + 1, v, len, pos);
	if (c->kind == DATAAT)
		return data_at(c, len, pos) && ref_value(g, i + 1, v, len, pos);
	if (c->kind == DECODE) {
		char out[VALUE + 2];
		int from = (c->relative ? pos : 0) + c->at.n;
		int n = from > len ? 0
				   : decode(v + from,
					    c->n > 0 && c->n < len - from ? c->n : len - from, out);

		return n > 0 && ref_value(g, i + 1, out, n, 0);
	}
	if (c->kind == BYTE || c->kind >= EXTRACT)
		return number_is(c, v, len, &pos) && ref_value(g, i + 1, v, len, pos);
	for (int b = 0; b <= len; b++) {
		int end = ends_at(c, v, len, pos, b);

		any |= end >= 0;
		if (end >= 0 && !c->negated && ref_value(g, i + 1, v, len, end))
			return true;
	}
	return c->negated && !any && ref_value(g, i + 1, v, len, pos);
}

/* The value as the group's transform makes it. */
static bool
on(const struct group *g, const char *v)
{
	char out[VALUE + 2];
	bool dot = g->transform == DOT || g->transform == DOT_LOWER;
	int len = snprintf(out, sizeof(out), "%s%s", dot ? "." : "", v);

	for (int i = 0; i < len; i++) {
		if (g->transform == LOWER || g->transform == DOT_LOWER)
			out[i] = (char)lower(out[i]);
		else if (g->transform == UPPER && out[i] >= 'a' && out[i] <= 'z')
			out[i] = (char)(out[i] - 32);
	}
	return ref_value(g, 0, out, len, 0);
}

#endif
