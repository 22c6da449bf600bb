/* SPDX-License-Identifier: BSD-3-Clause */
/* -T: load configuration and rules with the code that a start uses, say all that is wrong, touch
 * nothing. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "app.h"

/* Of the configuration and of the rules. */
static json_int_t
count_errors(const json_t *all)
{
	const json_t *d;
	json_int_t n = 0;
	size_t i;

	json_array_foreach(all, i, d)
	{
		const char *severity = json_string_value(json_object_get(d, "severity"));

		n += severity != NULL && strcmp(severity, "error") == 0;
	}
	return n;
}

int
check_run(struct app *a)
{
	int r = boot_policy(a);
	json_t *o, *all;

	if (a->args.json) {
		all = diagnostics_json();
		o = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "ok", r == APP_OK, "errors",
			      count_errors(all), "warnings", (json_int_t)a->built.warnings, "rules",
			      (json_int_t)a->built.rules, "firewall_rules",
			      (json_int_t)a->built.firewall_rules, "detection_rules",
			      (json_int_t)a->built.detection_rules, "networks",
			      (json_int_t)a->built.networks, "diagnostics", all);
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(o);
	} else if (r == APP_OK) {
		printf("configuration and rules are good: %zu rules (%zu firewall, %zu detection), "
		       "%zu warning%s\n",
		       a->built.rules, a->built.firewall_rules, a->built.detection_rules,
		       a->built.warnings, a->built.warnings == 1 ? "" : "s");
		if (a->built.networks > 0)
			printf("reputation of %zu network%s\n", a->built.networks,
			       a->built.networks == 1 ? "" : "s");
	}
	if (r == APP_OK)
		boot_policy_free(a);
	return r;
}
