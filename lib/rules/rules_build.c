/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From parsed rules to an immutable set. In: struct rules_source; out: struct rules_set, or
 * diagnostics. Called by the control plane when a policy is built. The steps are few and in order:
 *
 *	1 groups of all rules in one array, regular expressions compiled, leads chosen
 *	2 roles, memory, marks			rules_roles.c
 *	3 lists of hooks, in file order
 *	4 databases				rules_compile.c
 */
#include "rules_never.h"
#include "rules_sets.h"

#include <errno.h>
#include <stdlib.h>
#include "match_build.h"

/* ---- 1 groups ---- */

static bool
changes_sets(const struct rules_group *g)
{
	for (unsigned i = 0; i < g->cond_count; i++)
		if (g->cond[i].kind == RULES_COND_DATASET &&
		    (g->cond[i].dataset.op == RULES_SET_SET || g->cond[i].dataset.op == RULES_SET_UNSET))
			return true;
	return false;
}

static int
add_rules(struct rules_set *set)
{
	const struct rules_parsed *p = set->parsed;
	size_t groups = 0;

	for (size_t i = 0; i < p->count; i++)
		groups += p->rule[i].group_count;
	set->rule = calloc(p->count + 1, sizeof(*set->rule));
	set->group = calloc(groups + 1, sizeof(*set->group));
	set->lead = calloc(groups + 1, sizeof(*set->lead));
	if (set->rule == NULL || set->group == NULL || set->lead == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->count; i++) {
		struct rule *r = &p->rule[i];

		r->pub.index = (uint32_t)i;
		set->firewall_count += r->pub.hook != RULES_HOOK_DETECT;
		set->rule[i] = (struct set_rule){
			.rule = r,
			.first_group = (uint32_t)set->group_count,
			.group_count = r->group_count,
			.mark = RULES_NONE,
			.latch = RULES_NONE,
		};
		for (unsigned g = 0; g < r->group_count; g++) {
			set->group[set->group_count++] = (struct set_group){
				.group = &r->group[g],
				.rule = (uint32_t)i,
				.memory = RULES_NONE,
			};
			set->fields_used |= UINT64_C(1) << r->group[g].field;
			set->rule[i].changes_sets |= changes_sets(&r->group[g]);
		}
	}
	for (size_t i = 0; i < p->count; i++) {
		const struct rules_threshold *t = &p->rule[i].threshold;
		enum rules_field f = rules_rate_field(t->track);

		if (t->kind != RULES_TH_NONE && f != RULES_FIELDS)
			set->fields_used |= UINT64_C(1) << f;
		if (t->bytes)
			set->fields_used |= UINT64_C(1) << RULES_BODY_SIZE;
	}
	set->rule_count = p->count;
	return 0;
}

static void
choose_leads(struct rules_set *set)
{
	for (size_t i = 0; i < set->group_count; i++) {
		const struct set_rule *sr = &set->rule[set->group[i].rule];
		struct rules_group *g = &sr->rule->group[i - sr->first_group];
		enum rules_field_kind kind = rules_field_kind(g->field);

		g->lead = -1;
		if (kind == RULES_STREAM || kind == RULES_NUM || rules_group_late(g) ||
		    !rules_lead(g, &set->lead[i]))
			set->lead[i].text = SPAN_NONE;
	}
}

/* ---- 3 lists ---- */

static unsigned
list_of(const struct rule *r)
{
	if (r->pub.hook == RULES_HOOK_DETECT && rules_rule_on_packets(r))
		return RULES_LIST_PACKETS;
	return r->pub.hook;
}

/* Hooks that a rule with :<hook accepts before its own: same family and direction. */
static bool
is_before(const struct rule *r, unsigned hook)
{
	enum rules_hook own = r->pub.hook;
	static const enum rules_hook begins[] = {
		RULES_REQUEST_STARTED,
		RULES_RESPONSE_STARTED,
		RULES_COMMAND_REQUEST_STARTED,
		RULES_COMMAND_RESPONSE_STARTED,
		RULES_AT_CONNECT,
		RULES_HOOK_DETECT,
	};

	if (!r->pub.before || hook >= own || own >= RULES_HOOK_DETECT)
		return false;
	for (unsigned i = 0; i + 1 < sizeof(begins) / sizeof(begins[0]); i++)
		if (own >= begins[i] && own < begins[i + 1])
			return hook >= begins[i];
	return false;
}

/* Suricata's order of detection rules: pass, drop, reject, the others; file order within. */
static unsigned
detect_rank(const struct rule *r)
{
	switch (r->pub.action) {
	case RULES_PASS:
		return 0;
	case RULES_DROP:
		return 1;
	case RULES_REJECT:
	case RULES_REJECT_SRC:
	case RULES_REJECT_DST:
	case RULES_REJECT_BOTH:
		return 2;
	default:
		return 3;
	}
}

static bool
is_always(const struct rules_set *set, const struct set_rule *sr)
{
	for (uint32_t i = 0; i < sr->group_count; i++)
		if (set->group[sr->first_group + i].role & RULES_ROLE_LATE)
			return true;
	return !sr->triggers;
}

