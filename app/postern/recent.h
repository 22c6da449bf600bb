/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What was decided of late, for `why FLOW_ID`: alerts, drops, verdicts and anomalies on their way to the
 * files are kept, the newest RECENT_KEPT of all sessions. Management core only.
 *
 *	recent_keep(r, record);			each record
 *	all = recent_of(r, flow_id);		its events as in eve.json, oldest first
 */
#ifndef RECENT_H
#define RECENT_H

#include <jansson.h>
#include "event.h"

#define RECENT_KEPT 1024

struct recent;

/* NULL: no memory. */
struct recent *recent_open(void);
void recent_close(struct recent *r);
/* r may be NULL. What repeats the one before (frames of a stopped session) is counted with it. */
void recent_keep(struct recent *r, const struct event *e);
/* An array, the caller's; an event that was repeated has "times". */
json_t *recent_of(const struct recent *r, uint64_t flow_id);

#endif
