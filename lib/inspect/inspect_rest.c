/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transaction that has begun and holds nothing. The first one of a session begins with HELO, and
 * most sessions wait long before their first MAIL: until then it costs a few bytes of the session in
 * place of a struct inspect_tx. In: a session whose bytes are all judged; out: its transaction at
 * rest, or awake again. Called by inspect.c around each call; events are told of it all the same.
 */
#include "inspect_internal.h"

/* As it was when it went to rest. */
void
inspect_rest_show(const struct inspect *in, struct inspect_tx *tx)
{
	inspect_tx_clear(in, tx, in->tx_count - 1);
	tx->start_us = in->rest_us;
	tx->decided = in->rest_decided;
	memcpy(tx->reply_text, in->reply_text, in->reply_len);
	tx->last_reply = span_of(tx->reply_text, in->reply_len);
}

/*
 * Whatever it holds beyond what rest keeps is a byte that differs from a new one: no list of fields
 * that someone could forget to lengthen.
 */
static bool
is_empty(const struct inspect *in, const struct inspect_env *env, const struct inspect_tx *tx)
{
	struct inspect_tx fresh;

	if (tx->arena.used > 0 || tx->number + 1 != in->tx_count ||
	    !span_eq(tx->last_reply, inspect_last_reply(in)))
		return false;
	inspect_tx_clear(in, &fresh, tx->number);
	inspect_tx_arenas(env, &fresh);
	fresh.start_us = tx->start_us;
	memcpy(&fresh.decided, &tx->decided, sizeof(fresh.decided));
	memcpy(fresh.reply_text, tx->reply_text, sizeof(fresh.reply_text));
	fresh.last_reply = tx->last_reply;
	return memcmp(&fresh, tx, sizeof(fresh)) == 0;
}

void
inspect_rest(struct inspect *in, struct inspect_env *env)
{
	struct inspect_tx *tx = in->tx;

	if (tx == NULL || tx->next != NULL || smtp_pending(in->smtp) > 0 || !is_empty(in, env, tx))
		return;
	in->rest_us = tx->start_us;
	in->rest_decided = tx->decided;
	in->rests = true;
	in->tx = NULL;
	pool_put(env->txs, tx);
}

bool
inspect_wake(struct inspect *in, struct inspect_env *env)
{
	struct inspect_tx *tx;

	if (!in->rests)
		return true;
	tx = inspect_tx_begin(in, env, in->tx_count - 1);
	if (tx == NULL)
		return false;
	inspect_rest_show(in, tx);
	inspect_tx_arenas(env, tx);
	in->rests = false;
	return true;
}
