/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON text (RFC 8259) of one event. In: keys and values in the order in which they shall stand;
 * out: a line without its newline. The EVE and smtp.log makers call it. It knows no field.
 */
#include "event_line.h"

#include <inttypes.h>

#include "event_utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Appends text between quotes; what it may not hold becomes U+FFFD (event.h says which). */
static void
add_quoted(struct str *s, struct span text)
{
	size_t from = 0, at = 0;

	str_add_char(s, '"');
	if (text.len == 0)
		text = SPAN_LIT(""); /* no arithmetic with NULL below */
	while (at < text.len) {
		int n = event_utf8_next(span_skip(text, at));
		uint8_t c = text.ptr[at];
		bool plain = n > 1 || (n == 1 && c >= 0x20 && c != '"' && c != '\\');

		if (!plain) {
			str_add_span(s, span_of(text.ptr + from, at - from));
			from = at + (size_t)(n < 0 ? -n : n);
			if (c == '"' || c == '\\') {
				str_add_char(s, '\\');
				str_add_char(s, (char)c);
			} else {
				str_add(s, c == '\t' ? "\\t" : c == '\n' ? "\\n" :
					   c == '\r' ? "\\r" : REPLACEMENT);
			}
		}
		at += (size_t)(n < 0 ? -n : n);
	}
	str_add_span(s, span_of(text.ptr + from, at - from));
	str_add_char(s, '"');
}

/* The comma and key that stand before a value. */
static void
lead_in(struct event_line *l, const char *key)
{
	if (l->comma)
		str_add_char(&l->s, ',');
	l->comma = true;
	if (key == NULL)
		return;
	str_add_char(&l->s, '"');
	str_add(&l->s, key);
	str_add(&l->s, "\":");
}

static void
lead_in_named(struct event_line *l, struct span key)
{
	lead_in(l, NULL);
	add_quoted(&l->s, key);
	str_add_char(&l->s, ':');
}

void
event_line_open(struct event_line *l, char *buf, size_t size)
{
	str_open(&l->s, buf, size);
	l->comma = false;
	str_add_char(&l->s, '{');
}

void
event_line_begin(struct event_line *l, const char *key, char bracket)
{
	lead_in(l, key);
	str_add_char(&l->s, bracket);
	l->comma = false;
}

void
event_line_begin_named(struct event_line *l, struct span key, char bracket)
{
	lead_in_named(l, key);
	str_add_char(&l->s, bracket);
	l->comma = false;
}

void
event_line_end(struct event_line *l, char bracket)
{
	str_add_char(&l->s, bracket);
	l->comma = true;
}

void
event_line_text(struct event_line *l, const char *key, struct span text)
{
	lead_in(l, key);
	add_quoted(&l->s, text);
}

void
event_line_number(struct event_line *l, const char *key, uint64_t value)
{
	lead_in(l, key);
	str_printf(&l->s, "%" PRIu64, value);
}

void
event_line_number_named(struct event_line *l, struct span key, uint64_t value)
{
	lead_in_named(l, key);
	str_printf(&l->s, "%" PRIu64, value);
}

void
event_line_bool(struct event_line *l, const char *key, bool value)
{
	lead_in(l, key);
	str_add(&l->s, value ? "true" : "false");
}

void
event_line_seconds(struct event_line *l, const char *key, uint64_t time_us)
{
	lead_in(l, key);
	str_printf(&l->s, "%" PRIu64 ".%06u", time_us / 1000000, (unsigned)(time_us % 1000000));
}
