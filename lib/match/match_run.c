/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scanning. In: a database, the worker's scratch, bytes; out: calls of match_found with pattern
 * ids and end offsets, in no promised order. On the packet path: nothing is allocated here.
 * Hyperscan's scratch is not re-entrant: match_found must not scan.
 */
#include <errno.h>
#include <limits.h>

#include "match_internal.h"

struct caller {
	match_found *found;
	void *ctx;
};

static int HS_CDECL
on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct caller *c = context;

	return c->found(c->ctx, id, to) ? 1 : 0;
}

static int
scan_result(hs_error_t rc)
{
	return rc == HS_SUCCESS || rc == HS_SCAN_TERMINATED ? 0 : -EIO;
}

int
match_block(const struct match_db *db, struct match_scratch *s, struct span bytes,
	    match_found *found, void *ctx)
{
	struct caller c = { found, ctx };
	const char *ptr = bytes.ptr != NULL ? (const char *)bytes.ptr : "";

	if (bytes.len > UINT_MAX)
		return -EIO;
	return scan_result(hs_scan(db->hs, ptr, (unsigned)bytes.len, 0, s->hs, on_match, &c));
}

struct match_stream *
match_stream_open(const struct match_db *db, struct match_scratch *s)
{
	for (size_t i = 0; i < s->pool_count; i++) {
		struct match_stream_pool *pool = &s->pool[i];
		struct match_stream *st = pool->free;

		if (pool->db != db || st == NULL)
			continue;
		pool->free = st->next;
		st->done = false;
		return st;
	}
	return NULL;
}

int
match_stream_scan(struct match_stream *st, struct match_scratch *s, struct span bytes,
		  match_found *found, void *ctx)
{
	struct caller c = { found, ctx };
	hs_error_t rc;

	if (bytes.len > UINT_MAX)
		return -EIO;
	if (st->done || bytes.len == 0)
		return 0;
	rc = hs_scan_stream(st->hs, (const char *)bytes.ptr, (unsigned)bytes.len, 0, s->hs,
			    on_match, &c);
	st->done = rc != HS_SUCCESS;
	return scan_result(rc);
}

void
match_stream_close(struct match_stream *st, struct match_scratch *s, match_found *found, void *ctx)
{
	struct caller c = { found, ctx };
	bool report = found != NULL && !st->done;

	/* A reset reports what is anchored at the end, and makes the stream a new one. */
	hs_reset_stream(st->hs, 0, s->hs, report ? on_match : NULL, &c);
	for (size_t i = 0; i < s->pool_count; i++) {
		if (s->pool[i].db == st->db) {
			st->next = s->pool[i].free;
			s->pool[i].free = st;
			return;
		}
	}
}
