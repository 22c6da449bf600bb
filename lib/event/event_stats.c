/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stats events. In: names with dots, in any order, and their values; out: one object in which each
 * dot is a level. The writer calls it, some times a minute.
 */
#include "event_stats.h"

#include <errno.h>
#include <stdlib.h>

#include "event_time.h"

struct counter {
	const char *name;
	uint64_t value;
};

/* The dot sorts before all else, so that "a.b", "a.c" and "a-b" keep families together. */
static int
compare(const void *a, const void *b)
{
	const char *x = ((const struct counter *)a)->name;
	const char *y = ((const struct counter *)b)->name;

	while (*x != '\0' && *x == *y) {
		x++;
		y++;
	}
	return (*x == '.' ? 1 : (unsigned char)*x) - (*y == '.' ? 1 : (unsigned char)*y);
}

static void
close_families(struct event_line *l, const char *rest)
{
	for (; *rest != '\0'; rest++) {
		if (*rest == '.')
			event_line_end(l, '}');
	}
}

static void
put_counters(struct event_line *l, const struct counter *c, size_t count)
{
	const char *before = "";

	for (size_t i = 0; i < count; i++) {
		struct span name = span_str(c[i].name);
		size_t at = span_common(span_str(before), name, '.');
		const char *dot;

		if (i + 1 < count && strncmp(c[i].name, c[i + 1].name, name.len) == 0 &&
		    (c[i + 1].name[name.len] == '.' || c[i + 1].name[name.len] == '\0'))
			continue; /* an object already has this name */
		close_families(l, before + at);
		while ((dot = strchr(c[i].name + at, '.')) != NULL) {
			event_line_begin_named(l, span_of(c[i].name + at,
							  (size_t)(dot - c[i].name) - at), '{');
			at = (size_t)(dot - c[i].name) + 1;
		}
		event_line_number_named(l, span_str(c[i].name + at), c[i].value);
		before = c[i].name;
	}
	close_families(l, before);
}

int
event_stats_line(struct event_line *l, const struct event_writer_settings *s, uint64_t time_us,
		 uint64_t uptime_s, const char *const *names, const uint64_t *values, size_t count)
{
	struct counter *c = calloc(count > 0 ? count : 1, sizeof(*c));
	char time[EVENT_TIME_SIZE];

	if (c == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		c[i] = (struct counter){ names[i], values[i] };
	qsort(c, count, sizeof(*c), compare);
	event_time_text(time, time_us, s->utc);
	event_line_text(l, "timestamp", span_str(time));
	if (s->node != NULL)
		event_line_text(l, "host", span_str(s->node));
	event_line_text(l, "event_type", SPAN_LIT("stats"));
	event_line_begin(l, "stats", '{');
	event_line_number(l, "uptime", uptime_s);
	put_counters(l, c, count);
	event_line_end(l, '}');
	event_line_end(l, '}');
	free(c);
	return 0;
}
