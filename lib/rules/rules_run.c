/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Judging one event or frame. In: values, state, who speaks; out: the rules that fired, at most
 * one deciding rule a hook. Called by the inspector and the engine on the packet path.
 *
 *	1 scan what the event brings: candidate groups, and their rules
 *	2 judge groups that the transaction remembers
 *	3 walk each hook's candidates in file order up to the first that decides
 *	4 walk the detection rules
 *	5 take the candidate bits back
 */
#include "rules_set.h"
#include "rules_why.h"

#define HOOK(h) (UINT64_C(1) << RULES_##h)
#define FIELD_BIT(f) (UINT64_C(1) << RULES_##f)

/* ---- candidates ---- */

static void
touch(struct rules_worker *w, uint32_t group)
{
	const struct set_group *sg = &w->set->group[group];
	const struct set_rule *sr = &w->set->rule[sg->rule];

	if (bit_test(w->candidate_group, group))
		return;
	bit_set(w->candidate_group, group);
	w->touched[w->touched_count++] = group;
	if (sg->role & RULES_ROLE_ENTRY)
		bit_set(w->candidate + w->set->list[sr->list].first_word, sr->pos);
}

struct scan {
	struct rules_worker *w;
	const struct set_field *field;
};

static bool
on_lead(void *ctx, unsigned id, uint64_t end)
{
	struct scan *s = ctx;

	for (uint32_t i = s->field->first[id]; i < s->field->first[id + 1]; i++)
		touch(s->w, s->field->user[i]);
	return false;
}

/* A scan that fails tells nothing: the caller fails closed. */
static void
scan_value(struct rules_judge *j, const struct set_field *field, struct span value)
{
	struct scan s = { j->w, field };

	if (field->db == NULL)
		return;
	j->w->scans++;
	if (match_block(field->db, j->w->scratch, value, on_lead, &s) != 0)
		j->limit = true;
}

static void
collect_field(struct rules_judge *j, enum rules_field f)
{
	const struct set_field *field = &j->set->field[f];
	const struct rules_item *item = rules_fresh(j->values, f);

	for (uint32_t i = 0; i < field->plain_count; i++)
		touch(j->w, field->plain[i]);
	if (rules_field_kind(f) == RULES_NUM)
		return;
	if (item == NULL)
		scan_value(j, field, j->values->buf[f]);
	for (; item != NULL; item = item->next)
		scan_value(j, field, item->value);
}

/* Bodies were scanned as they came; what matched in them holds at each of their later events. */
static void
collect_stream(struct rules_judge *j, enum rules_field f)
{
	const struct set_field *field = &j->set->field[f];
	uint32_t bit = field->memory_begin;

	if (j->tx->matched == NULL)
		return;
	for (; bit < field->memory_end; bit++) {
		if (bit % 64 == 0 && j->tx->matched[bit / 64] == 0) {
			bit += 63;
			continue;
		}
		if (bit_test(j->tx->matched, bit)) {
			touch(j->w, j->set->memory_group[bit]);
			bit_set(j->w->hot, j->set->memory_group[bit]);
		}
	}
}

/* Groups that a transaction remembers are judged whenever their value comes. */
static void
judge_remembered(struct rules_judge *j)
{
	for (uint32_t i = 0; i < j->w->touched_count; i++) {
		uint32_t group = j->w->touched[i];
		const struct set_group *sg = &j->set->group[group];

		if (sg->memory == RULES_NONE || bit_test(j->w->hot, group) ||
		    !rules_group_brought(j, sg->group))
			continue;
		bit_set(j->w->hot, group);
		rules_memory_set(j->set, j->tx, j->arena, sg->memory);
	}
}

