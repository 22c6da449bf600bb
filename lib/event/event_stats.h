/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters as an EVE object. Internal to event. */
#ifndef EVENT_STATS_H
#define EVENT_STATS_H

#include "event.h"
#include "event_line.h"

/* 0 or -ENOMEM. */
int event_stats_line(struct event_line *l, const struct event_writer_settings *s, uint64_t time_us,
		     uint64_t uptime_s, const char *const *names, const uint64_t *values,
		     size_t count);

#endif
