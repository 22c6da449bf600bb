/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hierarchical timer wheel, intrusive and lazy. Time is an argument, never read.
 *
 * Re-arming to a later time is a store: the timer keeps its bucket and is moved when that bucket
 * comes round. Arm and cancel are O(1). Timers expire in the order of their ticks and never early
 * (but see WHEEL_FAR).
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
#define WHEEL_LEVELS 3	     /* 256^3 ticks: 12 days; later times are met once in 12 days */
#define WHEEL_FAR (1u << 30) /* ticks ahead at most, 2 years: later times are brought nearer */

/* Zero is an idle timer. */
struct wheel_timer {
	struct wheel_timer *next, **prev; /* bucket list; prev NULL: not armed */
	uint32_t due;			  /* tick wanted */
	uint32_t slot_due; /* tick at which its bucket is emptied at the latest, <= due */
};

struct wheel {
	struct wheel_timer *slot[WHEEL_LEVELS][WHEEL_SLOTS];
	uint64_t used[WHEEL_LEVELS][WHEEL_SLOTS / 64]; /* bit 0: slot surely empty */
	struct wheel_timer *ready, **ready_end; /* expired, not yet handed out, oldest first */
	uint64_t base_us;			/* time of tick `now` */
	uint32_t now;				/* tick reached; wraps, compared by difference */
	uint32_t count;				/* timers armed */
};

#define wheel_entry(timer, type, member) ((type *)(void *)((char *)(timer)-offsetof(type, member)))

void wheel_open(struct wheel *w, uint64_t now_us);
/* (Re)arm for at_us (rounded up to a tick; in the past: the next tick). */
void wheel_arm(struct wheel *w, struct wheel_timer *t, uint64_t at_us);
void wheel_cancel(struct wheel *w, struct wheel_timer *t);
/* Move time forward (never back; an earlier now_us is ignored). Costs what lies in the slots
 * passed: empty slots are skipped by their bits, a timer is moved at most WHEEL_LEVELS times, and
 * once more for each 12 days that it was armed ahead. */
void wheel_advance(struct wheel *w, uint64_t now_us);
/* Next expired timer, disarmed, or NULL. */
struct wheel_timer *wheel_next(struct wheel *w);

static inline bool
wheel_armed(const struct wheel_timer *t)
{
	return t->prev != NULL;
}

#endif
