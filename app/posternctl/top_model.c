/* SPDX-License-Identifier: BSD-3-Clause */
/* See top.h: answers in, rows out. A rate is the difference to the answer before; a value that went back
 * is one of a daemon that began anew, and has none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "top.h"

#define TOP_SHORT_US 500000

static const struct {
	const char *name, *head;
	const char *sort[6]; /* of sessions: words of the daemon's filter */
} tabs[TOP_TABS] = {
	[TOP_OVERVIEW] = { "overview", "COUNTER                              TOTAL      PER SECOND",
			   { "list" } },
	[TOP_SESSIONS] = { "sessions", "  AGE  IDLE STATE      VERDICT CODE   BYTES     B/S CLIENT                "
				       "FROM > TO | COMMAND | REPLY",
			   { "age", "idle", "bytes", "held", "mails", "rcpts" } },
	[TOP_RULES] = { "rules", "        HITS      PER S        SID ACTION     HOOK                     MSG",
			{ "hits", "rate", "list" } },
	[TOP_DROPS] = { "drops", "     PACKETS      PER S REASON", { "hits", "rate", "list" } },
	[TOP_WORKERS] = { "workers", "LCORE TASK       WIRE STATE         FRAMES      PER S  BUSY SESSIONS",
			  { "list" } },
};

const char *
top_head(enum top_tab tab)
{
	return tabs[tab].head;
}

const char *
top_name(enum top_tab tab)
{
	return tabs[tab].name;
}

const char *
top_sort_name(const struct top *t)
{
	return tabs[t->tab].sort[t->sort[t->tab]];
}

void
top_sort_next(struct top *t)
{
	unsigned *n = &t->sort[t->tab];

	(*n)++;
	if (*n == sizeof(tabs->sort) / sizeof(tabs->sort[0]) || tabs[t->tab].sort[*n] == NULL)
		*n = 0;
}

bool
top_command(const struct top *t, enum top_tab tab, struct str *out)
{
	if (tab == TOP_SESSIONS) /* words of a person come last: they win */
		str_printf(out, "show sessions sort:%s limit:200 %s", tabs[tab].sort[t->sort[tab]],
			   t->filter[tab]);
	else
		str_add(out, tab == TOP_RULES ? "show rules" : "show stats");
	return !out->cut;
}

/* ---- an answer becomes rows ---- */

/* Rows keep their order mostly: looked for from where the last one was. */
static const struct top_row *
row_before(const struct top_rows *old, const char *key, size_t *hint)
{
	size_t i, at;

	for (i = 0; i < old->count; i++) {
		at = (*hint + i) % old->count;
		if (strcmp(old->each[at].key, key) == 0) {
			*hint = at + 1;
			return &old->each[at];
		}
	}
	return NULL;
}

static void
row_rates(struct top_row *r, const struct top_row *before, uint64_t us)
{
	uint64_t turns, idle;

	r->rate = r->busy = TOP_NO_RATE;
	if (before == NULL || r->value < before->value)
		return;
	if (us < TOP_SHORT_US) { /* a key asked early: too short to measure */
		r->rate = before->rate;
		r->busy = before->busy;
		return;
	}
	r->rate = (double)(r->value - before->value) * 1e6 / (double)us;
	turns = (uint64_t)ctl_number(r->of, "turns") - (uint64_t)ctl_number(before->of, "turns");
	idle = (uint64_t)ctl_number(r->of, "idle_turns") - (uint64_t)ctl_number(before->of, "idle_turns");
	if (turns > 0 && idle <= turns)
		r->busy = (double)(turns - idle) * 100 / (double)turns;
}

struct taking {
	const struct top_rows *old;
	struct top_rows *now;
	size_t hint, room;
};

static int
row_add(struct taking *k, const char *key, uint64_t value, const json_t *of)
{
	struct top_rows *now = k->now;
	struct top_row *r;
	void *more;

	if (now->count == k->room) {
		k->room = k->room == 0 ? 64 : k->room * 2;
		more = reallocarray(now->each, k->room, sizeof(*now->each));
		if (more == NULL)
			return -ENOMEM;
		now->each = more;
	}
	r = &now->each[now->count++];
	*r = (struct top_row){ .of = of, .value = value };
	snprintf(r->key, sizeof(r->key), "%s", key);
	row_rates(r, row_before(k->old, r->key, &k->hint), now->at_us - k->old->at_us);
	return 0;
}

/* a{b{c}} as "a.b.c" */
static int
add_nested(struct taking *k, const json_t *o, const char *prefix)
{
	char name[TOP_KEY];
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	{
		snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
		r = json_is_object(value) ? add_nested(k, value, name)
					  : row_add(k, name, (uint64_t)json_integer_value(value), value);
		if (r != 0)
			break;
	}
	return r;
}

