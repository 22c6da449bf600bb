/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be said only when all rule files are in: which family unprefixed hooks of smtp belong
 * to, whether each value can be there at its hook, names of bits. In: struct rules_source; out: the
 * same, finished, with more diagnostics. Called once by rules_source_parsed.
 */
#include "rules_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void __attribute__((format(printf, 6, 7)))
complain(struct rules_source *s, const struct rule *r, struct rules_place at, const char *code,
	 const char *hint, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rules_report(s, RULES_ERROR, code, r->pub.file, at.line, at.col, at.len, hint, "%s", text);
}

/* A hook that both families have, written without its family. */
static bool
either_family(const struct rule *r)
{
	return rules_hook_family(r->pub.hook) == RULES_MESSAGE && !r->family_written &&
	       !rules_hook_of_message(r->pub.hook);
}

static enum rules_hook
command_hook(enum rules_hook h)
{
	switch (h) {
	case RULES_REQUEST_STARTED:
		return RULES_COMMAND_REQUEST_STARTED;
	case RULES_REQUEST_COMPLETE:
		return RULES_COMMAND_REQUEST_COMPLETE;
	case RULES_RESPONSE_STARTED:
		return RULES_COMMAND_RESPONSE_STARTED;
	default:
		return RULES_COMMAND_RESPONSE_COMPLETE;
	}
}

/*
 * A rule set that speaks of single commands and of no hook that only messages have is of the
 * command family whole. One that does both must say which of the two each such rule means.
 */
static void
choose_family(struct rules_source *s)
{
	const struct rule *command = NULL;
	char hint[200];

	for (size_t i = 0; i < s->parsed->count; i++) {
		const struct rule *r = &s->parsed->rule[i];

		if (command == NULL && either_family(r) && r->places->command_words)
			command = r;
	}
	for (size_t i = 0; command != NULL && i < s->parsed->count; i++) {
		struct rule *r = &s->parsed->rule[i];
		const char *name = rules_hook_name(r->pub.hook) + 5;

		if (!either_family(r))
			continue;
		if (s->message_file == NULL) {
			r->pub.hook = command_hook(r->pub.hook);
		} else if (r->places->command_words) {
			snprintf(hint, sizeof(hint),
				 "write smtp:command:%s for single commands, or smtp:message:%s",
				 name, name);
			complain(s, r, r->places->hook, "R030", hint,
				 "smtp:%s is of two minds: the rule looks at single commands, but "
				 "%s at %s:%u is a hook of messages",
				 name, rules_hook_name(s->message_hook), s->message_file,
				 s->message_line);
		}
	}
}

static const char *
stage_text(unsigned stage)
{
	switch (stage) {
	case RULES_STAGE_COMMAND:
		return "it needs a hook of commands, such as smtp:command:request_complete or "
		       "smtp:rcpt";
	case RULES_STAGE_ENVELOPE:
		return "it is known from MAIL or RCPT on";
	case RULES_STAGE_RESPONSE:
		return "it needs a hook of replies, such as smtp:response_started or "
		       "smtp:command:response_complete";
	case RULES_STAGE_BODY:
		return "it is known from DATA on: smtp:request_data, smtp:request_complete, "
		       "smtp:body, smtp:message";
	case RULES_STAGE_END:
		return "it is known at the end of data: smtp:response_complete, smtp:close";
	case RULES_STAGE_PACKET:
		return "it needs a packet hook, such as tcp:all";
	default:
		return "no session is known at a packet hook";
	}
}

static void
check_fields(struct rules_source *s, const struct rule *r)
{
	unsigned stages = rules_hook_stages(r->pub.hook);

	for (unsigned g = 0; g < r->group_count; g++) {
		enum rules_field f = r->group[g].field;
		unsigned stage = rules_field_stage(f);

		if ((stages & stage) == 0)
			complain(s, r, r->places->group[g], "R028", stage_text(stage),
				 "%s has no value at %s", rules_field_name(f),
				 rules_hook_name(r->pub.hook));
	}
}

/* Once the family is known, what the action needs may be missing there. */
static void
check_scope(struct rules_source *s, const struct rule *r)
{
	char can[256], hint[300];

	if (rules_scope_allowed(r->pub.hook, r->pub.action, r->pub.scope))
		return;
	snprintf(hint, sizeof(hint), "possible there: %s",
		 rules_scopes_text(r->pub.hook, r->pub.action, can, sizeof(can)));
	complain(s, r, r->places->action, "R011", hint, "%s:%s cannot be done at %s",
		 rules_action_name(r->pub.action), rules_scope_name(r->pub.scope),
		 rules_hook_name(r->pub.hook));
}

static void
check_names(struct rules_source *s)
{
	for (unsigned space = 0; space < RULES_SPACE_INT; space++)
		for (size_t i = 0; i < s->names[space].count; i++) {
			const struct rules_name *n = &s->names[space].name[i];

			if (n->file != NULL && !n->set)
				rules_report(s, RULES_WARNING, "R046", n->file, n->tested.line,
					     n->tested.col, n->tested.len,
					     "correct the name, or add the rule that sets it",
					     "the bit %s is tested, but no rule sets it", n->name);
		}
}

/* Answers in the session's name are not made yet: such a rule can only say what it would do. */
static bool
on_the_wire(const struct rules_rule *r)
{
	return r->scope != RULES_SCOPE_COMMAND && r->scope != RULES_SCOPE_MESSAGE;
}

void
rules_check_wire(struct rules_source *s)
{
	for (size_t i = 0; i < s->parsed->count; i++) {
		const struct rule *r = &s->parsed->rule[i];

		if (r->pub.enforce && !on_the_wire(&r->pub))
			complain(s, r, r->places->action, "R037",
				 "write drop:flow or reject:flow; or enforce:no, to see what it "
				 "would do",
				 "%s:%s is understood, but cannot be enforced by this version",
				 rules_action_name(r->pub.action), rules_scope_name(r->pub.scope));
	}
}

/* Bits of the flow, of transactions, of hosts: one list of names in that order. */
static void
name_bits(struct rules_source *s)
{
	struct rules_parsed *p = s->parsed;
	size_t n = 0;

	p->flow_bits = s->names[RULES_SPACE_FLOW].count;
	p->tx_bits = s->names[RULES_SPACE_TX].count;
	p->host_bits = s->names[RULES_SPACE_HOST].count;
	p->flow_ints = s->names[RULES_SPACE_INT].count;
	p->bit_name = calloc(p->flow_bits + p->tx_bits + p->host_bits + 1, sizeof(*p->bit_name));
	if (p->bit_name == NULL)
		rules_no_memory();
	for (unsigned space = 0; space < RULES_SPACE_INT; space++)
		for (size_t i = 0; i < s->names[space].count; i++)
			if ((p->bit_name[n++] = strdup(s->names[space].name[i].name)) == NULL)
				rules_no_memory();
}

void
rules_finish(struct rules_source *s)
{
	choose_family(s);
	for (size_t i = 0; i < s->parsed->count; i++) {
		check_fields(s, &s->parsed->rule[i]);
		check_scope(s, &s->parsed->rule[i]);
	}
	check_names(s);
	rules_sets_check(s);
	name_bits(s);
}
