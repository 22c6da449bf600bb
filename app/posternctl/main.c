/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * posternctl COMMAND... [--json] [--socket PATH]: any command of the console, over the control socket; a
 * page of http where COMMAND is the name of one and no --socket is given. Exit codes: 0 ok, 1 the daemon
 * refused or said nonsense, 2 usage, 3 nobody answers.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "span.h"
#include "str.h"
#include "top.h"

#define CTL_WHERE "127.0.0.1:9125"
#define CTL_SOCKET "/run/postern/control.socket"
#define CTL_LINE 1024

static const struct command {
	const char *name, *path;
	void (*show)(const json_t *o, FILE *out); /* NULL: text, printed as it is */
	const char *help;
} commands[] = {
	{ "stats", "/stats.json", ctl_show_stats, "counters that are not 0, and lcores" },
	{ "health", "/healthz", ctl_show_health, "is it forwarding?" },
	{ "sessions", "/sessions.json", ctl_show_sessions, "sessions now" },
	{ "rules", "/rules.json", ctl_show_rules, "rules and how often they matched" },
	{ "metrics", "/metrics", NULL, "Prometheus text" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: posternctl COMMAND... [--json] [--socket PATH]\n"
		     "       posternctl top [--socket PATH]\n"
		     "       posternctl PAGE [--json] [--at ADDRESS:PORT | --at unix:/PATH]\n\n"
		     "COMMAND: a line of the console; 'posternctl help' lists them.\n"
		     "top: all of it on the terminal, each second; ? helps.\n"
		     "PAGE, over http:\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fprintf(out,
		"\n--socket: management.socket of the daemon [%s]\n--at: management.http [%s]\n"
		"--json: for machines; -V, --version: the version; -h, --help: this text\n"
		"Exit codes: 0 ok, 1 failed, 2 usage, 3 cannot reach the daemon.\n",
		CTL_SOCKET, CTL_WHERE);
}

static const struct command *
find(const char *word)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(word, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int
run(const struct command *c, const char *where, int json)
{
	struct err err = { .text = "" };
	char line[1200];
	int reached = 0;
	char *text = ctl_fetch(where, c->path, &reached, &err);
	json_t *o = NULL;

	if (text == NULL) {
		fprintf(stderr, "posternctl: %s\n", err_text(&err, line, sizeof(line)));
		return reached ? 1 : 3;
	}
	if (c->show != NULL)
		o = json_loads(text, 0, NULL);
	if (c->show != NULL && o == NULL) {
		fprintf(stderr, "posternctl: %s gave no JSON for %s\n", where, c->path);
		free(text);
		return 1;
	}
	if (c->show == NULL || json)
		fputs(text, stdout);
	else
		c->show(o, stdout);
	if (json && c->show != NULL)
		putchar('\n');
	json_decref(o);
	free(text);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* A command over the socket. */
static int
ask(const char *path, const char *text, int json)
{
	struct err err = { .text = "" };
	char where[256], line[1200];
	int reached;
	json_t *message;

	snprintf(where, sizeof(where), "unix:%s", path);
	message = ctl_ask(where, text, !json, &reached, &err);
	if (message == NULL) {
		fprintf(stderr, "posternctl: %s\n", err_text(&err, line, sizeof(line)));
		return reached ? 1 : 3;
	}
	if (!json && json_is_string(message))
		fputs(json_string_value(message), stdout);
	else
		json_dumpf(message, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	if (json)
		putchar('\n');
	json_decref(message);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* getaddrinfo would take a port above 65535 for another one. */
static int
is_place(const char *where)
{
	const char *port = strrchr(where, ':');
	uint64_t n = 0;

	return strncmp(where, "unix:/", 6) == 0 ||
	       (port != NULL && port != where && span_to_u64(span_str(port + 1), 65535, &n) == 0 && n > 0);
}

int
main(int argc, char **argv)
{
	const char *where = CTL_WHERE, *path = NULL;
	const struct command *c;
	char line[CTL_LINE], at[256];
	struct str words;
	int i, json = 0, count = 0;

	str_open(&words, line, sizeof(line));
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			usage(stdout);
			return 0;
		} else if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0) {
			printf("posternctl %s\n", POSTERN_VERSION);
			return 0;
		} else if (strcmp(argv[i], "--json") == 0) {
			json = 1;
		} else if (strcmp(argv[i], "--at") == 0 && i + 1 < argc) {
			where = argv[++i];
		} else if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc) {
			path = argv[++i];
		} else if (argv[i][0] == '-') {
			fprintf(stderr, "posternctl: '%s' is not understood; see --help\n", argv[i]);
			return 2;
		} else {
			str_printf(&words, "%s%s", count++ > 0 ? " " : "", argv[i]);
		}
	}
	if (count == 0 || words.cut) {
		usage(stderr);
		return 2;
	}
	if (!is_place(where)) {
		fprintf(stderr, "posternctl: --at %s: write ADDRESS:PORT or unix:/PATH\n", where);
		return 2;
	}
	if (strcmp(line, "top") == 0) {
		snprintf(at, sizeof(at), "unix:%s", path != NULL ? path : CTL_SOCKET);
		return top_run(at);
	}
	c = count == 1 && path == NULL ? find(line) : NULL;
	if (c != NULL)
		return run(c, where, json);
	return ask(path != NULL ? path : CTL_SOCKET, line, json);
}
