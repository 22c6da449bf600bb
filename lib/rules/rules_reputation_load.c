/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reputation: its files, and the keyword that asks for it. In: "number,name,description" of the
 * categories, "address[/bits],number,score" of the lists, the value of iprep; out: struct
 * rules_reputation and tests of frames. The look-up is in rules_reputation.c.
 */
#include "rules_reputation.h"

#include <stdio.h>
#include <stdlib.h>
#include "err.h"
#include "rules_lines.h"

/* ---- files ---- */

static bool
category_number(const struct rules_line *l, struct span word, uint64_t *n)
{
	if (span_to_u64(word, RULES_CATEGORIES - 1, n) == 0 && *n > 0)
		return true;
	rules_line_report(l, RULES_ERROR, word, "R055", "categories are numbered 1 to 59",
			 "no number of a category");
	return false;
}

static void
take_category(const struct rules_line *l, void *ctx)
{
	struct rules_reputation *r = ctx;
	struct span rest = l->text, number = rules_column(&rest), name = rules_column(&rest);
	uint64_t n;

	if (!category_number(l, number, &n))
		return;
	if (!rules_name_ok(name)) {
		rules_line_report(l, RULES_ERROR, name, "R055", "write number,name,description",
				 "the name of the category is missing or wrong");
		return;
	}
	if (r->category[n].name != NULL) {
		rules_line_report(l, RULES_ERROR, number, "R055", "give each category a number of its own",
				 "the number is that of %s", r->category[n].name);
		return;
	}
	r->category[n].name = strndup((const char *)name.ptr, name.len);
	if (r->category[n].name == NULL)
		rules_no_memory();
}

/* The bits of the network in the form of all keys, where IPv4 has 96 more. */
static bool
network(const struct rules_line *l, struct span word, uint8_t addr[16], unsigned *prefix)
{
	ptrdiff_t slash = span_chr(word, '/');
	struct span bits = slash < 0 ? SPAN_NONE : span_skip(word, (size_t)slash + 1);
	unsigned width;
	uint64_t n;

	if (!rules_address(slash < 0 ? word : span_take(word, (size_t)slash), addr, &width)) {
		rules_line_report(l, RULES_ERROR, word, "R055", "write address,category,score", "no address");
		return false;
	}
	n = width;
	if (slash >= 0 && span_to_u64(bits, width, &n) != 0) {
		rules_line_report(l, RULES_ERROR, bits.len > 0 ? bits : word, "R055",
				 "IPv4 has prefixes of 0 to 32 bits, IPv6 of 0 to 128",
				 "no length of a prefix");
		return false;
	}
	*prefix = 128 - width + (unsigned)n;
	return true;
}

static void
keep_length(struct rules_category *c, unsigned prefix)
{
	unsigned i = 0;

	while (i < c->lengths && c->length[i] > prefix)
		i++;
	if (i < c->lengths && c->length[i] == prefix)
		return;
	memmove(c->length + i + 1, c->length + i, c->lengths - i);
	c->length[i] = (uint8_t)prefix;
	c->lengths++;
}

static void
take_network(const struct rules_line *l, void *ctx)
{
	struct rules_reputation *r = ctx;
	struct span rest = l->text, where = rules_column(&rest), number = rules_column(&rest);
	struct span word = span_trim(rest);
	uint8_t addr[16], bytes[RULES_NETWORK];
	struct span key = span_of(bytes, sizeof(bytes));
	const struct rules_set_entry *other;
	unsigned prefix;
	uint64_t n, score;

	if (!network(l, where, addr, &prefix) || !category_number(l, number, &n))
		return;
	if (r->category[n].name == NULL) {
		rules_line_report(l, RULES_ERROR, number, "R055", "define it in reputation-categories-file",
				 "there is no category of this number");
		return;
	}
	if (span_to_u64(word, RULES_SCORE_MAX, &score) != 0) {
		rules_line_report(l, RULES_ERROR, word, "R055", "scores are 1 to 127, 0 for none", "no score");
		return;
	}
	rules_network((unsigned)n, addr, prefix, bytes);
	other = rules_set_find(&r->networks, key);
	if (other != NULL && other->score != (int32_t)score)
		rules_line_report(l, RULES_WARNING, where, "R055", "keep one of the two",
				  "it stands twice; the score %d in %s counts, which comes first",
				  other->score, r->category[n].name);
	if (other != NULL)
		return;
	rules_set_load(&r->networks, key, (int32_t)score);
	keep_length(&r->category[n], prefix);
	r->category[n].networks++;
}

