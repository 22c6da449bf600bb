/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON text (RFC 8259) of one event. In: keys and values in the order in which they shall stand;
 * out: a line without its newline. The EVE and smtp.log makers call it. It knows no field.
 */
#include "event_line.h"

#include "event_utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define DIGITS_MAX 20		 /* of a 64-bit number */

/* All of it or a cut line. Here and inline, since a line is made of many small pieces. */
static inline void
put(struct str *s, const void *bytes, size_t n)
{
	if (s->cut || n > s->size - 1 - s->len) {
		s->cut = true;
		return;
	}
	memcpy(s->buf + s->len, bytes, n);
	s->len += n;
	s->buf[s->len] = '\0';
}

static void
put_number(struct str *s, uint64_t value)
{
	char digit[DIGITS_MAX];
	size_t at = DIGITS_MAX;

	do {
		digit[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put(s, digit + at, DIGITS_MAX - at);
}

static inline bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* U+0080 to U+009F in two bytes: terminals obey them as they do the controls of ASCII. */
static bool
is_high_control(const uint8_t *c)
{
	return c[0] == 0xc2 && c[1] < 0xa0;
}

/* A byte that is no plain text: what stands for it. */
static void
put_odd(struct str *s, uint8_t c)
{
	char escape[2] = { '\\', (char)c };

	if (c == '\t' || c == '\n' || c == '\r')
		escape[1] = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
	else if (c != '"' && c != '\\')
		return put(s, REPLACEMENT, 3);
	put(s, escape, 2);
}

/* Appends text between quotes; what it may not hold becomes U+FFFD (event.h says which). */
static void
put_quoted(struct str *s, struct span text)
{
	size_t from = 0, at = 0;

	put(s, "\"", 1);
	while (at < text.len) {
		int n;

		if (is_plain(text.ptr[at])) {
			at++;
			continue;
		}
		n = event_utf8_next(span_skip(text, at));
		if (n > 1 && !is_high_control(text.ptr + at)) { /* a whole character beyond ASCII */
			at += (size_t)n;
			continue;
		}
		put(s, text.ptr + from, at - from);
		put_odd(s, text.ptr[at]);
		at += (size_t)(n < 0 ? -n : n);
		from = at;
	}
	if (at > from)
		put(s, text.ptr + from, at - from);
	put(s, "\"", 1);
}

/* The comma and key that stand before a value. */
static void
lead_in(struct event_line *l, const char *key)
{
	if (l->comma)
		put(&l->s, ",", 1);
	l->comma = true;
	if (key == NULL)
		return;
	put(&l->s, "\"", 1);
	put(&l->s, key, strlen(key));
	put(&l->s, "\":", 2);
}

static void
lead_in_named(struct event_line *l, struct span key)
{
	lead_in(l, NULL);
	put_quoted(&l->s, key);
	put(&l->s, ":", 1);
}

void
event_line_open(struct event_line *l, char *buf, size_t size)
{
	str_open(&l->s, buf, size);
	l->comma = false;
	put(&l->s, "{", 1);
}

void
event_line_begin(struct event_line *l, const char *key, char bracket)
{
	lead_in(l, key);
	put(&l->s, &bracket, 1);
	l->comma = false;
}

void
event_line_begin_named(struct event_line *l, struct span key, char bracket)
{
	lead_in_named(l, key);
	put(&l->s, &bracket, 1);
	l->comma = false;
}

void
event_line_end(struct event_line *l, char bracket)
{
	put(&l->s, &bracket, 1);
	l->comma = true;
}

void
event_line_text(struct event_line *l, const char *key, struct span text)
{
	lead_in(l, key);
	put_quoted(&l->s, text);
}

void
event_line_number(struct event_line *l, const char *key, uint64_t value)
{
	lead_in(l, key);
	put_number(&l->s, value);
}

void
event_line_number_named(struct event_line *l, struct span key, uint64_t value)
{
	lead_in_named(l, key);
	put_number(&l->s, value);
}

void
event_line_bool(struct event_line *l, const char *key, bool value)
{
	lead_in(l, key);
	put(&l->s, value ? "true" : "false", value ? 4 : 5);
}

void
event_line_seconds(struct event_line *l, const char *key, uint64_t time_us)
{
	lead_in(l, key);
	put_number(&l->s, time_us / 1000000);
	put(&l->s, ".", 1);
	for (unsigned unit = 100000, us = (unsigned)(time_us % 1000000); unit > 0; unit /= 10)
		put_number(&l->s, us / unit % 10);
}
