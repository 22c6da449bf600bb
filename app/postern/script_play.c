/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One session of a script through an engine. In: the session, a policy. Out: whether each step went
 * as the script says; if not, the first that did not, with the rule that decided.
 *
 * Which rules matched in a step is read from their hit counters, since a rule that accepts makes no
 * event; who dropped, and by default of which hook, is read from the events.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "script.h"
#include "str.h"

struct play {
	struct wire w;
	const struct rules_set *rules;
	uint64_t *before; /* hits of each rule as the step began */
	size_t arrived;	  /* bytes at the other side as the step began */
	uint32_t blocked_by;
	bool blocked; /* a drop was told in this step */
	struct script_sids alerts, all_alerts;
	char by[400];
	struct why *why;
};

static uint64_t
hits(const struct play *p, size_t i)
{
	return rules_hit_count(engine_rules(p->w.engine), (uint32_t)i);
}

static bool
matched(const struct play *p, uint32_t sid)
{
	const struct rules_rule *rule = rules_by_sid(p->rules, 1, sid);

	return rule != NULL && hits(p, rule->index) > p->before[rule->index];
}

static void
begin(struct play *p, enum wire_side to)
{
	for (size_t i = 0; i < rules_count(p->rules); i++)
		p->before[i] = hits(p, i);
	p->arrived = p->w.got[to].len;
	p->blocked = false;
	p->blocked_by = 0;
	p->by[0] = '\0';
	p->alerts.count = 0;
	wire_forget_events(&p->w);
}

static bool
has(const struct script_sids *s, uint32_t sid)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->sid[i] == sid)
			return true;
	return false;
}

/* room for each rule once */
static void
add(struct script_sids *s, uint32_t sid)
{
	if (!has(s, sid))
		s->sid[s->count++] = sid;
}

static void
note_drop(struct play *p, const json_t *o)
{
	const json_t *own = json_object_get(o, "postern");
	const char *rule = json_string_value(json_object_get(own, "rule"));
	const char *hook = json_string_value(json_object_get(own, "hook"));
	const char *reason = json_string_value(json_object_get(json_object_get(o, "drop"), "reason"));

	if (p->blocked)
		return; /* the first drop is the decision; later frames follow it */
	p->blocked = true;
	p->blocked_by = (uint32_t)json_integer_value(json_object_get(own, "sid"));
	if (p->blocked_by != 0)
		snprintf(p->by, sizeof(p->by), "sid %u, %s", p->blocked_by, rule ? rule : "");
	else
		snprintf(p->by, sizeof(p->by), "no rule accepted it (%s%s%s)",
			 reason ? reason : "default policy", hook ? " at " : "", hook ? hook : "");
}

/* The events of this step. */
static void
read_events(struct play *p)
{
	for (size_t i = 0; i < p->w.events; i++) {
		json_t *o = json_loads(p->w.event[i], 0, NULL);
		const char *type = json_string_value(json_object_get(o, "event_type"));
		json_int_t sid = json_integer_value(
			json_object_get(json_object_get(o, "alert"), "signature_id"));

		if (type != NULL && strcmp(type, "drop") == 0)
			note_drop(p, o);
		if (type != NULL && strcmp(type, "alert") == 0) {
			add(&p->alerts, (uint32_t)sid);
			add(&p->all_alerts, (uint32_t)sid);
		}
		json_decref(o);
	}
	wire_forget_events(&p->w);
}

/* Who let it pass: all rules that matched. */
static void
tell_matched(struct play *p)
{
	struct str s;

	if (p->blocked)
		return;
	str_open(&s, p->by, sizeof(p->by));
	for (size_t i = 0; i < rules_count(p->rules); i++) {
		const struct rules_rule *rule = rules_at(p->rules, i);

		if (rule->hook > RULES_FILTER && hits(p, i) > p->before[i])
			str_printf(&s, "%ssid %u, %s:%u", s.len > 0 ? "; " : "", rule->sid, rule->file,
				 rule->line);
	}
}

static enum script_outcome
see(const struct play *p, enum wire_side to, const char *text)
{
	size_t len = strlen(text);
	const struct wire_bytes *b = &p->w.got[to];

	if (p->w.reset[WIRE_CLIENT] || p->w.reset[WIRE_SERVER])
		return SCRIPT_RESET;
	if (b->len - p->arrived >= len && memcmp(b->ptr + b->len - len, text, len) == 0)
		return SCRIPT_PASSES;
	return p->blocked ? SCRIPT_DROPPED : SCRIPT_HELD;
}

static void
fail(const struct play *p, struct script_result *r, unsigned line)
{
	r->good = false;
	r->line = line;
	snprintf(r->by, sizeof(r->by), "%s", p->by);
}

static void
say_sids(char *out, size_t size, const char *what, const struct script_sids *list)
{
	struct str s;

	str_open(&s, out, size);
	str_printf(&s, "%s", what);
	for (size_t i = 0; i < list->count; i++)
		str_printf(&s, "%s%u", i > 0 ? ", " : " ", list->sid[i]);
	if (list->count == 0)
		str_printf(&s, " none");
}

