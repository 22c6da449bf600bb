/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer wheel. In: times; out: timers whose time has come. Workers keep one for connections.
 * It calls nobody back: the caller pulls expired timers one at a time, as many as it can afford.
 *
 *	level 0: a slot is one tick        |now+1 ........ now+255|
 *	level 1: a slot is 256 ticks       |256 slots .................|
 *	level 2: a slot is 65536 ticks     |256 slots .....................|
 *
 * A slot of level n is emptied when `now` reaches its first tick; what is not yet due moves to a
 * lower level, or stays on its own when it was re-armed to later.
 */
#include "wheel.h"

#include <string.h>

#define SLOT_BITS 8
#define SLOT_MASK (WHEEL_SLOTS - 1)
#define TICK_US ((uint64_t)1 << WHEEL_TICK_SHIFT)

/* Ticks wrap: a is after b when the difference is positive. */
static inline bool
after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static void
link_front(struct wheel_timer **head, struct wheel_timer *t)
{
	t->next = *head;
	t->prev = head;
	if (t->next != NULL)
		t->next->prev = &t->next;
	*head = t;
}

static void
link_ready(struct wheel *w, struct wheel_timer *t)
{
	t->next = NULL;
	t->prev = w->ready_end;
	*w->ready_end = t;
	w->ready_end = &t->next;
}

static void
unlink_timer(struct wheel *w, struct wheel_timer *t)
{
	*t->prev = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	else if (w->ready_end == &t->next)
		w->ready_end = t->prev;
	t->next = NULL;
	t->prev = NULL;
}

/* Into the slot for t->due, which is after now. */
static void
place(struct wheel *w, struct wheel_timer *t)
{
	uint32_t ahead = t->due - w->now;
	unsigned level = 0, slot;

	/* What is due after more than a turn of the highest level is met once a turn. */
	while (level < WHEEL_LEVELS - 1 && ahead >= 1u << ((level + 1) * SLOT_BITS))
		level++;
	slot = t->due >> (level * SLOT_BITS) & SLOT_MASK;
	t->slot_due = t->due >> (level * SLOT_BITS) << (level * SLOT_BITS);
	link_front(&w->slot[level][slot], t);
	w->used[level][slot / 64] |= (uint64_t)1 << slot % 64;
}

void
wheel_open(struct wheel *w, uint64_t now_us)
{
	memset(w, 0, sizeof(*w));
	w->ready_end = &w->ready;
	w->base_us = now_us;
}

static uint32_t
ticks_ahead(const struct wheel *w, uint64_t at_us)
{
	uint64_t ticks = 0;

	if (at_us > w->base_us)
		ticks = (at_us - w->base_us - 1) / TICK_US + 1;
	if (ticks < 1)
		ticks = 1;
	return ticks < WHEEL_FAR ? (uint32_t)ticks : WHEEL_FAR;
}

void
wheel_arm(struct wheel *w, struct wheel_timer *t, uint64_t at_us)
{
	uint32_t due = w->now + ticks_ahead(w, at_us);

	/* Its slot comes before the new time: leave it there, it is looked at in passing. */
	if (wheel_armed(t) && after(t->slot_due, w->now) && !after(t->slot_due, due)) {
		t->due = due;
		return;
	}
	wheel_cancel(w, t);
	t->due = due;
	place(w, t);
	w->count++;
}

void
wheel_cancel(struct wheel *w, struct wheel_timer *t)
{
	if (!wheel_armed(t))
		return;
	unlink_timer(w, t);
	w->count--;
}

/* Slots from `slot` (excluded) to the next used one, 1 to 256, or 0 when the level is empty. */
static unsigned
next_used(const uint64_t *used, unsigned slot)
{
	unsigned at = (slot + 1) & SLOT_MASK;

	for (unsigned seen = 0; seen <= WHEEL_SLOTS / 64; seen++) {
		uint64_t bits = used[at / 64] >> at % 64;

		if (bits != 0) {
			at = (at + (unsigned)__builtin_ctzll(bits)) & SLOT_MASK;
			return ((at - slot - 1) & SLOT_MASK) + 1;
		}
		at = (at / 64 + 1) * 64 & SLOT_MASK;
	}
	return 0;
}

/* Ticks to the next slot in use, at most `limit`. */
static uint64_t
next_stop(const struct wheel *w, uint64_t limit)
{
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = level * SLOT_BITS;
		uint32_t here = w->now >> shift;
		unsigned distance = next_used(w->used[level], here & SLOT_MASK);
		uint32_t ticks = ((here + distance) << shift) - w->now;

		if (distance > 0 && ticks < limit)
			limit = ticks;
	}
	return limit;
}

/* Empty the slot that begins at now. */
static void
empty_slot(struct wheel *w, unsigned level)
{
	unsigned slot = w->now >> (level * SLOT_BITS) & SLOT_MASK;
	struct wheel_timer *t = w->slot[level][slot];

	w->slot[level][slot] = NULL;
	w->used[level][slot / 64] &= ~((uint64_t)1 << slot % 64);
	while (t != NULL) {
		struct wheel_timer *next = t->next;

		if (after(t->due, w->now))
			place(w, t);
		else
			link_ready(w, t);
		t = next;
	}
}

void
wheel_advance(struct wheel *w, uint64_t now_us)
{
	uint64_t ticks;

	if (now_us <= w->base_us)
		return;
	ticks = (now_us - w->base_us) / TICK_US;
	w->base_us += ticks * TICK_US;
	while (ticks > 0) {
		uint64_t step = next_stop(w, ticks);

		w->now += (uint32_t)step;
		ticks -= step;
		for (unsigned level = WHEEL_LEVELS; level-- > 0;) {
			if ((w->now & ((1u << (level * SLOT_BITS)) - 1)) == 0)
				empty_slot(w, level);
		}
	}
}

struct wheel_timer *
wheel_next(struct wheel *w)
{
	struct wheel_timer *t = w->ready;

	if (t != NULL)
		wheel_cancel(w, t);
	return t;
}
