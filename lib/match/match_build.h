/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pattern matching, build half: patterns in, database out. Control plane only.
 */
#ifndef MATCH_BUILD_H
#define MATCH_BUILD_H

#include "err.h"
#include "match.h"

enum match_flag {
	MATCH_LITERAL = 1,  /* text is bytes, not a regular expression */
	MATCH_NOCASE = 2,
	MATCH_DOTALL = 4,   /* pcre /s */
	MATCH_MULTILINE = 8,/* pcre /m */
	MATCH_ONCE = 16,    /* report the first match only: positions do not matter */
	MATCH_PREFILTER = 32, /* may report more than it should: the caller confirms */
	MATCH_EXTENDED = 64,  /* pcre /x */
	MATCH_ANCHORED = 128, /* pcre /A */
	MATCH_DOLLAR_END = 256, /* pcre /E */
	MATCH_UNGREEDY = 512,   /* pcre /G */
	MATCH_AT_END = 1024,    /* the match must end where the bytes (or the stream) end */
};

struct match_pattern {
	struct span text;
	unsigned id;	   /* what match_found is told */
	unsigned flags;	   /* enum match_flag */
	uint32_t min_end, max_end; /* offsets where a match may end; 0: no bound */
};

enum match_shape { MATCH_BLOCK, MATCH_STREAM };

/*
 * Compile. cache_dir: NULL, or a folder where compiled databases are kept by content hash,
 * Hyperscan version and CPU. On failure NULL, *err says why and *bad is the index of the guilty
 * pattern (or -1).
 */
struct match_db *match_build(const struct match_pattern *patterns, size_t count,
			     enum match_shape shape, const char *cache_dir, int *bad,
			     struct err *err);
void match_free(struct match_db *db);
size_t match_db_size(const struct match_db *db);     /* bytes */
size_t match_stream_size(const struct match_db *db); /* bytes a stream; 0 for block */

/* How Hyperscan takes an expression: 1 exactly, 0 only as MATCH_PREFILTER, -1 not at all (*err). */
int match_accepts(const struct match_pattern *pattern, enum match_shape shape, struct err *err);

/*
 * PCRE2 with match and depth limits; JIT where it can. MATCH_LITERAL, _ONCE and _PREFILTER mean
 * nothing here. col in *err is the offset in text, 1-based.
 */
struct match_regex *match_regex_build(struct span text, unsigned flags, struct err *err);
void match_regex_free(struct match_regex *re);

/* streams: how many of a database may be open at once in this worker; twice as many when it is given
 * twice. NULL and errno. */
struct match_scratch *match_scratch_create(const struct match_db *const *dbs, size_t count,
					   size_t streams);
void match_scratch_destroy(struct match_scratch *s);

#endif
