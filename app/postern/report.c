/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The summary of a capture run: a table for people, or one JSON document. Both say the balance:
 * read = accepted + blocked, and which rules decided.
 */
#include <stdlib.h>

#include "app.h"

static void
row(const char *what, uint64_t n, const char *unit)
{
	printf("  %-34s %14llu%s%s\n", what, (unsigned long long)n, unit[0] != '\0' ? " " : "", unit);
}

static void
drops_text(const struct stats *s)
{
	const struct stats_info *info;
	char what[96];
	int i;

	for (i = 0; i < STATS_COUNT; i++) {
		info = stats_info((enum stats_id)i);
		if (info->reason == NULL || s->v[i] == 0)
			continue;
		snprintf(what, sizeof(what), "  %s", info->name);
		row(what, s->v[i], info->help);
	}
}

static void
rules_text(const struct app *a)
{
	const struct rules_set *set = a->built.policy->rules;
	const struct rules_rule *r;
	uint64_t hits;
	size_t i;
	bool head = false;

	for (i = 0; i < rules_count(set); i++) {
		r = rules_at(set, i);
		hits = dp_rule_hits(a->dp, r->index);
		if (hits == 0)
			continue;
		if (!head)
			printf("rules that matched\n  %12s  %-10s %-10s %s\n", "times", "action",
			       "sid", "where, message");
		head = true;
		printf("  %12llu  %-10s %-10u %s:%u%s%s\n", (unsigned long long)hits,
		       rules_action_name(r->action), r->sid, r->file, r->line,
		       r->msg[0] != '\0' ? "  " : "", r->msg);
	}
}

static void
report_text(struct app *a, const struct stats *s, uint64_t took_us)
{
	double seconds = (double)took_us / 1e6;

	printf("capture %s\n", a->args.pcap != NULL ? a->args.pcap : a->args.pcap_client);
	row("packets read", s->v[STATS_FRAMES], "");
	row("bytes read", s->v[STATS_FRAME_BYTES], "");
	row("sessions", s->v[STATS_FLOWS], "");
	row("SMTP sessions", s->v[STATS_SMTP_SESSIONS], "");
	row("packets accepted", s->v[STATS_ACCEPTED], "");
	row("packets blocked", s->v[STATS_BLOCKED], "");
	drops_text(s);
	row("packets made", s->v[STATS_MADE], "");
	row("packets edited", s->v[STATS_EDITED], "");
	row("messages let through", s->v[STATS_SMTP_MESSAGES], "");
	row("messages the server accepted", s->v[STATS_SMTP_ACCEPTED], "");
	row("messages refused", s->v[STATS_SMTP_REFUSED], "");
	row("alerts", s->v[STATS_ALERTS], "");
	row("events written", s->v[STATS_EVENTS], "");
	if (s->v[STATS_EVENTS_LOST] > 0)
		row("events lost", s->v[STATS_EVENTS_LOST], "");
	rules_text(a);
	printf("%.2f s, %.0f packets/s; eve.json and smtp.log in %s\n", seconds,
	       seconds > 0 ? (double)s->v[STATS_FRAMES] / seconds : 0, a->conf.outputs.log_dir);
	if (app_signalled())
		printf("stopped by a signal before the end of the capture\n");
}

static json_t *
drops_json(const struct stats *s)
{
	const struct stats_info *info;
	json_t *o = json_object();
	int i;

	for (i = 0; i < STATS_COUNT; i++) {
		info = stats_info((enum stats_id)i);
		if (info->reason != NULL && s->v[i] > 0)
			json_object_set_new(o, info->name, json_integer((json_int_t)s->v[i]));
	}
	return o;
}

static void
print_json(json_t *o)
{
	if (o == NULL)
		return;
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void
report_json(struct app *a, const struct stats *s, bool ok, uint64_t took_us)
{
#define N(id) ((json_int_t)s->v[STATS_##id])
	json_t *files = json_array();
	unsigned i;

	for (i = 0; i < a->capture.count; i++)
		json_array_append_new(files, json_string(a->capture.file[i]));
	print_json(json_pack(
		"{s:b, s:b, s:o, s:f, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I},"
		" s:{s:I, s:I}, s:{s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:o, s:o, s:o}",
		"ok", ok, "complete", ok && !app_signalled(), "captures", files, "seconds",
		(double)took_us / 1e6, "packets", "read", N(FRAMES), "bytes", N(FRAME_BYTES),
		"accepted", N(ACCEPTED), "blocked", N(BLOCKED), "rejected", N(REJECTED), "made",
		N(MADE), "edited", N(EDITED), "consumed", N(CONSUMED), "sessions", "total",
		N(FLOWS), "smtp", N(SMTP_SESSIONS), "messages", "transactions", N(SMTP_TX),
		"let_through", N(SMTP_MESSAGES), "accepted", N(SMTP_ACCEPTED), "refused",
		N(SMTP_REFUSED), "events", "written", N(EVENTS), "lost", N(EVENTS_LOST), "alerts",
		N(ALERTS), "drops", drops_json(s), "rules", pages_rule_list(a, true), "diagnostics",
		diagnostics_json()));
#undef N
}

void
report_capture(struct app *a, bool ok, uint64_t took_us)
{
	struct stats s;

	dp_stats(a->dp, &s);
	if (a->args.json)
		report_json(a, &s, ok, took_us);
	else
		report_text(a, &s, took_us);
}

void
report_failure(void)
{
	print_json(json_pack("{s:b, s:o}", "ok", 0, "diagnostics", diagnostics_json()));
}
