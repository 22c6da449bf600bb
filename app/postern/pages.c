/* SPDX-License-Identifier: BSD-3-Clause */
/* Documents for http: counters, health, sessions, rules. Each makes one malloc'ed text. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"

#define PAGES_SESSIONS 1000 /* of a document; what is left out is counted */
#define PAGES_METRICS_SIZE 65536

static char *
dump(json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return text;
}

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

static json_t *
lcores_json(const struct app *a)
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

char *
pages_stats(struct app *a)
{
	json_t *stats = json_object();
	struct stats s;
	int i;

	dp_stats(a->dp, &s);
	for (i = 0; i < STATS_COUNT; i++)
		set_nested(stats, stats_info((enum stats_id)i)->name, s.v[i]);
	return dump(json_pack("{s:I, s:s, s:o, s:o}", "uptime",
			      (json_int_t)((app_clock_us() - a->start_us) / 1000000), "mode",
			      a->built.policy->monitor ? "monitor" : "enforce", "stats", stats,
			      "lcores", lcores_json(a)));
}

char *
pages_health(struct app *a)
{
	struct stats s;
	bool ok = dp_running(a->dp) && !dp_done(a->dp);

	dp_stats(a->dp, &s);
	return dump(json_pack("{s:s, s:b, s:I, s:I, s:I}", "status", ok ? "ok" : "stopped",
			      "forwarding", ok, "rules", (json_int_t)a->built.rules, "sessions",
			      (json_int_t)s.v[STATS_FLOWS_ACTIVE], "events_lost",
			      (json_int_t)s.v[STATS_EVENTS_LOST]));
}

struct gather {
	json_t *all;
	size_t left_out;
};

static void
gather_session(json_t *all, const struct engine_session *s)
{
	char client[NET_ADDR_TEXT], server[NET_ADDR_TEXT];

	json_array_append_new(
		all,
		json_pack("{s:I, s:s, s:i, s:s, s:i, s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:I, "
			  "s:I}",
			  "flow_id", (json_int_t)s->flow_id, "client",
			  net_addr_text(&s->client, client), "client_port", s->client_port,
			  "server", net_addr_text(&s->server, server), "server_port",
			  s->server_port, "state", s->state, "verdict", s->verdict, "smtp",
			  s->is_smtp, "tls", s->tls, "begin_us", (json_int_t)s->begin_us, "used_us",
			  (json_int_t)s->used_us, "packets_to_server", (json_int_t)s->packets[0],
			  "packets_to_client", (json_int_t)s->packets[1], "transactions",
			  (json_int_t)s->tx, "held", (json_int_t)s->held));
}

/* On the worker's thread. Bytes of the peers are left to eve.json: texts here are the engine's own.
 */
static void
gather_sessions(struct engine *e, void *arg)
{
	struct gather *g = arg;
	struct engine_session s;
	size_t pos = 0;

	while (engine_session_next(e, &pos, &s)) {
		if (json_array_size(g->all) < PAGES_SESSIONS)
			gather_session(g->all, &s);
		else
			g->left_out++;
	}
}

char *
pages_sessions(struct app *a)
{
	struct gather g = { .all = json_array() };
	unsigned w;

	for (w = 0; w < dp_workers(a->dp); w++) {
		if (dp_ask(a->dp, w, gather_sessions, &g) != 0) {
			json_decref(g.all);
			return NULL;
		}
	}
	return dump(json_pack("{s:o, s:I}", "sessions", g.all, "left_out", (json_int_t)g.left_out));
}

char *
pages_rules(struct app *a)
{
	const struct rules_set *set = a->built.policy->rules;
	const struct rules_rule *r;
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < rules_count(set); i++) {
		r = rules_at(set, i);
		json_array_append_new(
			all, json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:i, s:s, s:I}", "sid",
				       (json_int_t)r->sid, "gid", (json_int_t)r->gid, "rev",
				       (json_int_t)r->rev, "action", rules_action_name(r->action),
				       "hook", rules_hook_name(r->hook), "file", r->file, "line",
				       (int)r->line, "msg", r->msg != NULL ? r->msg : "", "hits",
				       (json_int_t)dp_rule_hits(a->dp, r->index)));
	}
	return dump(json_pack("{s:o}", "rules", all));
}

char *
pages_metrics(struct app *a)
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
