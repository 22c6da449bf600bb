/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Following a worker's judgement: which rules were asked at an event or a frame, and why each did
 * or did not match. For capture runs, scripts and tests; in service no worker has a watch, which
 * costs one comparison a rule.
 *
 * The answer is found by asking the same functions again, without what the matcher said before and
 * without counting: what is told as a match and was none is a fault of the prefilters, and the
 * tests compare the two everywhere. Values of credentials, and payloads that may hold them, are
 * never in the text.
 */
#ifndef RULES_WHY_H
#define RULES_WHY_H

#include "rules.h"

struct rules_why {
	const struct rules_rule *rule;
	enum rules_hook hook; /* where it was asked; RULES_HOOK_DETECT for detection rules */
	bool asked;	      /* false: its turn did not come */
	bool match;
	bool before;	      /* a rule of a later hook, asked for its header alone */
	const char *text;     /* why it did not match, or was not asked; valid in the call */
};

struct rules_watch {
	/* What begins; then each rule of its hooks in order. */
	void (*event)(struct rules_watch *w, const struct rules_event *ev);
	void (*packet)(struct rules_watch *w, const struct rules_packet *p, enum rules_hook hook);
	void (*rule)(struct rules_watch *w, const struct rules_why *why);
};

/* NULL: nobody. Between two events. */
void rules_worker_watch(struct rules_worker *w, struct rules_watch *watch);
/* Is the value shown to people? Those of credentials, and what may hold them, are not. */
bool rules_field_shown(enum rules_field f);

#endif
