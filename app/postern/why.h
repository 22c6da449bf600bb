/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --why and --trace: what was judged, in order, by which rules, and why each did or did not match.
 *
 *	w = why_open(&settings, &err);
 *	engine settings .watch = why_watch(w);		the engine's thread writes
 *	why_say(w, "session one");			lines in between
 *	why_close(w, &err);
 */
#ifndef WHY_H
#define WHY_H

#include "err.h"
#include "policy.h"

struct why;

struct why_settings {
	const char *path; /* NULL: standard output */
	uint32_t sid;	  /* this rule alone; 0: all */
	uint64_t flow_id; /* this connection alone; 0: all */
	const struct policy *policy; /* may be set later: why_policy */
};

/* NULL and *err. */
struct why *why_open(const struct why_settings *s, struct err *err);
/* False: it has no rule of the sid that is traced. */
bool why_policy(struct why *w, const struct policy *policy);
struct policy_watch *why_watch(struct why *w);
void why_say(struct why *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* 0, or -EIO: not all of it was written. */
int why_close(struct why *w, struct err *err);

#endif
