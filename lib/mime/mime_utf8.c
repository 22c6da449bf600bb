/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text parts as UTF-8. In: the decoded bytes of an open text part; out: TEXT events behind each
 * BODY, where the charset is known and another. mime_parser.c calls it when limits ask for it;
 * mime_charset.c knows the charsets.
 *
 * UTF-8 is checked (RFC 3629), for a reader may take an overlong form for what it stands for.
 */
#include "mime_internal.h"

void
mime_utf8_begin(struct mime_parser *p)
{
	struct mime_utf8 *t = &p->utf8;
	struct span name = span_of(p->charset, p->heads.charset_len);

	*t = (struct mime_utf8){ .out = t->out, .is = MIME_CHARSET_UTF8 };
	if (!p->limits.texts || !p->part.is_text)
		return;
	t->is = mime_charset_find(p->limits.charsets, name, &t->charset);
	if (t->is == MIME_CHARSET_UNKNOWN)
		mime_odd(p, MIME_ODD_UNKNOWN_CHARSET);
	else if (t->is != MIME_CHARSET_UTF8 && mime_buffer(p, &t->out) == NULL)
		t->is = MIME_CHARSET_UNKNOWN;
}

/* What may come behind a first byte: how many bytes, and the bounds of the next. */
static bool
first_byte(struct mime_utf8 *t, uint8_t c)
{
	t->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	t->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	t->more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	return c < 0x80 || (c >= 0xc2 && c <= 0xf4);
}

static bool
is_utf8(struct mime_utf8 *t, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c;

		if (t->more == 0)
			i += mime_ascii(span_skip(s, i));
		if (i == s.len)
			break;
		c = s.ptr[i];
		if (t->more == 0) {
			if (c >= 0x80 && !first_byte(t, c))
				return false;
			continue;
		}
		if (c < t->low || c > t->high)
			return false;
		t->low = 0x80;
		t->high = 0xbf;
		t->more--;
	}
	return true;
}

static void
check(struct mime_parser *p)
{
	struct mime_utf8 *t = &p->utf8;

	if (t->is == MIME_CHARSET_UTF8 && !(p->odd_seen & 1u << MIME_ODD_INVALID_TEXT) &&
	    (!is_utf8(t, t->in) || (p->url_flush && t->more > 0)))
		mime_odd(p, MIME_ODD_INVALID_TEXT);
	t->in = SPAN_NONE;
}

/* Two bytes are needed to know the order of all. */
static void
find_order(struct mime_parser *p)
{
	struct mime_utf8 *t = &p->utf8;
	bool mark;

	while (t->shift.held_len < 2 && t->in.len > 0) {
		t->shift.held[t->shift.held_len++] = t->in.ptr[0];
		t->in = span_skip(t->in, 1);
	}
	if (t->shift.held_len < 2)
		return;
	t->charset = mime_charset_utf16(p->limits.charsets, t->shift.held, &mark);
	t->is = t->charset != NULL ? MIME_CHARSET_KNOWN : MIME_CHARSET_UNKNOWN;
	if (mark)
		t->shift.held_len = 0;
}

/* The part ends within a character. */
static struct span
last(struct mime_parser *p)
{
	static const uint8_t replacement[] = { 0xef, 0xbf, 0xbd };

	p->utf8.shift.held_len = 0;
	mime_odd(p, MIME_ODD_INVALID_TEXT);
	return span_of(replacement, sizeof(replacement));
}

bool
mime_utf8_next(struct mime_parser *p, struct mime_event *ev)
{
	struct mime_utf8 *t = &p->utf8;
	struct span bytes = SPAN_NONE;
	bool bad = false;

	if (t->is == MIME_CHARSET_UTF16 && t->in.len > 0)
		find_order(p);
	if (t->is == MIME_CHARSET_UTF8 || t->is == MIME_CHARSET_UNKNOWN) {
		check(p);
	} else if (t->is == MIME_CHARSET_KNOWN && t->in.len > 0) {
		bytes = span_of(t->out, mime_charset_run(t->charset, &t->shift, &t->in, t->out,
							 MIME_LINE_SIZE, &bad));
	} else if (p->url_flush && t->shift.held_len > 0) {
		bytes = last(p);
	}
	if (bad)
		mime_odd(p, MIME_ODD_INVALID_TEXT);
	if (bytes.len == 0)
		return false;
	*ev = (struct mime_event){ .kind = MIME_EV_TEXT, .offset = mime_offset(p),
				   .end = mime_offset(p), .part = &p->part, .bytes = bytes };
	return true;
}
