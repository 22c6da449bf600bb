/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bounded text builder. In: texts, bytes, formats; out: a terminated text in the caller's
 * buffer. Whoever makes lines for people, logs or files calls this. It never allocates, and after
 * the first piece that did not fit it adds nothing more: what stands there is a true beginning.
 */
#include "str.h"

#include <stdio.h>

void
str_open(struct str *s, char *buf, size_t size)
{
	*s = (struct str){ .buf = buf, .size = size };
	buf[0] = '\0';
}

void
str_add(struct str *s, const char *text)
{
	str_add_span(s, span_str(text));
}

void
str_add_span(struct str *s, struct span bytes)
{
	size_t room = s->size - 1 - s->len;
	size_t n = bytes.len < room ? bytes.len : room;

	if (s->cut || bytes.len == 0)
		return;
	memcpy(s->buf + s->len, bytes.ptr, n);
	s->len += n;
	s->buf[s->len] = '\0';
	s->cut = n < bytes.len;
}

void
str_add_char(struct str *s, char c)
{
	str_add_span(s, span_of(&c, 1));
}

void
str_printf(struct str *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	str_vprintf(s, format, args);
	va_end(args);
}

void
str_vprintf(struct str *s, const char *format, va_list args)
{
	size_t room = s->size - s->len; /* with the terminator */
	int n;

	if (s->cut)
		return;
	n = vsnprintf(s->buf + s->len, room, format, args);
	if (n < 0) {
		s->buf[s->len] = '\0';
		s->cut = true;
	} else if ((size_t)n >= room) {
		s->len = s->size - 1;
		s->cut = true;
	} else {
		s->len += (size_t)n;
	}
}

/* All n characters or none: half an escape would read as something else. */
static void
add_whole(struct str *s, const char *text, size_t n)
{
	if (n > s->size - 1 - s->len)
		s->cut = true;
	else
		str_add_span(s, span_of(text, n));
}

static const char hex_digit[] = "0123456789abcdef";

void
str_add_escaped(struct str *s, struct span bytes)
{
	for (size_t i = 0; i < bytes.len && !s->cut; i++) {
		uint8_t c = bytes.ptr[i];
		char escape[4] = { '\\', 'x', hex_digit[c >> 4], hex_digit[c & 15] };

		if (c == '"' || c == '\\') {
			escape[1] = (char)c;
			add_whole(s, escape, 2);
		} else if (c >= 0x20 && c < 0x7f) {
			str_add_char(s, (char)c);
		} else {
			add_whole(s, escape, 4);
		}
	}
}

void
str_add_hex(struct str *s, struct span bytes)
{
	for (size_t i = 0; i < bytes.len && !s->cut; i++) {
		char pair[2] = { hex_digit[bytes.ptr[i] >> 4], hex_digit[bytes.ptr[i] & 15] };

		add_whole(s, pair, 2);
	}
}
