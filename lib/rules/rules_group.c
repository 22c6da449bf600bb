/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where one sticky buffer of a rule stands at an event. In: the group, what the event brings, what
 * the transaction remembers; out: true or not, and whether this event made it so ("hot": a rule
 * fires when its last buffer matches, so at least one of its triggers must be hot).
 */
#include "rules_set.h"

#include <stdio.h>

static uint64_t
field_bit(enum rules_field f)
{
	return UINT64_C(1) << f;
}

/* rules_verify, with "no answer" noted. */
static bool
holds_on(struct rules_judge *j, const struct rules_group *g, struct span value, int64_t number)
{
	int rc = rules_verify(j->w, g, value, number);

	if (rc < 0)
		j->limit = true;
	return rc > 0;
}

/* A number as its decimal text too: smtp.response_code may be a buffer of three digits. */
static struct span
number_text(struct rules_judge *j, enum rules_field f)
{
	int len = snprintf(j->w->number, sizeof(j->w->number), "%03lld",
			   (long long)j->values->num[f]);

	return span_of(j->w->number, (size_t)len);
}

static bool
number_holds(struct rules_judge *j, const struct rules_group *g)
{
	return holds_on(j, g, number_text(j, g->field), j->values->num[g->field]);
}

/* Any of the items, or all of them; there is one at least. */
static bool
items_hold(struct rules_judge *j, const struct rules_group *g, const struct rules_item *item)
{
	bool all = g->quantifier == RULES_ALL;

	for (; item != NULL; item = item->next)
		if (holds_on(j, g, item->value, 0) != all)
			return !all;
	return all;
}

struct span
rules_packet_value(const struct rules_judge *j, enum rules_field f)
{
	return f == RULES_ETHER ? j->packet->ether : rules_unseen(j->packet, j->rule);
}

/* Lists that one event brings whole need no mark of what is new in them. */
const struct rules_item *
rules_fresh(const struct rules_values *v, enum rules_field f)
{
	switch (f) {
	case RULES_MAIL_PARAM:
	case RULES_RCPT_PARAM:
	case RULES_EHLO_PARAM:
	case RULES_RESPONSE:
	case RULES_RESPONSE_LINE:
	case RULES_EVENT:
		return v->fresh[f] != NULL ? v->fresh[f] : v->items[f];
	default:
		return v->fresh[f];
	}
}

/* What is counted from a stream's beginning holds when this piece made it hold: it is told once. */
static bool
packet_holds(struct rules_judge *j, const struct rules_group *g)
{
	const struct rules_stream *s = j->packet->ordered;
	struct span value = rules_packet_value(j, g->field);

	if (!holds_on(j, g, value, 0))
		return false;
	return s == NULL || (j->rule->views & RULES_VIEW_STREAM) != 0 ||
	       !holds_on(j, g, span_take(value, s->judged), 0);
}

int
rules_group_brought(struct rules_judge *j, const struct rules_group *g)
{
	enum rules_field f = g->field;
	const struct rules_item *fresh;

	if (j->tx == NULL)
		return packet_holds(j, g);
	if (rules_field_kind(f) == RULES_NUM)
		return number_holds(j, g);
	fresh = rules_fresh(j->values, f);
	if (fresh != NULL)
		return items_hold(j, g, fresh);
	return holds_on(j, g, j->values->buf[f], 0);
}

/* On all that is known of the field, whenever it came. */
static bool
group_known(struct rules_judge *j, const struct rules_group *g)
{
	enum rules_field f = g->field;

	if (rules_field_kind(f) == RULES_NUM)
		return number_holds(j, g);
	if (j->values->items[f] != NULL)
		return items_hold(j, g, j->values->items[f]);
	return holds_on(j, g, j->values->buf[f], 0);
}

/* Can another value of this field still come in the transaction? */
bool
rules_may_still_come(const struct rules_judge *j, enum rules_field f, bool all)
{
	enum rules_family family = rules_hook_family(j->hook);

	if (j->end)
		return false;
	if (rules_of_body(f))
		return !j->message_known;
	if (rules_per_event(f)) /* an event brings them all at once */
		return rules_field_kind(f) == RULES_MULTI || f == RULES_RESPONSE_CODE
			       ? j->to_server
			       : !j->to_server;
	/* A command or a named state has at its own event all that it will ever have. */
	if (!all && (family == RULES_DIALOGUE || family == RULES_STATE))
		return false;
	return !j->envelope_known;
}

