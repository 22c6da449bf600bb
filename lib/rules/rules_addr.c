/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and ports of a rule's header. In: text such as [10.0.0.0/8,!10.1.0.0/16,$MX]; out:
 * sorted, merged ranges with negation worked out, and the answer whether a frame's address is in.
 * Called by rules_header.c, and by the run half for the answer. It resolves no names.
 *
 * Both kinds are sets of ranges of numbers; addresses are 128 bits wide, IPv4 as ::ffff:a.b.c.d.
 */
#include "rules_parse.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <stdarg.h>
#include <stdio.h>
#include "err.h"

#define SET_DEPTH 16  /* groups and variables inside each other */
#define SET_MAX 65536 /* ranges */

typedef unsigned __int128 rules_u128;

struct range {
	rules_u128 low, high;
};

struct set { /* sorted, disjoint */
	struct range *range;
	size_t count;
};

struct builder {
	struct rules_parser *p;
	struct span token; /* the header's, where carets go for what stands in a variable */
	const char *var;   /* innermost variable under way, NULL none */
	bool ports;
	rules_u128 max;
	unsigned depth;
	bool failed;
};

static void
set_free(struct set *s)
{
	free(s->range);
	*s = (struct set){ NULL, 0 };
}

static void
set_push(struct set *s, rules_u128 low, rules_u128 high)
{
	s->range = rules_regrow(s->range, s->count, sizeof(*s->range));
	s->range[s->count++] = (struct range){ low, high };
}

static int
by_low(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/* Sorts, and joins what overlaps or touches. */
static void
set_merge(struct set *s)
{
	size_t n = 0;

	if (s->count == 0)
		return;
	qsort(s->range, s->count, sizeof(*s->range), by_low);
	for (size_t i = 1; i < s->count; i++) {
		struct range *last = &s->range[n];

		if (s->range[i].low <= last->high ||
		    (last->high + 1 != 0 && s->range[i].low == last->high + 1)) {
			if (s->range[i].high > last->high)
				last->high = s->range[i].high;
		} else {
			s->range[++n] = s->range[i];
		}
	}
	s->count = n + 1;
}

/* What is in from, but not in without; from and without are merged. */
static struct set
set_minus(const struct set *from, const struct set *without)
{
	struct set out = { NULL, 0 };

	for (size_t i = 0; i < from->count; i++) {
		rules_u128 low = from->range[i].low, high = from->range[i].high;
		bool left = true;

		for (size_t k = 0; left && k < without->count; k++) {
			const struct range *w = &without->range[k];

			if (w->high < low || w->low > high)
				continue;
			if (w->low > low)
				set_push(&out, low, w->low - 1);
			left = w->high < high;
			low = w->high + 1;
		}
		if (left)
			set_push(&out, low, high);
	}
	return out;
}

/* Reports at part, or at the whole token when part stands in a variable. */
static void __attribute__((format(printf, 5, 6)))
fail(struct builder *b, struct span part, const char *code, const char *hint, const char *format,
     ...)
{
	char text[256];
	va_list args;

	if (b->failed && b->var != NULL) /* all of a variable has one place in the rule */
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	b->failed = true;
	if (b->var != NULL)
		rules_error(b->p, b->token, code, hint, "%s (in $%s)", text, b->var);
	else
		rules_error(b->p, part.len > 0 ? part : b->token, code, hint, "%s", text);
}

static rules_u128
from_bytes(const uint8_t bytes[16])
{
	rules_u128 n = 0;

	for (int i = 0; i < 16; i++)
		n = n << 8 | bytes[i];
	return n;
}

static void
to_bytes(rules_u128 n, uint8_t bytes[16])
{
	for (int i = 15; i >= 0; i--, n >>= 8)
		bytes[i] = (uint8_t)n;
}

bool
rules_address(struct span s, uint8_t out[16], unsigned *bits)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN + 1];

	if (s.len >= sizeof(text) || s.len == 0)
		return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	*bits = 32;
	if (inet_pton(AF_INET, text, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		return true;
	}
	*bits = 128;
	return inet_pton(AF_INET6, text, out) == 1;
}

static bool
address(struct span s, rules_u128 *out, unsigned *bits)
{
	uint8_t bytes[16];

	if (!rules_address(s, bytes, bits))
		return false;
	*out = from_bytes(bytes);
	return true;
}

