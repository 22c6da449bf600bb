/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The console: librte_cmdline on the terminal or over a file of commands, served by the management
 * core between its other tasks. Here is what acts; what shows is in console_show.c.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_ethdev.h>

#include <cmdline_socket.h>

#include "console.h"
#include "log.h"

#define CONSOLE_PROMPT "postern> "
#define CONSOLE_LINE 1024

/* Every command begins here: the line was understood. */
static struct console *
begin(void *data)
{
	struct console *c = data;

	c->ran = true;
	return c;
}

/* Lcores leave their loops; events that they still made are taken. */
static void
pause_wire(struct app *a)
{
	dp_stop(a->dp, DP_PAUSE);
	while (!dp_done(a->dp))
		events_drain(a);
	dp_join(a->dp);
}

static void
do_start(void *words, struct cmdline *cl, void *data)
{
	struct console *c = begin(data);
	struct err err = { .text = "" };
	char text[200];

	(void)words;
	if (dp_start(c->app->dp, &err) != 0) {
		cmdline_printf(cl, "%s\n", err.text);
		c->failed = true;
		return;
	}
	cmdline_printf(cl, "%s\n", dp_shape(c->app->dp, text, sizeof(text)));
}

static void
do_stop(void *words, struct cmdline *cl, void *data)
{
	struct console *c = begin(data);

	(void)words;
	if (!dp_running(c->app->dp)) {
		cmdline_printf(cl, "Packet forwarding not started\n");
		c->failed = true;
		return;
	}
	pause_wire(c->app);
	console_totals(c);
}

static void
do_quit(void *words, struct cmdline *cl, void *data)
{
	(void)words;
	(void)cl;
	begin(data)->app->quit = true;
}

/* The policy is immutable while anybody reads it: the wire rests for a moment. */
static void
do_mode(void *words, struct cmdline *cl, void *data)
{
	struct console *c = begin(data);
	const struct console_words *w = words;
	bool running = dp_running(c->app->dp);
	struct err err = { .text = "" };

	if (running)
		pause_wire(c->app);
	c->app->built.policy->monitor = strcmp(w->what, "monitor") == 0;
	if (running && dp_start(c->app->dp, &err) != 0)
		cmdline_printf(cl, "%s\n", err.text);
	cmdline_printf(cl, "mode %s\n", w->what);
}

static void
do_log(void *words, struct cmdline *cl, void *data)
{
	const struct console_words *w = words;

	begin(data);
	log_set_level((enum log_level)log_level_by_name(w->what));
	cmdline_printf(cl, "log %s\n", w->what);
}

static const struct {
	const char *section, *command, *text;
} help[] = {
	{ "control", "start", "forward packets" },
	{ "control", "stop", "stop forwarding; sessions are kept. Prints statistics" },
	{ "control", "quit", "end the program" },
	{ "control", "set mode enforce|monitor", "monitor judges everything and touches nothing" },
	{ "control", "set log error|warn|note|info|debug", "what goes to the log" },
	{ "display", "show port info|stats|xstats ID|all", "a port" },
	{ "display", "show workers", "lcores, their tasks and load" },
	{ "display", "show sessions [FILTER]", "sessions whose line holds the filter" },
	{ "display", "show rules [hits]", "all rules, or those that matched" },
	{ "display", "show rule SID", "one rule" },
	{ "display", "show drops", "dropped packets by reason" },
	{ "display", "show config", "the effective configuration" },
	{ "display", "clear port|fwd stats [ID|all]", "set a port's counters to zero" },
};

