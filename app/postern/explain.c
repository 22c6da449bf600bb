/* SPDX-License-Identifier: BSD-3-Clause */
/* `postern explain SID`: what became of a rule; `--explain-error CODE`: what an error means. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "policy.h"
#include "rules_build.h"

static void
explain_say(const char *code, const char *text, bool as_json)
{
	json_t *o = as_json ? json_pack("{s:b, s:s, s:s}", "ok", 1, "code", code, "text", text) : NULL;

	if (o == NULL) {
		printf("%s: %s\n", code, text);
		return;
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int
explain_code(const char *code, bool as_json)
{
	const char *text = rules_code_explain(code);
	struct err err = { .text = "" };

	if (text != NULL) {
		explain_say(code, text, as_json);
		return APP_OK;
	}
	err_set(&err, -1, "there is no error %s", code);
	err_hint(&err, "codes look like R014 and stand in front of each error; docs/rules.md lists all");
	diagnostics_say(&err);
	return APP_FAILED;
}

bool
explain_sid(const char *word, uint32_t *gid, uint32_t *sid)
{
	const char *colon = strchr(word, ':');
	uint64_t g = 0, s;

	if (colon != NULL &&
	    (span_to_u64(span_of(word, (size_t)(colon - word)), UINT32_MAX, &g) != 0 || g == 0))
		return false;
	if (span_to_u64(span_str(colon != NULL ? colon + 1 : word), UINT32_MAX, &s) != 0)
		return false;
	*gid = (uint32_t)g;
	*sid = (uint32_t)s;
	return true;
}

static json_t *
rule_json(const struct rules_rule *r)
{
	return json_pack("{s:I, s:I, s:s, s:i, s:s, s:s, s:s, s:b, s:s}", "sid", (json_int_t)r->sid, "gid",
			 (json_int_t)r->gid, "file", r->file, "line", (int)r->line, "action",
			 rules_action_name(r->action), "scope", rules_scope_name(r->scope), "hook",
			 rules_hook_name(r->hook), "enforce", r->enforce, "text", r->text);
}

static void
print_json(const struct rules_set *set, uint32_t gid, uint32_t sid, char *text)
{
	json_t *rules = json_array(), *lines = json_array(), *all;
	char *save;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		json_array_append_new(lines, json_string(line));
	for (size_t i = 0; i < rules_count(set); i++) {
		const struct rules_rule *r = rules_at(set, i);

		if (r->sid == sid && (gid == 0 || r->gid == gid))
			json_array_append_new(rules, rule_json(r));
	}
	all = json_pack("{s:b, s:o, s:o}", "ok", 1, "rules", rules, "lines", lines);
	json_dumpf(all, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(all);
}

/* All rules of the sid as text; with --json facts of each, and the text as lines. */
static int
print_rule(const struct app *a, uint32_t gid, uint32_t sid)
{
	const struct rules_set *set = a->built.policy->rules;
	char *text;
	size_t size;
	FILE *out;
	int r;

	if (!a->args.json)
		return rules_explain(set, gid, sid, stdout);
	out = open_memstream(&text, &size);
	if (out == NULL)
		return -ENOMEM;
	r = rules_explain(set, gid, sid, out);
	fclose(out);
	if (r == 0)
		print_json(set, gid, sid, text);
	free(text);
	return r;
}

static int
explain_rule(struct app *a, const char *word)
{
	struct err err = { .text = "" };
	uint32_t gid, sid;
	int r;

	if (!explain_sid(word, &gid, &sid)) {
		err_set(&err, -1, "%s is no sid: a number is, or gid:sid", word);
		diagnostics_say(&err);
		return APP_USAGE;
	}
	r = boot_policy(a);
	if (r != APP_OK)
		return r;
	if (print_rule(a, gid, sid) != 0) {
		err_set(&err, -1, "no rule has sid %s", word);
		err_hint(&err, gid == 124 ? "smtp.normalizer has the rules of gid 124: enable it with -c"
					  : "name the rule files with --rules or -c");
		diagnostics_say(&err);
		r = APP_FAILED;
	}
	boot_policy_free(a);
	return r;
}

int
explain_run(struct app *a)
{
	int r = a->args.explain_error != NULL ? explain_code(a->args.explain_error, a->args.json)
					      : explain_rule(a, a->args.words[0]);

	if (r != APP_OK && a->args.json)
		report_failure();
	return r;
}
