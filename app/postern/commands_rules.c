/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands about rules and what they decided: show, switch by hand, check, why. */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "log.h"
#include "recent.h"
#include "rules_build.h"
#include "sessions.h"

static int
rule_of(struct command_call *c, uint32_t *gid, uint32_t *sid)
{
	if (explain_sid(c->arg[0], gid, sid))
		return 0;
	return err_set(&c->err, -EINVAL, "a sid is a number, or gid:sid, not %s", c->arg[0]);
}

static int
no_rule(struct command_call *c)
{
	return err_set(&c->err, -ENOENT, "No rule with sid %s", c->arg[0]);
}

static int
show_rules(struct command_call *c)
{
	bool only_hits = c->arg[0] != NULL;
	const struct rules_set *set = c->app->built.policy->rules;
	const struct rules_rule *r;
	uint64_t hits;
	size_t i;

	for (i = 0; i < rules_count(set); i++) {
		r = rules_at(set, i);
		hits = dp_rule_hits(c->app->dp, r->index);
		if (hits > 0 || !only_hits)
			fprintf(c->out, "%12llu  %-10s %-28s %-10u %s:%u  %s\n", (unsigned long long)hits,
				       rules_action_name(r->action), rules_hook_name(r->hook),
				       r->sid, r->file, r->line, r->msg);
	}
	fprintf(c->out, "%zu rules\n", rules_count(set));
	c->json = c->wants_json ? pages_rules(c->app, only_hits) : NULL;
	return 0;
}

static int
show_rule(struct command_call *c)
{
	uint32_t gid, sid;
	int r = rule_of(c, &gid, &sid);

	if (r == 0)
		r = rules_explain(c->app->built.policy->rules, gid, sid, c->out);
	return r == -ENOENT ? no_rule(c) : r;
}

static void
switch_rule(struct command_call *c)
{
	enum rules_switch to = strcmp(c->arg[1], "disabled") == 0  ? RULES_OFF :
			       strcmp(c->arg[1], "monitor") == 0 ? RULES_ONLY_WATCHED :
								   RULES_AS_WRITTEN;
	uint32_t gid, sid;

	if (explain_sid(c->arg[0], &gid, &sid) &&
	    rules_switch(c->app->built.policy->rules, gid, sid, to) > 0)
		log_note("rule %s: %s, by a command", c->arg[0], c->arg[1]);
}

static int
set_rule(struct command_call *c)
{
	const struct rules_set *set = c->app->built.policy->rules;
	uint32_t gid, sid;
	size_t i = 0;
	int r = rule_of(c, &gid, &sid);

	if (r != 0)
		return r;
	while (i < rules_count(set) && (rules_at(set, i)->sid != sid || (gid != 0 && rules_at(set, i)->gid != gid)))
		i++;
	if (i == rules_count(set))
		return no_rule(c);
	fprintf(c->out, "rule %s %s until the program ends\n", c->arg[0], c->arg[1]);
	return commands_at_rest(c, switch_rule);
}

/* All of it is loaded aside by the same code as at start; what runs is not touched. */
static int
do_check(struct command_call *c)
{
	struct app aside = { .args = c->app->args };

	if (boot_policy(&aside) != APP_OK) {
		err_set(&c->err, -EINVAL, "the configuration or its rules do not load");
		err_hint(&c->err, "the log says why; so does postern --check");
		return -EINVAL;
	}
	fprintf(c->out, "configuration and rules are good: %zu rules\n", (size_t)aside.built.rules);
	boot_policy_free(&aside);
	return 0;
}

/* ---- why ---- */

static void
say_text(FILE *out, const char *name, json_t *value)
{
	if (json_is_string(value))
		fprintf(out, "  %-12s %s\n", name, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "  %-12s %lld\n", name, (long long)json_integer_value(value));
}

/* The member wherever it is: at the top or in one of these objects. */
static json_t *
member(json_t *event, const char *name)
{
	static const char *const in[] = { "alert", "drop", "anomaly", "postern" };
	json_t *value = json_object_get(event, name);

	for (size_t i = 0; value == NULL && i < sizeof(in) / sizeof(in[0]); i++)
		value = json_object_get(json_object_get(event, in[i]), name);
	return value;
}

static void
say_event(FILE *out, json_t *event)
{
	static const char *const facts[] = { "signature_id", "sid", "signature", "action", "rule", "hook",
					     "state", "reason", "event", "would", "told", "offset", "times" };

	fprintf(out, "%s %s\n", json_string_value(json_object_get(event, "timestamp")),
		json_string_value(json_object_get(event, "event_type")));
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		say_text(out, facts[i], member(event, facts[i]));
}

/* What was decided about a session of late, be it still there or not. */
static int
why(struct command_call *c)
{
	json_t *session, *events, *event;
	uint64_t id;
	size_t i;
	int r = sessions_one(c->app, c->arg[0], &id, &session, &c->err);

	if (r != 0 && r != -ENOENT)
		return r;
	events = recent_of(c->app->recent, id);
	if (r != 0 && json_array_size(events) == 0) {
		json_decref(events);
		err_hint(&c->err, "nor is it in the last %d decisions; eve.json has all", RECENT_KEPT);
		return r;
	}
	json_array_foreach(events, i, event)
		say_event(c->out, event);
	if (session != NULL)
		fprintf(c->out, "the session is %s, its dialogue at %s\n",
			json_string_value(json_object_get(session, "verdict")),
			json_string_value(json_object_get(session, "state")));
	c->json = json_pack("{s:I, s:o*, s:o}", "flow_id", (json_int_t)id, "session", session, "events",
			    events);
	return 0;
}

const struct command commands_rules[] = {
	{ "display", "show rules [hits]", "all rules, or those that matched", show_rules },
	{ "display", "show rule SID", "one rule", show_rule },
	{ "display", "explain SID", "what became of a rule", show_rule },
	{ "display", "why FLOW_ID", "what was decided about a session of late, by which rule", why },
	{ "control", "set rule SID enabled|disabled|monitor",
	  "as written; not asked; only tells. Until the program ends", set_rule },
	{ "control", "rules check", "load configuration and rules aside; nothing changes", do_check },
	{ NULL, NULL, NULL, NULL },
};