static void
do_help(void *words, struct cmdline *cl, void *data)
{
	const struct console_words *w = words;
	size_t i;

	begin(data);
	for (i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		if (w->object[0] == '\0' || strcmp(w->object, "all") == 0 ||
		    strcmp(w->object, help[i].section) == 0)
			cmdline_printf(cl, "  %-38s %s\n", help[i].command, help[i].text);
}

#define WORD(name, field, text)                                                                    \
	static cmdline_parse_token_string_t name =                                                 \
		TOKEN_STRING_INITIALIZER(struct console_words, field, text)

WORD(t_start, verb, "start");
WORD(t_stop, verb, "stop");
WORD(t_quit, verb, "quit");
WORD(t_help, verb, "help");
WORD(t_section, object, "control#display#all");
WORD(t_set, verb, "set");
WORD(t_mode, object, "mode");
WORD(t_modes, what, "enforce#monitor");
WORD(t_log, object, "log");
WORD(t_levels, what, "error#warn#note#info#debug");

#define COMMAND(name, fn, text, ...)                                                               \
	static cmdline_parse_inst_t name = { .f = fn,                                              \
					     .help_str = text,                                     \
					     .tokens = { __VA_ARGS__, NULL } }

COMMAND(c_start, do_start, "start: forward packets", (void *)&t_start);
COMMAND(c_stop, do_stop, "stop: stop forwarding", (void *)&t_stop);
COMMAND(c_quit, do_quit, "quit: end the program", (void *)&t_quit);
COMMAND(c_help, do_help, "help", (void *)&t_help);
COMMAND(c_help_of, do_help, "help control|display|all", (void *)&t_help, (void *)&t_section);
COMMAND(c_mode, do_mode, "set mode enforce|monitor", (void *)&t_set, (void *)&t_mode,
	(void *)&t_modes);
COMMAND(c_log, do_log, "set log LEVEL", (void *)&t_set, (void *)&t_log, (void *)&t_levels);

static cmdline_parse_ctx_t context[8 + CONSOLE_SHOWS + 1] = {
	&c_start, &c_stop, &c_quit, &c_help, &c_help_of, &c_mode, &c_log,
};

struct console *
console_open(struct app *a, struct err *err)
{
	struct console *c = calloc(1, sizeof(*c));
	size_t i, n = 7;

	for (i = 0; console_show[i] != NULL; i++)
		context[n++] = console_show[i];
	context[n] = NULL;
	if (c != NULL) {
		c->app = a;
		c->terminal = a->args.interactive;
		c->cl = c->terminal ? cmdline_stdin_new(context, CONSOLE_PROMPT)
				    : cmdline_new(context, CONSOLE_PROMPT, -1, STDOUT_FILENO);
	}
	if (c == NULL || c->cl == NULL) {
		err_set(err, -ENOMEM, "the console cannot be opened");
		free(c);
		return NULL;
	}
	/* the callbacks' argument; cmdline keeps none of its own for this */
	for (i = 0; i < n; i++)
		context[i]->data = c;
	return c;
}

/* What was typed so far. The end of input ends the program. */
void
console_poll(struct console *c)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[256];
	ssize_t n;

	if (poll(&p, 1, 0) <= 0)
		return;
	n = read(STDIN_FILENO, buf, sizeof(buf));
	if (n <= 0 || cmdline_in(c->cl, buf, (int)n) < 0)
		c->app->quit = true;
}

int
console_file(struct console *c, const char *path, struct err *err)
{
	char line[CONSOLE_LINE];
	FILE *f = fopen(path, "re");
	unsigned number = 0;

	if (f == NULL)
		return err_set_at(err, -errno, path, 0, 0, "cannot read console commands: %s",
				  strerror(errno));
	while (!c->app->quit && fgets(line, sizeof(line), f) != NULL) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0' || line[0] == '#')
			continue;
		c->ran = c->failed = false;
		cmdline_in(c->cl, line, (int)strlen(line));
		if (strchr(line, '\n') == NULL)
			cmdline_in(c->cl, "\n", 1);
		if (c->ran && !c->failed)
			continue;
		log_error("%s:%u: %s", path, number,
			  c->ran ? "the command failed" : "no such command");
		c->app->console_result = -1;
	}
	fclose(f);
	return 0;
}

void
console_close(struct console *c)
{
	if (c == NULL)
		return;
	if (c->terminal)
		cmdline_stdin_exit(c->cl);
	else
		cmdline_free(c->cl);
	free(c);
}
