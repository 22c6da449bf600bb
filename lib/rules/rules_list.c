/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables as text: --list-keywords and --list-hooks, plain and as JSON. In: a stream; out: one
 * line a keyword or hook, or one JSON array. Called by the programs and by what makes
 * docs/rules.md.
 */
#include "rules_parse.h"

#include <stdio.h>

static const struct {
	unsigned bit;
	const char *name;
} tables[] = {
	{ RULES_IN_PRE_FLOW, "pre_flow" }, { RULES_IN_PRE_STREAM, "pre_stream" },
	{ RULES_IN_FILTER, "packet" },	   { RULES_IN_APP, "smtp" },
	{ RULES_IN_DETECT, "detect" },
};

static void
put_json(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void
put_tables(FILE *out, unsigned bits, const char *between, const char *quote)
{
	bool first = true;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if ((bits & tables[i].bit) != 0) {
			fprintf(out, "%s%s%s%s", first ? "" : between, quote, tables[i].name,
				quote);
			first = false;
		}
}

static void
keyword_json(FILE *out, const struct rules_keyword *k)
{
	fputs("  {\"name\": ", out);
	put_json(out, k->name);
	fputs(", \"kind\": ", out);
	put_json(out, k->kind);
	fputs(", \"form\": ", out);
	put_json(out, k->form);
	fprintf(out, ", \"value\": \"%s\", \"once\": %s, \"in\": [",
		k->argument == RULES_ARG_NONE  ? "none"
		: k->argument == RULES_ARG_MAY ? "optional"
					       : "required",
		k->once ? "true" : "false");
	put_tables(out, k->tables, ", ", "\"");
	fputs("], \"help\": ", out);
	put_json(out, k->help);
	fputc('}', out);
}

void
rules_list_keywords(FILE *out, bool json)
{
	const struct rules_keyword *k;

	if (json)
		fputs("[\n", out);
	for (size_t i = 0; (k = rules_keyword_at(i)) != NULL; i++) {
		if (json) {
			keyword_json(out, k);
			fputs(i + 1 < rules_keyword_count() ? ",\n" : "\n", out);
			continue;
		}
		fprintf(out, "%-24s %-22s ", k->name, k->kind);
		put_tables(out, k->tables, ",", "");
		fprintf(out, "\n    %s%s%s\n", k->form, k->form[0] != '\0' ? "\n    " : "",
			k->help);
	}
	if (json)
		fputs("]\n", out);
}

static void
hook_json(FILE *out, enum rules_hook h)
{
	static const char *const families[] = { "packet", "message", "command", "state", "detect" };
	static const char *const dirs[] = { "any", "to_server", "to_client" };
	char can[128];

	fputs("  {\"name\": ", out);
	put_json(out, rules_hook_name(h));
	fprintf(out, ", \"family\": \"%s\", \"direction\": \"%s\", \"actions\": [",
		families[rules_hook_family(h)], dirs[rules_hook_dir(h)]);
	for (unsigned a = 0, n = 0; a <= RULES_REJECT_SRC; a++)
		for (unsigned s = RULES_SCOPE_PACKET; s <= RULES_SCOPE_MESSAGE; s++)
			if (rules_scope_allowed(h, a, s)) {
				snprintf(can, sizeof(can), "%s:%s", rules_action_name(a),
					 rules_scope_name(s));
				fputs(n++ > 0 ? ", " : "", out);
				put_json(out, can);
			}
	fputs("], \"help\": ", out);
	put_json(out, rules_hook_help(h));
	fputc('}', out);
}

void
rules_list_hooks(FILE *out, bool json)
{
	if (json)
		fputs("[\n", out);
	for (unsigned h = 0; h < RULES_HOOK_DETECT; h++) {
		if (json) {
			hook_json(out, h);
			fputs(h + 1 < RULES_HOOK_DETECT ? ",\n" : "\n", out);
		} else {
			fprintf(out, "%-32s %s\n", rules_hook_name(h), rules_hook_help(h));
		}
	}
	if (json)
		fputs("]\n", out);
}
