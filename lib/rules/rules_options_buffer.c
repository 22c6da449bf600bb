/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sticky buffers and what stands right behind them: all, transforms, absent. In: these keywords; out:
 * a new struct rules_group, the one under way, to which other keywords add their conditions. Called
 * through rules_keywords.c; rules_group_open and rules_cond_add by the other rules_options_*.c.
 */
#include "rules_digit.h"
#include "rules_parse.h"

#define KEY_MAX 64 /* bytes of xor */

struct rules_group *
rules_group_open(struct rules_parser *p, enum rules_field f, struct span token)
{
	struct rule *r = p->rule;
	struct rules_places *places = r->places;

	rules_content_close(p);
	rules_vars_clear(p);
	p->group = NULL;
	/* As in Suricata: what only SMTP has makes a detection rule of tcp one of smtp. */
	if (rules_field_kind(f) != RULES_PKT && r->proto == RULES_PROTO_TCP &&
	    r->pub.hook == RULES_HOOK_DETECT && !(r->flow & RULES_FLOW_NO_STREAM))
		r->proto = RULES_PROTO_SMTP;
	if (rules_field_kind(f) != RULES_PKT && r->proto != RULES_PROTO_SMTP && !p->header_failed) {
		rules_error(p, token, "R028", "write smtp in the header",
			    "%s needs the protocol smtp", rules_field_name(f));
		return NULL;
	}
	if (r->group_count == RULES_GROUPS) {
		rules_error(p, token, "R023", "split the rule", "more than %d buffers in one rule",
			    RULES_GROUPS);
		return NULL;
	}
	r->group = rules_grow(r, r->group, r->group_count, sizeof(*r->group));
	places->group = rules_grow(r, places->group, r->group_count, sizeof(*places->group));
	places->group[r->group_count] = rules_place_of(p->text, token);
	places->command_words |= rules_field_of_command(f);
	p->group = &r->group[r->group_count++];
	*p->group = (struct rules_group){ .field = f, .lead = -1 };
	return p->group;
}

/* The payload, for a content in front of all sticky buffers. */
static bool
open_payload(struct rules_parser *p, struct span token)
{
	if (!p->header_failed && rules_table_of(p->rule) == RULES_IN_APP) {
		rules_error(p, token, "R028",
			    "name a sticky buffer in front of it: smtp.command; content:...",
			    "%.*s has no buffer to look at", (int)token.len,
			    (const char *)token.ptr);
		return false;
	}
	if (p->payload_token.len == 0)
		p->payload_token = token;
	return rules_group_open(p, RULES_PAYLOAD, token) != NULL;
}

/* Behind base64_decode stands base64_data, and behind that what looks at bytes. */
static bool
fits_decoded(struct rules_parser *p, enum rules_cond_kind kind)
{
	const struct rules_group *g = p->group;
	unsigned decode = rules_plain_conds(g);

	if (decode == g->cond_count)
		return true;
	if (!g->cond[decode].base64.data)
		rules_error(p, p->keyword, "R025", "write base64_decode; base64_data; content:...",
			    "base64_data is missing behind base64_decode");
	else if (kind == RULES_COND_BASE64)
		rules_error(p, p->keyword, "R029", "name the buffer again in front of it",
			    "base64_decode stands twice behind one buffer");
	else if (kind == RULES_COND_DATASET || kind == RULES_COND_DATAREP)
		rules_error(p, p->keyword, "R042", "use the transform from_base64",
			    "a set is not asked of base64_data");
	else
		return true;
	return false;
}

struct rules_cond *
rules_cond_add(struct rules_parser *p, enum rules_cond_kind kind, struct span token)
{
	struct rules_place at = rules_place_of(p->text, token);
	struct rules_group *g;
	struct rules_cond *c;

	rules_content_close(p);
	if (p->group == NULL && !p->group_failed && !open_payload(p, p->keyword))
		p->group_failed = true;
	if (p->group == NULL)
		return NULL;
	g = p->group;
	if (g->cond_count > 0 &&
	    (kind == RULES_COND_ABSENT ||
	     (g->cond[0].kind == RULES_COND_ABSENT && !g->cond[0].or_else))) {
		rules_error(p, p->keyword, "R025",
			    kind == RULES_COND_ABSENT ? "write it right behind the buffer"
						      : "write absent:or_else, or two rules",
			    kind == RULES_COND_ABSENT
				    ? "absent stands behind another condition of its buffer"
				    : "a buffer that is absent holds nothing else");
		return NULL;
	}
	if (!fits_decoded(p, kind))
		return NULL;
	if (g->cond_count == RULES_CONDS) {
		rules_error(p, p->keyword, "R023", "split the rule",
			    "more than %d conditions on one buffer", RULES_CONDS);
		return NULL;
	}
	g->cond = rules_grow(p->rule, g->cond, g->cond_count, sizeof(*g->cond));
	c = &g->cond[g->cond_count++];
	*c = (struct rules_cond){
		.kind = kind, .line = at.line, .col = at.col, .len = at.len, .pattern = UINT32_MAX
	};
	return c;
}

