/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Patterns in, a Hyperscan database out; called by the control plane when rules are built. It does
 * not choose patterns (lib/rules does) and does not confirm prefilters.
 *
 * Literals are given as escaped expressions: measured as fast as Hyperscan's literal interface,
 * and both kinds then share one database, one scan and the offset bounds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "match_internal.h"
#include "str.h"

/* Room for four characters a byte ("\x0d") and for what is put around them. */
#define EXPRESSION_EXTRA 32

static void
add_literal(struct str *out, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			str_add_char(out, (char)c);
		else
			str_printf(out, "\\x%02x", c);
	}
}

char *
match_expression(const struct match_pattern *p)
{
	size_t size = p->text.len * 4 + EXPRESSION_EXTRA;
	char *buf = malloc(size);
	struct str out;

	if (buf == NULL)
		return NULL;
	str_open(&out, buf, size);
	if (p->flags & MATCH_LITERAL) {
		add_literal(&out, p->text);
	} else {
		/* The newline ends a comment of /x that runs to the end of the text. */
		if (p->flags & MATCH_ANCHORED)
			str_add(&out, "\\A");
		if (p->flags & MATCH_EXTENDED)
			str_add(&out, "(?x)");
		if (p->flags & (MATCH_ANCHORED | MATCH_AT_END))
			str_add(&out, "(?:");
		str_add_span(&out, p->text);
		if (p->flags & MATCH_EXTENDED)
			str_add_char(&out, '\n');
		if (p->flags & (MATCH_ANCHORED | MATCH_AT_END))
			str_add_char(&out, ')');
	}
	if (p->flags & MATCH_AT_END)
		str_add(&out, "\\z");
	return buf;
}

unsigned
match_hs_flags(const struct match_pattern *p)
{
	unsigned flags = 0;

	if (p->flags & MATCH_NOCASE)
		flags |= HS_FLAG_CASELESS;
	if (p->flags & MATCH_DOTALL)
		flags |= HS_FLAG_DOTALL;
	if (p->flags & MATCH_MULTILINE)
		flags |= HS_FLAG_MULTILINE;
	if (p->flags & MATCH_ONCE)
		flags |= HS_FLAG_SINGLEMATCH;
	if (p->flags & MATCH_PREFILTER)
		flags |= HS_FLAG_PREFILTER;
	if (!(p->flags & MATCH_LITERAL))
		flags |= HS_FLAG_ALLOWEMPTY;
	return flags;
}

static void
fill_ext(const struct match_pattern *p, hs_expr_ext_t *ext)
{
	memset(ext, 0, sizeof(*ext));
	if (p->min_end != 0) {
		ext->flags |= HS_EXT_FLAG_MIN_OFFSET;
		ext->min_offset = p->min_end;
	}
	if (p->max_end != 0) {
		ext->flags |= HS_EXT_FLAG_MAX_OFFSET;
		ext->max_offset = p->max_end;
	}
}

/* The arrays that the compiler wants. */
struct compile_input {
	char **text;
	const hs_expr_ext_t **ext;
	hs_expr_ext_t *ext_all;
	unsigned *flags, *ids;
	size_t count;
};

static void
input_free(struct compile_input *in)
{
	for (size_t i = 0; in->text != NULL && i < in->count; i++)
		free(in->text[i]);
	free(in->text);
	free(in->ext);
	free(in->ext_all);
	free(in->flags);
	free(in->ids);
}

static int
input_make(struct compile_input *in, const struct match_pattern *patterns, size_t count)
{
	in->count = count;
	in->text = calloc(count, sizeof(*in->text));
	in->ext = calloc(count, sizeof(*in->ext));
	in->ext_all = calloc(count, sizeof(*in->ext_all));
	in->flags = calloc(count, sizeof(*in->flags));
	in->ids = calloc(count, sizeof(*in->ids));
	if (in->text == NULL || in->ext == NULL || in->ext_all == NULL || in->flags == NULL ||
	    in->ids == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		in->text[i] = match_expression(&patterns[i]);
		if (in->text[i] == NULL)
			return -ENOMEM;
		in->flags[i] = match_hs_flags(&patterns[i]);
		in->ids[i] = patterns[i].id;
		fill_ext(&patterns[i], &in->ext_all[i]);
		in->ext[i] = &in->ext_all[i];
	}
	return 0;
}