static bool
prefix_or_range(struct builder *b, struct span item, struct range *r)
{
	ptrdiff_t slash = span_chr(item, '/'), dash = span_chr(item, '-');
	size_t cut = slash >= 0 ? (size_t)slash : dash >= 0 ? (size_t)dash : item.len;
	struct span tail = span_skip(item, cut + 1);
	unsigned bits, bits2;
	rules_u128 mask;
	uint64_t n;

	if (!address(span_trim(span_take(item, cut)), &r->low, &bits))
		return false;
	r->high = r->low;
	if (slash >= 0) {
		if (span_to_u64(tail, bits, &n) != 0)
			return false;
		mask = bits - n == 128 ? ~(rules_u128)0 : ((rules_u128)1 << (bits - n)) - 1;
		r->low &= ~mask;
		r->high = r->low | mask;
	} else if (dash >= 0) {
		if (!address(span_trim(tail), &r->high, &bits2) || bits != bits2)
			return false;
		if (r->high < r->low)
			fail(b, item, "R016", "write the lower address first",
			     "the range ends before it begins");
	}
	return true;
}

static bool
port_range(struct builder *b, struct span item, struct range *r)
{
	ptrdiff_t colon = span_chr(item, ':');
	uint64_t low = 0, high = 65535;

	if (colon < 0) {
		if (span_to_u64(item, 65535, &low) != 0)
			return false;
		high = low;
	} else {
		struct span a = span_trim(span_take(item, (size_t)colon));
		struct span z = span_trim(span_skip(item, (size_t)colon + 1));

		if ((a.len == 0 && z.len == 0) || (a.len > 0 && span_to_u64(a, 65535, &low) != 0) ||
		    (z.len > 0 && span_to_u64(z, 65535, &high) != 0))
			return false;
		if (high < low)
			fail(b, item, "R017", "write the lower port first",
			     "the range ends before it begins");
	}
	*r = (struct range){ low, high };
	return true;
}

static struct set parse_item(struct builder *b, struct span item);

static const struct rules_var *
find_var(const struct builder *b, struct span name)
{
	const struct rules_source *s = b->p->source;

	for (size_t i = 0; i < s->var_count; i++)
		if (s->vars[i].port == b->ports && span_eq(span_str(s->vars[i].name), name))
			return &s->vars[i];
	return NULL;
}

static void
unknown_var(struct builder *b, struct span item, struct span name)
{
	const struct rules_source *s = b->p->source;
	const char **names = calloc(s->var_count + 1, sizeof(*names));
	char word[128], hint[256];
	const char *near;
	size_t n = 0;

	if (names == NULL)
		rules_no_memory();
	for (size_t i = 0; i < s->var_count; i++)
		if (s->vars[i].port == b->ports)
			names[n++] = s->vars[i].name;
	snprintf(word, sizeof(word), "%.*s", (int)name.len, (const char *)name.ptr);
	near = err_nearest(word, names);
	if (near != NULL)
		snprintf(hint, sizeof(hint), "did you mean $%s?", near);
	else
		snprintf(hint, sizeof(hint), "define it under vars.%s of the configuration",
			 b->ports ? "port-groups" : "address-groups");
	fail(b, item, "R018", hint, "unknown %s variable $%s", b->ports ? "port" : "address", word);
	free(names);
}

static struct set
parse_var(struct builder *b, struct span item)
{
	const struct rules_var *v = find_var(b, span_skip(item, 1));
	const char *outer = b->var;
	struct set s = { NULL, 0 };

	if (v == NULL) {
		unknown_var(b, item, span_skip(item, 1));
		return s;
	}
	b->var = v->name;
	s = parse_item(b, span_str(v->value));
	b->var = outer;
	return s;
}

/* Where the item that begins s ends: at a comma outside brackets. */
static size_t
item_end(struct span s)
{
	int depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '[')
			depth++;
		else if (s.ptr[i] == ']')
			depth--;
		else if (s.ptr[i] == ',' && depth == 0)
			return i;
	}
	return s.len;
}

static struct set
set_all(const struct builder *b)
{
	struct set s = { NULL, 0 };

	set_push(&s, 0, b->max);
	return s;
}

static void
take_all(struct set *to, struct set *from)
{
	for (size_t i = 0; i < from->count; i++)
		set_push(to, from->range[i].low, from->range[i].high);
	set_free(from);
}

/* [a,b,!c]: the union of what is asked, without the union of what is excluded. */
static struct set
parse_group(struct builder *b, struct span inner, struct span whole)
{
	struct set in = { NULL, 0 }, out = { NULL, 0 }, left;
	bool positive = false, last = false;

	while (!last) {
		size_t n = item_end(inner);
		struct span item = span_trim(span_take(inner, n));
		struct set s;

		last = n == inner.len;
		inner = span_skip(inner, n + 1);
		if (item.len == 0) {
			fail(b, whole, b->ports ? "R017" : "R016",
			     "remove the comma, or write what is missing",
			     "an empty place in the group");
			break;
		}
		if (item.ptr[0] == '!') {
			s = parse_item(b, span_trim(span_skip(item, 1)));
			take_all(&out, &s);
		} else {
			positive = true;
			s = parse_item(b, item);
			take_all(&in, &s);
		}
		if (in.count > SET_MAX || out.count > SET_MAX) {
			fail(b, whole, "R023", "use a data set", "more than %d ranges", SET_MAX);
			break;
		}
	}
	if (!positive) {
		set_free(&in);
		in = set_all(b);
	}
	set_merge(&in);
	set_merge(&out);
	left = set_minus(&in, &out);
	set_free(&in);
	set_free(&out);
	return left;
}

