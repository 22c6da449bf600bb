/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pattern matching, run half: scanning with databases that match_build.h made. Over Hyperscan,
 * with PCRE2 for what Hyperscan can only prefilter. No allocation, no lock: scratch and streams
 * belong to one worker.
 *
 *	s = match_scratch_create(dbs, n);		control plane, one a worker
 *	match_block(db, s, bytes, found, ctx);		one whole field or line
 *	st = match_stream_open(db, s);			a body; NULL: all streams are out
 *	match_stream_scan(st, s, bytes, found, ctx); ...
 *	match_stream_close(st, s, found, ctx);		end anchors are reported here
 */
#ifndef MATCH_H
#define MATCH_H

#include "span.h"

struct match_db;	/* immutable, shared by all workers */
struct match_scratch;	/* one a worker */
struct match_stream;	/* one an open body and database */
struct match_regex;	/* a PCRE2 program, immutable */

/*
 * Pattern id matched, ending before offset end (of the field, or of the stream). Return true to
 * stop. The order of calls within one scan is not promised; it must not scan itself.
 */
typedef bool match_found(void *ctx, unsigned id, uint64_t end);

/* 0, or -EIO when the scan failed (counted by the caller; fail closed). */
int match_block(const struct match_db *db, struct match_scratch *s, struct span bytes,
		match_found *found, void *ctx);
struct match_stream *match_stream_open(const struct match_db *db, struct match_scratch *s);
int match_stream_scan(struct match_stream *st, struct match_scratch *s, struct span bytes,
		      match_found *found, void *ctx);
/* found: NULL when nobody wants to know. */
void match_stream_close(struct match_stream *st, struct match_scratch *s, match_found *found,
			void *ctx);

/*
 * First match at or after offset start. 1: matched, *begin and *end set; 0: no; -1: a match or
 * depth limit was reached (counts as "no answer": the caller decides).
 */
int match_regex_run(const struct match_regex *re, struct match_scratch *s, struct span bytes,
		    size_t start, size_t *begin, size_t *end);

#endif