static bool
same_alerts(const struct play *p, const struct script_sids *want, const struct script_sids *got,
	    unsigned line, struct script_result *r)
{
	bool same = want->count == got->count;

	for (size_t i = 0; i < want->count; i++)
		same = same && has(got, want->sid[i]);
	if (!want->given || same)
		return true;
	fail(p, r, line);
	say_sids(r->expected, sizeof(r->expected), "alerts", want);
	say_sids(r->got, sizeof(r->got), "alerts", got);
	return false;
}

static bool
right_rules(const struct play *p, const struct script_step *step, struct script_result *r)
{
	for (size_t i = 0; i < step->sid.count; i++) {
		uint32_t sid = step->sid.sid[i];

		/* sid 0: the default decided */
		if (p->blocked ? sid == p->blocked_by : sid != 0 && matched(p, sid))
			continue;
		fail(p, r, step->line);
		say_sids(r->expected, sizeof(r->expected), "decided by sid", &step->sid);
		snprintf(r->got, sizeof(r->got), "another decision");
		return false;
	}
	return true;
}

static bool
play_step(struct play *p, const struct script_step *step, struct script_result *r)
{
	enum wire_side to = step->from == WIRE_CLIENT ? WIRE_SERVER : WIRE_CLIENT;
	enum script_outcome got;

	begin(p, to);
	why_say(p->why, "line %u: the %s speaks\n", step->line,
		step->from == WIRE_CLIENT ? "client" : "server");
	wire_text(&p->w, step->from, step->text);
	read_events(p);
	tell_matched(p);
	got = see(p, to, step->text);
	if (got != step->expect) {
		fail(p, r, step->line);
		snprintf(r->expected, sizeof(r->expected), "%s", script_outcomes[step->expect]);
		snprintf(r->got, sizeof(r->got), "%s", script_outcomes[got]);
		return false;
	}
	return right_rules(p, step, r) && same_alerts(p, &step->alerts, &p->alerts, step->line, r);
}

static bool
play_connect(struct play *p, const struct script_session *s, struct script_result *r)
{
	bool through;

	begin(p, WIRE_SERVER);
	why_say(p->why, "session %s: the handshake\n", s->name);
	wire_connect(&p->w);
	read_events(p);
	through = p->w.expect[WIRE_CLIENT] != 0 && p->w.expect[WIRE_SERVER] != 0;
	if (through == s->connects)
		return true;
	fail(p, r, s->line);
	snprintf(r->expected, sizeof(r->expected), "a connection that %s",
		 s->connects ? "passes" : "is dropped");
	snprintf(r->got, sizeof(r->got), "%s", through ? "it passes" : "it is dropped");
	return false;
}

/* Both sides end, and what is held is given up: alerts that come with the end count. */
static void
play_end(struct play *p)
{
	p->by[0] = '\0';
	why_say(p->why, "both sides close\n");
	wire_fin(&p->w, WIRE_CLIENT);
	wire_fin(&p->w, WIRE_SERVER);
	wire_drain(&p->w);
	read_events(p);
}

static void
play_session(struct play *p, const struct script_session *s, struct script_result *r)
{
	r->good = true;
	if (!play_connect(p, s, r) || !s->connects)
		return;
	for (size_t i = 0; i < s->steps; i++)
		if (!play_step(p, &s->step[i], r))
			return;
	play_end(p);
	same_alerts(p, &s->alerts, &p->all_alerts, s->alerts.line, r);
}

int
script_play(const struct script_session *s, struct policy *policy, struct why *why,
	    struct script_result *r, struct err *err)
{
	struct wire_settings set = { .policy = policy, .client = s->client, .server = s->server,
				     .server_port = s->port, .watch = why_watch(why) };
	struct play p = { .rules = policy->rules, .why = why };
	size_t count = rules_count(policy->rules) + 1;
	int result = 0;

	memset(r, 0, sizeof(*r));
	p.before = calloc(count, sizeof(*p.before));
	p.alerts.sid = calloc(count, sizeof(*p.alerts.sid));
	p.all_alerts.sid = calloc(count, sizeof(*p.all_alerts.sid));
	if (p.before == NULL || p.alerts.sid == NULL || p.all_alerts.sid == NULL)
		result = err_set(err, -ENOMEM, "no memory for a session");
	else if (!wire_open(&p.w, &set))
		result = err_set(err, -EINVAL, "no engine for the session '%s': are both addresses of "
					       "one family?", s->name);
	if (result == 0) {
		play_session(&p, s, r);
		if (!wire_close(&p.w))
			result = err_set(err, -EIO, "session '%s': a frame was lost or left twice",
					 s->name);
	}
	free(p.before);
	free(p.alerts.sid);
	free(p.all_alerts.sid);
	return result;
}
