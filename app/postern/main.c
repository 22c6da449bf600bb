/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * postern: a bump in the wire that guards SMTP. Command line in, exit code out (0 ok, 1 failed, 2
 * usage).
 */
#include <stdio.h>

#include "app.h"

#ifndef POSTERN_VERSION
#define POSTERN_VERSION "unknown"
#endif

static int
run(struct app *a)
{
	int r, down;

	if (a->args.list != ARGS_NONE)
		return lists_run(a);
	if (a->args.command == ARGS_TEST)
		return script_run(a);
	if (a->args.command == ARGS_EXPLAIN || a->args.explain_error != NULL)
		return explain_run(a);
	if (a->args.check)
		return check_run(a);
	r = boot_up(a);
	if (r != APP_OK) {
		if (a->args.json)
			report_failure();
		return r;
	}
	r = app_offline(a) ? capture_run(a) : service_run(a);
	down = boot_down(a);
	return r != APP_OK ? r : down;
}

int
main(int argc, char **argv)
{
	static struct app app;
	struct err err;
	int r;

	dp_stdio_guard();
	if (args_parse(&app.args, argc, argv, &err) != 0) {
		diagnostics_say(&err);
		return APP_USAGE;
	}
	if (app.args.help) {
		args_usage(stdout);
		return APP_OK;
	}
	if (app.args.version) {
		printf("postern %s\n", POSTERN_VERSION);
		return APP_OK;
	}
	diagnostics_begin(app.args.json);
	r = run(&app);
	diagnostics_end();
	if (fflush(stdout) != 0 || ferror(stdout))
		return APP_FAILED; /* nobody got what we said */
	return r;
}