/* bytes n, offset n; relative and offsets below zero for base64_decode, mode for from_base64. */
static bool
base64_word(struct rules_parser *p, const struct rules_keyword *k, struct span item, bool transform,
	    struct rules_base64 *b)
{
	struct span arg, word = rules_word(item, &arg);
	int64_t n;

	if (rules_is(word, "offset") && arg.len > 0) {
		if (!rules_int(p, arg, transform ? 0 : -RULES_BASE64_MAX, RULES_BASE64_MAX, &n))
			return false;
		b->offset = (int32_t)n;
	} else if (rules_is(word, "bytes") && arg.len > 0) {
		if (!rules_int(p, arg, 0, RULES_BASE64_MAX, &n))
			return false;
		b->bytes = (uint32_t)n;
		if (n == 0)
			rules_error(p, arg, "R022", "write 1 or more", "no bytes to decode");
		return n > 0;
	} else if (rules_is(item, "relative") && !transform) {
		b->relative = true;
	} else if (rules_is(word, "mode") && transform &&
		   (rules_is(arg, "strict") || rules_is(arg, "rfc2045"))) {
		rules_error(p, arg, "R042", "write mode rfc4648, or nothing; mime parts are decoded in "
			    "file.data", "base64 is decoded up to the first other byte only");
		return false;
	} else if (!transform || !rules_is(word, "mode") || !rules_is(arg, "rfc4648")) {
		rules_error(p, item.ptr != NULL ? item : p->keyword, "R022", k->form,
			    "'%.*s' is not understood", (int)item.len, (const char *)item.ptr);
		return false;
	}
	return true;
}

static bool
take_base64(struct rules_parser *p, const struct rules_keyword *k, struct span value, bool transform,
	    struct rules_base64 *b)
{
	struct rules_list list = { .count = 0 };

	if (value.len > 0 && !rules_list_split(p, value, ',', &list))
		return false;
	for (size_t i = 0; i < list.count; i++)
		if (!base64_word(p, k, list.item[i], transform, b))
			return false;
	return true;
}

void
rules_opt_base64_decode(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_base64 b = { 0 };
	struct rules_cond *c;

	rules_content_close(p);
	p->content_failed = true; /* base64_data is not judged when this is refused */
	if (!take_base64(p, k, value, false, &b))
		return;
	c = rules_cond_add(p, RULES_COND_BASE64, value.len > 0 ? value : p->keyword);
	if (c == NULL)
		return;
	c->base64 = b;
	p->content_failed = false;
}

void
rules_opt_base64_data(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_group *g = p->group;
	struct rules_cond *last = g != NULL && g->cond_count > 0 ? &g->cond[g->cond_count - 1] : NULL;

	(void)k;
	(void)value;
	if (last != NULL && last->kind == RULES_COND_BASE64 && !last->base64.data)
		last->base64.data = true;
	else if (!p->group_failed && !p->content_failed)
		rules_error(p, p->keyword, "R024", "write it right behind base64_decode",
			    "base64_data has nothing that was decoded");
}

/* all and any: whether every value of a buffer with several must hold. */
static void
take_quantifier(struct rules_parser *p, struct rules_group *g, struct span value)
{
	if (rules_is(value, "all"))
		g->quantifier = RULES_ALL;
	else if (!rules_is(value, "any"))
		rules_error(p, value, "R022", "write all or any, or nothing for any",
			    "'%.*s' is no quantifier", (int)value.len, (const char *)value.ptr);
}

static void
take_number(struct rules_parser *p, enum rules_field f, struct span value)
{
	struct rules_numbers n;
	struct rules_cond *c;
	bool size = f == RULES_SIZE || f == RULES_FILE_SIZE || f == RULES_BODY_SIZE ||
		    f == RULES_HEADER_SIZE;

	enum rules_range_form form = f == RULES_RESPONSE_CODE ? RULES_N_CODE
				     : size		      ? RULES_N_SIZE
							      : RULES_N_PLAIN;

	if (rules_number_is_named(f)
		    ? !rules_named_number(p, f, value, &n)
		    : !rules_numbers(p, value, form, form == RULES_N_CODE ? 999 : INT64_MAX / 2,
				     &n))
		return;
	c = rules_cond_add(p, RULES_COND_NUM, value);
	if (c == NULL)
		return;
	c->num.range = n.range;
	c->num.count = n.count;
	c->num.invert = n.invert;
	/* A number is complete: what follows needs a buffer of its own. */
	p->group = NULL;
}

