/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Patterns of all rules into one database a field. In: a set with roles; out: databases, and who
 * uses which pattern. Called by rules_build. Equal patterns of many rules are given to the matcher
 * once. A group without a pattern is a candidate whenever its field is brought.
 */
#include "rules_set.h"

#include <errno.h>
#include <stdlib.h>
#include "hash.h"
#include "match_build.h"

#define COMPILE_TRIES 16 /* patterns that the matcher refuses only in company */

/* Patterns under collection: user u asks for pattern[of[u]]. */
struct patterns {
	struct match_pattern *pattern;
	uint32_t count;
	uint32_t *slot; /* open addressing: pattern + 1 */
	uint32_t slots;
	uint32_t *user, *of;
	uint32_t users;
};

static int
patterns_open(struct patterns *ps, size_t most)
{
	memset(ps, 0, sizeof(*ps));
	for (ps->slots = 16; ps->slots < 2 * most; ps->slots *= 2)
		;
	ps->pattern = calloc(most + 1, sizeof(*ps->pattern));
	ps->slot = calloc(ps->slots, sizeof(*ps->slot));
	ps->user = calloc(most + 1, sizeof(*ps->user));
	ps->of = calloc(most + 1, sizeof(*ps->of));
	return ps->pattern == NULL || ps->slot == NULL || ps->user == NULL || ps->of == NULL
		       ? -ENOMEM
		       : 0;
}

static void
patterns_close(struct patterns *ps)
{
	free(ps->pattern);
	free(ps->slot);
	free(ps->user);
	free(ps->of);
}

static bool
same_pattern(const struct match_pattern *a, const struct match_pattern *b)
{
	return a->flags == b->flags && a->min_end == b->min_end && a->max_end == b->max_end &&
	       span_eq(a->text, b->text);
}

static void
patterns_add(struct patterns *ps, const struct match_pattern *p, uint32_t user)
{
	uint64_t h = hash_span(hash_key_fixed(), p->text);
	uint32_t at = (uint32_t)(h % ps->slots);

	while (ps->slot[at] != 0 && !same_pattern(&ps->pattern[ps->slot[at] - 1], p))
		at = (at + 1) % ps->slots;
	if (ps->slot[at] == 0) {
		ps->pattern[ps->count] = *p;
		ps->pattern[ps->count].id = ps->count;
		ps->slot[at] = ++ps->count;
	}
	ps->user[ps->users] = user;
	ps->of[ps->users++] = ps->slot[at] - 1;
}

/* The users of pattern i are user[first[i]] .. user[first[i + 1] - 1]. */
static int
patterns_users(const struct patterns *ps, struct set_field *f)
{
	uint32_t *next;

	f->patterns = ps->count;
	f->first = calloc(ps->count + 2, sizeof(*f->first));
	f->user = calloc(ps->users + 1, sizeof(*f->user));
	next = calloc(ps->count + 1, sizeof(*next));
	if (f->first == NULL || f->user == NULL || next == NULL) {
		free(next);
		return -ENOMEM;
	}
	for (uint32_t u = 0; u < ps->users; u++)
		f->first[ps->of[u] + 1]++;
	for (uint32_t i = 0; i < ps->count; i++) {
		f->first[i + 1] += f->first[i];
		next[i] = f->first[i];
	}
	for (uint32_t u = 0; u < ps->users; u++)
		f->user[next[ps->of[u]]++] = ps->user[u];
	free(next);
	return 0;
}

/* ---- fields judged on whole values ---- */

static bool
is_registered(const struct rules_set *set, uint32_t group, enum rules_field f)
{
	const struct set_group *sg = &set->group[group];

	return sg->group->field == f && (sg->role & RULES_ROLE_ENTRY || sg->memory != RULES_NONE);
}

static void
field_lists(struct rules_set *set, struct set_field *f, const struct set_group *sg)
{
	/* What is remembered must be seen wherever it comes. */
	f->lists |=
		sg->memory != RULES_NONE ? ~UINT64_C(0) : UINT64_C(1) << set->rule[sg->rule].list;
	f->firewall |= set->rule[sg->rule].rule->pub.hook != RULES_HOOK_DETECT;
}