static void
collect(struct rules_judge *j)
{
	uint64_t todo = j->values->brought & j->set->scanned;

	/* The end of a message may decide what its bytes could not. */
	if (j->message_known)
		todo |= j->set->scanned &
			(FIELD_BIT(DATA) | FIELD_BIT(FILE_DATA) | FIELD_BIT(MIME_TEXT));
	for (; todo != 0; todo &= todo - 1) {
		enum rules_field f = (enum rules_field)__builtin_ctzll(todo);

		if ((j->set->field[f].lists & j->lists) == 0 ||
		    rules_unasked(j->w, &j->set->field[f], j->flow))
			continue;
		if (rules_field_kind(f) == RULES_STREAM)
			collect_stream(j, f);
		else
			collect_field(j, f);
	}
	judge_remembered(j);
}

static void
forget(struct rules_worker *w)
{
	for (uint32_t i = 0; i < w->touched_count; i++) {
		uint32_t group = w->touched[i];
		const struct set_rule *sr = &w->set->rule[w->set->group[group].rule];

		bit_clear(w->candidate_group, group);
		bit_clear(w->hot, group);
		bit_clear(w->candidate + w->set->list[sr->list].first_word, sr->pos);
	}
	w->touched_count = 0;
}

/* ---- one rule ---- */

static bool
groups_hold(struct rules_judge *j, const struct set_rule *sr)
{
	bool hot = !sr->triggers;

	for (uint32_t i = 0; i < sr->group_count; i++)
		if (!rules_group_state(j, sr->first_group + i, &hot))
			return false;
	return hot;
}

bool
rules_has_alerted(const struct rules_judge *j, const struct set_rule *sr)
{
	return sr->mark != RULES_NONE && j->tx != NULL && rules_memory_test(j->tx, sr->mark);
}

bool
rules_rule_holds(struct rules_judge *j, const struct set_rule *sr)
{
	const struct rule *r = sr->rule;

	j->rule = r;
	return rules_packet_fails(j, r) == RULES_FAILS_NOT && rules_bits_hold(j, r) && rules_ints_hold(j, r) &&
	       groups_hold(j, sr);
}

/* The rule fires: counters, state, a hit. Gives the hit's index, or 0xff. */
static uint8_t
fire(struct rules_judge *j, const struct set_rule *sr, bool alert, bool decisive)
{
	const struct rules_rule *pub = &sr->rule->pub;
	struct rules_hit hit = { .rule = pub, .hook = j->hook, .would = !pub->enforce };

	hit.alert = alert && !pub->noalert && (pub->alert || pub->hook == RULES_HOOK_DETECT) &&
		    !rules_has_alerted(j, sr);
	j->w->hit_count[pub->index]++;
	/* A rule that is only watched must not change what the enforced ones see. */
	if (pub->enforce) {
		rules_bits_apply(j, sr->rule);
		rules_sets_apply(j, sr);
	}
	if (sr->mark != RULES_NONE && j->tx != NULL)
		rules_memory_set(j->set, j->tx, j->arena, sr->mark);
	if (pub->pass && pub->enforce) {
		j->passed = true;
		if (pub->scope == RULES_SCOPE_FLOW && j->flow != NULL)
			j->flow->passed = 1;
	}
	return rules_hits_add(j->hits, &hit, decisive);
}

/* ---- a hook ---- */

/* The candidate at or after *pos in the list; false: no more. */
static bool
next_candidate(const struct rules_judge *j, const struct set_list *list, uint32_t *pos)
{
	const uint64_t *candidate = j->w->candidate + list->first_word;

	for (uint32_t word = *pos / 64; word < list->words; word++) {
		uint64_t bits = candidate[word] | list->always[word];

		if (word == *pos / 64)
			bits &= ~UINT64_C(0) << (*pos % 64);
		if (bits != 0) {
			*pos = word * 64 + (uint32_t)__builtin_ctzll(bits);
			return true;
		}
	}
	return false;
}

/* A rule of a later hook accepts by its header alone; nothing is remembered or told. */
static uint8_t
fire_before(struct rules_judge *j, const struct set_rule *sr)
{
	struct rules_hit hit = { .rule = &sr->rule->pub,
				 .hook = j->hook,
				 .would = !sr->rule->pub.enforce };

	return rules_hits_add(j->hits, &hit, sr->rule->pub.enforce);
}

static inline void
watch(struct rules_judge *j, unsigned which, uint32_t pos)
{
	if (j->w->watch != NULL)
		rules_watch_to(j, which, pos + 1);
}

