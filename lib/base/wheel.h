/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hierarchical timer wheel, intrusive and lazy. Time is an argument, never read.
 *
 * Re-arming to a later time is a store: the timer keeps its bucket and is moved when that bucket
 * comes round. Arm and cancel are O(1); wheel_next costs what has expired, and is bounded by the
 * caller, who takes one timer at a time.
 *
 *	struct wheel_timer in the caller's object; when it expires the caller gets it back and
 *	finds its object with wheel_entry().
 *
 * One tick is 2^WHEEL_TICK_SHIFT microseconds (about 65 ms). Not thread safe; one owner.
 */
#ifndef WHEEL_H
#define WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEEL_TICK_SHIFT 16
#define WHEEL_SLOTS 256
#define WHEEL_LEVELS 3 /* 256^3 ticks: 12 days; later times wait in the last slot */

/* Zero is an idle timer. */
struct wheel_timer {
	struct wheel_timer *next, **prev; /* bucket list; prev NULL: not armed */
	uint32_t due;			  /* tick wanted */
	uint32_t slot_due;		  /* tick of the bucket it sits in, <= due */
};

struct wheel {
	struct wheel_timer *slot[WHEEL_LEVELS][WHEEL_SLOTS];
	struct wheel_timer *ready; /* expired, not yet handed out */
	uint64_t base_us;	   /* time of tick 0 */
	uint32_t now;		   /* tick reached */
	uint32_t count;		   /* timers armed */
};

#define wheel_entry(timer, type, member) ((type *)(void *)((char *)(timer)-offsetof(type, member)))

void wheel_open(struct wheel *w, uint64_t now_us);
/* (Re)arm for at_us (rounded up to a tick; in the past: the next tick). */
void wheel_arm(struct wheel *w, struct wheel_timer *t, uint64_t at_us);
void wheel_cancel(struct wheel *w, struct wheel_timer *t);
/* Move time forward (never back; an earlier now_us is ignored). Cost is bounded per call by the
 * number of slots passed, and a jump of days by WHEEL_LEVELS * WHEEL_SLOTS slots. */
void wheel_advance(struct wheel *w, uint64_t now_us);
/* Next expired timer, disarmed, or NULL. */
struct wheel_timer *wheel_next(struct wheel *w);

static inline bool
wheel_armed(const struct wheel_timer *t)
{
	return t->prev != NULL;
}

#endif
