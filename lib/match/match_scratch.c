/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one worker needs to scan: Hyperscan's and PCRE2's working memory, and all the streams that
 * may ever be open at once. Created by the control plane for the databases of one rule set.
 *
 * Hyperscan allocates a stream when it is opened, by an allocator that is one for the whole
 * process. So all streams are opened here, and the packet path resets them (some 10 ns).
 */
#include <errno.h>
#include <stdlib.h>

#include "match_internal.h"

static int
pool_open(struct match_stream_pool *pool, const struct match_db *db, size_t streams)
{
	pool->db = db;
	pool->all = calloc(streams, sizeof(*pool->all));
	if (pool->all == NULL)
		return -ENOMEM;
	for (size_t i = streams; i-- > 0; pool->count++) {
		struct match_stream *st = &pool->all[pool->count];

		if (hs_open_stream(db->hs, 0, &st->hs) != HS_SUCCESS)
			return -ENOMEM;
		st->db = db;
		st->next = pool->free;
		pool->free = st;
	}
	return 0;
}

static void
pool_close(struct match_stream_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		hs_close_stream(pool->all[i].hs, NULL, NULL, NULL);
	free(pool->all);
}

/* Working memory of PCRE2; one pair of offsets is all that is asked for. */
static int
regex_open(struct match_scratch *s)
{
	s->data = pcre2_match_data_create(1, NULL);
	s->context = pcre2_match_context_create(NULL);
	s->jit = pcre2_jit_stack_create(MATCH_JIT_STACK_MIN, MATCH_JIT_STACK_MAX, NULL);
	if (s->data == NULL || s->context == NULL)
		return -ENOMEM;
	pcre2_set_match_limit(s->context, MATCH_REGEX_STEPS);
	pcre2_set_depth_limit(s->context, MATCH_REGEX_DEPTH);
	pcre2_set_heap_limit(s->context, 0);
	if (s->jit != NULL) /* NULL: built without JIT */
		pcre2_jit_stack_assign(s->context, NULL, s->jit);
	return 0;
}

static int
open_all(struct match_scratch *s, const struct match_db *const *dbs, size_t count, size_t streams)
{
	if (regex_open(s) != 0)
		return -ENOMEM;
	s->pool = calloc(count > 0 ? count : 1, sizeof(*s->pool));
	if (s->pool == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (hs_alloc_scratch(dbs[i]->hs, &s->hs) != HS_SUCCESS)
			return -ENOMEM;
		if (dbs[i]->shape == MATCH_STREAM && streams > 0) {
			s->pool_count++;
			if (pool_open(&s->pool[s->pool_count - 1], dbs[i], streams) != 0)
				return -ENOMEM;
		}
	}
	return 0;
}

struct match_scratch *
match_scratch_create(const struct match_db *const *dbs, size_t count, size_t streams)
{
	struct match_scratch *s = calloc(1, sizeof(*s));
	int rc = s != NULL ? open_all(s, dbs, count, streams) : -ENOMEM;

	if (rc != 0) {
		match_scratch_destroy(s);
		errno = -rc;
		return NULL;
	}
	return s;
}

void
match_scratch_destroy(struct match_scratch *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->pool_count; i++)
		pool_close(&s->pool[i]);
	free(s->pool);
	hs_free_scratch(s->hs);
	pcre2_jit_stack_free(s->jit);
	pcre2_match_context_free(s->context);
	pcre2_match_data_free(s->data);
	free(s);
}
