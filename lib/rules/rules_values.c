/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forms that values of options share: words, comma lists, whole numbers, number ranges. In: the
 * text of a value; out: its parts, or a diagnostic at the guilty part. Called by rules_options_*.c.
 */
#include "rules_parse.h"

#include <errno.h>

bool
rules_is(struct span s, const char *word)
{
	return span_eq(s, span_str(word));
}

struct span
rules_word(struct span s, struct span *rest)
{
	size_t n = 0;

	s = span_trim(s);
	while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t')
		n++;
	*rest = span_trim(span_skip(s, n));
	return span_take(s, n);
}

bool
rules_name_ok(struct span s)
{
	if (s.len == 0 || s.len > 256)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c <= ' ' || c == ',' || c == '|' || c == '"' || c == ';' || c == 0x7f)
			return false;
	}
	return true;
}

bool
rules_list_split(struct rules_parser *p, struct span value, char by, struct rules_list *out)
{
	struct span rest = value;
	bool more = true;

	out->count = 0;
	while (more) {
		ptrdiff_t n = span_chr(rest, (uint8_t)by);
		struct span item = n >= 0 ? span_take(rest, (size_t)n) : rest;

		if (out->count == RULES_ITEMS) {
			rules_error(p, value, "R023", "split it, or use a data set",
				    "more than %d items", RULES_ITEMS);
			return false;
		}
		item = span_trim(item);
		if (item.len == 0 && value.ptr != NULL) /* an empty item has a place, too */
			item = span_of(n >= 0 ? rest.ptr + n : value.ptr + value.len, 0);
		more = n >= 0;
		rest = more ? span_of(rest.ptr + n + 1, rest.len - (size_t)n - 1) : SPAN_NONE;
		out->item[out->count++] = item;
	}
	return true;
}

struct span
rules_unquote(struct span value, bool *quoted)
{
	bool q = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';

	if (quoted != NULL)
		*quoted = q;
	return q ? span_of(value.ptr + 1, value.len - 2) : value;
}

bool
rules_negated(struct span *value)
{
	if (value->len == 0 || value->ptr[0] != '!')
		return false;
	*value = span_trim(span_of(value->ptr + 1, value->len - 1));
	return true;
}

bool
rules_uint(struct rules_parser *p, struct span token, uint64_t max, uint64_t *out)
{
	switch (span_to_u64(token, max, out)) {
	case 0:
		return true;
	case -ERANGE:
		rules_error(p, token, "R023", "write a smaller number", "'%.*s' is more than %llu",
			    (int)token.len, (const char *)token.ptr, (unsigned long long)max);
		return false;
	default:
		if (token.len == 0)
			rules_error(p, token.ptr != NULL ? token : p->keyword, "R022",
				    "write a whole number", "a number is missing");
		else
			rules_error(p, token, "R022", "write a whole number", "'%.*s' is no number",
				    (int)token.len, (const char *)token.ptr);
		return false;
	}
}

