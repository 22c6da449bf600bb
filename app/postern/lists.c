/* SPDX-License-Identifier: BSD-3-Clause */
/* What the program knows, from the tables that it works by: keywords, hooks, event names,
 * configuration. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "inspect.h"
#include "mime.h"
#include "names.h"
#include "rules_build.h"
#include "smtp.h"

static const char *
event_text_of(int i)
{
	if (i < SMTP_ODDITY_COUNT)
		return smtp_oddity_text((enum smtp_oddity)i);
	i -= SMTP_ODDITY_COUNT;
	return i < MIME_ODDITY_COUNT ?
		       mime_oddity_text((enum mime_oddity)i) :
		       inspect_oddity_text((enum inspect_oddity)(i - MIME_ODDITY_COUNT));
}

static const char *
event_layer_of(int i)
{
	if (i < SMTP_ODDITY_COUNT)
		return "smtp";
	return i < SMTP_ODDITY_COUNT + MIME_ODDITY_COUNT ? "mime" : "mail";
}

static void
list_events(bool json)
{
	const char *const *names = names_of_events();
	json_t *all = json_array();
	int i;

	for (i = 0; names[i] != NULL; i++) {
		if (json)
			json_array_append_new(
				all, json_pack("{s:s, s:s, s:s}", "name", names[i], "layer",
					       event_layer_of(i), "text",
					       event_text_of(i)));
		else
			printf("%-32s %s\n", names[i], event_text_of(i));
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(all);
}

static int
print_config(struct app *a)
{
	struct conf_errors errors = { 0 };
	struct err err = { .text = "" };
	size_t i;
	int r = conf_defaults(&a->conf);

	if (r == 0 && a->args.config != NULL)
		r = conf_load(&a->conf, a->args.config, &errors);
	if (r == 0)
		r = settings_override(a, &err);
	for (i = 0; i < errors.count; i++)
		diagnostics_say(&errors.err[i]);
	if (r == 0 && a->args.json)
		conf_print_fields_json(stdout);
	else if (r == 0)
		conf_print(&a->conf, stdout);
	else if (a->args.json)
		report_failure();
	conf_errors_free(&errors);
	conf_free(&a->conf);
	return r == 0 ? APP_OK : APP_FAILED;
}

int
lists_run(struct app *a)
{
	switch (a->args.list) {
	case ARGS_KEYWORDS:
		rules_list_keywords(stdout, a->args.json);
		break;
	case ARGS_HOOKS:
		rules_list_hooks(stdout, a->args.json);
		break;
	case ARGS_EVENTS:
		list_events(a->args.json);
		break;
	default:
		return print_config(a);
	}
	return APP_OK;
}
