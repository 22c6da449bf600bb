/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which sessions to show, and how: words in, yes or no out. Used by every way in (console, socket, http).
 *
 *	from:@spam.example not tls:yes age>5m sort:bytes limit:20
 *
 * All words must hold; `and` may stand between them, `not` before one. A word without a key is looked for
 * in the whole line, /words/ are an extended regular expression without case, alone or behind a key of
 * text. It knows copies of sessions only, no engine.
 */
#ifndef FILTER_H
#define FILTER_H

#include "engine.h"
#include "err.h"

struct filter;

/* NULL or "": everything. NULL and *err. */
struct filter *filter_build(const char *text, struct err *err);
void filter_free(struct filter *f);
bool filter_match(const struct filter *f, const struct engine_session *s, uint64_t now_us);
/* In the order that was asked for: the largest or the last first; without one as they are. */
void filter_sort(const struct filter *f, struct engine_session *all, size_t count);
/* limit:N, or standard. */
size_t filter_limit(const struct filter *f, size_t standard);

/* The whole session in one line. */
#define FILTER_LINE 1400
void filter_line(const struct engine_session *s, uint64_t now_us, char line[FILTER_LINE]);
/* Code of the last reply, 0 none. */
unsigned filter_code(const struct engine_session *s);

#endif
