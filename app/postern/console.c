/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The console on the terminal: librte_cmdline's line editor in front of the table of commands, served by
 * the management core between its other tasks.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmdline_rdline.h>

#include "commands.h"

#define CONSOLE_PROMPT "postern> "

struct console {
	struct app *app;
	struct rdline *line;
	struct termios before; /* of the terminal */
	bool terminal;
};

static int
write_char(struct rdline *line, char c)
{
	(void)line;
	return putchar(c) == EOF ? -1 : 0;
}

/* A line was ended. */
static void
validate(struct rdline *line, const char *text, unsigned int size)
{
	struct console *c = rdline_get_opaque(line);
	struct err err = { .text = "" };
	char why[1200], *answer = NULL;

	(void)size;
	if (text[strspn(text, " \t\r\n")] == '\0')
		return;
	if (commands_run(c->app, text, NULL, &answer, NULL, &err) != 0)
		printf("%s\n", err_text(&err, why, sizeof(why)));
	if (answer != NULL)
		fputs(answer, stdout);
	free(answer);
}

/* How many bytes all candidates for the word have in common. */
static size_t
common(const char *text, char *first, size_t size)
{
	char other[256];
	size_t n, len;

	if (commands_complete(text, 0, first, size) == NULL)
		return 0;
	len = strlen(first);
	for (n = 1; commands_complete(text, n, other, sizeof(other)) != NULL; n++)
		while (len > 0 && strncmp(first, other, len) != 0)
			len--;
	return len;
}

/* 2: out is to be added to the line; 1: out is one choice of several; 0: no (more). */
static int
complete(struct rdline *line, const char *text, char *out, unsigned int size, int *state)
{
	const char *word = strrchr(text, ' ');
	char first[256], other[256];
	size_t len, typed = strlen(word != NULL ? word + 1 : text);

	(void)line;
	if (*state <= 0) {
		len = common(text, first, sizeof(first));
		if (*state == 0 && len > typed) {
			bool only = commands_complete(text, 1, other, sizeof(other)) == NULL;

			snprintf(out, size, "%.*s%s", (int)(len - typed), first + typed, only ? " " : "");
			return RDLINE_RES_COMPLETE;
		}
		*state = 0;
	}
	return commands_complete(text, (size_t)(*state)++, out, size) != NULL ? 1 : 0;
}

struct console *
console_open(struct app *a, struct err *err)
{
	struct console *c = calloc(1, sizeof(*c));
	struct termios raw;

	if (c != NULL)
		c->line = rdline_new(write_char, validate, complete, c);
	if (c == NULL || c->line == NULL) {
		err_set(err, -ENOMEM, "the console cannot be opened");
		free(c);
		return NULL;
	}
	c->app = a;
	c->terminal = tcgetattr(STDIN_FILENO, &c->before) == 0;
	if (c->terminal) {
		raw = c->before;
		raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ISIG);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	rdline_newline(c->line, CONSOLE_PROMPT);
	fflush(stdout);
	return c;
}

static void
input(struct console *c, char in)
{
	const char *line;
	int r = rdline_char_in(c->line, in);

	if (r == RDLINE_RES_EOF || r == RDLINE_RES_EXITED)
		c->app->quit = true;
	if (r != RDLINE_RES_VALIDATED || c->app->quit)
		return;
	line = rdline_get_buffer(c->line);
	if (line[0] != '\0' && line[0] != '\n')
		rdline_add_history(c->line, line);
	rdline_newline(c->line, CONSOLE_PROMPT);
}

/* What was typed so far. The end of input ends the program. */
void
console_poll(struct console *c)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char buf[256];
	ssize_t i, n;

	if (poll(&p, 1, 0) <= 0)
		return;
	n = read(STDIN_FILENO, buf, sizeof(buf));
	if (n <= 0)
		c->app->quit = true;
	for (i = 0; i < n && !c->app->quit; i++)
		input(c, buf[i]);
	fflush(stdout);
}

void
console_close(struct console *c)
{
	if (c == NULL)
		return;
	if (c->terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &c->before);
	rdline_free(c->line);
	free(c);
}
