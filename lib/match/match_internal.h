/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the build half makes and the run half uses: inside lib/match only.
 */
#ifndef MATCH_INTERNAL_H
#define MATCH_INTERNAL_H

#ifndef POSTERN_LIB_MATCH
#error "match_internal.h is private to lib/match"
#endif

#define PCRE2_CODE_UNIT_WIDTH 8
#include <hs/hs.h>
#include <pcre2.h>

#include "match_build.h"

/*
 * Limits of one PCRE2 run. The heap limit of 0 keeps the interpreter (used where the JIT compiler
 * cannot) on the stack: there is no malloc on the packet path.
 */
#define MATCH_REGEX_STEPS 50000
#define MATCH_REGEX_DEPTH 1000
#define MATCH_JIT_STACK_MIN (32 * 1024)
#define MATCH_JIT_STACK_MAX (256 * 1024)

struct match_db {
	hs_database_t *hs;
	enum match_shape shape;
	size_t size, stream_size;
};

struct match_regex {
	pcre2_code *code;
};

struct match_stream {
	hs_stream_t *hs;
	const struct match_db *db;
	struct match_stream *next; /* in the free list */
	bool done;		   /* the caller stopped it, or a scan failed */
};

/* All streams of one database, opened at creation: taking one is a reset, without malloc. */
struct match_stream_pool {
	const struct match_db *db;
	struct match_stream *all, *free;
	size_t count;
};

struct match_scratch {
	hs_scratch_t *hs;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *jit;
	struct match_stream_pool *pool;
	size_t pool_count;
};

/* A pattern as Hyperscan wants it. Returns a new string (free), or NULL. */
char *match_expression(const struct match_pattern *p);
unsigned match_hs_flags(const struct match_pattern *p);

/* match_cache.c: 128 bits over all that the compiled form depends on. */
struct match_cache_key {
	uint64_t word[2];
};
void match_cache_key(const struct match_pattern *patterns, size_t count, enum match_shape shape,
		     struct match_cache_key *key);
/* NULL: not there, not ours, damaged or of another version: compile. */
hs_database_t *match_cache_load(const char *dir, const struct match_cache_key *key);
/* Best effort: a cache that cannot be written costs time only. */
void match_cache_save(const char *dir, const struct match_cache_key *key, const hs_database_t *db);

#endif
