/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control plane's log. In: a level and a format; out: one line on stderr. Any control thread
 * may call it: a line is one write, so lines do not mix. It keeps no file and rotates nothing;
 * the service manager does.
 */
#include "log.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "str.h"

#define LINE_SIZE 1024 /* longer lines are cut */

static const char *const levels[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_NOTE] = "note",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

static atomic_int level_now = LOG_NOTE;

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

enum log_level
log_get_level(void)
{
	return (enum log_level)atomic_load_explicit(&level_now, memory_order_relaxed);
}

int
log_level_by_name(const char *name)
{
	for (size_t i = 0; i < LEVELS; i++) {
		if (strcmp(levels[i], name) == 0)
			return (int)i;
	}
	return -1;
}

/* Texts may quote what strangers wrote: a line break there must not begin a line of ours. */
static void
hide_controls(char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			*text = '?';
	}
}

void
log_write(enum log_level level, const char *format, ...)
{
	char line[LINE_SIZE];
	struct str s;
	va_list args;
	ssize_t n;

	if (level > log_get_level())
		return;
	str_open(&s, line, sizeof(line) - 1); /* one byte kept for the line feed */
	str_printf(&s, "%s: ", levels[level]);
	va_start(args, format);
	str_vprintf(&s, format, args);
	va_end(args);
	hide_controls(line);
	line[s.len] = '\n';
	n = write(STDERR_FILENO, line, s.len + 1);
	(void)n; /* a log that cannot be written has nobody to tell */
}
