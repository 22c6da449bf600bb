/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters, health and rules as JSON, for every way in; and the documents that http serves of them. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "sessions.h"

#define PAGES_METRICS_SIZE 65536
#define PAGES_FILTER 2048

/* "a.b.c" becomes a{b{c}}. */
static void
set_nested(json_t *o, const char *name, uint64_t value)
{
	const char *dot;
	char part[64];
	json_t *inner;

	while ((dot = strchr(name, '.')) != NULL && (size_t)(dot - name) < sizeof(part)) {
		memcpy(part, name, (size_t)(dot - name));
		part[dot - name] = '\0';
		inner = json_object_get(o, part);
		if (inner == NULL) {
			inner = json_object();
			json_object_set_new(o, part, inner);
		}
		o = inner;
		name = dot + 1;
	}
	json_object_set_new(o, name, json_integer((json_int_t)value));
}

json_t *
pages_lcores(const struct app *a)
{
	json_t *all = json_array();
	struct dp_lcore_info info;
	unsigned i;

	for (i = 0; i < dp_lcores(a->dp); i++) {
		dp_lcore_info(a->dp, i, &info);
		json_array_append_new(
			all, json_pack("{s:s, s:i, s:i, s:b, s:I, s:I, s:I, s:I}", "role",
				       dp_role_name(info.role), "lcore", (int)info.lcore, "wire",
				       (int)info.wire, "running", info.running, "frames",
				       (json_int_t)info.frames, "turns", (json_int_t)info.turns,
				       "idle_turns", (json_int_t)info.idle_turns, "sessions",
				       (json_int_t)info.sessions));
	}
	return all;
}

json_t *
pages_stats(struct app *a)
{
	json_t *stats = json_object();
	struct stats s;
	int i;

	dp_stats(a->dp, &s);
	for (i = 0; i < STATS_COUNT; i++)
		set_nested(stats, stats_info((enum stats_id)i)->name, s.v[i]);
	return json_pack("{s:I, s:s, s:o, s:o}", "uptime",
			      (json_int_t)((app_clock_us() - a->start_us) / 1000000), "mode",
			      a->built.policy->monitor ? "monitor" : "enforce", "stats", stats,
			      "lcores", pages_lcores(a));
}

json_t *
pages_health(struct app *a)
{
	struct stats s;
	bool ok = dp_running(a->dp) && !dp_done(a->dp);

	dp_stats(a->dp, &s);
	return json_pack("{s:s, s:b, s:I, s:I, s:I}", "status", ok ? "ok" : "stopped",
			      "forwarding", ok, "rules", (json_int_t)a->built.rules, "sessions",
			      (json_int_t)s.v[STATS_FLOWS_ACTIVE], "events_lost",
			      (json_int_t)s.v[STATS_EVENTS_LOST]);
}

json_t *
pages_rule_list(const struct app *a, bool only_hits)
{
	const struct rules_set *set = a->built.policy->rules;
	const struct rules_rule *r;
	json_t *all = json_array();
	uint64_t hits;
	size_t i;

	for (i = 0; i < rules_count(set); i++) {
		r = rules_at(set, i);
		hits = dp_rule_hits(a->dp, r->index);
		if (only_hits && hits == 0)
			continue;
		json_array_append_new(
			all, json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:i, s:s, s:I}", "sid",
				       (json_int_t)r->sid, "gid", (json_int_t)r->gid, "rev",
				       (json_int_t)r->rev, "action", rules_action_name(r->action),
				       "hook", rules_hook_name(r->hook), "file", r->file, "line",
				       (int)r->line, "msg", r->msg, "hits",
				       (json_int_t)hits));
	}
	return all;
}

json_t *
pages_rules(const struct app *a, bool only_hits)
{
	return json_pack("{s:o}", "rules", pages_rule_list(a, only_hits));
}

static char *
metrics(struct app *a)
{
	char *text = malloc(PAGES_METRICS_SIZE);
	struct stats s;
	struct str out;

	if (text == NULL)
		return NULL;
	dp_stats(a->dp, &s);
	str_open(&out, text, PAGES_METRICS_SIZE);
	stats_prometheus(&s, &out);
	if (!out.cut)
		return text;
	free(text);
	return NULL;
}

static char *
dump(json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return text;
}

static char *
page_stats(void *arg, const char *query, int *status)
{
	(void)query;
	(void)status;
	return dump(pages_stats(arg));
}

static char *
page_health(void *arg, const char *query, int *status)
{
	(void)query;
	(void)status;
	return dump(pages_health(arg));
}

static char *
page_rules(void *arg, const char *query, int *status)
{
	(void)query;
	(void)status;
	return dump(pages_rules(arg, false));
}

static char *
page_metrics(void *arg, const char *query, int *status)
{
	(void)query;
	(void)status;
	return metrics(arg);
}

/* ?filter=WORDS&sort=KEY&limit=N */
static char *
page_sessions(void *arg, const char *query, int *status)
{
	static const char *const names[] = { "filter", "sort", "limit" };
	char words[PAGES_FILTER], value[PAGES_FILTER], line[1200];
	struct err err = { .text = "" };
	struct sessions all;
	struct str text;
	size_t i;
	char *page;
	int found, r;

	str_open(&text, words, sizeof(words));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		found = http_param(query, names[i], value, sizeof(value));
		text.cut |= found < 0;
		if (found > 0)
			str_printf(&text, i == 0 ? "%s%s " : "%s:%s ", i == 0 ? "" : names[i], value);
	}
	r = text.cut ? -E2BIG : sessions_gather(arg, words, &all, &err);
	if (r != 0) {
		*status = text.cut || r == -EINVAL || r == -E2BIG ? 400 : 503;
		return dump(json_pack("{s:s}", "error",
				      text.cut ? "the query is too long, or broken" : err_text(&err, line, sizeof(line))));
	}
	page = dump(sessions_json(&all));
	sessions_free(&all);
	return page;
}

const struct http_page pages_http[] = {
	{ "/stats.json", "application/json", page_stats },
	{ "/healthz", "application/json", page_health },
	{ "/sessions.json", "application/json", page_sessions },
	{ "/rules.json", "application/json", page_rules },
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", page_metrics },
	{ NULL, NULL, NULL },
};
