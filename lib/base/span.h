/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view of bytes that somebody else owns: pointer and length, never a terminator.
 *
 * Every parser takes and gives spans. A span is valid as long as its owner says so (for a parser:
 * until the next feed). Nothing here allocates, nothing here writes.
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *ptr; /* may be NULL when len is 0 */
	size_t len;	    /* bytes */
};

#define SPAN_NONE ((struct span){ NULL, 0 })
/* A span over a string literal, without its terminator. */
#define SPAN_LIT(s) ((struct span){ (const uint8_t *)("" s), sizeof(s) - 1 })

static inline struct span
span_of(const void *ptr, size_t len)
{
	return (struct span){ (const uint8_t *)ptr, len };
}

static inline struct span
span_str(const char *text)
{
	return span_of(text, text != NULL ? strlen(text) : 0);
}

/* The first n bytes; the whole span when it is shorter. */
static inline struct span
span_take(struct span s, size_t n)
{
	return span_of(s.ptr, n < s.len ? n : s.len);
}

/* All but the first n bytes; empty when the span is shorter. */
static inline struct span
span_skip(struct span s, size_t n)
{
	return n < s.len ? span_of(s.ptr + n, s.len - n) : SPAN_NONE;
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII only: bytes above 0x7f are compared as they are. */
static inline uint8_t
span_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool span_eq_nocase(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
bool span_ends_nocase(struct span s, struct span suffix);

/* Offset of the first byte c, or -1. */
ptrdiff_t span_chr(struct span s, uint8_t c);
/* Offset of the first occurrence of needle (empty: 0), or -1. */
ptrdiff_t span_find(struct span s, struct span needle);
ptrdiff_t span_find_nocase(struct span s, struct span needle);

/* Bytes of the longest beginning of both that ends in the separator; 0 when there is none. Of names
 * in steps: "a.b.c" and "a.b.d" have "a.b." in common. */
size_t span_common(struct span a, struct span b, uint8_t separator);

/* Without blanks (SP and HTAB) at both ends. */
struct span span_trim(struct span s);

/*
 * Decimal digits only, the whole span, at least one.
 * Returns 0, -EINVAL for anything else, -ERANGE above max; *value is set only on 0.
 */
int span_to_u64(struct span s, uint64_t max, uint64_t *value);

#endif
