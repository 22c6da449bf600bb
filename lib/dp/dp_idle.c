/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an lcore does when there is nothing to do, or when a ring is full: spin, give the CPU to the
 * next thread, or sleep. Where lcores share CPUs, spinning costs a scheduler slice each time the
 * other side is waited for, so every wait of the dataplane comes through here. Also its clock.
 */
#include <sched.h>
#include <time.h>

#include <rte_pause.h>

#include "dp_internal.h"

#define DP_SLEEP_AFTER 64 /* idle turns in a row before the first sleep */
#define DP_SLEEP_NS 50000

void
dp_idle_begin(struct dp_idler *i, enum dp_idle policy)
{
	i->policy = policy;
	i->empty = 0;
}

void
dp_idle(struct dp_idler *i)
{
	struct timespec t = { .tv_nsec = DP_SLEEP_NS };

	switch (i->policy) {
	case DP_IDLE_SLEEP:
		if (++i->empty > DP_SLEEP_AFTER)
			nanosleep(&t, NULL);
		else
			sched_yield();
		break;
	case DP_IDLE_YIELD:
		sched_yield();
		break;
	default:
		rte_pause();
	}
}

/* Monotonic, so that a step of the wall clock ends no session. */
uint64_t
dp_clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}
