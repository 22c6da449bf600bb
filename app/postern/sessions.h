/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions of all workers as copies, for those who show them. Workers own their sessions: they are
 * asked by letter for one bounded piece of their table at a time, between two bursts, and in between
 * events are taken. So a long list never holds up a packet; it is no picture of one instant.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include <jansson.h>
#include "app.h"

struct sessions {
	struct engine_session *each;
	size_t count;	/* in each */
	size_t matched; /* by the filter; more than count: the rest is left out */
	size_t total;	/* looked at */
	bool whole;	/* false: it took too long, not all were looked at */
	uint64_t now_us;
};

/* 0 or -errno and *err. Free by sessions_free. */
int sessions_gather(struct app *a, const char *filter, struct sessions *out, struct err *err);
void sessions_free(struct sessions *s);
/* The session of this flow_id, *id as a number: 0 and *json; -ENOENT, -EINVAL and *err. */
int sessions_one(struct app *a, const char *flow_id, uint64_t *id, json_t **json, struct err *err);
json_t *session_json(const struct engine_session *s, uint64_t now_us);
json_t *sessions_json(const struct sessions *s);

#endif