static void
collect_field(struct rules_set *set, enum rules_field f, struct patterns *ps)
{
	struct set_field *field = &set->field[f];

	field->plain_count = 0;
	for (uint32_t i = 0; i < set->group_count; i++) {
		struct set_group *sg = &set->group[i];

		if (!is_registered(set, i, f))
			continue;
		field_lists(set, field, sg);
		if (set->lead[i].text.len > 0) {
			sg->role |= RULES_ROLE_LEAD;
			patterns_add(ps, &set->lead[i], i);
		} else {
			sg->role &= ~(unsigned)RULES_ROLE_LEAD;
			field->plain[field->plain_count++] = i;
		}
	}
}

/* A pattern that the matcher takes alone but not with the others: its groups go without. */
static void
give_up_lead(struct rules_set *set, const struct patterns *ps, uint32_t pattern)
{
	for (uint32_t u = 0; u < ps->users; u++)
		if (ps->of[u] == pattern)
			set->lead[ps->user[u]].text = SPAN_NONE;
}

static int
compile_field(struct rules_set *set, enum rules_field f, const char *cache_dir, struct err *err)
{
	struct set_field *field = &set->field[f];
	struct patterns ps;
	int bad = -1, rc = 0;

	for (unsigned tries = 0; tries < COMPILE_TRIES; tries++) {
		rc = patterns_open(&ps, set->group_count);
		if (rc == 0)
			collect_field(set, f, &ps);
		if (rc == 0 && ps.count > 0) {
			field->db = match_build(ps.pattern, ps.count, MATCH_BLOCK, cache_dir, &bad,
						err);
			rc = field->db != NULL ? patterns_users(&ps, field) : -EINVAL;
		}
		if (field->db == NULL && bad >= 0)
			give_up_lead(set, &ps, (uint32_t)bad);
		patterns_close(&ps);
		if (rc == 0 || bad < 0)
			break;
	}
	return rc;
}

/* ---- STREAM fields ---- */

static void
report_stream(struct rules_source *s, const struct rules_set *set, const struct patterns *ps,
	      int bad, const struct err *err)
{
	const struct set_part *part;
	const struct rules_cond *cond;
	uint32_t u = 0;

	while (bad >= 0 && u < ps->users && ps->of[u] != (uint32_t)bad)
		u++;
	part = &set->part[ps->user[u < ps->users ? u : 0]];
	cond = &set->group[part->group].group->cond[part->cond];
	rules_report(s, RULES_ERROR, "R204", set->rule[set->group[part->group].rule].rule->pub.file,
		     cond->line, cond->col, cond->len > 0 ? cond->len : 1, "make it simpler",
		     "the matcher refuses it: %s", err->text);
}

/* Hooks in the body cannot wait for what only the end decides. */
static int
check_end(struct rules_source *s, const struct rules_set *set, const struct set_group *sg)
{
	const struct rule *r = set->rule[sg->rule].rule;
	const struct rules_cond *c = &sg->group->cond[0];

	if (!sg->at_end || r->pub.hook == RULES_HOOK_DETECT ||
	    !rules_can_bring(sg->group->field, r->pub.hook))
		return 0;
	rules_report(s, RULES_ERROR, "R202", r->pub.file, c->line, c->col, c->len > 0 ? c->len : 1,
		     "use smtp:request_complete or smtp:message",
		     "only the end of %s decides this (negation, endswith, bsize or isdataat), "
		     "after the last event of %s",
		     rules_field_name(sg->group->field), rules_hook_name(r->pub.hook));
	return -EINVAL;
}

static int
collect_stream(struct rules_source *s, struct rules_set *set, enum rules_field f,
	       struct patterns *ps)
{
	struct set_field *field = &set->field[f];
	uint32_t first = (uint32_t)set->part_count;
	struct match_pattern pattern;
	int rc = 0;

	for (uint32_t i = 0; i < set->group_count; i++) {
		struct set_group *sg = &set->group[i];

		if (sg->group->field != f)
			continue;
		if (rules_chain(s, set, i) != 0 || check_end(s, set, sg) != 0)
			rc = -EINVAL;
		field_lists(set, field, sg);
		if (sg->at_end)
			field->plain[field->plain_count++] = i;
	}
	for (uint32_t p = first; p < set->part_count && rc == 0; p++) {
		rules_part_pattern(set, &set->part[p], &pattern);
		field->positions |= !(pattern.flags & MATCH_ONCE);
		patterns_add(ps, &pattern, p);
	}
	return rc;
}

