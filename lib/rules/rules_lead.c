/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one condition of a group that the matcher looks for in a whole value. In: a group; out: a
 * pattern that matches whenever the group can hold (it may match more often: rules_verify has the
 * last word). Called by rules_compile. Groups of STREAM fields are rules_chain's.
 */
#include "rules_set.h"

#include "match_build.h"

/* What transforms leave of a content's place and case. */
struct transformed {
	bool possible, nocase, moved, dotted;
};

static struct transformed
look_at_transforms(const struct rules_group *g)
{
	struct transformed t = { .possible = true };

	for (unsigned i = 0; i < g->transform_count; i++) {
		switch (g->transforms[i].kind) {
		case RULES_T_LOWER:
		case RULES_T_UPPER:
			t.nocase = true;
			break;
		case RULES_T_DOTPREFIX:
			t.possible &= !t.dotted;
			t.dotted = t.moved = true;
			break;
		default:
			t.possible = false;
			break;
		}
	}
	return t;
}

static int
choose_content(const struct rules_group *g)
{
	int best = -1;

	for (int i = 0; i < (int)rules_plain_conds(g); i++) {
		const struct rules_cond *c = &g->cond[i];

		if (c->kind != RULES_COND_CONTENT || c->negated)
			continue;
		if (c->content.fast)
			return i;
		if (best < 0 || c->content.bytes.len > g->cond[best].content.bytes.len)
			best = i;
	}
	return best;
}

static bool
content_lead(const struct rules_content *c, const struct transformed *t, struct match_pattern *out)
{
	struct span bytes = c->bytes;

	/* ".example.com" of ".example.com": the dot in front is not in the value itself. */
	if (t->dotted && bytes.len > 0 && bytes.ptr[0] == '.')
		bytes = span_skip(bytes, 1);
	if (bytes.len == 0)
		return false;
	*out = (struct match_pattern){ .text = bytes, .flags = MATCH_LITERAL | MATCH_ONCE };
	if (c->nocase || t->nocase)
		out->flags |= MATCH_NOCASE;
	if (c->ends)
		out->flags |= MATCH_AT_END;
	if (t->moved || c->bytes.len > UINT32_MAX / 4)
		return true;
	if (c->starts) {
		out->min_end = out->max_end = (uint32_t)c->bytes.len;
	} else if (!c->relative) {
		if (c->offset.n > 0)
			out->min_end = (uint32_t)c->offset.n + (uint32_t)c->bytes.len;
		/* What a variable holds is not known here. */
		if (c->has_depth && c->offset.var == 0 && c->depth.var == 0)
			out->max_end = (uint32_t)(c->offset.n + c->depth.n);
	}
	return true;
}

/* Only what PCRE2 would see in the same bytes: no transforms, nothing relative. */
static bool
regex_lead(const struct rules_regex *r, struct match_pattern *out)
{
	struct err err;
	int exact;

	*out = (struct match_pattern){ .text = r->text, .flags = r->flags | MATCH_ONCE };
	exact = match_accepts(out, MATCH_BLOCK, &err);
	if (exact == 0)
		out->flags |= MATCH_PREFILTER;
	return exact >= 0;
}

bool
rules_lead(struct rules_group *g, struct match_pattern *out)
{
	struct transformed t = look_at_transforms(g);
	int i = t.possible ? choose_content(g) : -1;

	g->lead = -1;
	if (i >= 0 && content_lead(&g->cond[i].content, &t, out)) {
		g->lead = (int16_t)i;
		return true;
	}
	for (i = 0; i < (int)rules_plain_conds(g) && g->transform_count == 0; i++) {
		const struct rules_cond *c = &g->cond[i];

		if (c->kind == RULES_COND_PCRE && !c->negated && !c->regex.relative &&
		    regex_lead(&c->regex, out)) {
			g->lead = (int16_t)i;
			return true;
		}
	}
	return false;
}
