/* SPDX-License-Identifier: BSD-3-Clause */
/* Events of all workers to the files, and counters as stats events. Runs on the management core. */
#include <string.h>

#include "app.h"
#include "notices.h"
#include "recent.h"

#define EVENTS_OWN 4
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
			recent_keep(a->recent, e);
			notices_write(a->notices, a->writer, e);
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

/* What the writer alone knows. */
static size_t
events_own(const struct app *a, const char **names, uint64_t *values)
{
	struct event_notice_counts c;

	notices_counts(a->notices, &c);
	names[0] = "events.unwritten";
	values[0] = event_writer_lost(a->writer);
	names[1] = "notices.said";
	values[1] = c.said;
	names[2] = "notices.suppressed";
	values[2] = c.suppressed;
	names[3] = "notices.forgotten";
	values[3] = c.forgotten;
	return EVENTS_OWN;
}

void
events_stats(struct app *a, uint64_t time_us)
{
	const char *names[STATS_COUNT + EVENTS_IPS + EVENTS_OWN];
	uint64_t values[STATS_COUNT + EVENTS_IPS + EVENTS_OWN];
	struct stats total;
	size_t i, n = 0;

	dp_stats(a->dp, &total);
	for (i = 0; i < STATS_COUNT; i++, n++) {
		names[n] = stats_info((enum stats_id)i)->name;
		values[n] = total.v[i];
	}
	for (i = 0; i < EVENTS_IPS; i++, n++) {
		names[n] = events_ips[i].name;
		values[n] = total.v[events_ips[i].of];
	}
	n += events_own(a, names + n, values + n);
	/* A capture run tells the same however long it takes. */
	event_write_stats(a->writer, time_us,
			  app_offline(a) ? 0 : (app_clock_us() - a->start_us) / 1000000, names,
			  values, n);
}
