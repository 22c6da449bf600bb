/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors for people. In: a place, a format, a hint; out: a struct err, and its line of text.
 * Control functions call this. It prints nothing and the packet path never sees it.
 */
#include "err.h"

#include <stdio.h>
#include <string.h>

#include "str.h"

#define WORD_MAX 63 /* longer words are no slip of the finger */

static void
fill(struct err *e, const char *file, unsigned line, unsigned col, const char *format, va_list args)
{
	struct str text;

	if (e == NULL)
		return;
	snprintf(e->file, sizeof(e->file), "%s", file != NULL ? file : "");
	e->line = line;
	e->col = col;
	e->hint[0] = '\0';
	str_open(&text, e->text, sizeof(e->text));
	str_vprintf(&text, format, args);
}

int
err_set(struct err *e, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(e, NULL, 0, 0, format, args);
	va_end(args);
	return code;
}

int
err_set_at(struct err *e, int code, const char *file, unsigned line, unsigned col,
	   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(e, file, line, col, format, args);
	va_end(args);
	return code;
}

void
err_hint(struct err *e, const char *format, ...)
{
	struct str hint;
	va_list args;

	if (e == NULL)
		return;
	str_open(&hint, e->hint, sizeof(e->hint));
	va_start(args, format);
	str_vprintf(&hint, format, args);
	va_end(args);
}

const char *
err_text(const struct err *e, char *buf, size_t size)
{
	struct str s;

	str_open(&s, buf, size);
	if (e->file[0] != '\0') {
		str_add(&s, e->file);
		if (e->line > 0)
			str_printf(&s, ":%u", e->line);
		if (e->line > 0 && e->col > 0)
			str_printf(&s, ":%u", e->col);
		str_add(&s, ": ");
	}
	str_add(&s, e->text);
	if (e->hint[0] != '\0')
		str_printf(&s, "; %s", e->hint);
	return buf;
}

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[3][WORD_MAX + 1];
	size_t *before = row[0], *above = row[1], *here = row[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *spare = before;

		here[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			here[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			here[j] = min(here[j], min(above[j], here[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				here[j] = min(here[j], before[j - 2] + 1);
		}
		before = above;
		above = here;
		here = spare;
	}
	return above[b_len];
}

const char *
err_nearest(const char *word, const char *const *candidates)
{
	size_t len = strlen(word);
	size_t best = len / 3 + 1; /* one more than is allowed */
	const char *nearest = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (; *candidates != NULL; candidates++) {
		size_t candidate_len = strlen(*candidates);
		size_t d;

		if (candidate_len > WORD_MAX)
			continue;
		d = distance(word, len, *candidates, candidate_len);
		if (d < best) {
			best = d;
			nearest = *candidates;
		}
	}
	return nearest;
}
