/* SPDX-License-Identifier: BSD-3-Clause */
/* Events of all workers to the files, and counters as stats events. Runs on the management core. */
#include <string.h>

#include "app.h"

#define EVENTS_ROUND 256 /* records of one worker before the next one's turn */

size_t
events_drain(struct app *a)
{
	struct event *e;
	size_t n = 0, k;
	unsigned w;

	for (w = 0; w < dp_workers(a->dp); w++) {
		for (k = 0; k < EVENTS_ROUND; k++) {
			e = dp_event_peek(a->dp, w);
			if (e == NULL)
				break;
			event_write(a->writer, e);
			dp_event_pop(a->dp, w);
		}
		n += k;
	}
	return n;
}

/* Suricata's name for the packets that an inline sensor let go, held up and answered. */
static const struct {
	const char *name;
	enum stats_id of;
} events_ips[] = {
	{ "ips.accepted", STATS_ACCEPTED },
	{ "ips.blocked", STATS_BLOCKED },
	{ "ips.rejected", STATS_REJECTED },
};

#define EVENTS_IPS (sizeof(events_ips) / sizeof(events_ips[0]))

void
events_stats(struct app *a, uint64_t time_us)
{
	const char *names[STATS_COUNT + EVENTS_IPS];
	uint64_t values[STATS_COUNT + EVENTS_IPS];
	struct stats total;
	size_t i;

	dp_stats(a->dp, &total);
	for (i = 0; i < STATS_COUNT; i++) {
		names[i] = stats_info((enum stats_id)i)->name;
		values[i] = total.v[i];
	}
	for (i = 0; i < EVENTS_IPS; i++) {
		names[STATS_COUNT + i] = events_ips[i].name;
		values[STATS_COUNT + i] = total.v[events_ips[i].of];
	}
	event_write_stats(a->writer, time_us, (app_clock_us() - a->start_us) / 1000000, names,
			  values, STATS_COUNT + EVENTS_IPS);
}
