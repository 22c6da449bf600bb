/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each group is to its rule: what makes the rule fire, what is only a condition, what a
 * transaction must remember. In: a set with its rules, groups and leads; out: roles, bits of
 * rules_tx.matched, marks. Called by rules_build. docs/rules.md tells the same to rule writers.
 */
#include "rules_set.h"

#include <errno.h>
#include <stdlib.h>
#include "match_build.h"

static bool
is_file_field(enum rules_field f)
{
	return f >= RULES_FILE_DATA && f <= RULES_FILE_SHA256;
}

/* Values of a message that come once and are not repeated at its later events. */
static bool
told_once(enum rules_field f)
{
	return rules_of_body(f) &&
	       (rules_field_kind(f) != RULES_NUM || f == RULES_FILE_SIZE || f == RULES_MIME_DEPTH);
}

bool
rules_rule_on_packets(const struct rule *r)
{
	if (r->pub.hook != RULES_HOOK_DETECT)
		return rules_hook_family(r->pub.hook) == RULES_PACKET;
	for (unsigned i = 0; i < r->group_count; i++)
		if (rules_field_kind(r->group[i].field) != RULES_PKT)
			return false;
	return r->group_count > 0 || r->proto != RULES_PROTO_SMTP;
}

/* A number that stands at every event is a condition; rules of nothing else are judged at each. */
static bool
only_numbers(const struct rule *r)
{
	for (unsigned i = 0; i < r->group_count; i++)
		if (rules_field_kind(r->group[i].field) != RULES_NUM)
			return false;
	return true;
}

static void
give_roles(struct rules_set *set, struct set_rule *sr)
{
	const struct rule *r = sr->rule;
	bool packets = rules_rule_on_packets(r), numbers = only_numbers(r);
	unsigned files = 0;

	for (uint32_t i = 0; i < sr->group_count; i++) {
		struct set_group *sg = &set->group[sr->first_group + i];
		enum rules_field f = sg->group->field;

		if (rules_group_late(sg->group) && rules_field_kind(f) != RULES_STREAM)
			sg->role = RULES_ROLE_LATE;
		else if (packets || (!numbers && rules_can_bring(f, r->pub.hook)))
			sg->role = RULES_ROLE_TRIGGER;
		sr->triggers |= (sg->role & RULES_ROLE_TRIGGER) != 0;
		files += is_file_field(f) && !(sg->role & RULES_ROLE_LATE);
	}
	for (uint32_t i = 0; i < sr->group_count && files > 1; i++) {
		struct set_group *sg = &set->group[sr->first_group + i];

		if (is_file_field(sg->group->field) && !(sg->role & RULES_ROLE_LATE))
			sg->role |= RULES_ROLE_FILE;
	}
}

static bool
needs_memory(const struct set_rule *sr, const struct set_group *sg)
{
	enum rules_field f = sg->group->field;
	enum rules_family family = rules_hook_family(sr->rule->pub.hook);

	if (rules_field_kind(f) == RULES_STREAM || sg->role & RULES_ROLE_FILE)
		return true;
	if (rules_rule_on_packets(sr->rule) || sg->role & RULES_ROLE_LATE)
		return false;
	if (told_once(f))
		return sr->group_count > 1 || !rules_can_bring(f, sr->rule->pub.hook);
	/* A command, a reply and a count are what they are now; they are not remembered. */
	if (rules_per_event(f) || rules_field_kind(f) == RULES_NUM)
		return false;
	return (family == RULES_MESSAGE || family == RULES_DETECT) && sr->group_count > 1 &&
	       sg->role & RULES_ROLE_TRIGGER;
}

/* Verbs are few: a pattern of the argument tells more than a longer one of the verb. */
static size_t
worth_of(const struct set_group *sg, const struct match_pattern *lead)
{
	return lead->text.len == 0
		       ? 0
		       : lead->text.len + (sg->group->field == RULES_COMMAND ? 0 : 4096);
}

/*
 * Where all that a hook's event says of a command or reply comes at once, one such group with a
 * good pattern stands for the whole rule; the others are looked at when it matches.
 */
static struct set_group *
single_entry(struct rules_set *set, const struct set_rule *sr)
{
	struct set_group *best = NULL;
	size_t most = 0;

	if (sr->rule->pub.hook == RULES_HOOK_DETECT)
		return NULL;
	for (uint32_t i = 0; i < sr->group_count; i++) {
		struct set_group *sg = &set->group[sr->first_group + i];
		size_t worth = worth_of(sg, &set->lead[sr->first_group + i]);

		if (sg->role == RULES_ROLE_TRIGGER && rules_per_event(sg->group->field) &&
		    sg->memory == RULES_NONE && worth > most) {
			best = sg;
			most = worth;
		}
	}
	return best;
}

