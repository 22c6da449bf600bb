/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Judging of hostile values: any bytes as a field, and as a body cut anywhere. A body must get the
 * same answer whole and in pieces, and a rule on the whole value must agree with the same rule on
 * the stream. In: one byte of seed for the cuts, then the value.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "rules_build.h"

/* Options that mean the same on a whole value and on a stream that has ended. */
static const char *const options[] = {
	"content:\"ab\";",
	"content:\"Ab\"; nocase; offset:3; depth:9;",
	"content:\"a\"; startswith; content:\"b\"; endswith;",
	"content:\"a\"; content:\"b\"; distance:1; within:4; content:\"c\"; distance:0;",
	"content:\"aa\"; content:\"a\"; within:3; content:\"ab\"; distance:2; within:5;",
	"content:!\"zz\"; content:\"|0d 0a|\"; content:\"|0d 0a|\"; within:2;",
	"content:\"a\"; bsize:10-40;",
	"isdataat:20; content:!\"a\"; offset:5;",
	"pcre:\"/^from:[^\\r\\n]*@/mi\"; content:\"x\";",
	"pcre:!\"/a.{1,3}b/s\";",
	"content:\"|00|\"; content:\"|ff|\"; distance:7;",
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* Judged on whole values alone: what a stream cannot be asked. */
static const char *const whole[] = {
	"content:\"a\"; content:\"b\"; distance:-3; within:2;",
	"content:\"a\"; content:!\"b\"; within:3; pcre:\"/^.c/R\";",
	"byte_extract:1,0,n; byte_test:1,<,n,1; byte_jump:1,2,relative; isdataat:1,relative;",
	"byte_test:4,>,100,2,string,dec; byte_jump:2,0,little,multiplier 2;",
	"byte_math:bytes 1, offset 0, oper -, rvalue 97, result m; content:\"b\"; offset:m; depth:m; "
	"content:\"c\"; distance:m; within:m; isdataat:!m,relative;",
	"content:\"a\"; byte_extract:2,1,n,relative,multiplier 65535,align 4; byte_math:bytes 4, offset "
	"n, oper <<, rvalue n, result m, bitmask 0xf0; byte_jump:0,m,from_end,post_offset n;",
	"content:\"=\"; base64_decode:relative; base64_data; content:\"a\"; content:\"b\"; within:9; "
	"byte_test:1,>,4,-1,relative;",
	"xor:\"010203\"; from_base64:bytes 9, offset 3; content:\"a\";",
	"to_lowercase; content:\"abc\"; endswith;",
	"dotprefix; content:\".a.b\";",
	"from_base64; content:\"a\";",
	"url_decode; strip_whitespace; content:\"ab\";",
	"pcre:\"/(a+)+b\\1/\";",
	"pcre:\"/(?<=a)b(?!c)/\"; content:\"d\"; within:2;",
};
#define WHOLE (sizeof(whole) / sizeof(whole[0]))

static struct {
	struct rules_set *set;
	struct rules_worker *w;
	struct pool *pool;
	struct arena arena, flow_arena;
	struct rules_flow flow;
	struct rules_tx tx;
	struct rules_packet packet;
	struct rules_values values;
	struct rules_hits hits;
} fuzz;

static void
open_all(void)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (unsigned i = 0; i < OPTIONS; i++) {
		fprintf(f, "alert smtp any any -> any any (smtp.helo; %s sid:%u;)\n", options[i],
			i + 1);
		fprintf(f, "alert smtp any any -> any any (smtp.data; %s sid:%u;)\n", options[i],
			i + 101);
	}
	for (unsigned i = 0; i < WHOLE; i++)
		fprintf(f, "alert smtp any any -> any any (smtp.helo; %s sid:%u;)\n", whole[i],
			i + 201);
	fclose(f);
	rules_source_text(s, "fuzz", span_of(text, size));
	fuzz.set = rules_build(s, NULL, false);
	for (size_t i = 0; fuzz.set == NULL && i < rules_diag_count(s); i++)
		rules_diag_print(rules_diag(s, i), stderr);
	if (fuzz.set == NULL)
		abort();
	rules_source_destroy(s);
	free(text);
	fuzz.w = rules_worker_create(fuzz.set, 2);
	fuzz.pool = pool_create("fuzz", 4096, 64, 0);
	fuzz.packet = (struct rules_packet){ .kind = RULES_P_TCP, .to_server = true };
}