static int
add_one(struct taking *k, enum top_tab tab, const json_t *o)
{
	char key[TOP_KEY];
	const char *role = json_string_value(json_object_get(o, "role"));

	if (tab == TOP_SESSIONS) {
		snprintf(key, sizeof(key), "%lld", ctl_number(o, "flow_id"));
		return row_add(k, key,
			       (uint64_t)(ctl_number(o, "bytes_to_server") +
					  ctl_number(o, "bytes_to_client")),
			       o);
	}
	if (tab == TOP_RULES) {
		snprintf(key, sizeof(key), "%lld:%lld", ctl_number(o, "gid"),
			 ctl_number(o, "sid"));
		return row_add(k, key, (uint64_t)ctl_number(o, "hits"), o);
	}
	snprintf(key, sizeof(key), "%s %lld %lld", role != NULL ? role : "",
		 ctl_number(o, "lcore"), ctl_number(o, "wire"));
	return row_add(k, key, (uint64_t)ctl_number(o, "frames"), o);
}

static void
rows_free(struct top_rows *r)
{
	free(r->each);
	free(r->shown);
	json_decref(r->document);
	memset(r, 0, sizeof(*r));
}

static int
take_one(struct top *t, enum top_tab tab, json_t *answer, uint64_t now_us)
{
	static const char *const part[TOP_TABS] = { "stats", "sessions", "rules", "stats", "lcores" };
	const json_t *of = json_object_get(answer, part[tab]), *o;
	struct top_rows *old = &t->rows[tab], now = { .at_us = now_us };
	struct taking k = { .old = old, .now = &now };
	size_t i;
	int r = 0;

	if (tab == TOP_OVERVIEW)
		r = add_nested(&k, of, "");
	else if (tab == TOP_DROPS)
		r = add_nested(&k, json_object_get(of, "drop"), "");
	else
		for (i = 0; i < json_array_size(of) && r == 0; i++) {
			o = json_array_get(of, i);
			r = add_one(&k, tab, o);
		}
	now.shown = r == 0 ? calloc(now.count + 1, sizeof(*now.shown)) : NULL;
	if (now.shown == NULL) {
		rows_free(&now);
		return -ENOMEM;
	}
	now.document = json_incref(answer);
	rows_free(old);
	*old = now;
	return 0;
}

int
top_take(struct top *t, enum top_tab tab, json_t *answer, uint64_t now_us)
{
	bool stats = tab != TOP_SESSIONS && tab != TOP_RULES;
	int r = take_one(t, stats ? TOP_OVERVIEW : tab, answer, now_us);

	if (r == 0 && stats)
		r = take_one(t, TOP_DROPS, answer, now_us);
	if (r == 0 && stats)
		r = take_one(t, TOP_WORKERS, answer, now_us);
	json_decref(answer);
	return r;
}

const struct top_row *
top_find(const struct top *t, enum top_tab tab, const char *key)
{
	size_t hint = 0;

	return row_before(&t->rows[tab], key, &hint);
}

void
top_close(struct top *t)
{
	size_t i;

	for (i = 0; i < TOP_TABS; i++)
		rows_free(&t->rows[i]);
}

/* ---- which rows, in which order ---- */

static bool
is_chosen(const struct top *t, const struct top_row *r)
{
	const char *filter = t->filter[t->tab];
	char line[TOP_LINE];
	struct str s;

	if (t->tab == TOP_SESSIONS) /* the daemon has chosen */
		return true;
	if (r->value == 0 && (t->tab == TOP_OVERVIEW || t->tab == TOP_DROPS))
		return false;
	str_open(&s, line, sizeof(line));
	top_row_text(t->tab, r, &s);
	return strcasestr(line, filter) != NULL;
}

static int
by_value(const void *a, const void *b)
{
	const struct top_row *x = *(const struct top_row *const *)a, *y = *(const struct top_row *const *)b;

	return x->value != y->value ? (x->value < y->value ? 1 : -1) : (x > y) - (x < y);
}

static int
by_rate(const void *a, const void *b)
{
	const struct top_row *x = *(const struct top_row *const *)a, *y = *(const struct top_row *const *)b;

	return x->rate < y->rate ? 1 : x->rate > y->rate ? -1 : by_value(a, b);
}

void
top_choose(struct top *t)
{
	struct top_rows *all = &t->rows[t->tab];
	const char *order = top_sort_name(t);
	size_t i;

	all->shown_count = 0;
	for (i = 0; i < all->count; i++)
		if (is_chosen(t, &all->each[i]))
			all->shown[all->shown_count++] = &all->each[i];
	if (strcmp(order, "hits") == 0)
		qsort(all->shown, all->shown_count, sizeof(*all->shown), by_value);
	else if (strcmp(order, "rate") == 0)
		qsort(all->shown, all->shown_count, sizeof(*all->shown), by_rate);
	if (t->selected >= all->shown_count)
		t->selected = all->shown_count > 0 ? all->shown_count - 1 : 0;
}
