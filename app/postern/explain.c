/* SPDX-License-Identifier: BSD-3-Clause */
/* `postern explain SID`: what became of a rule; `--explain-error CODE`: what an error means. */
#include <stdlib.h>

#include "app.h"
#include "policy.h"
#include "rules_build.h"

static int
explain_code(const char *code)
{
	const char *text = rules_code_explain(code);
	struct err err = { .text = "" };

	if (text != NULL) {
		printf("%s: %s\n", code, text);
		return APP_OK;
	}
	err_set(&err, -1, "there is no error %s", code);
	err_hint(&err, "codes look like R014 and stand in front of each error; docs/rules.md lists all");
	diagnostics_say(&err);
	return APP_FAILED;
}

/* "1002", or with its gid "124:1". */
static bool
parse_sid(const char *word, uint64_t *gid, uint64_t *sid)
{
	const char *colon = strchr(word, ':');

	*gid = 0;
	if (colon != NULL &&
	    (span_to_u64(span_of(word, (size_t)(colon - word)), UINT32_MAX, gid) != 0 || *gid == 0))
		return false;
	return span_to_u64(span_str(colon != NULL ? colon + 1 : word), UINT32_MAX, sid) == 0;
}

static int
explain_rule(struct app *a, const char *word)
{
	struct err err = { .text = "" };
	uint64_t gid, sid;
	int r;

	if (!parse_sid(word, &gid, &sid)) {
		err_set(&err, -1, "%s is no sid: a number is, or gid:sid", word);
		diagnostics_say(&err);
		return APP_USAGE;
	}
	r = boot_policy(a);
	if (r != APP_OK)
		return r;
	if (rules_explain(a->built.policy->rules, (uint32_t)gid, (uint32_t)sid, stdout) != 0) {
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
	int r = a->args.explain_error != NULL ? explain_code(a->args.explain_error)
					      : explain_rule(a, a->args.words[0]);

	if (r != APP_OK && a->args.json)
		report_failure();
	return r;
}