static struct set
parse_plain(struct builder *b, struct span item)
{
	struct set s = { NULL, 0 };
	struct range r;

	if (span_eq(item, SPAN_LIT("any")))
		return set_all(b);
	if (b->ports ? port_range(b, item, &r) : prefix_or_range(b, item, &r))
		set_push(&s, r.low, r.high);
	else if (b->ports)
		fail(b, item, "R017", "write any, 25, 25:587, 1024:, !25, [25,465,587] or $PORTS",
		     "'%.*s' is no port", (int)item.len, (const char *)item.ptr);
	else
		fail(b, item, "R016",
		     "write any, 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9, 2001:db8::/32, "
		     "!10.0.0.1, a [group] or $NAME",
		     "'%.*s' is no address", (int)item.len, (const char *)item.ptr);
	return s;
}

/* One item, negated or not; the result is merged. */
static struct set
parse_item(struct builder *b, struct span item)
{
	struct set s = { NULL, 0 };

	item = span_trim(item);
	if (++b->depth > SET_DEPTH) {
		fail(b, item, "R018", "a variable may not name itself",
		     "groups or variables are nested more than %d deep", SET_DEPTH);
	} else if (item.len == 0) {
		fail(b, item, b->ports ? "R017" : "R016", "write any for everything",
		     "it is empty");
	} else if (item.ptr[0] == '!') {
		struct set in = parse_item(b, span_skip(item, 1)), all = set_all(b);

		s = set_minus(&all, &in);
		set_free(&in);
		set_free(&all);
	} else if (item.ptr[0] == '[') {
		if (item.ptr[item.len - 1] == ']')
			s = parse_group(b, span_take(span_skip(item, 1), item.len - 2), item);
		else
			fail(b, item, b->ports ? "R017" : "R016", "end it with ]",
			     "the group is not closed");
	} else if (item.ptr[0] == '$') {
		s = parse_var(b, item);
	} else {
		s = parse_plain(b, item);
	}
	b->depth--;
	return s;
}

static struct set
parse_set(struct builder *b)
{
	struct set s = parse_item(b, b->token);

	if (s.count == 0 && !b->failed)
		fail(b, b->token, "R019", "what is negated covers all of what is asked",
		     "nothing is left of '%.*s'", (int)b->token.len, (const char *)b->token.ptr);
	return s;
}

void
rules_addresses(struct rules_parser *p, struct span token, struct rules_addrs *out)
{
	struct builder b = { .p = p, .token = token, .max = ~(rules_u128)0 };
	struct set s = parse_set(&b);

	out->range = rules_alloc(p->rule, (s.count + 1) * sizeof(*out->range));
	out->count = (uint32_t)s.count;
	for (size_t i = 0; i < s.count; i++) {
		to_bytes(s.range[i].low, out->range[i].low);
		to_bytes(s.range[i].high, out->range[i].high);
	}
	out->any = s.count == 1 && s.range[0].low == 0 && s.range[0].high == b.max;
	set_free(&s);
}

void
rules_port_set(struct rules_parser *p, struct span token, struct rules_ports *out)
{
	struct builder b = { .p = p, .token = token, .ports = true, .max = 65535 };
	struct set s = parse_set(&b);

	out->range = rules_alloc(p->rule, (s.count + 1) * sizeof(*out->range));
	out->count = (uint32_t)s.count;
	for (size_t i = 0; i < s.count; i++)
		out->range[i] = (struct rules_port_range){ (uint16_t)s.range[i].low,
							   (uint16_t)s.range[i].high };
	out->any = s.count == 1 && s.range[0].low == 0 && s.range[0].high == b.max;
	set_free(&s);
}

bool
rules_addrs_match(const struct rules_addrs *a, const uint8_t addr[16])
{
	uint32_t low = 0, high = a->count;

	if (a->any)
		return true;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (memcmp(addr, a->range[mid].high, 16) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < a->count && memcmp(addr, a->range[low].low, 16) >= 0;
}

bool
rules_ports_match(const struct rules_ports *p, uint16_t port)
{
	if (p->any)
		return true;
	for (uint32_t i = 0; i < p->count; i++)
		if (port >= p->range[i].low && port <= p->range[i].high)
			return true;
	return false;
}
