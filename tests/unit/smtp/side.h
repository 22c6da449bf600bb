/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session for tests: bytes go in as strings in blocks of their exact size, events come out into a
 * list without the spans (which die with the block), bodies into one buffer.
 */
#ifndef SIDE_H
#define SIDE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "smtp_internal.h"

enum { SIDE_EVENTS = 256, SIDE_BODY = 8192 };

struct side {
	struct pool *lines;
	struct smtp_session *s;
	struct smtp_event ev[SIDE_EVENTS]; /* of the last call; spans are dead */
	size_t count;
	int result; /* what smtp_next said last */
	size_t consumed;
	uint8_t body[SIDE_BODY];
	size_t body_len;
	char user[64]; /* of the last event that had one */
};

static inline void
side_open(struct side *t, const struct smtp_limits *limits, size_t buffers)
{
	memset(t, 0, sizeof(*t));
	t->lines = pool_create("lines", SMTP_LINE_SEEN, buffers, 0);
	t->s = smtp_open(malloc(smtp_session_size()), limits, t->lines);
}

static inline void
side_close(struct side *t)
{
	smtp_close(t->s);
	assert_int_equal(pool_used(t->lines), 0);
	pool_destroy(t->lines);
	free(t->s);
}

static inline void
side_drain(struct side *t, enum smtp_dir dir)
{
	struct smtp_event ev;

	while ((t->result = smtp_next(t->s, dir, &ev)) == 1) {
		if (ev.kind == SMTP_EV_BODY) {
			assert_true(t->body_len + ev.bytes.len <= SIDE_BODY);
			memcpy(t->body + t->body_len, ev.bytes.ptr, ev.bytes.len);
			t->body_len += ev.bytes.len;
		}
		if (ev.user.ptr != NULL)
			snprintf(t->user, sizeof(t->user), "%.*s", (int)ev.user.len,
				 (const char *)ev.user.ptr);
		assert_true(t->count < SIDE_EVENTS);
		t->ev[t->count++] = ev;
	}
	if (t->result == -1)
		t->ev[t->count++] = ev;
	t->consumed = smtp_consumed(t->s, dir);
}

/* Feed, and keep the events of this call only. */
static inline void
side_feed(struct side *t, enum smtp_dir dir, const void *bytes, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	memcpy(exact, bytes, len);
	t->count = 0;
	smtp_feed(t->s, dir, span_of(exact, len));
	side_drain(t, dir);
	free(exact);
}

static inline void
client(struct side *t, const char *text)
{
	side_feed(t, SMTP_CLIENT, text, strlen(text));
}

static inline void
server(struct side *t, const char *text)
{
	side_feed(t, SMTP_SERVER, text, strlen(text));
}

/* Banner, EHLO with all that matters, MAIL, RCPT. */
static inline void
side_envelope(struct side *t)
{
	server(t, "220 mx\r\n");
	client(t, "EHLO x\r\n");
	server(t, "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
	client(t, "MAIL FROM:<a@example.com>\r\n");
	server(t, "250 Ok\r\n");
	client(t, "RCPT TO:<b@example.com>\r\n");
	server(t, "250 Ok\r\n");
}

static inline void
side_data(struct side *t)
{
	side_envelope(t);
	client(t, "DATA\r\n");
	server(t, "354 go\r\n");
	assert_int_equal(smtp_mode(t->s), SMTP_MODE_DATA);
}

/* Was this oddity told in the last call? */
static inline bool
side_odd(const struct side *t, enum smtp_oddity o)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->ev[i].kind == SMTP_EV_ODDITY && t->ev[i].oddity == o)
			return true;
	return false;
}

static inline size_t
side_kinds(const struct side *t, enum smtp_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += t->ev[i].kind == kind;
	return n;
}

#endif