bool
rules_int(struct rules_parser *p, struct span token, int64_t min, int64_t max, int64_t *out)
{
	bool minus = token.len > 0 && token.ptr[0] == '-';
	struct span digits = minus ? span_skip(token, 1) : token;
	uint64_t n;

	if (minus && min >= 0) {
		rules_error(p, token, "R023", "write a number of zero or more",
			    "'%.*s' is negative", (int)token.len, (const char *)token.ptr);
		return false;
	}
	if (!rules_uint(p, digits.len > 0 ? digits : token, (uint64_t)(minus ? -min : max), &n))
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

/* ---- ranges ---- */

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit units[] = {
	{ "kb", 1 << 10 }, { "kib", 1 << 10 }, { "k", 1 << 10 },
	{ "mb", 1 << 20 }, { "mib", 1 << 20 }, { "m", 1 << 20 },
	{ "gb", 1 << 30 }, { "gib", 1 << 30 }, { "g", 1 << 30 },
};

static bool
one_number(struct rules_parser *p, struct span s, enum rules_range_form form, int64_t max,
	   int64_t *out)
{
	int64_t factor = 1;
	uint64_t n;
	size_t digits = 0;

	s = span_trim(s);
	while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
		digits++;
	if (form == RULES_N_SIZE && digits > 0 && digits < s.len) {
		struct span unit = span_trim(span_skip(s, digits));

		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (span_eq_nocase(unit, span_str(units[i].name)))
				factor = units[i].factor;
		if (factor == 1) {
			rules_error(p, unit, "R022", "units are KB, MB, GB",
				    "'%.*s' is no unit of size", (int)unit.len,
				    (const char *)unit.ptr);
			return false;
		}
		s = span_take(s, digits);
	}
	if (!rules_uint(p, s, (uint64_t)(max / factor), &n))
		return false;
	*out = (int64_t)n * factor;
	return true;
}

/* 4xx, 25x: reply codes by their first digits. */
static bool
code_class(struct span s, struct rules_range *r)
{
	int64_t low = 0, width = 1;

	if (s.len != 3 || (s.ptr[2] | 0x20) != 'x')
		return false;
	for (size_t i = 0; i < 3; i++) {
		bool x = (s.ptr[i] | 0x20) == 'x';

		if (!x && (s.ptr[i] < '0' || s.ptr[i] > '9' || width > 1))
			return false;
		low = low * 10 + (x ? 0 : s.ptr[i] - '0');
		if (x)
			width *= 10;
	}
	if (width > 100)
		return false;
	*r = (struct rules_range){ low, low + width - 1 };
	return true;
}

static bool
comparison(struct span *s, const char *op)
{
	if (!span_starts(*s, span_str(op)))
		return false;
	*s = span_trim(span_skip(*s, strlen(op)));
	return true;
}

static bool
one_range(struct rules_parser *p, struct span s, enum rules_range_form form, int64_t max,
	  struct rules_range *r)
{
	struct span whole = s, open = SPAN_LIT("<>");
	ptrdiff_t between = span_find(s, open), dash = span_chr(s, '-');
	bool ok;

	*r = (struct rules_range){ 0, max };
	if (form == RULES_N_CODE && code_class(s, r))
		return true;
	if (between > 0) {
		ok = one_number(p, span_take(s, (size_t)between), form, max, &r->low) &&
		     one_number(p, span_skip(s, (size_t)between + 2), form, max, &r->high);
		r->low++;
		r->high--;
	} else if (dash > 0) {
		ok = one_number(p, span_take(s, (size_t)dash), form, max, &r->low) &&
		     one_number(p, span_skip(s, (size_t)dash + 1), form, max, &r->high);
	} else if (comparison(&s, "<=")) {
		ok = one_number(p, s, form, max, &r->high);
	} else if (comparison(&s, ">=")) {
		ok = one_number(p, s, form, max, &r->low);
	} else if (comparison(&s, "<")) {
		ok = one_number(p, s, form, max, &r->high);
		r->high--;
	} else if (comparison(&s, ">")) {
		ok = one_number(p, s, form, max, &r->low);
		r->low++;
	} else {
		if (!comparison(&s, "=="))
			comparison(&s, "=");
		ok = one_number(p, s, form, max, &r->low);
		r->high = r->low;
	}
	if (ok && r->low > r->high) {
		rules_error(p, whole, "R022", "a-b takes both ends in, a<>b leaves both out",
			    "no number is in this range");
		return false;
	}
	return ok;
}

bool
rules_numbers(struct rules_parser *p, struct span value, enum rules_range_form form, int64_t max,
	      struct rules_numbers *out)
{
	struct rules_list list;
	bool ok = true;

	value = span_trim(rules_unquote(value, NULL));
	*out = (struct rules_numbers){ .invert = rules_negated(&value) };
	if (out->invert && value.len > 0 && value.ptr[0] == '=')
		value = span_trim(span_skip(value, 1));
	if (value.len == 0) {
		rules_error(p, p->keyword, "R022", "write a number, <n, >n, a-b or !n",
			    "the number is missing");
		return false;
	}
	if (!rules_list_split(p, value, ',', &list))
		return false;
	out->range = rules_alloc(p->rule, list.count * sizeof(*out->range));
	for (size_t i = 0; i < list.count && ok; i++)
		ok = one_range(p, list.item[i], form, max, &out->range[i]);
	out->count = (uint32_t)list.count;
	return ok;
}