static void
choose_entries(struct rules_set *set, struct set_rule *sr)
{
	struct set_group *single = single_entry(set, sr);

	for (uint32_t i = 0; i < sr->group_count; i++) {
		struct set_group *sg = &set->group[sr->first_group + i];

		if (sg->role & RULES_ROLE_TRIGGER && (single == NULL || sg == single))
			sg->role |= RULES_ROLE_ENTRY;
	}
}

static bool
needs_mark(const struct rules_set *set, const struct set_rule *sr)
{
	enum rules_hook h = sr->rule->pub.hook;
	enum rules_family family = rules_hook_family(h);
	bool stream = false;

	if (rules_rule_on_packets(sr->rule))
		return false;
	if (h == RULES_HOOK_DETECT)
		return true;
	for (uint32_t i = 0; i < sr->group_count; i++)
		stream |= rules_field_kind(set->group[sr->first_group + i].group->field) ==
			  RULES_STREAM;
	if (!sr->rule->pub.alert)
		return false;
	if (sr->group_count == 0)
		return h == RULES_REQUEST_DATA || h == RULES_AT_BODY;
	return stream || (!sr->triggers && family != RULES_DIALOGUE);
}

static void
memory_of_field(struct rules_set *set, enum rules_field f)
{
	set->field[f].memory_begin = set->memory_bits;
	for (uint32_t i = 0; i < set->group_count; i++)
		if (set->group[i].group->field == f) {
			set->memory_group[set->memory_bits] = i;
			set->group[i].memory = set->memory_bits++;
		}
	set->field[f].memory_end = set->memory_bits;
}

/* Streams first, one field's bits together: collect_stream runs over them. */
static int
give_memory(struct rules_set *set)
{
	set->memory_group = calloc(set->group_count + 1, sizeof(*set->memory_group));
	set->latch_rule = calloc(set->rule_count + 1, sizeof(*set->latch_rule));
	if (set->memory_group == NULL || set->latch_rule == NULL)
		return -ENOMEM;
	memory_of_field(set, RULES_DATA);
	memory_of_field(set, RULES_FILE_DATA);
	memory_of_field(set, RULES_MIME_TEXT);
	for (uint32_t i = 0; i < set->group_count; i++) {
		struct set_group *sg = &set->group[i];

		if (sg->memory == RULES_NONE && needs_memory(&set->rule[sg->rule], sg)) {
			set->memory_group[set->memory_bits] = i;
			sg->memory = set->memory_bits++;
		}
	}
	for (uint32_t i = 0; i < set->rule_count; i++) {
		struct set_rule *sr = &set->rule[i];
		bool files = false;

		for (uint32_t g = 0; g < sr->group_count; g++)
			files |= (set->group[sr->first_group + g].role & RULES_ROLE_FILE) != 0;
		if (files) {
			sr->latch = set->memory_bits++;
			set->latch_rule[set->latch_count++] = i;
		}
		if (needs_mark(set, sr))
			sr->mark = set->memory_bits++;
	}
	return 0;
}

/* A late condition whose hook is over before it can be decided. */
static bool
never_decided(enum rules_hook h, const struct rules_group *g)
{
	bool all = g->quantifier == RULES_ALL;

	if (h == RULES_HOOK_DETECT || rules_per_event(g->field))
		return false;
	if (rules_of_body(g->field))
		return rules_can_bring(g->field, h);
	return h == RULES_REQUEST_STARTED || h == RULES_RESPONSE_STARTED ||
	       (all && h >= RULES_AT_CONNECT && h <= RULES_AT_RCPT);
}

static int
check_late(struct rules_source *s, const struct rule *r)
{
	for (unsigned i = 0; i < r->group_count; i++) {
		const struct rules_group *g = &r->group[i];

		if (rules_field_kind(g->field) == RULES_STREAM || !rules_group_late(g) ||
		    !never_decided(r->pub.hook, g))
			continue;
		rules_report(s, RULES_ERROR, "R207", r->pub.file, r->line, r->col,
			     r->header_len > 0 ? r->header_len : 1,
			     rules_of_body(g->field) ? "use smtp:request_complete or smtp:message"
						     : "use smtp:request_data or smtp:data",
			     "%s of %s is not known before %s is over",
			     g->quantifier == RULES_ALL ? "all" : "the absence",
			     rules_field_name(g->field), rules_hook_name(r->pub.hook));
		return -EINVAL;
	}
	return 0;
}

int
rules_roles(struct rules_source *s, struct rules_set *set)
{
	int rc = 0;

	for (uint32_t i = 0; i < set->rule_count; i++) {
		if (check_late(s, set->rule[i].rule) != 0)
			rc = -EINVAL;
		give_roles(set, &set->rule[i]);
	}
	if (rc == 0)
		rc = give_memory(set);
	for (uint32_t i = 0; i < set->rule_count && rc == 0; i++)
		choose_entries(set, &set->rule[i]);
	return rc;
}
