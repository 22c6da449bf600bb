/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * content and its modifiers, bsize, isdataat. In: values of these keywords; out: conditions of the
 * sticky buffer under way. Called through rules_keywords.c. Patterns are decoded
 * here and compiled by the build.
 */
#include "rules_digit.h"
#include "rules_parse.h"

#include <stdio.h>
#include "match_build.h"

#define CONTENT_MAX 4096
#define POSITION_MAX (1 << 20) /* of offset, depth, distance, within */

enum modifier { NOCASE, OFFSET, DEPTH, DISTANCE, WITHIN, STARTS, ENDS, FAST, MODIFIERS };
#define BIT(m) (UINT64_C(1) << (m))

static const char *const modifier_names[MODIFIERS] = {
	"nocase", "offset", "depth", "distance", "within", "startswith", "endswith", "fast_pattern",
};
/* What cannot stand together on one content. */
static const uint64_t conflicts[MODIFIERS] = {
	[OFFSET] = BIT(DISTANCE) | BIT(WITHIN) | BIT(STARTS) | BIT(ENDS),
	[DEPTH] = BIT(DISTANCE) | BIT(WITHIN) | BIT(STARTS) | BIT(ENDS),
	[DISTANCE] = BIT(OFFSET) | BIT(DEPTH) | BIT(STARTS),
	[WITHIN] = BIT(OFFSET) | BIT(DEPTH) | BIT(STARTS) | BIT(ENDS),
	[STARTS] = BIT(OFFSET) | BIT(DEPTH) | BIT(DISTANCE) | BIT(WITHIN),
	[ENDS] = BIT(OFFSET) | BIT(DEPTH) | BIT(WITHIN),
};

/* ---- content ---- */

/* |0d 0a|: pairs of digits; blanks and commas do not count. */
static bool
decode_hex(struct rules_parser *p, struct span hex, uint8_t *out, size_t *len)
{
	int high = -1;

	for (size_t i = 0; i < hex.len; i++) {
		int d = rules_hex_digit(hex.ptr[i]);

		if (hex.ptr[i] == ' ' || hex.ptr[i] == ',')
			continue;
		if (d < 0) {
			rules_error(p, span_of(hex.ptr + i, 1), "R022",
				    "write pairs of digits: |0d 0a|; a bar itself is |7c|",
				    "'%c' is no hexadecimal digit", hex.ptr[i]);
			return false;
		}
		if (high >= 0)
			out[(*len)++] = (uint8_t)(high << 4 | d);
		high = high >= 0 ? -1 : d;
	}
	if (high >= 0 || hex.len == 0) {
		rules_error(p, span_of(hex.ptr - 1, hex.len + 2), "R022",
			    "write pairs of digits: |0d 0a|",
			    hex.len == 0 ? "no digits between the bars"
					 : "an odd number of hexadecimal digits");
		return false;
	}
	return true;
}

static bool
decode_escape(struct rules_parser *p, struct span at, uint8_t *out, size_t *len)
{
	uint8_t c = at.len > 1 ? at.ptr[1] : 0;

	if (c != ';' && c != ':' && c != '"' && c != '\\') {
		rules_error(p, span_take(at, 2), "R022",
			    "write \\\\ for a backslash; only \\; \\: \\\" \\\\ are known",
			    "an unknown escape");
		return false;
	}
	out[(*len)++] = c;
	return true;
}

/* The bytes that a quoted text stands for. */
static bool
decode(struct rules_parser *p, struct span text, struct span *bytes)
{
	uint8_t *out = rules_alloc(p->rule, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		struct span at = span_of(text.ptr + i, text.len - i);

		if (at.ptr[0] == '\\') {
			if (!decode_escape(p, at, out, &len))
				return false;
			i++;
		} else if (at.ptr[0] == '|') {
			ptrdiff_t end = span_chr(span_skip(at, 1), '|');

			if (end < 0) {
				rules_error(p, at, "R022",
					    "close it with a bar; a bar itself is |7c|",
					    "the hexadecimal part is not closed");
				return false;
			}
			if (!decode_hex(p, span_of(at.ptr + 1, (size_t)end), out, &len))
				return false;
			i += (size_t)end + 1;
		} else {
			out[len++] = at.ptr[0];
		}
	}
	*bytes = span_of(out, len);
	return true;
}

