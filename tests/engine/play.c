/* SPDX-License-Identifier: BSD-3-Clause */
/* The player of play.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "play.h"

const char play_accept_all[] = "accept:hook tcp:all any any <> any any (sid:1000;)\n"
			       "accept:hook smtp:request_started any any -> any any (sid:1;)\n"
			       "accept:hook smtp:request_data any any -> any any (sid:2;)\n"
			       "accept:hook smtp:request_complete any any -> any any (sid:3;)\n"
			       "accept:hook smtp:response_started any any -> any any (sid:4;)\n"
			       "accept:hook smtp:response_data any any -> any any (sid:5;)\n"
			       "accept:hook smtp:response_complete any any -> any any (sid:6;)\n";

enum { RECORD = PLAY_PROFILES, WIRES }; /* ... and an engine that reads a record */

static struct wire wires[WIRES];

void
play_open(const char *rules)
{
	for (int i = 0; i < WIRES; i++) {
		struct wire_settings s = { .rules = rules,
					   .strict = i == PLAY_STRICT,
					   .capture = i == RECORD };

		assert_true(wire_open(&wires[i], &s));
	}
}

void
play_close(void)
{
	for (int i = 0; i < WIRES; i++)
		assert_true(wire_close(&wires[i]));
}

void
play_say(struct wire *w, enum wire_side from, struct span bytes, bool single)
{
	for (size_t i = 0; single && i < bytes.len; i++)
		wire_say(w, from, bytes.ptr + i, 1);
	if (!single && bytes.len > 0)
		wire_say(w, from, bytes.ptr, bytes.len);
}

void
play_begin(struct wire *w, enum play_begin begin)
{
	wire_drain(w);
	assert_int_equal(w->frames_in, w->frames_out);
	wire_forget_events(w);
	wire_reconnect(w);
	if (begin >= AT_HELO) {
		wire_text(w, WIRE_SERVER, "220 mx.example ESMTP\r\n");
		wire_text(w, WIRE_CLIENT, "EHLO client.example\r\n");
		wire_text(w, WIRE_SERVER,
			  "250-mx.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250-AUTH PLAIN "
			  "LOGIN\r\n"
			  "250 CHUNKING\r\n");
	}
	if (begin >= AT_RCPT) {
		wire_text(w, WIRE_CLIENT, "MAIL FROM:<a@b.example>\r\n");
		wire_text(w, WIRE_SERVER, "250 ok\r\n");
		wire_text(w, WIRE_CLIENT, "RCPT TO:<c@d.example>\r\n");
		wire_text(w, WIRE_SERVER, "250 ok\r\n");
	}
	if (begin >= AT_BODY) {
		wire_text(w, WIRE_CLIENT, "DATA\r\n");
		wire_text(w, WIRE_SERVER, "354 go\r\n");
	}
	wire_forget_events(w);
	w->got[WIRE_SERVER].len = 0;
	w->got[WIRE_CLIENT].len = 0;
}

static void
join(const struct turn *t, size_t count, struct span *out, uint8_t *room)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		memcpy(room + len, t[i].bytes.ptr, t[i].bytes.len);
		len += t[i].bytes.len;
	}
	*out = span_of(room, len);
}

static void
run(struct wire *w, const struct play_case *c, bool single)
{
	static uint8_t room[1 << 16];

	play_begin(w, c->begin);
	for (size_t i = 0, n; i < TURNS_MAX && c->turns[i].bytes.len > 0; i += n) {
		struct span bytes;

		for (n = 1; i + n < TURNS_MAX && c->turns[i + n].bytes.len > 0 &&
			    c->turns[i + n].from == c->turns[i].from;)
			n++;
		join(&c->turns[i], n, &bytes, room);
		play_say(w, c->turns[i].from, bytes, single);
	}
}

struct wire *
play_run(const struct play_case *c, enum play_profile profile, bool single)
{
	run(&wires[profile], c, single);
	return &wires[profile];
}

const char *
play_oddities(const struct wire *w)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < w->events; i++) {
		const char *at = strstr(w->event[i], "\"anomaly\":");
		const char *name = at != NULL ? strstr(at, "\"event\":\"") : NULL;

		if (name != NULL && strncmp(name + 9, "MIME_", 5) != 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ",
						(int)strcspn(name + 9, "\""), name + 9);
	}
	return text;
}

bool
play_server_saw(const struct wire *w, const char *text)
{
	return span_find(span_of(w->got[WIRE_SERVER].ptr, w->got[WIRE_SERVER].len),
			 span_str(text)) >= 0;
}

/* What the client said before the stop. */
static struct span
allowed(const struct play_case *c, int stop, uint8_t *room)
{
	size_t len = 0;

	for (int i = 0; i < TURNS_MAX && (stop == NEVER || i < stop); i++) {
		if (c->turns[i].from != WIRE_CLIENT || c->turns[i].bytes.len == 0)
			continue;
		memcpy(room + len, c->turns[i].bytes.ptr, c->turns[i].bytes.len);
		len += c->turns[i].bytes.len;
	}
	return span_of(room, len);
}

static void
check_bytes(const struct play_case *c, const struct wire *w, int stop, const char *how, bool whole)
{
	static uint8_t room[1 << 16];
	struct span want = allowed(c, stop, room);
	const struct wire_bytes *got = &w->got[WIRE_SERVER];
	size_t n = got->len < want.len ? got->len : want.len;

	if ((got->len != want.len && (stop == NEVER || !whole || got->len > want.len)) ||
	    memcmp(got->ptr, want.ptr, n) != 0)
		fail_msg("%s, %s: the server got %zu bytes instead of %zu:\n%.*s", c->id, how,
			 got->len, want.len, (int)got->len, (const char *)got->ptr);
	if ((stop != NEVER) != (w->reset[WIRE_SERVER] && w->reset[WIRE_CLIENT]))
		fail_msg("%s, %s: resets %d %d", c->id, how, w->reset[WIRE_CLIENT],
			 w->reset[WIRE_SERVER]);
}

static void
check_odd(const struct play_case *c, const struct wire *w, const char *want, const char *how)
{
	if (strcmp(play_oddities(w), want) != 0)
		fail_msg("%s, %s: oddities are \"%s\" instead of \"%s\"", c->id, how,
			 play_oddities(w), want);
}

void
play_case(const struct play_case *c)
{
	static const char *const names[PLAY_PROFILES][2] = {
		{ "default, whole", "default, single bytes" },
		{ "strict, whole", "strict, single bytes" },
	};

	for (int p = 0; p < PLAY_PROFILES; p++)
		for (int single = 0; single < 2; single++) {
			struct wire *w = &wires[p];
			uint64_t before = wire_stat(w, STATS_SMTP_MESSAGES);
			uint64_t drops = wire_stat(w, STATS_DROP_SMTP);
			int messages;

			run(w, c, single);
			messages = (int)(wire_stat(w, STATS_SMTP_MESSAGES) - before);
			check_bytes(c, w, c->stop[p], names[p][single], !single);
			check_odd(c, w, c->odd[p], names[p][single]);
			if ((c->stop[p] != NEVER) != (wire_stat(w, STATS_DROP_SMTP) > drops))
				fail_msg("%s, %s: drops counted", c->id, names[p][single]);
			if (p == PLAY_DEFAULT && messages != c->messages)
				fail_msg("%s: %d messages", c->id, messages);
		}
	for (int single = 0; single < 2 && !c->waits; single++) {
		run(&wires[RECORD], c, single);
		check_odd(c, &wires[RECORD], c->odd[PLAY_DEFAULT], "as a record");
	}
}
