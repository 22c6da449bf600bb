/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules asked once more, for whoever watches a worker. In: the event under judgement; out: one
 * struct rules_why a rule, told before the rule itself is judged, since a rule that fires changes
 * what the next one sees. Called by rules_run.c when there is a watch. It changes nothing.
 */
#include "rules_why.h"
#include "rules_why_text.h"

/* The same questions as rules_run.c asks, of all values and without counting. */
static bool
asked_again(struct rules_judge *j, const struct set_rule *sr, struct str *text)
{
	uint32_t count;

	if (j->hook == RULES_HOOK_DETECT && rules_has_alerted(j, sr)) {
		str_add(text, "it has matched in this transaction already");
		return false;
	}
	if (!rules_rule_holds(j, sr)) {
		rules_why_text(j, sr, text);
		return false;
	}
	if (rules_rate_would(j, sr, &count))
		return true;
	str_printf(text, "match %u within %u s: ", count, sr->rule->threshold.seconds);
	rules_option_text(sr->rule, "threshold", text);
	rules_option_text(sr->rule, "detection_filter", text);
	rules_option_text(sr->rule, "rate", text);
	return false;
}

static bool
header_again(struct rules_judge *j, const struct set_rule *sr, struct str *text)
{
	if (rules_packet_fails(j, sr->rule) == RULES_FAILS_NOT)
		return true;
	rules_why_packet(j, sr->rule, text);
	return false;
}

static void
tell(struct rules_judge *event, uint32_t entry, const char *not_asked)
{
	const struct set_rule *sr = &event->set->rule[entry & ~RULES_ENTRY_BEFORE];
	struct rules_judge j = *event; /* a limit that is met here is none of the event's */
	struct rules_why why = { .rule = &sr->rule->pub,
				 .hook = event->hook,
				 .asked = not_asked == NULL,
				 .before = (entry & RULES_ENTRY_BEFORE) != 0 };
	char buf[RULES_WHY_TEXT];
	struct str text;

	str_open(&text, buf, sizeof(buf));
	j.whole = true;
	if (not_asked != NULL)
		str_add(&text, not_asked);
	else if (why.before)
		why.match = header_again(&j, sr, &text);
	else
		why.match = asked_again(&j, sr, &text);
	why.text = buf;
	event->w->watch->rule(event->w->watch, &why);
}

void
rules_watch_to(struct rules_judge *j, unsigned which, uint32_t upto)
{
	for (; j->watched < upto; j->watched++)
		tell(j, j->set->list[which].entry[j->watched], NULL);
}

static void
skip(struct rules_judge *j, unsigned which, const char *because)
{
	for (; j->watched < j->set->list[which].count; j->watched++)
		tell(j, j->set->list[which].entry[j->watched], because);
	j->watched = 0;
}

void
rules_watch_rest(struct rules_judge *j, unsigned which, uint8_t decided)
{
	char because[64];

	if (decided == 0xff) {
		rules_watch_to(j, which, j->set->list[which].count);
		j->watched = 0;
		return;
	}
	snprintf(because, sizeof(because), "sid %u has decided",
		 j->hits->hit[decided].rule->sid);
	skip(j, which, because);
}

void
rules_watch_passed(struct rules_judge *j, unsigned which)
{
	skip(j, which, "a rule with pass has let the connection go");
}