bool
rules_quoted(struct rules_parser *p, struct span value, struct span *bytes)
{
	bool quoted;
	struct span inner = rules_unquote(value, &quoted);

	if (!quoted) {
		rules_error(p, value, "R040", "write \"...\"",
			    "the text of %.*s stands in quotation marks", (int)p->keyword.len,
			    (const char *)p->keyword.ptr);
		return false;
	}
	if (!decode(p, inner, bytes))
		return false;
	if (bytes->len == 0 || bytes->len > CONTENT_MAX) {
		rules_error(p, value, bytes->len == 0 ? "R022" : "R023", "write one byte or more",
			    bytes->len == 0 ? "the text is empty"
					    : "the text is longer than 4096 bytes");
		return false;
	}
	return true;
}

/* The verbs of two words are written with a blank; MAIL_FROM and RCPT_TO are taken for the same. */
static void
spell_verb(struct span bytes)
{
	if (span_eq_nocase(bytes, SPAN_LIT("MAIL_FROM")) ||
	    span_eq_nocase(bytes, SPAN_LIT("RCPT_TO")))
		((uint8_t *)bytes.ptr)[4] = ' ';
}

void
rules_opt_content(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct span bytes, inner = value;
	bool negated = rules_negated(&inner);
	struct rules_cond *c;

	(void)k;
	rules_content_close(p);
	p->content_failed = true;
	if (!rules_quoted(p, inner, &bytes))
		return;
	c = rules_cond_add(p, RULES_COND_CONTENT, value);
	if (c == NULL)
		return;
	if (p->group->field == RULES_COMMAND)
		spell_verb(bytes);
	c->negated = negated;
	c->content.bytes = bytes;
	p->last = c;
	p->modifiers = 0;
	p->content_failed = false;
}

/* A content ends where the next one, or another buffer, begins. */
void
rules_content_close(struct rules_parser *p)
{
	struct rules_content *t = p->last != NULL ? &p->last->content : NULL;

	if (t != NULL) {
		t->relative = t->has_distance || t->has_within;
		for (size_t i = 0; t->nocase && i < t->bytes.len; i++)
			((uint8_t *)t->bytes.ptr)[i] = span_lower(t->bytes.ptr[i]);
	}
	p->last = NULL;
	p->modifiers = 0;
	p->content_failed = false;
}

static bool
modifier_fits(struct rules_parser *p, enum modifier m)
{
	uint64_t clash = conflicts[m] & p->modifiers;

	if (p->last == NULL) {
		if (!p->content_failed && !p->group_failed)
			rules_error(p, p->keyword, "R024", "write it right behind a content",
				    "%s has no content to change", modifier_names[m]);
		return false;
	}
	if ((p->modifiers & BIT(m)) != 0) {
		rules_error(p, p->keyword, "R029", "remove one of the two",
			    "%s stands twice behind one content", modifier_names[m]);
		return false;
	}
	for (unsigned i = 0; i < MODIFIERS; i++)
		if ((clash & BIT(i)) != 0) {
			rules_error(p, p->keyword, "R025",
				    "offset and depth count from the begin, distance and within "
				    "from the last match",
				    "%s contradicts %s", modifier_names[m], modifier_names[i]);
			return false;
		}
	p->modifiers |= BIT(m);
	return true;
}

static void
take_position(struct rules_parser *p, enum modifier m, struct span value)
{
	struct rules_content *t = &p->last->content;
	struct rules_operand n;

	if (!rules_operand(p, value, m == DISTANCE ? -POSITION_MAX : 0, POSITION_MAX, &n))
		return;
	if ((m == DEPTH || m == WITHIN) && n.var == 0 && (size_t)n.n < t->bytes.len) {
		rules_error(p, value, "R034", "write at least the length of the content",
			    "%s %lld is shorter than the content (%zu bytes): it never matches",
			    modifier_names[m], (long long)n.n, t->bytes.len);
		return;
	}
	switch (m) {
	case OFFSET:
		t->has_offset = true;
		t->offset = n;
		break;
	case DEPTH:
		t->has_depth = true;
		t->depth = n;
		break;
	case DISTANCE:
		t->has_distance = true;
		t->distance = n;
		break;
	default:
		t->has_within = true;
		t->within = n;
		break;
	}
}

