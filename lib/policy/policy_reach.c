/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules that a default policy leaves nothing to, and policies without any rule. In: a finished policy;
 * out: warnings. Called by policy_build only. Only what is certain is told: a client may leave out
 * HELO, but nothing of a mail comes before its frames, and no body before its DATA.
 */
#include "policy_build.h"
#include "policy_internal.h"

static void
warn(const struct rules_diag *d, FILE *out, bool json, struct policy_built *built)
{
	built->warnings++;
	if (out == NULL)
		return;
	if (json)
		policy_diag_json(d, out);
	else
		rules_diag_print(d, out);
}

static void
warn_empty(const struct policy *p, const struct conf *c, FILE *out, bool json,
	   struct policy_built *built)
{
	char frames[64], mail[64], text[256];
	struct rules_diag d = { .severity = RULES_WARNING, .code = "P002", .len = 1, .text = text,
				.hint = "write rules, or name the files that hold them", .source = "" };

	if (c->rule_files.count == 0 || rules_count(p->rules) > 0)
		return;
	d.file = c->rule_files.text[0];
	if (p->firewall)
		snprintf(text, sizeof(text), "no rule is loaded: nothing is matched, and the default policies "
			 "decide: %s for frames, %s for mail",
			 policy_default_text(p, RULES_FILTER, frames, sizeof(frames)),
			 policy_default_text(p, RULES_REQUEST_STARTED, mail, sizeof(mail)));
	else
		snprintf(text, sizeof(text), "no rule is loaded: nothing is matched, and everything passes");
	warn(&d, out, json, built);
}

/* Must every event of a hook have been let go at this earlier one? */
static bool
comes_before(enum rules_hook earlier, enum rules_hook h)
{
	switch (earlier) {
	case RULES_PRE_FLOW:
	case RULES_PRE_STREAM:
		return h > earlier;
	case RULES_FILTER:
		return rules_hook_family(h) != RULES_PACKET;
	default:
		return earlier == RULES_AT_DATA && (h == RULES_AT_BODY || h == RULES_AT_MESSAGE);
	}
}

static bool
something_accepts(const struct policy *p, enum rules_hook h)
{
	if (p->defaults[h].action == RULES_ACCEPT)
		return true;
	for (size_t i = 0; i < rules_count(p->rules); i++) {
		const struct rules_rule *r = rules_at(p->rules, i);

		if (r->action == RULES_ACCEPT && r->enforce &&
		    (r->hook == h || (r->before && rules_hook_family(r->hook) == rules_hook_family(h))))
			return true;
	}
	return false;
}

/* The first firewall rule behind a hook where nothing is let go. */
static void
warn_behind(const struct policy *p, enum rules_hook closed, FILE *out, bool json,
	    struct policy_built *built)
{
	char text[256], hint[256], verdict[64];
	struct rules_diag d = { .severity = RULES_WARNING, .code = "P003", .col = 1, .text = text,
				.hint = hint };

	for (size_t i = 0; i < rules_count(p->rules); i++) {
		const struct rules_rule *r = rules_at(p->rules, i);

		if (r->hook == RULES_HOOK_DETECT || !comes_before(closed, r->hook))
			continue;
		snprintf(text, sizeof(text), "rules at %s can never match: nothing is let go at %s, whose "
			 "default policy is %s", rules_hook_name(r->hook), rules_hook_name(closed),
			 policy_default_text(p, closed, verdict, sizeof(verdict)));
		snprintf(hint, sizeof(hint), "write a rule that accepts at %s", rules_hook_name(closed));
		d.file = r->file;
		d.line = r->line;
		d.source = r->header;
		d.len = (unsigned)strlen(r->header);
		warn(&d, out, json, built);
		return;
	}
}

void
policy_reach(const struct policy *p, const struct conf *c, FILE *out, bool json,
	     struct policy_built *built)
{
	static const enum rules_hook gates[] = { RULES_PRE_FLOW, RULES_PRE_STREAM, RULES_FILTER,
						 RULES_AT_DATA };

	warn_empty(p, c, out, json, built);
	if (!p->firewall || p->monitor)
		return;
	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (!something_accepts(p, gates[i])) {
			warn_behind(p, gates[i], out, json, built);
			return;
		}
}
