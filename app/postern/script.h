/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Session scripts: what client and server say in a YAML file, and what the rules shall make of it.
 *
 *	script_load(&s, path, &err);		the file as values; rule files and variables in s.conf
 *	script_play(&s.session[i], policy, &r);	one connection through a real engine, without DPDK
 *	script_free(&s);
 *
 * docs/rules.md describes the file. The runner with its output is script.c.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "conf.h"
#include "err.h"
#include "policy.h"
#include "why.h"
#include "wire.h"

enum script_outcome { SCRIPT_PASSES, SCRIPT_HELD, SCRIPT_DROPPED, SCRIPT_RESET, SCRIPT_OUTCOMES };
extern const char *const script_outcomes[]; /* their names; NULL-terminated */

struct script_sids { /* named in the file */
	uint32_t *sid;
	size_t count;
	bool given;
	unsigned line;
};

struct script_step {
	enum wire_side from;
	char *text; /* as it goes on the wire */
	enum script_outcome expect;
	struct script_sids sid;	   /* rules that must match in this step */
	struct script_sids alerts; /* exactly these alert in this step */
	unsigned line;
};

struct script_session {
	const char *name, *client, *server; /* the document's */
	uint16_t port;
	bool connects; /* false: the handshake must not get through */
	struct script_step *step;
	size_t steps;
	struct script_sids alerts; /* exactly these alert in the whole session */
	unsigned line;
};

struct script {
	struct ydoc *doc;
	struct conf conf;
	struct script_session *session;
	size_t sessions;
};

struct script_result {
	bool good;
	unsigned line; /* of the step that is not as expected */
	char expected[200], got[200];
	char by[400]; /* the rule that decided: sid, file:line */
};

/* 0, or -errno and *err; what was made is freed. */
int script_load(struct script *s, const char *path, struct err *err);
void script_free(struct script *s);
/* 0, or -errno and *err when there is no engine to play on. why: NULL, or who is told all. */
int script_play(const struct script_session *s, struct policy *policy, struct why *why,
		struct script_result *r, struct err *err);

#endif