static uint8_t
walk_hook(struct rules_judge *j, enum rules_hook hook)
{
	const struct set_list *list = &j->set->list[hook];
	bool alert;

	j->hook = hook;
	for (uint32_t pos = 0; next_candidate(j, list, &pos); pos++) {
		uint32_t entry = list->entry[pos];
		const struct set_rule *sr = &j->set->rule[entry & ~RULES_ENTRY_BEFORE];
		uint8_t hit;

		if (sr->rule->pub.off)
			continue;
		watch(j, hook, pos);
		if (entry & RULES_ENTRY_BEFORE) {
			if (rules_packet_fails(j, sr->rule) != RULES_FAILS_NOT)
				continue;
			hit = fire_before(j, sr);
		} else {
			if (!rules_rule_holds(j, sr) || !rules_rate_holds(j, sr, &alert))
				continue;
			hit = fire(j, sr, alert, sr->rule->pub.enforce);
		}
		if (sr->rule->pub.enforce)
			return hit;
	}
	return 0xff;
}

static uint8_t
run_hook(struct rules_judge *j, enum rules_hook hook)
{
	uint8_t hit = walk_hook(j, hook);

	if (j->w->watch != NULL)
		rules_watch_rest(j, hook, hit);
	return hit;
}

static void
walk_detect(struct rules_judge *j, unsigned which)
{
	const struct set_list *list = &j->set->list[which];
	bool alert, fires;

	j->hook = RULES_HOOK_DETECT;
	for (uint32_t pos = 0; next_candidate(j, list, &pos); pos++) {
		const struct set_rule *sr = &j->set->rule[list->entry[pos]];
		const struct rules_rule *pub = &sr->rule->pub;

		if (pub->off)
			continue;
		watch(j, which, pos);
		if (rules_has_alerted(j, sr) || !rules_rule_holds(j, sr))
			continue;
		fires = rules_rate_holds(j, sr, &alert);
		if (fires)
			fire(j, sr, alert, pub->action != RULES_ALERT && pub->action != RULES_LOG);
		rules_seen(j, sr->rule);
		/* pass rules stand first in the list. */
		if (fires && pub->action == RULES_PASS && pub->enforce) {
			if (j->flow != NULL)
				j->flow->passed = 1;
			j->passed = true;
			return;
		}
	}
}

/* Detection rules, unless a rule with pass has let the connection go. */
static void
run_detect(struct rules_judge *j, unsigned which)
{
	j->hook = RULES_HOOK_DETECT;
	if (!j->passed && (j->flow == NULL || !j->flow->passed))
		walk_detect(j, which);
	if (j->w->watch == NULL)
		return;
	if (j->passed || (j->flow != NULL && j->flow->passed))
		rules_watch_passed(j, which);
	else
		rules_watch_rest(j, which, 0xff);
}

/* ---- entries ---- */

static uint64_t
hooks_of(const struct rules_event *ev)
{
	uint64_t hooks = 0;

	for (unsigned i = 0; i < ev->hook_count; i++)
		hooks |= UINT64_C(1) << ev->hooks[i];
	return hooks;
}

static bool
is_hook(const struct rules_event *ev, uint64_t hooks)
{
	return (hooks_of(ev) & hooks) != 0;
}

#define MESSAGE_KNOWN (HOOK(REQUEST_COMPLETE) | HOOK(RESPONSE_COMPLETE) | HOOK(AT_MESSAGE))
#define ENVELOPE_KNOWN                                                                             \
	(MESSAGE_KNOWN | HOOK(REQUEST_DATA) | HOOK(RESPONSE_DATA) | HOOK(AT_DATA) | HOOK(AT_BODY))

