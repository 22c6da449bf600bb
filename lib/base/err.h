/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One error for a person: where (file:line:col), what, and what to do. Control functions return 0
 * or -errno and fill one of these; the packet path has counters instead (stats).
 */
#ifndef ERR_H
#define ERR_H

#include <stdarg.h>
#include <stddef.h>

struct err {
	char file[256]; /* "" when the matter is not in a file */
	unsigned line;	/* 1-based, 0 unknown */
	unsigned col;	/* 1-based, 0 unknown */
	char text[512]; /* what is wrong */
	char hint[256]; /* what to do; may be "" */
};

/* Fill e (may be NULL) and return code, so that `return err_set(e, -EINVAL, ...)` reads well. */
int err_set(struct err *e, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int err_set_at(struct err *e, int code, const char *file, unsigned line, unsigned col,
	       const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Add what to do. */
void err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "file:line:col: text; hint" into buf. Returns buf. */
const char *err_text(const struct err *e, char *buf, size_t size);

/* The candidate nearest to word by edit distance (at most a third of its length away; two swapped
 * neighbours count once), the first of equals, or NULL.
 * For "unknown key 'prots', did you mean 'ports'?". Candidates end with NULL. */
const char *err_nearest(const char *word, const char *const *candidates);

#endif
