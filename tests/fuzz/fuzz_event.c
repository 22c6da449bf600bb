/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any texts in a record: its lines are short enough, valid UTF-8, and balanced JSON. The first byte
 * chooses the type and the flags; then each text is a key, a length and that many bytes. Called by
 * libFuzzer or by standalone.c.
 */
#include <stdint.h>
#include <stdlib.h>

#include "event.h"
#include "event_line.h"
#include "event_utf8.h"
#include "event_zeek.h"
#include "require.h"

/* Strings end, brackets match, nothing raw stands within a string. */
static void
check_line(struct span line)
{
	char open[16];
	bool quoted = false;
	size_t depth = 0, at = 0;

	require(line.len + 1 < EVENT_LINE_MAX, "too long");
	while (at < line.len) {
		int n = event_utf8_next(span_skip(line, at));
		uint8_t c = line.ptr[at];

		require(n > 0, "no UTF-8");
		require(c >= 0x20, "a control character");
		at += (size_t)n;
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			at++;
		else if (!quoted && (c == '{' || c == '[')) {
			require(depth < sizeof(open), "nested too deep");
			open[depth++] = (char)c;
		} else if (!quoted && (c == '}' || c == ']')) {
			require(depth > 0 && open[depth - 1] == (c == '}' ? '{' : '['), "unbalanced");
			depth--;
		}
	}
	require(!quoted && depth == 0, "unfinished");
}

static void
fill(struct event *e, const uint8_t *data, size_t size)
{
	size_t at = 1;

	e->type = size > 0 ? data[0] % EVENT_TYPES : 0;
	e->flags = size > 0 ? data[0] * 0x01010101U : 0;
	e->ip_version = 4;
	e->ip_proto = 6;
	e->flow_start_us = 1;
	while (at + 2 <= size) {
		enum event_key key = data[at] % EVENT_KEYS;
		size_t len = data[at + 1];

		at += 2;
		len = len < size - at ? len : size - at;
		event_text(e, key, span_of(data + at, len));
		at += len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct event_writer_settings settings = { .utc = true, .node = "fuzz" };
	static char buf[EVENT_LINE_MAX];
	struct event *e = calloc(1, sizeof(*e));
	struct event_line l;
	char *line;

	require(e != NULL, "no memory");
	fill(e, data, size);
	line = event_json(&settings, e);
	require(line != NULL, "no line");
	check_line(span_str(line));
	free(line);
	event_line_open(&l, buf, sizeof(buf));
	event_zeek_line(&l, NULL, e);
	require(!l.s.cut, "a row that does not fit");
	check_line(str_span(&l.s));
	free(e);
	return 0;
}
