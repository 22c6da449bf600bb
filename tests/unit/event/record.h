/* SPDX-License-Identifier: BSD-3-Clause */
/* Records for the tests of event, and a way to look into what is written of them. */
#ifndef RECORD_H
#define RECORD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "event.h"

#define NOON 1795838400000000 /* 2026-11-28T04:00:00Z in microseconds */

/* 192.0.2.1:40000 -> 192.0.2.25:25, as all records of a session. */
static inline void
record_open(struct event *e, enum event_type type)
{
	memset(e, 0, sizeof(*e));
	e->type = (uint8_t)type;
	e->ip_version = 4;
	e->ip_proto = 6;
	e->time_us = NOON;
	e->flow_id = 77;
	memcpy(e->src.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16);
	memcpy(e->dst.b, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x19", 16);
	e->sport = 40000;
	e->dport = 25;
	e->flags = EVENT_IS_SMTP;
}

static inline void
record_text(struct event *e, enum event_key key, const char *text)
{
	event_text(e, key, span_str(text));
}

/* "a.b[1]" within an object; NULL when it is not there. */
static inline json_t *
record_at(json_t *root, const char *path)
{
	json_t *at = root;
	char word[64];
	size_t len;

	while (*path != '\0' && at != NULL) {
		len = strcspn(path, ".[]");
		memcpy(word, path, len);
		word[len] = '\0';
		if (len > 0 && path[len] == ']')
			at = json_array_get(at, (size_t)atoi(word));
		else if (len > 0)
			at = json_object_get(at, word);
		path += len;
		if (*path != '\0')
			path++;
	}
	return at;
}

static inline const char *
record_string(json_t *root, const char *path)
{
	const char *text = json_string_value(record_at(root, path));

	return text != NULL ? text : "(none)";
}

static inline long long
record_number(json_t *root, const char *path)
{
	json_t *at = record_at(root, path);

	return json_is_integer(at) ? json_integer_value(at) : -1;
}

/* The line must be one JSON object without a key twice, in valid UTF-8, without a newline. */
static inline json_t *
record_parse(const char *line)
{
	json_error_t error;
	json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, &error);

	if (root == NULL)
		fail_msg("%s at %d: %s", error.text, error.position, line);
	assert_null(strchr(line, '\n'));
	return root;
}

#endif
