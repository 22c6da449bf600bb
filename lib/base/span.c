/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Comparing and searching bytes. In: spans; out: answers, offsets, shorter spans. Every parser
 * calls this. Case is ASCII's only: no locale, no UTF-8 folding.
 */
#include "span.h"

#include <errno.h>

static bool
eq_nocase(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (span_lower(a[i]) != span_lower(b[i]))
			return false;
	}
	return true;
}

bool
span_eq_nocase(struct span a, struct span b)
{
	return a.len == b.len && eq_nocase(a.ptr, b.ptr, a.len);
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_eq(span_take(s, prefix.len), prefix);
}

bool
span_starts_nocase(struct span s, struct span prefix)
{
	return s.len >= prefix.len && eq_nocase(s.ptr, prefix.ptr, prefix.len);
}

bool
span_ends(struct span s, struct span suffix)
{
	return s.len >= suffix.len && span_eq(span_skip(s, s.len - suffix.len), suffix);
}

bool
span_ends_nocase(struct span s, struct span suffix)
{
	return s.len >= suffix.len && span_eq_nocase(span_skip(s, s.len - suffix.len), suffix);
}

ptrdiff_t
span_chr(struct span s, uint8_t c)
{
	const uint8_t *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;

	return at != NULL ? at - s.ptr : -1;
}

ptrdiff_t
span_find(struct span s, struct span needle)
{
	const uint8_t *at;

	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return -1;
	at = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return at != NULL ? at - s.ptr : -1;
}

ptrdiff_t
span_find_nocase(struct span s, struct span needle)
{
	if (needle.len == 0)
		return 0;
	for (size_t i = 0; i + needle.len <= s.len; i++) {
		if (eq_nocase(s.ptr + i, needle.ptr, needle.len))
			return (ptrdiff_t)i;
	}
	return -1;
}

size_t
span_common(struct span a, struct span b, uint8_t separator)
{
	size_t whole = 0;

	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++) {
		if (a.ptr[i] == separator)
			whole = i + 1;
	}
	return whole;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

int
span_to_u64(struct span s, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;
	bool above = false;

	if (s.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)s.ptr[i] - '0';

		if (digit > 9)
			return -EINVAL;
		if (digit > max || v > (max - digit) / 10)
			above = true; /* go on: a later non-digit is the graver fault */
		else
			v = v * 10 + digit;
	}
	if (above)
		return -ERANGE;
	*value = v;
	return 0;
}
