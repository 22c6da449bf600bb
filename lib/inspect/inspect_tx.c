/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transaction's life: begin, find, end, the memory of texts, lengths of lines. Several may be open
 * at one time: the one whose final reply is still to come, and the next one that the client sent
 * ahead.
 */
#include "inspect_internal.h"

struct inspect_tx *
inspect_tx_find(const struct inspect *in, uint32_t number)
{
	struct inspect_tx *tx = in->tx;

	while (tx != NULL && tx->number != number)
		tx = tx->next;
	return tx;
}

void
inspect_tx_clear(const struct inspect *in, struct inspect_tx *tx, uint32_t number)
{
	memset(tx, 0, sizeof(*tx));
	tx->number = number;
	tx->size = -1;
	tx->helo = in->helo;
}

void
inspect_tx_arenas(const struct inspect_env *env, struct inspect_tx *tx)
{
	arena_open(&tx->arena, env->chunks, env->policy->limits.session_memory);
	arena_open(&tx->large, env->large_chunks, env->policy->limits.session_memory);
}

struct inspect_tx *
inspect_tx_begin(struct inspect *in, struct inspect_env *env, uint32_t number)
{
	struct inspect_tx **end = &in->tx;
	unsigned open = 0;
	struct inspect_tx *tx;

	while (*end != NULL) {
		end = &(*end)->next;
		open++;
	}
	tx = open < INSPECT_TX_OPEN ? pool_get(env->txs) : NULL;
	if (tx == NULL) {
		stats_add(env->stats, STATS_LIMIT_SESSION_MEMORY, 1);
		return NULL;
	}
	inspect_tx_clear(in, tx, number);
	inspect_tx_arenas(env, tx);
	tx->start_us = env->at.time_us;
	in->tx_count = number + 1;
	*end = tx;
	return tx;
}

void
inspect_tx_end(struct inspect *in, struct inspect_env *env, struct inspect_tx *tx, enum smtp_end how,
	       enum stats_id reason)
{
	struct inspect_tx **link = &in->tx;

	inspect_log_tx(in, env, tx, how, reason);
	if (tx->mime != NULL) {
		mime_close(tx->mime);
		pool_put(env->parsers, tx->mime);
	}
	if (tx->header != NULL)
		pool_put(env->headers, tx->header);
	inspect_sender_close(env, tx);
	rules_tx_close(env->rules, &tx->rules);
	arena_close(&tx->arena);
	arena_close(&tx->large);
	while (*link != tx)
		link = &(*link)->next;
	*link = tx->next;
	pool_put(env->txs, tx);
}

struct span
inspect_tx_keep(struct inspect_env *env, struct inspect_tx *tx, struct span value)
{
	struct span kept = arena_copy(value.len > INSPECT_LONG ? &tx->large : &tx->arena, value);

	if (kept.ptr == NULL)
		stats_add(env->stats, STATS_LIMIT_SESSION_MEMORY, 1);
	return kept;
}

struct span
inspect_keep(struct inspect *in, struct inspect_env *env, struct span value)
{
	struct span kept = arena_copy(&in->small, value);

	if (kept.ptr == NULL)
		kept = arena_copy(&in->large, value);
	if (kept.ptr == NULL)
		stats_add(env->stats, STATS_LIMIT_SESSION_MEMORY, 1);
	return kept;
}

bool
inspect_list_add(struct inspect_env *env, struct inspect_tx *tx, struct inspect_list *list,
		 struct span value, size_t item_size)
{
	struct rules_item *item = arena_alloc(&tx->arena, item_size);
	struct span kept = item != NULL ? inspect_tx_keep(env, tx, value) : SPAN_NONE;

	if (item == NULL)
		stats_add(env->stats, STATS_LIMIT_SESSION_MEMORY, 1);
	if (kept.ptr == NULL)
		return false;
	memset(item, 0, item_size);
	item->value = kept;
	if (list->last != NULL)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
	list->count++;
	return true;
}

bool
inspect_limit(const struct inspect_env *env, struct inspect_verdict *v, enum stats_id reason)
{
	if (!env->policy->stops || env->policy->monitor || env->policy->fail_open_overload)
		return true;
	v->policy = (struct policy_verdict){
		.kind = POLICY_DROP_FLOW, .cause = POLICY_BY_LIMIT, .hook = RULES_HOOK_DETECT,
	};
	v->reason = reason;
	return false;
}

/* Line lengths and the size of the header block, for those who ask. */
void
inspect_tx_measure(const struct inspect_env *env, struct inspect_tx *tx, struct span bytes)
{
	uint64_t asked = UINT64_C(1) << RULES_BODY_LINE_LEN | UINT64_C(1) << RULES_HEADER_SIZE |
			 UINT64_C(1) << RULES_HEADER_LINE_LEN;

	if ((env->fields & asked) == 0)
		return;
	while (bytes.len > 0) {
		ptrdiff_t end = span_chr(bytes, '\n');
		size_t len = end < 0 ? bytes.len : (size_t)end + 1;
		bool cr;

		tx->line += (uint32_t)len;
		if (!tx->header_done) {
			tx->header_size += (uint32_t)len;
			if (tx->line > tx->longest_header_line)
				tx->longest_header_line = tx->line;
		}
		if (tx->line > tx->longest_line)
			tx->longest_line = tx->line;
		if (end >= 0) {
			cr = end > 0 ? bytes.ptr[end - 1] == '\r' : tx->line_cr;
			tx->header_done = tx->header_done || tx->line == 1u + cr;
			tx->line = 0;
		}
		tx->line_cr = bytes.ptr[len - 1] == '\r';
		bytes = span_skip(bytes, len);
	}
}

/* For the mail log. */
void
inspect_list_names(struct inspect_env *env, struct inspect_tx *tx, const struct mime_part *part)
{
	struct inspect_list *names = &tx->email->attachments;

	if (part->filename.len > 0)
		inspect_list_add(env, tx, names, part->filename, sizeof(struct rules_item));
	for (int i = 0; i < part->other_count; i++)
		inspect_list_add(env, tx, names, part->other_names[i], sizeof(struct rules_item));
}
