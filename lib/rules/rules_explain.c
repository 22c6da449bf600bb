/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What became of one rule, for people. In: a set and a sid; out: text: where the rule stands, when
 * it is judged, what the matcher looks for, what is checked afterwards. Control plane only.
 */
#include "rules_set.h"

#include <errno.h>
#include <inttypes.h>
#include "match_build.h"
#include "rules_never.h"
#include "str.h"

#define PATTERN_SHOWN 200 /* bytes of a pattern that are printed */

static void
print_escaped(FILE *out, struct span bytes)
{
	char buf[4 * PATTERN_SHOWN + 8];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	str_add_escaped(&s, span_take(bytes, PATTERN_SHOWN));
	fprintf(out, "\"%s\"%s", buf, bytes.len > PATTERN_SHOWN ? " (cut)" : "");
}

static void
print_pattern(FILE *out, const struct match_pattern *p)
{
	print_escaped(out, p->text);
	fprintf(out, "%s%s%s%s%s", p->flags & MATCH_LITERAL ? "" : " (regular expression)",
		p->flags & MATCH_NOCASE ? " nocase" : "",
		p->flags & MATCH_AT_END ? " at the end" : "",
		p->flags & MATCH_PREFILTER ? " as a prefilter" : "",
		p->flags & MATCH_ONCE ? "" : " with positions");
	if (p->min_end != 0)
		fprintf(out, ", ends at %" PRIu32 " or later", p->min_end);
	if (p->max_end != 0)
		fprintf(out, ", ends at %" PRIu32 " or before", p->max_end);
	fputc('\n', out);
}

static const char *
group_role(const struct rules_set *set, const struct set_group *sg)
{
	const struct set_rule *sr = &set->rule[sg->rule];

	if (sg->role & RULES_ROLE_LATE)
		return "decided when no more values can come";
	if (sg->role & RULES_ROLE_TRIGGER)
		return "judged at the event that brings it";
	if (sr->triggers)
		return "a condition: its value comes from an earlier event or from the session";
	return "a condition, asked at every event of the hook";
}

static void
print_parts(const struct rules_set *set, uint32_t group, FILE *out)
{
	struct match_pattern p;

	for (size_t i = 0; i < set->part_count; i++) {
		if (set->part[i].group != group)
			continue;
		rules_part_pattern(set, &set->part[i], &p);
		fprintf(out, "    stream pattern, chain %u: ", set->part[i].chain + 1u);
		print_pattern(out, &p);
	}
}

static void
print_group(const struct rules_set *set, uint32_t group, FILE *out)
{
	const struct set_group *sg = &set->group[group];
	const struct rules_group *g = sg->group;

	fprintf(out, "  %s%s: %u condition%s, %s\n", rules_field_name(g->field),
		g->quantifier == RULES_ALL ? ":all" : "", g->cond_count,
		g->cond_count == 1 ? "" : "s", group_role(set, sg));
	if (g->transform_count > 0)
		fprintf(out, "    %u transform%s before matching\n", g->transform_count,
			g->transform_count == 1 ? "" : "s");
	if (sg->memory != RULES_NONE)
		fprintf(out, "    a match is kept in the transaction\n");
	if (rules_field_kind(g->field) == RULES_STREAM) {
		print_parts(set, group, out);
		if (sg->at_end)
			fprintf(out, "    decided at the end of %s\n", rules_field_name(g->field));
	} else if (sg->role & RULES_ROLE_LEAD) {
		fprintf(out, "    matcher looks for ");
		print_pattern(out, &set->lead[group]);
	} else if (sg->role & RULES_ROLE_ENTRY) {
		fprintf(out, "    no pattern to look for: checked at each value\n");
	}
}

/* Its number among the rules that the hook looks at, from 1. */
static void
print_place(const struct rules_set *set, const struct set_rule *sr, FILE *out)
{
	const struct set_list *list = &set->list[sr->list];

	if (sr->list == RULES_LIST_PACKETS)
		fprintf(out, "judged: at every frame, after the firewall rules");
	else if (sr->list == RULES_HOOK_DETECT)
		fprintf(out,
			"judged: at every event, after the firewall rules; once a transaction");
	else
		fprintf(out, "judged: %s%s", sr->rule->pub.before ? "up to " : "",
			rules_hook_name(sr->rule->pub.hook));
	fprintf(out, "; rule %" PRIu32 " of %" PRIu32 "%s\n", sr->pos + 1, list->count,
		bit_test(list->always, sr->pos) ? ", asked each time"
						: ", asked when a pattern or a value calls it");
}

