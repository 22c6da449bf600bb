/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How Zeek finds mailboxes and addresses in texts. In: SMTP arguments and header fields; out: pieces
 * of them. event_zeek.c calls it. These are Zeek's heuristics, kept for rows that compare equal: no
 * verdict is made from them, and they are no parser of RFC 5321 or 5322.
 */
#include "event_zeek.h"
#include "event_nets.h"
#include "event_path.h"

static bool
is_one_of(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* First position from `at` on whose byte is in the set; the end when there is none. */
static size_t
find(struct span s, size_t at, const char *set)
{
	while (at < s.len && !is_one_of(s.ptr[at], set))
		at++;
	return at;
}

bool
event_zeek_mailbox(struct span *rest, char *buf, struct span *mailbox)
{
	size_t begin = 0, at, end, n = 0;

	for (;;) {
		at = find(*rest, begin, "<,: \t@");
		if (at == rest->len) {
			*rest = SPAN_NONE;
			return false;
		}
		end = find(*rest, at + 1, ">,; \t");
		if (rest->ptr[at] == '@' && at > begin && end > at + 1)
			break;
		begin = at + 1;
	}
	for (size_t i = begin; i < end; i++) {
		if (!is_one_of(rest->ptr[i], "<>,:; \t"))
			buf[n++] = (char)rest->ptr[i];
	}
	*mailbox = span_of(buf, n);
	*rest = span_skip(*rest, end);
	return true;
}

bool
event_zeek_entry(struct span *rest, struct span *entry)
{
	while (rest->len > 0) {
		size_t end = event_unquoted(*rest, ",");
		struct span piece = span_trim(span_take(*rest, end));

		*rest = span_skip(*rest, end + 1);
		if (span_chr(piece, '@') >= 0) {
			*entry = piece;
			return true;
		}
	}
	return false;
}

/* Next run of the characters that addresses have, from *at on. */
static struct span
next_run(struct span s, size_t *at)
{
	static const char set[] = "0123456789abcdefABCDEF:.";
	size_t begin = *at, end;

	while (begin < s.len && !is_one_of(s.ptr[begin], set))
		begin++;
	for (end = begin; end < s.len && is_one_of(s.ptr[end], set); end++)
		;
	*at = end;
	return begin < s.len ? span_of(s.ptr + begin, end - begin) : SPAN_NONE;
}

bool
event_zeek_address(struct span text, struct span *address)
{
	size_t at = 0;

	for (;;) {
		struct span run = next_run(text, &at);

		if (run.len == 0)
			return false;
		if (event_addr_is(run)) {
			*address = run;
			return true;
		}
	}
}

static bool
is_wrapped(struct span s, struct span run)
{
	const uint8_t *end = run.ptr + run.len;

	if (run.ptr == s.ptr || end == s.ptr + s.len)
		return false;
	switch (run.ptr[-1]) {
	case '[':
		return *end == ']';
	case '(':
		return *end == ')';
	case '{':
		return *end == '}';
	case ' ':
	case '\t':
		return *end == ' ' || *end == '\t';
	default:
		return false;
	}
}

bool
event_zeek_received(struct span field, struct span *address)
{
	size_t at = 0;
	int found = 0;

	while (found < 2) {
		struct span run = next_run(field, &at);

		if (run.len == 0)
			break;
		if (is_wrapped(field, run) && event_addr_is(run)) {
			*address = run;
			found++;
		}
	}
	return found > 0;
}
