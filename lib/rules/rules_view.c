/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a rule's content without a sticky buffer looked for in each frame, or in the bytes of a
 * direction in order? In: a set with rules and groups; out: views, and what
 * rules_window.c needs for them. Called by rules_build. docs/rules.md tells the same to rule writers.
 */
#include <errno.h>
#include <stdlib.h>

#include "match_build.h"
#include "rules_set.h"

/* A place counted from the beginning means nothing in a window that moves; one counted from the
 * end means nothing where more will come. */
enum place { ANYWHERE, FROM_BEGIN, FROM_END };

static enum place
place_of(const struct rules_cond *c)
{
	switch (c->kind) {
	case RULES_COND_CONTENT:
		if (c->content.ends)
			return FROM_END;
		return c->content.has_offset || c->content.has_depth || c->content.starts
			       ? FROM_BEGIN
			       : ANYWHERE;
	case RULES_COND_PCRE:
		return !c->regex.relative && c->regex.text.len > 0 && c->regex.text.ptr[0] == '^' &&
				       (c->regex.flags & MATCH_MULTILINE) == 0
			       ? FROM_BEGIN
			       : ANYWHERE;
	case RULES_COND_ISDATAAT:
		return c->isdataat.relative && !c->negated ? ANYWHERE : FROM_END;
	case RULES_COND_BYTE_TEST:
	case RULES_COND_BYTE_JUMP:
	case RULES_COND_BYTE_EXTRACT:
	case RULES_COND_BYTE_MATH:
		if (c->byte.from == RULES_FROM_END)
			return FROM_END;
		return c->byte.relative && c->byte.from == RULES_FROM_HERE ? ANYWHERE : FROM_BEGIN;
	default:
		return FROM_END;
	}
}

static bool
finds(const struct rules_cond *c)
{
	return !c->negated && (c->kind == RULES_COND_CONTENT || c->kind == RULES_COND_PCRE);
}

static unsigned
views_of_content(const struct rule *r)
{
	enum place place = ANYWHERE;
	bool found = false;

	for (unsigned i = 0; i < r->group_count; i++) {
		const struct rules_group *g = &r->group[i];

		if (g->field != RULES_PAYLOAD || g->transform_count > 0)
			return RULES_VIEW_FRAME;
		for (unsigned k = 0; k < g->cond_count; k++) {
			enum place p = place_of(&g->cond[k]);

			place = p > place ? p : place;
			found |= finds(&g->cond[k]);
		}
	}
	if (!found || place == FROM_END)
		return RULES_VIEW_FRAME;
	return place == ANYWHERE ? RULES_VIEW_STREAM : RULES_VIEW_FRAME | RULES_VIEW_START;
}

/* A number of one frame, not of the connection: then its bytes are meant. */
static bool
asks_frame(const struct rule *r)
{
	bool asks = r->has_flags || (r->flow & (RULES_FLOW_NO_STREAM | RULES_FLOW_START)) != 0;

	for (unsigned i = 0; i < r->packet_count; i++) {
		enum rules_packet_number what = r->packet[i].what;

		asks |= what != RULES_PN_VLAN && what != RULES_PN_VLAN_LAYERS && what != RULES_PN_APP &&
			what != RULES_PN_SCORE && what != RULES_PN_STREAM;
	}
	return asks;
}

static unsigned
views_of(const struct rule *r)
{
	unsigned views;

	if (r->pub.hook != RULES_HOOK_DETECT || !rules_rule_on_packets(r) || asks_frame(r) ||
	    (r->proto != RULES_PROTO_TCP && r->proto != RULES_PROTO_SMTP))
		return RULES_VIEW_FRAME;
	views = views_of_content(r);
	if (r->flow & RULES_FLOW_ONLY_STREAM && views & RULES_VIEW_START)
		views = RULES_VIEW_START;
	return views;
}

static bool
is_need(const struct rules_cond *c)
{
	return c->kind == RULES_COND_CONTENT && !c->negated && c->content.bytes.len > 0;
}

/* Its contents, in front of base64_decode, are looked for in new bytes; without one it is eager. */
static void
give_needs(struct rules_set *set, uint32_t group)
{
	struct set_group *sg = &set->group[group];
	const struct rules_group *g = sg->group;
	const struct rule *r = set->rule[sg->rule].rule;

	if ((r->views & (RULES_VIEW_STREAM | RULES_VIEW_START)) == 0)
		return;
	sg->need = set->need_count;
	sg->open = r->bit_count > 0 || r->int_count > 0 || r->packet_count > 0;
	for (unsigned i = 0; i < g->cond_count; i++) {
		bool need = i < rules_plain_conds(g) && is_need(&g->cond[i]);

		sg->open |= !need;
		if (!need || (r->views & RULES_VIEW_STREAM) == 0)
			continue;
		sg->need_count++;
		set->need_group[set->need_count++] = group;
		if (g->cond[i].content.bytes.len > set->overlap)
			set->overlap = g->cond[i].content.bytes.len;
	}
	if (sg->need_count == 0)
		set->eager[set->eager_count++] = group;
}

const struct rules_content *
rules_need_content(const struct rules_set *set, uint32_t need)
{
	const struct set_group *sg = &set->group[set->need_group[need]];
	uint32_t before = need - sg->need;
	const struct rules_cond *c = sg->group->cond;

	while (!is_need(c) || before-- > 0)
		c++;
	return &c->content;
}

int
rules_views(struct rules_set *set)
{
	size_t conds = 0;

	for (uint32_t i = 0; i < set->group_count; i++)
		conds += set->group[i].group->cond_count;
	set->need_group = calloc(conds + 1, sizeof(*set->need_group));
	set->eager = calloc(set->group_count + 1, sizeof(*set->eager));
	if (set->need_group == NULL || set->eager == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < set->rule_count; i++) {
		struct rule *r = &set->parsed->rule[i];

		r->views = views_of(r);
		set->views |= r->group_count > 0 ? r->views : 0;
	}
	for (uint32_t i = 0; i < set->group_count; i++)
		give_needs(set, i);
	return 0;
}