static void
print_state(const struct rule *r, FILE *out)
{
	if (r->bit_count > 0)
		fprintf(out, "  %u bit%s tested or set\n", r->bit_count,
			r->bit_count == 1 ? "" : "s");
	if (r->int_count > 0)
		fprintf(out, "  %u integer%s tested or set\n", r->int_count,
			r->int_count == 1 ? "" : "s");
	if (r->threshold.kind != RULES_TH_NONE)
		fprintf(out, "  counts %" PRIu32 " in %" PRIu32 " s, each worker by itself\n",
			r->threshold.count, r->threshold.seconds);
}

/* The rule as it was understood: header and options in one form. */
static void
print_canonical(const struct rule *r, FILE *out)
{
	fprintf(out, "read as: %s (", r->pub.header);
	for (unsigned i = 0; i < r->option_count; i++)
		fprintf(out, "%s%s;", i > 0 ? " " : "", r->option[i].text);
	fputs(")\n", out);
}

/* Who may decide before it: what is enforced, and asked earlier at its hook. */
static void
print_earlier(const struct rules_set *set, const struct set_rule *sr, FILE *out)
{
	const struct set_list *list = &set->list[sr->list];
	const struct rule *shadow = rules_shadow(set, sr);
	unsigned count = 0;

	if (sr->rule->pub.hook == RULES_HOOK_DETECT)
		return;
	for (uint32_t i = 0; i < sr->pos; i++) {
		const struct rules_rule *r =
			&set->rule[list->entry[i] & ~RULES_ENTRY_BEFORE].rule->pub;

		if (r->enforce)
			fprintf(out, "%s %" PRIu32, count++ == 0 ? "decided before it by sid" : ",", r->sid);
	}
	if (count > 0)
		fputs(" where that matches\n", out);
	if (shadow != NULL)
		fprintf(out, "never matches: sid %" PRIu32 " matches whatever it could\n",
			shadow->pub.sid);
}

/* What its verdict does to the bytes. */
static const char *
on_the_wire(const struct rules_rule *r)
{
	switch (r->action) {
	case RULES_ACCEPT:
		return r->scope == RULES_SCOPE_FLOW ? "this and all that follows of the connection is let go"
		       : r->scope == RULES_SCOPE_TX ? "this and the rest of the mail is let go"
						    : "what the event covers is let go";
	case RULES_DROP:
		return r->scope == RULES_SCOPE_PACKET ? "the frame is dropped"
						      : "the frame and all later ones of the connection "
							"are dropped, without a word";
	case RULES_REJECT:
	case RULES_REJECT_BOTH:
	case RULES_REJECT_SRC:
	case RULES_REJECT_DST:
		if (r->scope == RULES_SCOPE_COMMAND || r->scope == RULES_SCOPE_MESSAGE)
			return "the client is told the reply; the session goes on";
		return r->action == RULES_REJECT_SRC	 ? "a reset goes to the sender of the event"
		       : r->action == RULES_REJECT_DST ? "a reset goes to the receiver of the event"
						       : "a reset goes to both sides";
	case RULES_TEMPFAIL:
		return "the client is told to try again; the session goes on";
	case RULES_MASK:
		return "it is overwritten by as many bytes";
	case RULES_PASS:
		return "nothing; detection rules are not asked any more";
	default:
		return "nothing: an event is written";
	}
}

int
rules_explain(const struct rules_set *set, uint32_t gid, uint32_t sid, FILE *out)
{
	int rc = -ENOENT;

	for (size_t i = 0; i < set->rule_count; i++) {
		const struct set_rule *sr = &set->rule[i];
		const struct rules_rule *pub = &sr->rule->pub;

		if (pub->sid != sid || (gid != 0 && pub->gid != gid))
			continue;
		rc = 0;
		fprintf(out, "sid %" PRIu32 " gid %" PRIu32 " rev %" PRIu32 ", %s:%u\n%s\n",
			pub->sid, pub->gid, pub->rev, pub->file, pub->line, pub->text);
		if (pub->off)
			fprintf(out, "switched off by hand\n");
		else if (!pub->enforce)
			fprintf(out, "not enforced: events say what it would do\n");
		print_canonical(sr->rule, out);
		fprintf(out, "on the wire: %s\n", on_the_wire(pub));
		print_place(set, sr, out);
		print_earlier(set, sr, out);
		for (uint32_t g = 0; g < sr->group_count; g++)
			print_group(set, sr->first_group + g, out);
		print_state(sr->rule, out);
	}
	return rc;
}