static void
take_fast(struct rules_parser *p, struct span value)
{
	struct rules_list list;
	uint64_t n;

	if (p->fast_pattern) {
		rules_error(p, p->keyword, "R029", "keep it on the rarest content",
			    "fast_pattern stands twice in the rule");
		return;
	}
	if (rules_plain_conds(p->group) < p->group->cond_count) {
		rules_error(p, p->keyword, "R025", "move it in front of base64_decode",
			    "what is decoded cannot be searched first");
		return;
	}
	if (p->last->negated) {
		rules_error(p, p->keyword, "R025", "move it to a content without !",
			    "a negated content cannot be searched first");
		return;
	}
	if (value.len > 0 && !rules_is(value, "only")) {
		if (!rules_list_split(p, value, ',', &list))
			return;
		if (list.count != 2) {
			rules_error(p, value, "R022", "write only, or offset,length",
				    "'%.*s' is not understood", (int)value.len,
				    (const char *)value.ptr);
			return;
		}
		if (!rules_uint(p, list.item[0], p->last->content.bytes.len - 1, &n) ||
		    !rules_uint(p, list.item[1], p->last->content.bytes.len - n, &n))
			return;
	}
	p->fast_pattern = true;
	p->last->content.fast = true;
}

void
rules_opt_modifier(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	enum modifier m = (enum modifier)k->what;

	if (!modifier_fits(p, m))
		return;
	switch (m) {
	case NOCASE:
		p->last->content.nocase = true;
		break;
	case STARTS:
		p->last->content.starts = true;
		break;
	case ENDS:
		p->last->content.ends = true;
		break;
	case FAST:
		take_fast(p, value);
		break;
	default:
		take_position(p, m, value);
		break;
	}
}

void
rules_opt_rawbytes(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	(void)k;
	(void)value;
	if (p->last == NULL && !p->content_failed)
		rules_error(p, p->keyword, "R024", "write it right behind a content",
			    "rawbytes has no content to change");
	else
		rules_warning(p, p->keyword, "R041", "remove it", "rawbytes has no effect");
}

/* Rules of others may hold these; they would do nothing for the verdict. */
void
rules_opt_idle(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	static const char *const why[] = { "what is searched first is chosen by the program",
					   "the events of the flow tell what else it did",
					   "fileinfo events carry the digests of attachments" };

	(void)value;
	rules_warning(p, p->keyword, "R041", why[k->what], "%s has no effect", k->name);
}

/* ---- others ---- */

void
rules_opt_bsize(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_numbers n;
	struct rules_cond *c;

	(void)k;
	if (!rules_numbers(p, value, RULES_N_PLAIN, UINT32_MAX, &n))
		return;
	c = rules_cond_add(p, RULES_COND_BSIZE, value);
	if (c == NULL)
		return;
	c->num.range = n.range;
	c->num.count = n.count;
	c->num.invert = n.invert;
}

void
rules_opt_isdataat(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	bool negated = rules_negated(&value), relative = false;
	struct rules_list list;
	struct rules_operand n;
	struct rules_cond *c;

	(void)k;
	if (!rules_list_split(p, value, ',', &list) ||
	    !rules_operand(p, list.item[0], 0, POSITION_MAX, &n))
		return;
	for (size_t i = 1; i < list.count; i++) {
		if (rules_is(list.item[i], "relative")) {
			relative = true;
		} else if (!rules_is(list.item[i], "rawbytes")) {
			rules_error(p, list.item[i].len > 0 ? list.item[i] : value, "R022",
				    "write relative or nothing", "'%.*s' is not understood",
				    (int)list.item[i].len, (const char *)list.item[i].ptr);
			return;
		}
	}
	c = rules_cond_add(p, RULES_COND_ISDATAAT, value);
	if (c == NULL)
		return;
	c->negated = negated;
	c->isdataat.n = n;
	c->isdataat.relative = relative;
}
