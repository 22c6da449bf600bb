/* SPDX-License-Identifier: BSD-3-Clause */
/* See sessions.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "filter.h"
#include "sessions.h"

#define SESSIONS_PIECE 64	 /* copies of one letter */
#define SESSIONS_LOOK 1024	 /* places of the table that one letter looks at */
#define SESSIONS_KEEP 10000	 /* that match, to be sorted */
#define SESSIONS_STANDARD 1000	 /* shown without limit: */
#define SESSIONS_US 1500000	 /* for all of it: the caller waits, and signals, too */

struct piece { /* written by a worker while we wait, read by us afterwards */
	size_t pos, count;
	bool end;
	struct engine_session each[SESSIONS_PIECE];
};

static void
copy_piece(struct engine *e, void *arg)
{
	struct piece *p = arg;
	size_t look = SESSIONS_LOOK;

	p->count = 0;
	while (p->count < SESSIONS_PIECE &&
	       engine_session_some(e, &p->pos, &look, &p->each[p->count]))
		p->count++;
	p->end = p->count < SESSIONS_PIECE && look > 0;
}

static int
keep(struct sessions *out, const struct filter *f, const struct piece *p)
{
	size_t i, room;
	void *more;

	for (i = 0; i < p->count; i++) {
		if (!filter_match(f, &p->each[i], out->now_us) || out->matched++ >= SESSIONS_KEEP)
			continue;
		if ((out->count & (out->count - 1)) == 0) { /* doubled at each power of two */
			room = out->count == 0 ? 1 : out->count * 2;
			more = reallocarray(out->each, room, sizeof(*out->each));
			if (more == NULL)
				return -ENOMEM;
			out->each = more;
		}
		out->each[out->count++] = p->each[i];
	}
	out->total += p->count;
	return 0;
}

static int
walk(struct app *a, const struct filter *f, struct piece *p, struct sessions *out)
{
	uint64_t until = app_clock_us() + SESSIONS_US;
	unsigned w;
	int r = 0;

	for (w = 0; w < dp_workers(a->dp) && r == 0; w++) {
		p->pos = 0;
		p->end = false;
		while (r == 0 && !p->end) {
			if (app_clock_us() > until)
				return 0;
			r = dp_ask(a->dp, w, copy_piece, p);
			if (r == 0)
				r = keep(out, f, p);
			events_drain(a);
		}
	}
	out->whole = r == 0;
	return r;
}

int
sessions_gather(struct app *a, const char *filter, struct sessions *out, struct err *err)
{
	struct filter *f = filter_build(filter, err);
	struct piece *p = malloc(sizeof(*p));
	struct timespec t;
	size_t limit;
	int r = -ENOMEM;

	memset(out, 0, sizeof(*out));
	if (f == NULL) {
		free(p);
		return -EINVAL; /* whatever is wrong with it */
	}
	clock_gettime(CLOCK_REALTIME, &t);
	out->now_us = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	if (p != NULL)
		r = walk(a, f, p, out);
	if (r != 0) {
		err_set(err, r, r == -ETIMEDOUT ? "a worker did not answer" : "no memory for the list");
		sessions_free(out);
	}
	limit = filter_limit(f, SESSIONS_STANDARD);
	filter_sort(f, out->each, out->count);
	if (out->count > limit)
		out->count = limit;
	filter_free(f);
	free(p);
	return r;
}

void
sessions_free(struct sessions *s)
{
	free(s->each);
	memset(s, 0, sizeof(*s));
}

static void
set_number(json_t *o, const char *name, uint64_t value)
{
	json_object_set_new(o, name, json_integer((json_int_t)value));
}

static void
set_text(json_t *o, const char *name, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(o, name, json_string(text));
}

static uint64_t
seconds(uint64_t now_us, uint64_t at_us)
{
	return now_us > at_us ? (now_us - at_us) / 1000000 : 0;
}

json_t *
session_json(const struct engine_session *s, uint64_t now_us)
{
	char client[NET_ADDR_TEXT], server[NET_ADDR_TEXT];
	json_t *o = json_object();

	set_number(o, "flow_id", s->flow_id);
	set_text(o, "client", net_addr_text(&s->client, client));
	set_number(o, "client_port", s->client_port);
	set_text(o, "server", net_addr_text(&s->server, server));
	set_number(o, "server_port", s->server_port);
	set_text(o, "state", s->state);
	set_text(o, "verdict", s->verdict);
	set_text(o, "app_proto", s->app_proto);
	json_object_set_new(o, "smtp", json_boolean(s->is_smtp));
	json_object_set_new(o, "tls", json_boolean(s->tls));
	set_text(o, "helo", s->helo);
	set_text(o, "mail_from", s->mail_from);
	set_text(o, "rcpt_to", s->rcpt_to);
	set_number(o, "rcpts", s->rcpts);
	set_text(o, "last_command", s->last_command);
	set_text(o, "last_reply", s->last_reply);
	set_number(o, "code", filter_code(s));
	set_number(o, "rule", s->sid);
	set_number(o, "begin_us", s->begin_us);
	set_number(o, "used_us", s->used_us);
	set_number(o, "age", seconds(now_us, s->begin_us));
	set_number(o, "idle", seconds(now_us, s->used_us));
	set_number(o, "packets_to_server", s->packets[0]);
	set_number(o, "packets_to_client", s->packets[1]);
	set_number(o, "bytes_to_server", s->bytes[0]);
	set_number(o, "bytes_to_client", s->bytes[1]);
	set_number(o, "transactions", s->tx);
	set_number(o, "held", s->held);
	set_number(o, "memory", s->memory);
	return o;
}

int
sessions_one(struct app *a, const char *flow_id, uint64_t *id, json_t **json, struct err *err)
{
	char filter[64];
	struct sessions all;
	int r;

	*json = NULL;
	if (span_to_u64(span_str(flow_id), UINT64_MAX, id) != 0)
		return err_set(err, -EINVAL, "a flow_id is a number, not %s", flow_id);
	snprintf(filter, sizeof(filter), "flow:%llu", (unsigned long long)*id);
	r = sessions_gather(a, filter, &all, err);
	if (r != 0)
		return r;
	if (all.count > 0)
		*json = session_json(&all.each[0], all.now_us);
	else
		r = err_set(err, -ENOENT, "there is no session %s", flow_id);
	sessions_free(&all);
	return r;
}

json_t *
sessions_json(const struct sessions *s)
{
	json_t *o = json_object(), *all = json_array();
	size_t i;

	for (i = 0; i < s->count; i++)
		json_array_append_new(all, session_json(&s->each[i], s->now_us));
	json_object_set_new(o, "sessions", all);
	set_number(o, "left_out", s->matched - s->count);
	set_number(o, "matched", s->matched);
	set_number(o, "total", s->total);
	json_object_set_new(o, "whole", json_boolean(s->whole));
	return o;
}
