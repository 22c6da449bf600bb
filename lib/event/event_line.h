/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds one JSON object as one line of text, straight into memory of the caller's.
 *
 *	event_line_open(&l, buf, sizeof(buf));		{
 *	event_line_begin(&l, "smtp", '{');		"smtp":{
 *	event_line_text(&l, "helo", span);		"helo":"..."
 *	event_line_end(&l, '}');			}
 *	event_line_end(&l, '}');			}
 *
 * The key is NULL within an array. Keys are our own words and are not escaped; texts are made valid
 * UTF-8 (event.h). l.s.cut says that the line did not fit and must not be used.
 */
#ifndef EVENT_LINE_H
#define EVENT_LINE_H

#include "str.h"

struct event_line {
	struct str s;
	bool comma; /* something stands before the next member */
};

void event_line_open(struct event_line *l, char *buf, size_t size);
void event_line_begin(struct event_line *l, const char *key, char bracket);
void event_line_end(struct event_line *l, char bracket);
void event_line_text(struct event_line *l, const char *key, struct span text);
void event_line_number(struct event_line *l, const char *key, uint64_t value);
void event_line_bool(struct event_line *l, const char *key, bool value);
/* Seconds with six decimals. */
void event_line_seconds(struct event_line *l, const char *key, uint64_t time_us);
/* A key that comes from outside (a rule's metadata, a counter's name). */
void event_line_begin_named(struct event_line *l, struct span key, char bracket);
void event_line_number_named(struct event_line *l, struct span key, uint64_t value);

#endif
