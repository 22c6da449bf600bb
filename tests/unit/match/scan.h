/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of match share: building a database, and scanning into a list of matches. */
#ifndef SCAN_H
#define SCAN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "match_build.h"

#define SCAN_MOST 64

struct scan_list {
	struct {
		unsigned id;
		uint64_t end;
	} match[SCAN_MOST];
	unsigned count;
	unsigned stop_after; /* 0: never */
};

static inline bool
scan_found(void *ctx, unsigned id, uint64_t end)
{
	struct scan_list *l = ctx;

	assert_true(l->count < SCAN_MOST);
	l->match[l->count].id = id;
	l->match[l->count++].end = end;
	return l->stop_after != 0 && l->count >= l->stop_after;
}

static inline bool
scan_has(const struct scan_list *l, unsigned id, uint64_t end)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->match[i].id == id && l->match[i].end == end)
			return true;
	return false;
}

static inline struct match_db *
scan_build(const struct match_pattern *p, size_t count, enum match_shape shape)
{
	struct err err = { 0 };
	struct match_db *db;
	int bad;

	db = match_build(p, count, shape, NULL, &bad, &err);
	if (db == NULL)
		print_error("pattern %d: %s\n", bad, err.text);
	assert_non_null(db);
	return db;
}

static inline struct match_scratch *
scan_scratch(const struct match_db *db, size_t streams)
{
	struct match_scratch *s = match_scratch_create(&db, 1, streams);

	assert_non_null(s);
	return s;
}

/* The bytes at the end of a block of their own size, so that an over-read is seen. */
static inline void
scan_block(const struct match_db *db, struct match_scratch *s, const char *text,
	   struct scan_list *l)
{
	size_t len = strlen(text);
	uint8_t *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, text, len);
	l->count = 0;
	assert_int_equal(match_block(db, s, span_of(copy, len), scan_found, l), 0);
	free(copy);
}

#endif
