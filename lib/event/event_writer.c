/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The writer of the management core. In: records of all workers, counters; out: eve.json and
 * smtp.log. One thread. Which fields an event has is said in event_eve.c and event_zeek.c.
 */
#include "event.h"

#include <errno.h>
#include <stdlib.h>

#include "err.h"
#include "event_eve.h"
#include "event_file.h"
#include "event_stats.h"
#include "event_zeek.h"

_Static_assert(EVENT_KEYS <= 256, "struct event_text keeps a key in a byte");

struct event_writer {
	struct event_writer_settings settings;
	char *node;
	struct event_file eve, smtp_log;
	uint64_t lost; /* lines that were too long */
	char line[EVENT_LINE_MAX];
};

static int
open_files(struct event_writer *w, const struct event_writer_settings *s, struct err *err)
{
	if (s->node != NULL) {
		w->node = strdup(s->node);
		if (w->node == NULL)
			return err_set(err, -ENOMEM, "no memory for the event writer");
	}
	w->settings.node = w->node;
	w->settings.dir = NULL; /* the caller's; the files know theirs */
	if (s->eve) {
		int rc = event_file_open(&w->eve, s->dir, "eve.json", s->append, err);

		if (rc != 0)
			return rc;
	}
	return s->smtp_log ? event_file_open(&w->smtp_log, s->dir, "smtp.log", s->append, err) : 0;
}

struct event_writer *
event_writer_create(const struct event_writer_settings *s, struct err *err)
{
	struct event_writer *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_set(err, -ENOMEM, "no memory for the event writer");
		return NULL;
	}
	w->settings = *s;
	if (open_files(w, s, err) != 0) {
		event_writer_destroy(w);
		return NULL;
	}
	return w;
}

int
event_writer_destroy(struct event_writer *w)
{
	int eve, smtp_log;

	if (w == NULL)
		return 0;
	eve = event_file_close(&w->eve);
	smtp_log = event_file_close(&w->smtp_log);
	free(w->node);
	free(w);
	return eve != 0 ? eve : smtp_log;
}

static void
add_line(struct event_writer *w, struct event_file *f, const struct event_line *l)
{
	if (l->s.cut)
		w->lost++;
	else
		event_file_add(f, str_span(&l->s));
}

static bool
is_wanted(const struct event_writer_settings *s, const struct event *e)
{
	/* Suricata has no such types. */
	if (s->strict && (e->type == EVENT_NOTICE || e->type == EVENT_VERDICT))
		return false;
	return s->types == 0 || (s->types & 1U << e->type);
}

void
event_write(struct event_writer *w, const struct event *e)
{
	struct event_line l;

	if (w->settings.eve && is_wanted(&w->settings, e) && !(e->flags & EVENT_ONLY_SMTP_LOG)) {
		event_line_open(&l, w->line, sizeof(w->line));
		event_eve_line(&l, &w->settings, e);
		add_line(w, &w->eve, &l);
	}
	if (w->settings.smtp_log && event_zeek_wants(e)) {
		event_line_open(&l, w->line, sizeof(w->line));
		event_zeek_line(&l, &w->settings.path, e);
		add_line(w, &w->smtp_log, &l);
	}
}

void
event_write_stats(struct event_writer *w, uint64_t time_us, uint64_t uptime_s,
		  const char *const *names, const uint64_t *values, size_t count)
{
	struct event_line l;

	if (!w->settings.eve)
		return;
	event_line_open(&l, w->line, sizeof(w->line));
	if (event_stats_line(&l, &w->settings, time_us, uptime_s, names, values, count) != 0)
		l.s.cut = true; /* no memory: counted as a lost line */
	add_line(w, &w->eve, &l);
}

int
event_writer_flush(struct event_writer *w)
{
	int eve = event_file_flush(&w->eve);
	int smtp_log = event_file_flush(&w->smtp_log);

	return eve != 0 ? eve : smtp_log;
}

int
event_writer_reopen(struct event_writer *w, struct err *err)
{
	int rc = event_file_reopen(&w->eve, err);

	return rc != 0 ? rc : event_file_reopen(&w->smtp_log, err);
}

uint64_t
event_writer_lost(const struct event_writer *w)
{
	return w->lost + w->eve.lost + w->smtp_log.lost;
}

char *
event_json(const struct event_writer_settings *s, const struct event *e)
{
	char *buf = malloc(EVENT_LINE_MAX);
	struct event_line l;

	if (buf == NULL)
		return NULL;
	event_line_open(&l, buf, EVENT_LINE_MAX);
	event_eve_line(&l, s, e);
	if (l.s.cut) {
		free(buf);
		return NULL;
	}
	return buf;
}