void
rules_source_reputation(struct rules_source *s, const char *categories, const char *const *lists,
			size_t count)
{
	struct rules_reputation *r = calloc(1, sizeof(*r));

	if (r == NULL)
		rules_no_memory();
	r->networks.key = hash_key_random();
	s->parsed->reputation = r;
	if (!rules_lines(s, categories, take_category, r))
		return;
	for (size_t i = 0; i < count; i++)
		rules_lines(s, lists[i], take_network, r);
}

/* ---- iprep ---- */

static bool
bad(struct rules_parser *p, struct span token, const char *hint)
{
	rules_error(p, token.len > 0 ? token : p->keyword, "R022", hint,
		    "'%.*s' is not understood", (int)token.len, (const char *)token.ptr);
	return false;
}

bool
rules_side_of(struct span word, enum rules_side *side)
{
	static const char *const names[] = { [RULES_SIDE_ANY] = "any", [RULES_SIDE_SRC] = "src",
					     [RULES_SIDE_DST] = "dst", [RULES_SIDE_BOTH] = "both" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (rules_is(word, names[i])) {
			*side = i;
			return true;
		}
	return false;
}

static bool
category_of(struct rules_parser *p, struct span word, uint8_t *out)
{
	const struct rules_reputation *r = p->source->parsed->reputation;
	const char *names[RULES_CATEGORIES + 1], *near;
	size_t count = 0;
	char hint[128], text[64];

	if (r == NULL) {
		rules_error(p, p->keyword, "R054",
			    "name the files: reputation-categories-file, reputation-files",
			    "the configuration has no reputation");
		return false;
	}
	for (unsigned i = 0; i < RULES_CATEGORIES; i++) {
		if (r->category[i].name == NULL)
			continue;
		names[count++] = r->category[i].name;
		*out = (uint8_t)i;
		if (rules_is(word, r->category[i].name))
			return true;
	}
	names[count] = NULL;
	snprintf(text, sizeof(text), "%.*s", (int)word.len, (const char *)word.ptr);
	near = err_nearest(text, names);
	snprintf(hint, sizeof(hint), near != NULL ? "did you mean %s?" :
		 "they are those of reputation-categories-file%s", near != NULL ? near : "");
	rules_error(p, word.len > 0 ? word : p->keyword, "R022", hint, "unknown category '%s'",
		    text);
	return false;
}

/* Scores that hold; no score at all is RULES_NO_SCORE. */
static bool
scores(struct rules_parser *p, const struct rules_list *list, struct rules_range *out)
{
	struct span op = list->item[2];
	bool alone = rules_is(op, "isset") || rules_is(op, "isnotset");
	uint64_t n;

	if (list->count != (alone ? 3u : 4u))
		return bad(p, op, "write isset, isnotset, or a comparison and a score: >,50");
	*out = (struct rules_range){ 1, RULES_SCORE_MAX };
	if (rules_is(op, "isnotset"))
		*out = (struct rules_range){ RULES_NO_SCORE, RULES_NO_SCORE };
	if (alone)
		return true;
	if (!rules_uint(p, list->item[3], RULES_SCORE_MAX, &n))
		return false;
	if (rules_is(op, ">") || rules_is(op, ">="))
		out->low = (int64_t)n + (op.len == 1);
	else if (rules_is(op, "<") || rules_is(op, "<="))
		out->high = (int64_t)n - (op.len == 1);
	else if (rules_is(op, "=") || rules_is(op, "=="))
		out->low = out->high = (int64_t)n;
	else
		return bad(p, op, "comparisons are > >= < <= =");
	if (out->low == 0)
		out->low = 1;
	if (out->low <= out->high && out->high > 0)
		return true;
	rules_error(p, list->item[3], "R023", "scores are 1 to 127; without one: isnotset",
		    "no score is that");
	return false;
}

void
rules_opt_iprep(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	const struct rules_reputation *r = p->source->parsed->reputation;
	struct rules_packet_test t = { .what = RULES_PN_SCORE, .count = 1, .reputation = r };
	struct rules_list list;

	t.range = rules_alloc(p->rule, sizeof(*t.range));
	if (!rules_list_split(p, value, ',', &list))
		return;
	if (list.count < 3) {
		rules_error(p, value, "R022", k->form, "iprep has a side, a category and a score");
		return;
	}
	if (!rules_side_of(list.item[0], &t.side)) {
		bad(p, list.item[0], "write any, src, dst or both");
		return;
	}
	if (!category_of(p, list.item[1], &t.category) || !scores(p, &list, t.range))
		return;
	if (r->category[t.category].networks == 0)
		rules_warning(p, list.item[1], "R033", "correct reputation-files",
			      "no network is in this category");
	rules_packet_test_add(p, &t);
}
