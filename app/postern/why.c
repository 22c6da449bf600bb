/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a watch is told, as text. In: moments, events, frames, rules, verdicts of one engine; out:
 * a paragraph each. The order is that of the engine, so that the same input gives the same text.
 * Values of credentials are not shown (rules_field_shown).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "why.h"

#define SHOWN 60 /* bytes of a value */

struct why {
	struct policy_watch watch; /* the first member */
	struct why_settings set;
	FILE *out;
	struct policy_moment moment;
	uint64_t count;		       /* events and frames so far */
	const struct rules_rule *rule; /* that is traced */
	bool frame, told;	       /* of the event under way */
	char hooks[128];
};

static bool
wanted(const struct why *w)
{
	if (w->set.flow_id != 0 && w->moment.flow_id != w->set.flow_id)
		return false;
	/* Frames say nothing of a rule that looks at mail, nor the other way round. */
	return w->rule == NULL || w->rule->hook == RULES_HOOK_DETECT ||
	       (rules_hook_family(w->rule->hook) == RULES_PACKET) == w->frame;
}

/* ---- what begins ---- */

static void
on_begin(struct policy_watch *watch, const struct policy_moment *m)
{
	struct why *w = (struct why *)(void *)watch;

	w->moment = *m;
	w->count++;
	w->told = false;
}

static void
head(const struct why *w)
{
	const struct policy_moment *m = &w->moment;

	fprintf(w->out, "%" PRIu64 ": %s", w->count, w->hooks);
	if (m->frame != 0)
		fprintf(w->out, ", frame %" PRIu64, m->frame);
	fprintf(w->out, ", to the %s", m->to_server ? "server" : "client");
	if (m->flow_id != 0)
		fprintf(w->out, ", flow %" PRIu64, m->flow_id);
	if (m->in_tx)
		fprintf(w->out, ", tx %" PRIu32, m->tx);
	if (!w->frame)
		fprintf(w->out, ", offset %" PRIu64, m->offset);
	fputc('\n', w->out);
	if (m->flow_accepted)
		fputs("    accept:flow was said before: firewall rules are not asked\n", w->out);
	else if (m->tx_accepted)
		fputs("    accept:tx was said before: firewall rules are not asked\n", w->out);
}

static void
value(const struct why *w, enum rules_field f, struct span bytes)
{
	char buf[4 * SHOWN + 8];
	struct str s;

	str_open(&s, buf, sizeof(buf));
	str_add_escaped(&s, span_take(bytes, SHOWN));
	if (!rules_field_shown(f))
		fprintf(w->out, "    %s (%zu bytes, not shown)\n", rules_field_name(f), bytes.len);
	else
		fprintf(w->out, "    %s \"%s\"%s\n", rules_field_name(f), buf,
			bytes.len > SHOWN ? " ..." : "");
}

static void
values(const struct why *w, const struct rules_values *v)
{
	for (unsigned f = 0; f < RULES_FIELDS; f++) {
		const struct rules_item *item = v->fresh[f];

		if ((v->brought >> f & 1) == 0)
			continue;
		if (rules_field_kind(f) == RULES_NUM)
			fprintf(w->out, "    %s %" PRId64 "\n", rules_field_name(f), v->num[f]);
		else if (item == NULL)
			value(w, f, v->buf[f]);
		for (; item != NULL; item = item->next)
			value(w, f, item->value);
	}
}

static void
on_event(struct rules_watch *watch, const struct rules_event *ev)
{
	struct why *w = (struct why *)(void *)watch;
	struct str s;

	w->frame = false;
	str_open(&s, w->hooks, sizeof(w->hooks));
	for (unsigned i = 0; i < ev->hook_count; i++)
		str_printf(&s, "%s%s", i > 0 ? " " : "", rules_hook_name(ev->hooks[i]));
	if (ev->hook_count == 0)
		str_add(&s, "no hook of the firewall's");
	if (!wanted(w))
		return;
	head(w);
	values(w, ev->values);
}

