/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands that act: start, stop, quit, set, check, load, help. What shows is in commands_show.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "log.h"

#define CONTROL_NEST 4 /* load in a loaded file in ... */

/* Lcores leave their loops; events that they still made are taken. */
static void
pause_wire(struct app *a)
{
	dp_stop(a->dp, DP_PAUSE);
	while (!dp_done(a->dp))
		events_drain(a);
	dp_join(a->dp);
}

static int
do_start(struct command_call *c)
{
	char text[200];
	int r = dp_start(c->app->dp, &c->err);

	if (r == 0)
		fprintf(c->out, "%s\n", dp_shape(c->app->dp, text, sizeof(text)));
	return r;
}

static int
do_stop(struct command_call *c)
{
	if (!dp_running(c->app->dp))
		return err_set(&c->err, -EALREADY, "Packet forwarding not started");
	pause_wire(c->app);
	commands_totals(c->app, c->out);
	return 0;
}

static int
do_quit(struct command_call *c)
{
	c->app->quit = true;
	fprintf(c->out, "Closing Postern\n");
	return 0;
}

/* The policy is immutable while anybody reads it: the wire rests for a moment. */
int
commands_at_rest(struct command_call *c, void (*change)(struct command_call *c))
{
	bool running = dp_running(c->app->dp);

	if (running)
		pause_wire(c->app);
	change(c);
	return running ? dp_start(c->app->dp, &c->err) : 0;
}

static void
set_mode(struct command_call *c)
{
	c->app->built.policy->monitor = strcmp(c->arg[0], "monitor") == 0;
}

static int
do_mode(struct command_call *c)
{
	fprintf(c->out, "mode %s\n", c->arg[0]);
	return commands_at_rest(c, set_mode);
}

static int
do_log(struct command_call *c)
{
	log_set_level((enum log_level)log_level_by_name(c->arg[0]));
	fprintf(c->out, "log %s\n", c->arg[0]);
	return 0;
}

static int
do_load(struct command_call *c)
{
	static unsigned depth;
	int r;

	if (depth == CONTROL_NEST)
		return err_set(&c->err, -ELOOP, "%s: files load files more than %d deep", c->arg[0],
			       CONTROL_NEST);
	depth++;
	r = commands_file(c->app, c->arg[0], c->out, &c->err);
	depth--;
	return r;
}

static int
do_help(struct command_call *c)
{
	const char *of = c->arg[0] != NULL && strcmp(c->arg[0], "all") != 0 ? c->arg[0] : NULL;
	const struct command *cmd;
	size_t i = 0;

	while ((cmd = commands_next(&i)) != NULL)
		if (of == NULL || strcmp(cmd->section, of) == 0)
			fprintf(c->out, "  %-38s %s\n", cmd->words, cmd->help);
	return 0;
}

const struct command commands_control[] = {
	{ "control", "help [control|display|suricata|all]", "this list", do_help },
	{ "control", "start", "forward packets", do_start },
	{ "control", "stop", "stop forwarding; sessions are kept. Prints statistics", do_stop },
	{ "control", "quit", "end the program", do_quit },
	{ "control", "set mode enforce|monitor", "monitor judges everything and touches nothing",
	  do_mode },
	{ "control", "set log error|warn|note|info|debug", "what goes to the log", do_log },
	{ "control", "load FILE", "run the commands of a file", do_load },
	{ NULL, NULL, NULL, NULL },
};
