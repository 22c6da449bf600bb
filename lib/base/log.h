/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control plane's log: lines to stderr. Not for the packet path, which counts and emits events.
 * Secrets and message content are never passed to it. Control characters in a line are shown as '?'.
 */
#ifndef LOG_H
#define LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped. Default LOG_NOTE. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* "error", "warn", "note", "info", "debug" to a level; -1 for other words. */
int log_level_by_name(const char *name);

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_note(...) log_write(LOG_NOTE, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
