/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How old entries are and which is worth least. In: touches, ranks, times. Out: expired entries and
 * victims. The engine arms every entry after each of its frames; nothing here removes one.
 *
 * Every rank has a list of its entries, so that the lowest rank in use is known at once. A list is
 * no order of use: keeping that would cost two strange cache lines a frame. Instead the eviction
 * looks at a few from the front, gives up the one idle longest and moves the others to the back.
 */
#include "flow_internal.h"

void
flow_link(struct flow_table *t, struct flow_entry *e)
{
	struct flow_list *list = &t->list[e->rank];
	uint32_t index = flow_index(t, e);

	e->listed = e->rank;
	e->next = FLOW_NIL;
	e->prev = list->last;
	if (list->last != FLOW_NIL)
		flow_at(t, list->last)->next = index;
	else
		list->first = index;
	list->last = index;
	list->count++;
}

void
flow_unlink(struct flow_table *t, struct flow_entry *e)
{
	struct flow_list *list = &t->list[e->listed];

	if (e->prev != FLOW_NIL)
		flow_at(t, e->prev)->next = e->next;
	else
		list->first = e->next;
	if (e->next != FLOW_NIL)
		flow_at(t, e->next)->prev = e->prev;
	else
		list->last = e->prev;
	list->count--;
	e->listed = FLOW_FREE;
}

size_t
flow_count_rank(const struct flow_table *t, enum flow_rank rank)
{
	return t->list[rank].count;
}

void
flow_rank_set(struct flow_entry *e, enum flow_rank rank)
{
	e->rank = rank;
}

enum flow_rank
flow_rank(const struct flow_entry *e)
{
	return (enum flow_rank)e->rank;
}

void
flow_touch(struct flow_entry *e, uint64_t now_us)
{
	e->used = now_us >> WHEEL_TICK_SHIFT;
}

uint64_t
flow_used_us(const struct flow_entry *e)
{
	return (uint64_t)e->used << WHEEL_TICK_SHIFT;
}

void
flow_arm(struct flow_table *t, struct flow_entry *e, uint64_t at_us)
{
	if (e->listed != e->rank) {
		flow_unlink(t, e);
		flow_link(t, e);
	}
	wheel_arm(&t->wheel, &e->timer, at_us);
}

void
flow_advance(struct flow_table *t, uint64_t now_us)
{
	wheel_advance(&t->wheel, now_us);
}

struct flow_entry *
flow_expired(struct flow_table *t)
{
	struct wheel_timer *timer = wheel_next(&t->wheel);

	return timer != NULL ? wheel_entry(timer, struct flow_entry, timer) : NULL;
}

/* Is a worth less than b? */
static bool
cheaper(const struct flow_entry *a, const struct flow_entry *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->used < b->used;
}

/* All buckets that a key may lie in are full: only one of these entries helps. */
static struct flow_entry *
worst_of_bucket(const struct flow_table *t, const struct flow_bucket *b)
{
	struct flow_entry *worst = flow_at(t, b->index[0]);

	for (unsigned i = 1; i < FLOW_SLOTS; i++) {
		struct flow_entry *e = flow_at(t, b->index[i]);

		if (cheaper(e, worst))
			worst = e;
	}
	return worst;
}

static struct flow_entry *
worst_of_list(struct flow_table *t, const struct flow_list *list)
{
	struct flow_entry *worst = NULL;

	for (unsigned i = 0; i < FLOW_CANDIDATES && list->first != FLOW_NIL; i++) {
		struct flow_entry *e = flow_at(t, list->first);

		if (worst == NULL || cheaper(e, worst))
			worst = e;
		flow_unlink(t, e);
		flow_link(t, e);
	}
	return worst;
}

struct flow_entry *
flow_evict(struct flow_table *t, const struct flow_key *near, enum flow_rank first)
{
	if (flow_room(t, near->hash) == FLOW_NIL)
		return worst_of_bucket(t, &t->bucket[flow_home(t, near->hash)]);
	if (t->list[first].first != FLOW_NIL)
		return worst_of_list(t, &t->list[first]);
	for (unsigned rank = 0; rank < FLOW_RANKS; rank++)
		if (t->list[rank].first != FLOW_NIL)
			return worst_of_list(t, &t->list[rank]);
	return NULL;
}