static void
list_add(struct rules_set *set, struct set_list *list, uint32_t rule, bool before)
{
	struct set_rule *sr = &set->rule[rule];

	if (before || is_always(set, sr))
		bit_set(list->always, list->count);
	if (!before)
		sr->pos = list->count;
	list->entry[list->count++] = rule | (before ? RULES_ENTRY_BEFORE : 0);
}

static size_t
list_size(const struct rules_set *set, unsigned which)
{
	size_t count = 0;

	for (size_t i = 0; i < set->rule_count; i++)
		count += list_of(set->rule[i].rule) == which || is_before(set->rule[i].rule, which);
	return count;
}

static int
fill_list(struct rules_set *set, unsigned which)
{
	struct set_list *list = &set->list[which];
	size_t size = list_size(set, which);

	if (size == 0)
		return 0;
	list->words = (uint32_t)((size + 63) / 64);
	list->first_word = set->words;
	set->words += list->words;
	set->hooks |= UINT64_C(1) << which;
	list->entry = calloc(size, sizeof(*list->entry));
	list->always = calloc(list->words, sizeof(*list->always));
	if (list->entry == NULL || list->always == NULL)
		return -ENOMEM;
	for (unsigned rank = 0; rank < 4; rank++) {
		for (uint32_t i = 0; i < set->rule_count; i++) {
			const struct rule *r = set->rule[i].rule;
			bool detect = r->pub.hook == RULES_HOOK_DETECT;

			if ((detect ? detect_rank(r) : 0) != rank)
				continue;
			if (list_of(r) == which)
				list_add(set, list, i, false);
			else if (is_before(r, which))
				list_add(set, list, i, true);
		}
	}
	return 0;
}

static int
fill_lists(struct rules_set *set)
{
	int rc = 0;

	for (uint32_t i = 0; i < set->rule_count; i++)
		set->rule[i].list = list_of(set->rule[i].rule);
	for (unsigned l = 0; l < RULES_LISTS && rc == 0; l++)
		rc = fill_list(set, l);
	return rc;
}

/* ---- sids ---- */

static int
compare_sid(const void *a, const void *b, void *ctx)
{
	const struct rules_set *set = ctx;
	const struct rules_rule *x = &set->rule[*(const uint32_t *)a].rule->pub;
	const struct rules_rule *y = &set->rule[*(const uint32_t *)b].rule->pub;

	if (x->sid != y->sid)
		return x->sid < y->sid ? -1 : 1;
	return x->gid < y->gid ? -1 : x->gid > y->gid;
}

static int
sort_sids(struct rules_set *set)
{
	set->by_sid = calloc(set->rule_count + 1, sizeof(*set->by_sid));
	if (set->by_sid == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < set->rule_count; i++)
		set->by_sid[i] = i;
	qsort_r(set->by_sid, set->rule_count, sizeof(*set->by_sid), compare_sid, set);
	return 0;
}

/* ---- entries ---- */

static int
build_all(struct rules_source *s, struct rules_set *set, const char *cache_dir)
{
	int rc = add_rules(set);

	if (rc == 0)
		rc = rules_sets_learn(set->parsed);
	if (rc == 0)
		rc = rules_compile_regexes(s, set);
	if (rc == 0) {
		choose_leads(set);
		rc = rules_roles(s, set);
	}
	if (rc == 0)
		rc = fill_lists(set);
	if (rc == 0)
		rc = rules_views(set);
	if (rc == 0)
		rc = rules_compile(s, set, cache_dir);
	if (rc == 0)
		rc = sort_sids(set);
	if (rc == 0)
		rules_warn_never(s, set);
	return rc;
}

struct rules_set *
rules_build(struct rules_source *s, const char *cache_dir, bool monitor)
{
	struct rules_set *set = calloc(1, sizeof(*set));
	int rc;

	if (set == NULL)
		return NULL;
	set->parsed = rules_source_parsed(s);
	if (set->parsed != NULL && !monitor)
		rules_check_wire(s);
	rc = set->parsed == NULL || rules_error_count(s) > 0 ? -EINVAL
							     : build_all(s, set, cache_dir);
	if (rc == -ENOMEM)
		rules_report(s, RULES_ERROR, "R206", "", 0, 0, 1, "", "out of memory");
	if (rc != 0) {
		set->parsed = NULL; /* stays with the source */
		rules_free(set);
		return NULL;
	}
	rules_source_release(s);
	return set;
}

static void
field_free(struct set_field *f)
{
	match_free(f->db);
	free(f->first);
	free(f->user);
	free(f->plain);
}

void
rules_free(struct rules_set *set)
{
	if (set == NULL)
		return;
	for (unsigned f = 0; f < RULES_FIELDS; f++)
		field_free(&set->field[f]);
	field_free(&set->ordered);
	for (unsigned l = 0; l < RULES_LISTS; l++) {
		free(set->list[l].entry);
		free(set->list[l].always);
	}
	rules_parsed_free(set->parsed);
	free(set->rule);
	free(set->group);
	free(set->lead);
	free(set->part);
	free(set->memory_group);
	free(set->latch_rule);
	free(set->need_group);
	free(set->eager);
	free(set->by_sid);
	free(set);
}
