/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * URLs in decoded text, in stream. In: p->url_in, the bytes of a text part, any cut; out: URL
 * events, in order of appearance, as written and with their scheme. mime_next calls it between BODY
 * events.
 *
 * A URL is one of the wanted schemes (any case), "://", and all up to a blank, a control character
 * or one of " ' < > ] (Suricata's ends). It is kept up to MIME_URL_MAX bytes. Between URLs only the
 * surroundings of colons are looked at.
 */
#include "mime_internal.h"

#define WINDOW (MIME_SCHEME_MAX + 3) /* scheme and "://" */

void
mime_url_begin(struct mime_parser *p)
{
	p->url.open = false;
	p->url.len = 0;
	p->url_in = SPAN_NONE;
	p->url_flush = false;
}

static bool
is_end(uint8_t c)
{
	return c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ']' || c == 0x7f;
}

/* The bytes last seen end with "://": is a wanted scheme before it? The URL then begins there. */
static bool
try_open(struct mime_parser *p)
{
	static const char *const usual[] = { "http", NULL };
	const char *const *scheme = p->limits.url_schemes != NULL ? p->limits.url_schemes : usual;
	struct mime_url *u = &p->url;
	struct span seen = span_of(u->text, u->len);

	if (!span_ends(seen, SPAN_LIT("://")))
		return false;
	seen.len -= 3;
	for (; *scheme != NULL; scheme++) {
		size_t len = strlen(*scheme);

		if (len == 0 || !span_ends_nocase(seen, span_of(*scheme, len)))
			continue;
		memmove(u->text, u->text + seen.len - len, len + 3);
		u->len = (uint16_t)(len + 3);
		u->open = true;
		return true;
	}
	return false;
}

/* No URL is open: remember these bytes as the last ones, looking for "://" among them. Returns the
 * bytes used: up to a URL's beginning, or all. */
static size_t
look(struct mime_parser *p, struct span s)
{
	struct mime_url *u = &p->url;

	for (size_t i = 0; i < s.len; i++) {
		if (u->len == WINDOW)
			memmove(u->text, u->text + 1, --u->len);
		u->text[u->len++] = s.ptr[i];
		if (s.ptr[i] == '/' && try_open(p))
			return i + 1;
	}
	return s.len;
}

/* The first ":/" of s, or a colon at its end; s.len when there is none. */
static size_t
find_colon(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t *colon = memchr(s.ptr + i, ':', s.len - i);

		if (colon == NULL)
			return s.len;
		i = (size_t)(colon - s.ptr);
		if (i + 1 == s.len || s.ptr[i + 1] == '/')
			return i;
	}
	return s.len;
}

/* Goes on to the next ":/" or to the end. Returns the bytes used, at least one; a URL may be open.
 */
static size_t
search(struct mime_parser *p, struct span s)
{
	size_t colon = find_colon(s), head, from = 2, to;

	head = look(p, span_take(s, 2)); /* they may complete what the last input began */
	if (p->url.open || head == s.len)
		return head;
	if (colon > from + WINDOW)
		from = colon - WINDOW;
	to = colon + 3 < s.len ? colon + 3 : s.len;
	return from + look(p, span_of(s.ptr + from, to - from));
}

/* False: more than the limit; that is told once, and no more are looked for. */
static bool
give(struct mime_parser *p, struct mime_event *ev)
{
	if (p->urls >= p->limits.urls_max) {
		mime_odd(p, MIME_ODD_URLS);
		p->limits.urls = false;
		p->url_in = SPAN_NONE;
		return false;
	}
	*ev = (struct mime_event){ .kind = MIME_EV_URL,
				   .offset = mime_offset(p),
				   .end = mime_offset(p),
				   .part = &p->part,
				   .cut = p->url.cut,
				   .value = span_of(p->url.text, p->url.len) };
	p->urls++;
	p->url.open = false;
	p->url.cut = false;
	p->url.len = 0;
	return true;
}

/* One URL event, or false when p->url_in is used up. */
bool
mime_url_next(struct mime_parser *p, struct mime_event *ev)
{
	struct mime_url *u = &p->url;

	while (p->url_in.len > 0) {
		size_t n = 0;

		if (!u->open) {
			p->url_in = span_skip(p->url_in, search(p, p->url_in));
			continue;
		}
		while (n < p->url_in.len && !is_end(p->url_in.ptr[n])) {
			if (u->len < MIME_URL_MAX)
				u->text[u->len++] = p->url_in.ptr[n];
			else
				u->cut = true;
			n++;
		}
		p->url_in = span_skip(p->url_in, n);
		if (p->url_in.len > 0)
			return give(p, ev);
	}
	p->url_in = SPAN_NONE;
	if (!p->url_flush)
		return false;
	p->url_flush = false;
	return u->open && give(p, ev);
}
