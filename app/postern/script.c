/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `postern test FILE.yaml...`: each file's rules are built once, its sessions are played, a line
 * tells how each file went. Exit 0: all as expected; 1: not so; 2: a script that cannot be read.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "names.h"
#include "script.h"

struct tally {
	json_t *files; /* with --json */
	struct why *why; /* NULL: nobody asked */
	uint32_t traced; /* sid; 0: all */
	size_t played, failed;
	int result; /* the exit code so far: the worst */
};

static json_t *
result_json(const struct script_session *s, const struct script_result *r)
{
	json_t *o = json_pack("{s:s, s:b}", "name", s->name, "ok", r->good);

	if (!r->good)
		json_object_update_new(o, json_pack("{s:i, s:s, s:s, s:s}", "line", (int)r->line,
						    "expected", r->expected, "got", r->got, "by",
						    r->by));
	return o;
}

static void
tell(const char *path, const struct script_session *s, const struct script_result *r)
{
	if (r->good)
		return;
	printf("FAIL %s:%u: %s: expected %s, got %s%s%s\n", path, r->line, s->name, r->expected,
	       r->got, r->by[0] != '\0' ? ": " : "", r->by);
}

static void
worse(struct tally *t, int code)
{
	if (code > t->result)
		t->result = code;
}

static void
play_all(const char *path, const struct script *s, struct policy *policy, struct tally *t,
	 json_t *list)
{
	struct script_result r;
	struct err err = { .text = "" };
	size_t failed = 0;

	for (size_t i = 0; i < s->sessions; i++) {
		if (script_play(&s->session[i], policy, t->why, &r, &err) != 0) {
			diagnostics_say(&err);
			failed++;
			continue;
		}
		failed += !r.good;
		if (list != NULL)
			json_array_append_new(list, result_json(&s->session[i], &r));
		else
			tell(path, &s->session[i], &r);
	}
	t->played += s->sessions;
	t->failed += failed;
	if (failed > 0)
		worse(t, APP_FAILED);
	else if (list == NULL)
		printf("ok   %s: %zu session%s\n", path, s->sessions, s->sessions == 1 ? "" : "s");
}

/* The rules under play, for whoever wants to know why. */
static void
follow(const char *path, const struct policy *policy, struct tally *t)
{
	struct err err = { .text = "" };

	if (t->why == NULL)
		return;
	why_say(t->why, "script %s\n", path);
	if (why_policy(t->why, policy))
		return;
	err_set_at(&err, -ENOENT, path, 0, 0, "its rules have no sid %u", t->traced);
	diagnostics_say(&err);
	worse(t, APP_FAILED);
}

static void
run_file(struct app *a, const char *path, struct tally *t)
{
	struct policy_built built = { .policy = NULL };
	struct err err = { .text = "" };
	json_t *list = a->args.json ? json_array() : NULL;
	struct script s;

	if (script_load(&s, path, &err) != 0) {
		diagnostics_say(&err);
		json_decref(list);
		worse(t, APP_USAGE);
		return;
	}
	if (policy_build(&s.conf, names_of_events(), diagnostics_out(), a->args.json, &built) == 0) {
		follow(path, built.policy, t);
		play_all(path, &s, built.policy, t, list);
	} else {
		if (list == NULL)
			printf("FAIL %s: its rules do not load\n", path);
		worse(t, APP_FAILED);
	}
	policy_free(built.policy);
	script_free(&s);
	if (list != NULL)
		json_array_append_new(t->files,
				      json_pack("{s:s, s:o}", "file", path, "sessions", list));
}

static void
play_files(struct app *a, struct tally *t)
{
	struct why_settings set = { .path = a->args.why_out, .sid = a->args.trace_sid,
				    .flow_id = a->args.flow_id };
	struct err err = { .text = "" };

	t->traced = set.sid;
	t->why = a->args.why ? why_open(&set, &err) : NULL;
	if (err.text[0] == '\0')
		for (size_t i = 0; i < a->args.words_count; i++)
			run_file(a, a->args.words[i], t);
	if (err.text[0] == '\0')
		why_close(t->why, &err);
	if (err.text[0] == '\0')
		return;
	diagnostics_say(&err);
	worse(t, APP_FAILED);
}

int
script_run(struct app *a)
{
	struct tally t = { .files = a->args.json ? json_array() : NULL };
	json_t *o;

	play_files(a, &t);
	if (t.files == NULL)
		return t.result;
	o = json_pack("{s:b, s:I, s:I, s:o, s:o}", "ok", t.result == APP_OK, "sessions",
		      (json_int_t)t.played, "failed", (json_int_t)t.failed, "files", t.files,
		      "diagnostics", diagnostics_json());
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
	return t.result;
}