static bool
late_holds(struct rules_judge *j, const struct rules_group *g)
{
	bool present = (j->values->present & field_bit(g->field)) != 0;
	bool all = g->quantifier == RULES_ALL;

	if (rules_may_still_come(j, g->field, all))
		return false;
	if (!present)
		return g->cond_count > 0 && g->cond[0].kind == RULES_COND_ABSENT;
	return (all || g->cond_count > 1) && group_known(j, g);
}

/* What the event brings, by memory and candidate bits where they spare the work. */
static bool
brought_holds(struct rules_judge *j, uint32_t index)
{
	const struct set_group *sg = &j->set->group[index];

	if (j->whole && rules_field_kind(sg->group->field) == RULES_STREAM)
		return rules_memory_test(j->tx, sg->memory);
	if (j->whole)
		return rules_group_brought(j, sg->group);
	if (sg->memory != RULES_NONE)
		return bit_test(j->w->hot, index); /* judged when the event began */
	if (sg->role & RULES_ROLE_LEAD && !bit_test(j->w->candidate_group, index))
		return false;
	return rules_group_brought(j, sg->group);
}

bool
rules_group_state(struct rules_judge *j, uint32_t index, bool *hot)
{
	const struct set_group *sg = &j->set->group[index];
	const struct rules_group *g = sg->group;
	bool trigger = (sg->role & RULES_ROLE_TRIGGER) != 0, brought, alone;

	if (j->tx == NULL) {
		*hot = true;
		return brought_holds(j, index);
	}
	if (sg->role & RULES_ROLE_LATE) {
		bool late = late_holds(j, g);

		*hot |= late;
		return late;
	}
	brought = (j->values->brought & field_bit(g->field)) != 0 ||
		  (j->message_known && rules_field_kind(g->field) == RULES_STREAM);
	if (brought && brought_holds(j, index)) {
		*hot |= trigger;
		return true;
	}
	if (sg->memory != RULES_NONE && rules_memory_test(j->tx, sg->memory))
		return true;
	if (sg->role & RULES_ROLE_FILE) { /* values of another file do not count */
		uint32_t latch = j->set->rule[sg->rule].latch;

		return rules_memory_test(j->tx, latch);
	}
	/* What came before is a condition like any other, unless only this event's counts. */
	alone = trigger && j->set->rule[sg->rule].group_count == 1;
	if (alone || !(j->values->present & field_bit(g->field)) ||
	    rules_field_kind(g->field) == RULES_STREAM)
		return false;
	if (brought &&
	    (rules_field_kind(g->field) != RULES_MULTI || j->values->items[g->field] == NULL))
		return false;
	return group_known(j, g);
}

/* ---- data sets ---- */

static void
put_value(struct rules_judge *j, const struct rules_group *g, struct span value, int64_t number)
{
	if (!holds_on(j, g, value, number))
		return;
	value = rules_transformed(j->w, g, value);
	for (unsigned i = 0; i < g->cond_count; i++) {
		const struct rules_cond *c = &g->cond[i];

		if (c->kind != RULES_COND_DATASET ||
		    (c->dataset.op != RULES_SET_SET && c->dataset.op != RULES_SET_UNSET))
			continue;
		if (!rules_dataset_put(c->dataset.set, value, c->dataset.op == RULES_SET_SET))
			j->limit = true;
	}
}

/* Of several values those that match. */
static void
put_values(struct rules_judge *j, const struct rules_group *g)
{
	enum rules_field f = g->field;
	const struct rules_item *item;

	if (j->tx == NULL) {
		put_value(j, g, rules_packet_value(j, f), 0);
		return;
	}
	if (!(j->values->present & field_bit(f)))
		return;
	if (rules_field_kind(f) == RULES_NUM) {
		put_value(j, g, number_text(j, f), j->values->num[f]);
		return;
	}
	item = j->values->items[f];
	if (item == NULL)
		put_value(j, g, j->values->buf[f], 0);
	for (; item != NULL; item = item->next)
		put_value(j, g, item->value, 0);
}

void
rules_sets_apply(struct rules_judge *j, const struct set_rule *sr)
{
	for (uint32_t i = 0; sr->changes_sets && i < sr->group_count; i++)
		put_values(j, j->set->group[sr->first_group + i].group);
}