static int
compile_stream(struct rules_source *s, struct rules_set *set, enum rules_field f,
	       const char *cache_dir, size_t parts)
{
	struct set_field *field = &set->field[f];
	struct patterns ps;
	struct err err = { 0 };
	int bad = -1, rc = patterns_open(&ps, parts);

	if (rc == 0)
		rc = collect_stream(s, set, f, &ps);
	if (rc == 0 && ps.count > 0) {
		field->db = match_build(ps.pattern, ps.count, MATCH_STREAM, cache_dir, &bad, &err);
		rc = field->db != NULL ? patterns_users(&ps, field) : -EINVAL;
		if (field->db == NULL)
			report_stream(s, set, &ps, bad, &err);
	}
	patterns_close(&ps);
	return rc;
}

/* ---- the bytes of a connection in order ---- */

static int
compile_ordered(struct rules_set *set, const char *cache_dir, struct err *err)
{
	struct patterns ps;
	int bad = -1, rc = patterns_open(&ps, set->need_count);

	for (uint32_t i = 0; rc == 0 && i < set->need_count; i++) {
		const struct rules_content *c = rules_need_content(set, i);
		struct match_pattern p = { .text = c->bytes, .flags = MATCH_LITERAL | MATCH_ONCE };

		p.flags |= c->nocase ? MATCH_NOCASE : 0;
		patterns_add(&ps, &p, i);
	}
	if (rc == 0 && ps.count > 0) {
		set->ordered.db =
			match_build(ps.pattern, ps.count, MATCH_BLOCK, cache_dir, &bad, err);
		rc = set->ordered.db != NULL ? patterns_users(&ps, &set->ordered) : -EINVAL;
	}
	patterns_close(&ps);
	return rc;
}

/* ---- entries ---- */

int
rules_compile_regexes(struct rules_source *s, struct rules_set *set)
{
	int rc = 0;

	for (uint32_t i = 0; i < set->group_count; i++) {
		const struct rules_group *g = set->group[i].group;

		for (unsigned c = 0; c < g->cond_count; c++) {
			struct rules_cond *cond = &g->cond[c];
			struct err err = { 0 };

			if (cond->kind != RULES_COND_PCRE || cond->regex.program != NULL)
				continue;
			cond->regex.program =
				match_regex_build(cond->regex.text, cond->regex.flags, &err);
			if (cond->regex.program != NULL)
				continue;
			rules_report(s, RULES_ERROR, "R200",
				     set->rule[set->group[i].rule].rule->pub.file, cond->line,
				     cond->col, cond->len > 0 ? cond->len : 1, "",
				     "not a regular expression: %s", err.text);
			rc = -EINVAL;
		}
	}
	return rc;
}

int
rules_compile(struct rules_source *s, struct rules_set *set, const char *cache_dir)
{
	size_t parts = 0;
	struct err err = { 0 };
	int rc = 0, one;

	for (uint32_t i = 0; i < set->group_count; i++) {
		parts += set->group[i].group->cond_count;
		if (rules_field_kind(set->group[i].group->field) == RULES_STREAM ||
		    set->group[i].role != 0 || set->group[i].memory != RULES_NONE)
			set->scanned |= UINT64_C(1) << set->group[i].group->field;
	}
	set->part = calloc(parts + 1, sizeof(*set->part));
	if (set->part == NULL)
		return -ENOMEM;
	for (unsigned f = 0; f < RULES_FIELDS; f++) {
		if (!(set->scanned >> f & 1))
			continue;
		set->field[f].plain = calloc(set->group_count + 1, sizeof(uint32_t));
		if (set->field[f].plain == NULL)
			return -ENOMEM;
		one = rules_field_kind(f) == RULES_STREAM
			      ? compile_stream(s, set, f, cache_dir, parts)
			      : compile_field(set, f, cache_dir, &err);
		rc = one != 0 ? one : rc;
	}
	one = compile_ordered(set, cache_dir, &err);
	rc = one != 0 ? one : rc;
	if (err.text[0] != '\0' && rc != 0)
		rules_report(s, RULES_ERROR, "R205", "", 0, 0, 1, "", "patterns: %s", err.text);
	return rc;
}
