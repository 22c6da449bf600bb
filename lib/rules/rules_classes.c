/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes of alerts and their priorities: those built in, or those of classification-file, in Suricata's
 * form "config classification: name,description,priority". In: a file, the value of classtype; out: the
 * class and priority of a rule. The file takes the place of what is built in.
 */
#include "rules_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include "err.h"

static const struct {
	const char *name;
	uint32_t priority;
} built_in[] = {
	{ "not-suspicious", 3 },
	{ "unknown", 3 },
	{ "bad-unknown", 2 },
	{ "attempted-recon", 2 },
	{ "successful-recon-limited", 2 },
	{ "successful-recon-largescale", 2 },
	{ "attempted-dos", 2 },
	{ "successful-dos", 2 },
	{ "attempted-user", 1 },
	{ "unsuccessful-user", 1 },
	{ "successful-user", 1 },
	{ "attempted-admin", 1 },
	{ "successful-admin", 1 },
	{ "rpc-portmap-decode", 2 },
	{ "shellcode-detect", 1 },
	{ "string-detect", 3 },
	{ "suspicious-filename-detect", 2 },
	{ "suspicious-login", 2 },
	{ "system-call-detect", 2 },
	{ "tcp-connection", 4 },
	{ "trojan-activity", 1 },
	{ "unusual-client-port-connection", 2 },
	{ "network-scan", 3 },
	{ "denial-of-service", 2 },
	{ "non-standard-protocol", 2 },
	{ "protocol-command-decode", 3 },
	{ "web-application-activity", 2 },
	{ "web-application-attack", 1 },
	{ "misc-activity", 3 },
	{ "misc-attack", 2 },
	{ "icmp-event", 3 },
	{ "inappropriate-content", 1 },
	{ "policy-violation", 1 },
	{ "default-login-attempt", 2 },
	{ "targeted-activity", 1 },
	{ "exploit-kit", 1 },
	{ "external-ip-check", 2 },
	{ "domain-c2", 1 },
	{ "pup-activity", 2 },
	{ "credential-theft", 1 },
	{ "social-engineering", 2 },
	{ "coin-mining", 2 },
	{ "command-and-control", 1 },
};
#define BUILT_IN (sizeof(built_in) / sizeof(built_in[0]))

static void
take_class(const struct rules_line *l, void *ctx)
{
	const struct span lead = SPAN_LIT("config classification:");
	struct rules_source *s = ctx;
	struct span rest = span_skip(l->text, lead.len), name = rules_column(&rest);
	struct span priority = rest;
	uint64_t n;

	if (!span_starts(l->text, lead)) {
		rules_line_report(l, RULES_ERROR, l->text, "R055",
				  "write config classification: name,description,priority",
				  "this line names no class");
		return;
	}
	/* A description may hold commas. */
	for (struct span part; rest.len > 0; priority = part)
		part = rules_column(&rest);
	if (!rules_name_ok(name)) {
		rules_line_report(l, RULES_ERROR, name, "R055",
				  "write config classification: name,description,priority",
				  "the name of the class is missing or wrong");
		return;
	}
	if (span_to_u64(priority, 255, &n) != 0 || n == 0) {
		rules_line_report(l, RULES_ERROR, priority, "R055", "priorities are 1 to 255",
				  "no priority");
		return;
	}
	for (size_t i = 0; i < s->class_count; i++)
		if (rules_is(name, s->classes[i].name)) {
			rules_line_report(l, RULES_ERROR, name, "R055", "keep one of the two",
					  "the class stands twice");
			return;
		}
	s->classes = rules_regrow(s->classes, s->class_count, sizeof(*s->classes));
	s->classes[s->class_count].name = strndup((const char *)name.ptr, name.len);
	if (s->classes[s->class_count].name == NULL)
		rules_no_memory();
	s->classes[s->class_count++].priority = (uint32_t)n;
}

void
rules_source_classes(struct rules_source *s, const char *path)
{
	size_t errors = s->error_count;

	if (rules_lines(s, path, take_class, s) && s->class_count == 0 && s->error_count == errors)
		rules_report(s, RULES_ERROR, "R055", path, 0, 0, 1,
			     "write config classification: name,description,priority",
			     "the file names no class");
}

/* The i-th class; false behind the last. */
static bool
class_at(const struct rules_source *s, size_t i, const char **name, uint32_t *priority)
{
	if (i >= (s->class_count > 0 ? s->class_count : BUILT_IN))
		return false;
	*name = s->class_count > 0 ? s->classes[i].name : built_in[i].name;
	*priority = s->class_count > 0 ? s->classes[i].priority : built_in[i].priority;
	return true;
}

void
rules_opt_classtype(struct rules_parser *p, const struct rules_keyword *k, struct span value)
{
	const char **names, *near;
	char hint[128], *written = rules_text_copy(p->rule, value);
	uint32_t priority;
	size_t count = 0;

	(void)k;
	p->rule->pub.classtype = written;
	names = calloc((p->source->class_count > 0 ? p->source->class_count : BUILT_IN) + 1, sizeof(*names));
	if (names == NULL)
		rules_no_memory();
	for (; class_at(p->source, count, &names[count], &priority); count++) {
		if (!rules_is(value, names[count]))
			continue;
		if (!p->priority_set)
			p->rule->pub.priority = priority;
		free(names);
		return;
	}
	names[count] = NULL;
	near = err_nearest(written, names);
	snprintf(hint, sizeof(hint),
		 near != NULL ? "did you mean %s?" : "it is kept, with priority 3%s",
		 near != NULL ? near : "");
	rules_warning(p, value, "R031", hint, "unknown classtype '%s'", written);
	free(names);
}
