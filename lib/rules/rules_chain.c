/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a group is judged on a body that comes in pieces. In: a group on a STREAM field; out: its
 * parts, or a diagnostic. Called by the build. What a stream cannot tell exactly is refused here,
 * since a rule that is judged roughly is worse than one that is not loaded.
 *
 * The matcher reports ends. A content ends at e and began at e - len. A relative content with
 * distance d >= 0 and window w needs an end p of the content before it with
 *
 *	p <= e - len - d	and	p >= e - d - w
 *
 * The largest p of the first kind is as good as any, and no end newer than len + d bytes can be
 * one: so a ring of len + d ends, and the last one that left it, are all that must be kept. Without
 * a window the first p of all is enough. Negative distances would need ends that are yet to come.
 */
#include "rules_set.h"

#include <errno.h>
#include "match_build.h"

struct chain {
	struct rules_source *source;
	struct rules_set *set;
	struct set_group *sg;
	const struct rule *rule;
	uint32_t group;
	unsigned chains; /* begun so far */
	uint32_t before; /* content that a relative one may follow, or RULES_NONE */
	bool any;	 /* a positive part stands before */
};

static int
refuse(const struct chain *c, const struct rules_cond *cond, const char *what, const char *hint)
{
	rules_report(c->source, RULES_ERROR, "R201", c->rule->pub.file, cond->line, cond->col,
		     cond->len > 0 ? cond->len : 1, hint, "%s cannot be judged in %s", what,
		     rules_field_name(c->sg->group->field));
	return -EINVAL;
}

static struct set_part *
add_part(struct chain *c, uint32_t cond)
{
	struct rules_set *set = c->set;
	struct set_part *part = &set->part[set->part_count++];

	*part = (struct set_part){
		.group = c->group, .cond = cond, .last = true, .before = RULES_NONE
	};
	return part;
}

static int
begin_chain(struct chain *c, const struct rules_cond *cond, uint32_t index)
{
	struct set_part *part;

	if (c->chains == RULES_CHAINS)
		return refuse(c, cond, "a 33rd independent condition", "split the rule");
	part = add_part(c, index);
	part->chain = (uint8_t)c->chains++;
	*(cond->negated ? &c->sg->forbidden : &c->sg->chains) |= UINT32_C(1) << part->chain;
	return 0;
}

static int
follow(struct chain *c, const struct rules_cond *cond, uint32_t index)
{
	const struct rules_content *content = &cond->content;
	uint64_t window = content->bytes.len + (uint64_t)content->distance.n;
	struct set_part *before, *part;

	if (window > RULES_WINDOW)
		return refuse(c, cond, "a distance and length of more than 1024 bytes",
			      "shorten it");
	part = add_part(c, index);
	before = &c->set->part[c->before];
	part->chain = before->chain;
	part->before = c->before;
	before->last = false;
	before->ring = c->sg->state_words;
	before->ring_size = content->has_within ? (uint32_t)window : 0;
	c->sg->state_words += before->ring_size + 2;
	c->before = (uint32_t)(part - c->set->part);
	return 0;
}

static int
add_content(struct chain *c, const struct rules_cond *cond, uint32_t index)
{
	const struct rules_content *content = &cond->content;
	int rc;

	c->sg->at_end |= content->ends;
	if (cond->negated) {
		if (content->relative)
			return refuse(c, cond, "a negated content with distance or within",
				      "use offset and depth, or another field");
		c->sg->at_end = true;
		return begin_chain(c, cond, index);
	}
	if (content->relative && content->distance.n < 0)
		return refuse(c, cond, "a negative distance", "put the contents in order");
	if (content->relative && c->any) {
		if (c->before == RULES_NONE)
			return refuse(c, cond, "a content relative to a pcre",
				      "write both as one pcre");
		return follow(c, cond, index);
	}
	rc = begin_chain(c, cond, index);
	c->before = (uint32_t)c->set->part_count - 1;
	c->any = true;
	return rc;
}