static void
judge(enum rules_hook hook, bool end)
{
	struct rules_event ev = {
		.hooks = { hook },
		.hook_count = 1,
		.to_server = true,
		.end = end,
		.packet = &fuzz.packet,
		.values = &fuzz.values,
		.arena = &fuzz.arena,
		.flow_arena = &fuzz.flow_arena,
		.now_us = 1,
		.detect = true,
	};

	rules_event(fuzz.w, &fuzz.flow, &fuzz.tx, &ev, &fuzz.hits);
	rules_values_clear(&fuzz.values);
}

/* Rules that fired, as bits from sid first on. */
static uint32_t
fired(uint32_t first)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < fuzz.hits.count; i++) {
		uint32_t sid = fuzz.hits.hit[i].rule->sid;

		if (sid >= first && sid < first + OPTIONS)
			bits |= UINT32_C(1) << (sid - first);
	}
	return bits;
}

static void
begin(void)
{
	memset(&fuzz.tx, 0, sizeof(fuzz.tx));
	memset(&fuzz.flow, 0, sizeof(fuzz.flow));
	arena_open(&fuzz.arena, fuzz.pool, 64 * 1024);
	arena_open(&fuzz.flow_arena, fuzz.pool, 16 * 1024);
}

static void
finish(void)
{
	rules_tx_close(fuzz.w, &fuzz.tx);
	arena_close(&fuzz.arena);
	arena_close(&fuzz.flow_arena);
}

/* The body in pieces of up to `most` bytes, each in a block of its own size. */
static uint32_t
judge_body(const uint8_t *data, size_t size, uint32_t seed, size_t most)
{
	uint32_t bits = 0;

	begin();
	do {
		size_t len = most >= size ? size : 1 + seed % most;
		uint8_t *copy;

		seed = seed * 1664525 + 1013904223;
		len = len < size ? len : size;
		copy = malloc(len > 0 ? len : 1);
		if (len > 0)
			memcpy(copy, data, len);
		rules_body(fuzz.w, &fuzz.flow, &fuzz.tx, RULES_DATA, span_of(copy, len),
			   &fuzz.arena);
		rules_value(&fuzz.values, RULES_DATA, span_of(copy, len), true);
		judge(RULES_REQUEST_DATA, false);
		bits |= fired(101);
		free(copy);
		data += len;
		size -= len;
	} while (size > 0);
	judge(RULES_REQUEST_COMPLETE, true);
	bits |= fired(101);
	if (fuzz.hits.limit)
		bits = UINT32_MAX;
	finish();
	return bits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t value, once, pieces, bytes;
	bool limit;

	if (size < 1)
		return 0;
	if (fuzz.set == NULL)
		open_all();
	begin();
	rules_value(&fuzz.values, RULES_HELO, span_of(data + 1, size - 1), true);
	judge(RULES_REQUEST_STARTED, false);
	value = fired(1);
	limit = fuzz.hits.limit || fuzz.hits.lost > 0;
	finish();
	once = judge_body(data + 1, size - 1, data[0], SIZE_MAX);
	pieces = judge_body(data + 1, size - 1, data[0], 40);
	bytes = judge_body(data + 1, size - 1, data[0], 1);
	/* A limit is an answer too, but which pieces reach it may differ. */
	if (once != UINT32_MAX && pieces != UINT32_MAX && once != pieces)
		abort();
	if (pieces != UINT32_MAX && bytes != UINT32_MAX && pieces != bytes)
		abort();
	if (!limit && once != UINT32_MAX && value != once)
		abort();
	return 0;
}
