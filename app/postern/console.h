/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the console: one context, families of commands in testpmd's language. Only these two files
 * print to it, by cmdline_printf alone.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_num.h>
#include <cmdline_parse_string.h>

#include "app.h"

struct console {
	struct app *app;
	struct cmdline *cl;
	bool terminal; /* reads stdin */
	bool ran;      /* the line at hand was a command */
	bool failed;   /* and could not be done */
};

/* Words of a command, as the grammar fills them in. */
struct console_words {
	cmdline_fixed_string_t verb, object, what, name;
	uint32_t number;
};

/* The family `show` and `clear`, NULL-terminated. */
extern cmdline_parse_inst_t *const console_show[];
#define CONSOLE_SHOWS 11
void console_totals(struct console *c);

#endif