/* What the transaction can no longer gain; the end of its message. */
static void
look_ahead(struct rules_judge *j, const struct rules_event *ev)
{
	struct span verb = ev->values->buf[RULES_COMMAND];
	bool has_verb = (ev->values->brought >> RULES_COMMAND & 1) != 0;
	bool data_mode = (ev->values->present >> RULES_MODE & 1) != 0 &&
			 ev->values->num[RULES_MODE] == RULES_MODE_DATA;

	j->end = ev->end;
	j->message_known = ev->end || is_hook(ev, MESSAGE_KNOWN) ||
			   (data_mode && !has_verb && is_hook(ev, HOOK(COMMAND_REQUEST_COMPLETE)));
	/* An early reply does not end the message: the client's end of data does. */
	if (j->message_known && ev->to_server)
		rules_message_end(j->w, j->tx, data_mode, ev->arena);
	j->envelope_known = j->message_known || data_mode || is_hook(ev, ENVELOPE_KNOWN) ||
			    (has_verb && (span_eq_nocase(verb, SPAN_LIT("DATA")) ||
					  span_eq_nocase(verb, SPAN_LIT("BDAT"))));
}

void
rules_event(struct rules_worker *w, struct rules_flow *flow, struct rules_tx *tx,
	    const struct rules_event *ev, struct rules_hits *hits)
{
	struct rules_judge j = {
		.w = w,
		.set = w->set,
		.flow = flow,
		.tx = tx,
		.packet = ev->packet,
		.values = ev->values,
		.arena = ev->arena,
		.flow_arena = ev->flow_arena,
		.hits = hits,
		.now_us = ev->now_us,
		.to_server = ev->to_server,
		.lists = (ev->firewall ? hooks_of(ev) : 0) | (ev->detect ? HOOK(HOOK_DETECT) : 0),
	};

	rules_hits_open(hits);
	if (w->watch != NULL)
		w->watch->event(w->watch, ev);
	look_ahead(&j, ev);
	collect(&j);
	if (ev->firewall)
		for (unsigned i = 0; i < ev->hook_count; i++)
			hits->decided[i] = run_hook(&j, ev->hooks[i]);
	if (ev->detect)
		run_detect(&j, RULES_HOOK_DETECT);
	forget(w);
	hits->limit |= j.limit || tx->limit;
}

static void
collect_packet(struct rules_judge *j, enum rules_field f, struct span value)
{
	const struct set_field *field = &j->set->field[f];

	if ((field->lists & j->lists) == 0 || value.len == 0)
		return;
	for (uint32_t i = 0; i < field->plain_count; i++)
		touch(j->w, field->plain[i]);
	scan_value(j, field, value);
}

void
rules_packet(struct rules_worker *w, struct rules_flow *flow, const struct rules_packet *p,
	     enum rules_hook hook, bool firewall, uint64_t now_us, struct rules_hits *hits)
{
	struct rules_judge j = {
		.w = w,
		.set = w->set,
		.flow = flow,
		.packet = p,
		.hits = hits,
		.now_us = now_us,
		.to_server = p->to_server,
		.lists = firewall ? UINT64_C(1) << hook : 0,
	};
	bool detect = hook == RULES_FILTER && (flow == NULL || !flow->passed);

	if (detect)
		j.lists |= UINT64_C(1) << RULES_LIST_PACKETS;
	rules_hits_open(hits);
	if (w->watch != NULL)
		w->watch->packet(w->watch, p, hook);
	if (p->ordered != NULL && detect)
		j.limit |= !rules_window_collect(w, p, touch);
	if (p->ordered == NULL && (!p->covered || w->set->views & RULES_VIEW_FRAME))
		collect_packet(&j, RULES_PAYLOAD, p->payload);
	collect_packet(&j, RULES_ETHER, p->ether);
	if (firewall)
		hits->decided[0] = run_hook(&j, hook);
	if (detect)
		run_detect(&j, RULES_LIST_PACKETS);
	forget(w);
	hits->limit |= j.limit;
}

void
rules_values_clear(struct rules_values *v)
{
	for (uint64_t set = v->present; set != 0; set &= set - 1) {
		unsigned f = (unsigned)__builtin_ctzll(set);

		v->buf[f] = SPAN_NONE;
		v->num[f] = 0;
		v->items[f] = NULL;
		v->fresh[f] = NULL;
	}
	v->present = v->brought = 0;
}