/* First pattern that cannot be given to Hyperscan at all, or count. */
static size_t
unusable(const struct match_pattern *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct match_pattern *p = &patterns[i];

		if (p->text.len == 0)
			return i;
		/* Expressions are C strings: a NUL would cut one short, silently. */
		if (!(p->flags & MATCH_LITERAL) && span_chr(p->text, 0) >= 0)
			return i;
	}
	return count;
}

static hs_database_t *
compile(const struct match_pattern *patterns, size_t count, enum match_shape shape, int *bad,
	struct err *err)
{
	unsigned mode = shape == MATCH_BLOCK ? HS_MODE_BLOCK : HS_MODE_STREAM;
	struct compile_input in = { 0 };
	hs_compile_error_t *error = NULL;
	hs_database_t *db = NULL;
	size_t first = unusable(patterns, count);

	if (first < count) {
		*bad = (int)first;
		err_set(err, -EINVAL, "the pattern is empty or holds a NUL byte");
		return NULL;
	}
	if (input_make(&in, patterns, count) != 0) {
		err_set(err, -ENOMEM, "out of memory for %zu patterns", count);
	} else if (hs_compile_ext_multi((const char *const *)in.text, in.flags, in.ids, in.ext,
					(unsigned)count, mode, NULL, &db, &error) != HS_SUCCESS) {
		db = NULL;
		*bad = error->expression;
		err_set(err, -EINVAL, "%s", error->message);
	}
	if (error != NULL)
		hs_free_compile_error(error);
	input_free(&in);
	return db;
}

struct match_db *
match_build(const struct match_pattern *patterns, size_t count, enum match_shape shape,
	    const char *cache_dir, int *bad, struct err *err)
{
	struct match_cache_key key;
	struct match_db *db = calloc(1, sizeof(*db));

	*bad = -1;
	if (db == NULL || count == 0 || count > UINT32_MAX) {
		err_set(err, -EINVAL, "no patterns, or out of memory");
		free(db);
		return NULL;
	}
	if (cache_dir != NULL) {
		match_cache_key(patterns, count, shape, &key);
		db->hs = match_cache_load(cache_dir, &key);
	}
	if (db->hs == NULL) {
		db->hs = compile(patterns, count, shape, bad, err);
		if (db->hs != NULL && cache_dir != NULL)
			match_cache_save(cache_dir, &key, db->hs);
	}
	if (db->hs == NULL) {
		free(db);
		return NULL;
	}
	db->shape = shape;
	hs_database_size(db->hs, &db->size);
	if (shape == MATCH_STREAM)
		hs_stream_size(db->hs, &db->stream_size);
	return db;
}

void
match_free(struct match_db *db)
{
	if (db == NULL)
		return;
	hs_free_database(db->hs);
	free(db);
}

size_t
match_db_size(const struct match_db *db)
{
	return db->size;
}

size_t
match_stream_size(const struct match_db *db)
{
	return db->stream_size;
}

int
match_accepts(const struct match_pattern *pattern, enum match_shape shape, struct err *err)
{
	struct match_pattern p = *pattern;
	hs_database_t *db;
	int bad;

	p.flags &= ~(unsigned)MATCH_PREFILTER;
	for (int exact = 1; exact >= 0; exact--) {
		db = compile(&p, 1, shape, &bad, err);
		if (db != NULL) {
			hs_free_database(db);
			return exact;
		}
		p.flags |= MATCH_PREFILTER;
	}
	return -1;
}