static void
on_packet(struct rules_watch *watch, const struct rules_packet *p, enum rules_hook hook)
{
	struct why *w = (struct why *)(void *)watch;
	struct str s;

	w->frame = true;
	str_open(&s, w->hooks, sizeof(w->hooks));
	str_add(&s, rules_hook_name(hook));
	if (!wanted(w))
		return;
	head(w);
	fprintf(w->out, "    %zu bytes of payload\n", p->payload.len);
}

/* ---- rules ---- */

static void
on_rule(struct rules_watch *watch, const struct rules_why *why)
{
	struct why *w = (struct why *)(void *)watch;
	const struct rules_rule *r = why->rule;

	if (!wanted(w) || (w->rule != NULL && r != w->rule))
		return;
	w->told = true;
	fprintf(w->out, "    sid %" PRIu32 " (%s:%u) at %s: ", r->sid, r->file, r->line,
		rules_hook_name(why->hook));
	if (!why->asked)
		fprintf(w->out, "not asked: %s\n", why->text);
	else if (why->match)
		fprintf(w->out, "match%s%s\n", why->before ? ", by its header, before its hook" : "",
			r->enforce ? "" : ", not enforced");
	else
		fprintf(w->out, "no match: %s\n", why->text);
}

static void
on_verdict(struct policy_watch *watch, const struct policy_verdict *v)
{
	struct why *w = (struct why *)(void *)watch;
	char buf[64];

	if (!wanted(w))
		return;
	if (w->rule != NULL && !w->told)
		fprintf(w->out, "    sid %" PRIu32 ": not judged: its hook is %s\n", w->rule->sid,
			rules_hook_name(w->rule->hook));
	fprintf(w->out, "    => %s", policy_kind_name(v->would ? v->would_kind : v->kind));
	if (v->would)
		fputs(" it would be", w->out);
	if (v->rule != NULL)
		fprintf(w->out, " by sid %" PRIu32 " (%s:%s)", v->rule->sid,
			rules_action_name(v->rule->action), rules_scope_name(v->rule->scope));
	else if (v->cause == POLICY_BY_LIMIT)
		fputs(" since a limit was reached", w->out);
	else if (v->hook != RULES_HOOK_DETECT && w->set.policy != NULL)
		fprintf(w->out, " by the default policy of %s (%s)", rules_hook_name(v->hook),
			policy_default_text(w->set.policy, v->hook, buf, sizeof(buf)));
	else
		fputs(": nothing stops it", w->out);
	fputc('\n', w->out);
}

/* ---- open and close ---- */

struct why *
why_open(const struct why_settings *s, struct err *err)
{
	struct why *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_set(err, -ENOMEM, "no memory for --why");
		return NULL;
	}
	w->set = *s;
	w->watch = (struct policy_watch){
		.rules = { .event = on_event, .packet = on_packet, .rule = on_rule },
		.begin = on_begin,
		.verdict = on_verdict,
	};
	w->out = s->path != NULL ? fopen(s->path, "w") : stdout;
	if (w->out == NULL) {
		err_set_at(err, -errno, s->path, 0, 0, "this file cannot be written: %s",
			   strerror(errno));
		free(w);
		return NULL;
	}
	return w;
}

bool
why_policy(struct why *w, const struct policy *policy)
{
	w->set.policy = policy;
	w->rule = NULL;
	for (size_t i = 0; w->set.sid != 0 && i < rules_count(policy->rules); i++)
		if (rules_at(policy->rules, i)->sid == w->set.sid)
			w->rule = rules_at(policy->rules, i);
	return w->set.sid == 0 || w->rule != NULL;
}

struct policy_watch *
why_watch(struct why *w)
{
	return w != NULL ? &w->watch : NULL;
}

void
why_say(struct why *w, const char *format, ...)
{
	va_list args;

	if (w == NULL)
		return;
	va_start(args, format);
	vfprintf(w->out, format, args);
	va_end(args);
}

int
why_close(struct why *w, struct err *err)
{
	int r = 0;

	if (w == NULL)
		return 0;
	if (fflush(w->out) != 0 || ferror(w->out) != 0 || (w->out != stdout && fclose(w->out) != 0))
		r = err_set(err, -EIO, "not all of --why could be written: %s",
			    w->set.path != NULL ? w->set.path : "standard output");
	free(w);
	return r;
}
