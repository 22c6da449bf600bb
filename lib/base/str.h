/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bounded text builder over memory of the caller's. Truncation is visible (cut), never silent;
 * the text is always terminated. After a cut nothing more is added. No allocation: usable on the
 * packet path.
 */
#ifndef STR_H
#define STR_H

#include <stdarg.h>
#include "span.h"

struct str {
	char *buf;   /* the caller's, size bytes, terminated at all times */
	size_t size; /* > 0 */
	size_t len;  /* without the terminator, < size */
	bool cut;    /* something did not fit */
};

/* Begin an empty text in buf of size bytes (> 0). */
void str_open(struct str *s, char *buf, size_t size);
void str_add(struct str *s, const char *text);
void str_add_span(struct str *s, struct span bytes);
void str_add_char(struct str *s, char c);
void str_printf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *s, const char *format, va_list args);
/* Bytes as text for people: printable ASCII as it is, others as \xNN, quotes and \\ escaped. */
void str_add_escaped(struct str *s, struct span bytes);
/* 2 * bytes.len lower-case hex digits. */
void str_add_hex(struct str *s, struct span bytes);

static inline struct span
str_span(const struct str *s)
{
	return span_of(s->buf, s->len);
}

#endif