void
rules_opt_field(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	enum rules_field f = (enum rules_field)k->what;
	struct rules_group *g;

	if (f == RULES_EVENT) {
		rules_opt_event(p, k, value);
		return;
	}
	if (f == RULES_FILE_EXT) {
		rules_opt_file_name(p, k, value);
		return;
	}
	g = rules_group_open(p, f, p->keyword);
	p->group_failed = g == NULL;
	if (g == NULL || value.len == 0)
		return;
	if (rules_field_kind(f) == RULES_NUM)
		take_number(p, f, value);
	else
		take_quantifier(p, g, value);
}

/* Pairs of digits in quotation marks. */
static bool
take_key(struct rules_parser *p, struct span value, struct span *key)
{
	bool quoted, even = true;
	struct span hex = rules_unquote(value, &quoted);
	uint8_t *out;

	for (size_t i = 0; i < hex.len; i++)
		even &= rules_hex_digit(hex.ptr[i]) >= 0;
	if (!quoted || hex.len == 0 || hex.len > 2 * KEY_MAX || hex.len % 2 != 0 || !even) {
		rules_error(p, value, "R022", "write up to 64 pairs of digits: xor:\"0d0a\";",
			    "this is no hexadecimal key");
		return false;
	}
	out = rules_alloc(p->rule, hex.len / 2);
	for (size_t i = 0; i < hex.len; i += 2)
		out[i / 2] = (uint8_t)(rules_hex_digit(hex.ptr[i]) << 4 |
				       rules_hex_digit(hex.ptr[i + 1]));
	*key = span_of(out, hex.len / 2);
	return true;
}

/* Whether a transform may stand here. */
static bool
transform_fits(struct rules_parser *p, const struct rules_keyword *k)
{
	struct rules_group *g = p->group;

	if (g == NULL || rules_field_kind(g->field) == RULES_NUM ||
	    rules_field_kind(g->field) == RULES_PKT) {
		if (!p->group_failed)
			rules_error(p, p->keyword, "R024",
				    "write it behind a sticky buffer: smtp.helo; to_lowercase;",
				    "%s has no buffer to change", k->name);
	} else if (rules_field_kind(g->field) == RULES_STREAM) {
		rules_error(p, p->keyword, "R042", "use nocase or a regular expression",
			    "%s arrives in pieces and cannot be changed",
			    rules_field_name(g->field));
	} else if (g->cond_count > 0) {
		rules_error(p, p->keyword, "R024", "move it in front of the contents",
			    "%s must stand right behind the buffer", k->name);
	} else if (g->transform_count == RULES_STEPS) {
		rules_error(p, p->keyword, "R023", "remove one",
			    "more than %d transforms in a row", RULES_STEPS);
	} else {
		return true;
	}
	return false;
}

void
rules_opt_transform(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_step s = { .kind = (uint8_t)k->what };

	if (!transform_fits(p, k) || (s.kind == RULES_T_XOR && !take_key(p, value, &s.key)) ||
	    (s.kind == RULES_T_FROM_BASE64 && !take_base64(p, k, value, true, &s.base64)))
		return;
	p->group->transforms[p->group->transform_count++] = s;
}

void
rules_opt_absent(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	struct rules_group *g = p->group;
	struct rules_cond *c;

	(void)k;
	if (g == NULL) {
		if (!p->group_failed)
			rules_error(p, p->keyword, "R024", "write it behind a sticky buffer",
				    "absent has no buffer");
	} else if (value.len > 0 && !rules_is(value, "or_else")) {
		rules_error(p, value, "R022", "write or_else, or nothing",
			    "'%.*s' is not understood", (int)value.len, (const char *)value.ptr);
	} else if (rules_field_kind(g->field) == RULES_PKT) {
		rules_error(p, p->keyword, "R042", "use dsize:0 for a frame without payload",
			    "%s is never absent", rules_field_name(g->field));
	} else if (g->quantifier == RULES_ALL && value.len == 0) {
		rules_error(p, p->keyword, "R025", "leave out all, or write absent:or_else",
			    "what is absent has no values that all could hold");
	} else {
		c = rules_cond_add(p, RULES_COND_ABSENT, p->keyword);
		if (c != NULL)
			c->or_else = value.len > 0;
	}
}
