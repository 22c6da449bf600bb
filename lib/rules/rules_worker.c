/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker's memory for judging, and questions about a set. In: a set; out: struct rules_worker,
 * all of whose memory is taken here; facts for the inspector, the console and events.
 */
#include "rules_set.h"

#include <stdlib.h>
#include "match_build.h"
#include "rules_why.h"

#define TABLE_MIN 4096

static size_t
words(size_t bits)
{
	return bits / 64 + 1;
}

static struct match_scratch *
make_scratch(const struct rules_set *set, size_t messages)
{
	const struct match_db *dbs[RULES_FIELDS + 2];
	size_t count = 0;

	for (unsigned f = 0; f < RULES_FIELDS; f++)
		if (set->field[f].db != NULL)
			dbs[count++] = set->field[f].db;
	if (set->field[RULES_MIME_TEXT].db != NULL) /* it is read twice, see rules_converted */
		dbs[count++] = set->field[RULES_MIME_TEXT].db;
	if (set->ordered.db != NULL)
		dbs[count++] = set->ordered.db;
	return match_scratch_create(dbs, count, messages);
}

struct rules_worker *
rules_worker_create(const struct rules_set *set, size_t messages)
{
	struct rules_worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->set = set;
	w->scratch = make_scratch(set, messages);
	w->hit_count = calloc(set->rule_count + 1, sizeof(*w->hit_count));
	w->candidate = calloc(set->words + 1, sizeof(*w->candidate));
	w->candidate_group = calloc(words(set->group_count), sizeof(uint64_t));
	w->hot = calloc(words(set->group_count), sizeof(uint64_t));
	w->touched = calloc(set->group_count + 1, sizeof(*w->touched));
	w->found = calloc(RULES_FOUND, sizeof(*w->found));
	w->table = rules_table_create(messages > TABLE_MIN ? messages : TABLE_MIN);
	if (w->scratch == NULL || w->hit_count == NULL || w->candidate == NULL ||
	    w->candidate_group == NULL || w->hot == NULL || w->touched == NULL ||
	    w->found == NULL || w->table == NULL) {
		rules_worker_destroy(w);
		return NULL;
	}
	return w;
}

void
rules_worker_watch(struct rules_worker *w, struct rules_watch *watch)
{
	w->watch = watch;
}

void
rules_worker_destroy(struct rules_worker *w)
{
	if (w == NULL)
		return;
	match_scratch_destroy(w->scratch);
	free(w->hit_count);
	free(w->candidate);
	free(w->candidate_group);
	free(w->hot);
	free(w->touched);
	free(w->found);
	rules_table_destroy(w->table);
	free(w);
}

bool
rules_has_hook(const struct rules_set *set, enum rules_hook hook)
{
	return (set->hooks >> hook & 1) != 0;
}

bool
rules_has_family(const struct rules_set *set, enum rules_family family)
{
	for (unsigned h = 0; h < RULES_HOOKS; h++)
		if (set->hooks >> h & 1 && rules_hook_family(h) == family)
			return true;
	/* Detection rules that look at frames are of both. */
	return (family == RULES_PACKET || family == RULES_DETECT) &&
	       set->hooks >> RULES_LIST_PACKETS & 1;
}

uint64_t
rules_fields_used(const struct rules_set *set)
{
	return set->fields_used;
}

size_t
rules_tx_memory(const struct rules_set *set)
{
	size_t most = words(set->memory_bits) * 8;

	for (size_t i = 0; i < set->group_count; i++) {
		size_t size = sizeof(struct stream_state) + set->group[i].state_words * 8u;

		most = size > most ? size : most;
	}
	if (set->parsed->tx_bits / 8 > most)
		most = set->parsed->tx_bits / 8;
	return most > sizeof(struct rules_positions) ? most : sizeof(struct rules_positions);
}

size_t
rules_count(const struct rules_set *set)
{
	return set->rule_count;
}

size_t
rules_firewall_count(const struct rules_set *set)
{
	return set->firewall_count;
}

const struct rules_rule *
rules_at(const struct rules_set *set, size_t index)
{
	return index < set->rule_count ? &set->rule[index].rule->pub : NULL;
}

size_t
rules_switch(struct rules_set *set, uint32_t gid, uint32_t sid, enum rules_switch to)
{
	size_t found = 0;

	for (size_t i = 0; i < set->parsed->count; i++) {
		struct rules_rule *r = &set->parsed->rule[i].pub;

		if (r->sid != sid || (gid != 0 && r->gid != gid))
			continue;
		r->off = to == RULES_OFF;
		r->enforce = r->enforce_written && to == RULES_AS_WRITTEN;
		found++;
	}
	return found;
}

const struct rules_rule *
rules_by_sid(const struct rules_set *set, uint32_t gid, uint32_t sid)
{
	size_t low = 0, high = set->rule_count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct rules_rule *r = &set->rule[set->by_sid[mid]].rule->pub;

		if (r->sid == sid && r->gid == gid)
			return r;
		if (r->sid < sid || (r->sid == sid && r->gid < gid))
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

uint64_t
rules_hit_count(const struct rules_worker *w, uint32_t index)
{
	return index < w->set->rule_count ? w->hit_count[index] : 0;
}

uint64_t
rules_scan_count(const struct rules_worker *w)
{
	return w->scans;
}

const char *
rules_flowbit(const struct rules_set *set, const struct rules_flow *flow, unsigned *i)
{
	for (; *i < set->parsed->flow_bits; (*i)++) {
		bool is_set = *i < 64 ? (flow->bits >> *i & 1) != 0
				      : flow->more != NULL && bit_test(flow->more, *i - 64);

		if (is_set)
			return set->parsed->bit_name[(*i)++];
	}
	return NULL;
}
