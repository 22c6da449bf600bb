/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Refusals that name a block list. In: lines of replies. Out: notice records, some a session at most;
 * lib/event completes them and tells each once in a while only. Called by inspect_dialogue.c. What the
 * text says of which host is found out there, off the packet path.
 */
#include "inspect_internal.h"

static bool
names_block_list(const struct policy *p, struct span text)
{
	for (const char *const *list = p->block_lists; list != NULL && *list != NULL; list++)
		if (span_find_nocase(text, span_str(*list)) >= 0)
			return true;
	return false;
}

void
inspect_notice_reply(struct inspect *in, struct inspect_env *env, const struct inspect_tx *tx,
		     const struct smtp_event *ev)
{
	struct event *e;

	if (ev->code < 400 || ev->code == 421 || !names_block_list(env->policy, ev->text))
		return;
	if (in->notices == INSPECT_NOTICES) {
		stats_add(env->stats, STATS_LIMIT_NOTICES, 1);
		return;
	}
	in->notices++;
	e = inspect_event_begin(in, env, EVENT_NOTICE);
	if (e == NULL)
		return;
	e->reply_code = ev->code;
	if (tx != NULL) {
		e->flags |= EVENT_HAS_TX;
		e->tx_id = tx->number;
	}
	event_text(e, EVENT_NOTE_SUB, ev->text);
	event_commit(env->events);
}