static int
add_regex(struct chain *c, const struct rules_cond *cond, uint32_t index)
{
	struct match_pattern p = { .text = cond->regex.text, .flags = cond->regex.flags };
	struct err err = { 0 };

	if (cond->regex.relative)
		return refuse(c, cond, "a relative pcre (/R)",
			      "write it and its content as one pcre");
	if (p.flags & MATCH_DOLLAR_END)
		return refuse(c, cond, "a pcre with /E", "use \\z instead of $");
	if (match_accepts(&p, MATCH_STREAM, &err) != 1)
		return refuse(c, cond, "this pcre",
			      "no lookaround, back references or atomic groups in a stream");
	c->sg->at_end |= cond->negated;
	c->any |= !cond->negated;
	if (!cond->negated)
		c->before = RULES_NONE;
	return begin_chain(c, cond, index);
}

static int
add_cond(struct chain *c, const struct rules_cond *cond, uint32_t index)
{
	switch (cond->kind) {
	case RULES_COND_CONTENT:
		return add_content(c, cond, index);
	case RULES_COND_PCRE:
		return add_regex(c, cond, index);
	case RULES_COND_BSIZE:
		break;
	case RULES_COND_ISDATAAT:
		if (cond->isdataat.relative)
			return refuse(c, cond, "a relative isdataat", "use endswith, or a pcre");
		break;
	case RULES_COND_ABSENT:
		return refuse(c, cond, "absent", "use smtp.body_size:0 or mime.part_count:0");
	default:
		return refuse(c, cond, "this keyword", "it needs the whole value at once");
	}
	c->sg->at_end = true;
	return 0;
}

int
rules_chain(struct rules_source *s, struct rules_set *set, uint32_t group)
{
	struct set_group *sg = &set->group[group];
	struct chain c = { s, set, sg, set->rule[sg->rule].rule, group, 0, RULES_NONE, false };
	const struct rules_group *g = sg->group;
	int rc = 0, one;

	if (g->transform_count > 0 || g->quantifier == RULES_ALL)
		rc = refuse(&c, &g->cond[0], "a transform or the quantifier all", "leave it out");
	for (uint32_t i = 0; i < g->cond_count; i++) {
		one = add_cond(&c, &g->cond[i], i);
		rc = one != 0 ? one : rc;
	}
	sg->simple = g->cond_count == 1 && !sg->at_end;
	return rc;
}

void
rules_part_pattern(const struct rules_set *set, const struct set_part *part,
		   struct match_pattern *out)
{
	const struct rules_cond *cond = &set->group[part->group].group->cond[part->cond];
	const struct rules_content *c = &cond->content;
	bool once = part->last && part->before == RULES_NONE;

	if (cond->kind == RULES_COND_PCRE) {
		*out = (struct match_pattern){ .text = cond->regex.text,
					       .flags = cond->regex.flags | MATCH_ONCE };
		return;
	}
	*out = (struct match_pattern){ .text = c->bytes, .flags = MATCH_LITERAL };
	out->flags |= (once ? MATCH_ONCE : 0) | (c->nocase ? MATCH_NOCASE : 0) |
		      (c->ends ? MATCH_AT_END : 0);
	if (c->starts) {
		out->min_end = out->max_end = (uint32_t)c->bytes.len;
	} else if (part->before == RULES_NONE) {
		/* Relative to nothing is relative to the beginning. */
		uint64_t low = (uint64_t)(c->offset.n + c->distance.n);
		uint64_t high = c->has_depth	? (uint64_t)(c->offset.n + c->depth.n)
				: c->has_within ? low + (uint64_t)c->within.n
						: 0;

		if (low > 0 && low + c->bytes.len < UINT32_MAX)
			out->min_end = (uint32_t)(low + c->bytes.len);
		if (high > 0 && high < UINT32_MAX)
			out->max_end = (uint32_t)high;
	}
}
