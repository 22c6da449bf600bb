/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One table of commands for three ways in: the console (console.c), the control socket (control.c, which
 * posternctl and suricatasc speak to) and files of commands. In: a line; out: a text for people or a JSON
 * value. Main thread only.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <jansson.h>
#include "app.h"

#define COMMANDS_ARGS 6
#define COMMANDS_LINE 1024

struct command_call {
	struct app *app;
	json_t *named; /* arguments by name, of suricatasc; NULL: none. Borrowed */
	bool wants_json;
	/* the command's */
	const char *arg[COMMANDS_ARGS]; /* by their place among the variable words; NULL: left out */
	FILE *out;    /* text for people */
	json_t *json; /* the answer where it has a form for machines; NULL: the text is the answer */
	struct err err;
};

/*
 * words: literal words; "a|b" is a choice and ID is anything, both become arguments; [X] may be left out;
 * [X...] takes the rest of the line.
 */
struct command {
	const char *section, *words, *help;
	int (*run)(struct command_call *c); /* 0, or -errno and c->err */
};

/* The parts of the table, each ends with NULL words. */
extern const struct command commands_show[], commands_control[], commands_rules[], commands_sets[],
	commands_suricata[];

/* Changes what workers read: they rest meanwhile. 0, or -errno and c->err. */
int commands_at_rest(struct command_call *c, void (*change)(struct command_call *c));

/* Run one line: 0, and *text (malloc'ed) or *json; or -errno and *err with a suggestion. named may be
 * NULL. json NULL: text is wanted. */
int commands_run(struct app *a, const char *line, json_t *named, char **text, json_t **json,
		 struct err *err);
/* Next word of a line that is being typed: the n-th candidate, NULL at the end. */
const char *commands_complete(const char *line, size_t n, char *word, size_t size);
/* A walk over the whole table: *i from 0. */
const struct command *commands_next(size_t *i);
/* Lines of a file; -1 and *err naming the first that failed, the others run all the same. */
int commands_file(struct app *a, const char *path, FILE *out, struct err *err);

/* What stop prints, as testpmd does. */
void commands_totals(struct app *a, FILE *out);

#endif
