/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors of a configuration. In: a node and what is wrong with it; out: one entry more in the list,
 * with file, line and column. Loading and checking call it. All errors are kept, up to a cap that
 * no person reads past.
 */
#include "conf_internal.h"

#include <errno.h>
#include <stdlib.h>

#define ERRORS_MAX 1000

struct err *
conf_error_add(struct conf_errors *errors)
{
	if (errors == NULL || errors->count == ERRORS_MAX)
		return NULL;
	if (errors->count == errors->size) {
		size_t size = errors->size > 0 ? 2 * errors->size : 16;
		struct err *more = realloc(errors->err, size * sizeof(*more));

		if (more == NULL)
			return NULL;
		errors->err = more;
		errors->size = size;
	}
	memset(&errors->err[errors->count], 0, sizeof(errors->err[0]));
	return &errors->err[errors->count++];
}

void
conf_errors_free(struct conf_errors *errors)
{
	free(errors->err);
	*errors = (struct conf_errors){ .err = NULL };
}

static struct err *
add(struct conf_load *l, const struct ydoc_node *n, unsigned line, unsigned col,
    const char *format, va_list args)
{
	struct err *e = conf_error_add(l->errors);
	char path[256], text[sizeof(e->text)];
	struct str s;

	if (l->rc == 0)
		l->rc = -EINVAL;
	str_open(&s, text, sizeof(text));
	ydoc_path(n, path, sizeof(path));
	if (path[0] != '\0')
		str_printf(&s, "%.200s: ", path);
	str_vprintf(&s, format, args);
	err_set_at(e, -EINVAL, ydoc_file(l->doc), line, col, "%s", text);
	return e;
}

struct err *
conf_error_value(struct conf_load *l, const struct ydoc_node *n, const char *format, ...)
{
	struct err *e;
	va_list args;

	va_start(args, format);
	e = add(l, n, n->line, n->col, format, args);
	va_end(args);
	return e;
}

struct err *
conf_error_key(struct conf_load *l, const struct ydoc_node *n, const char *format, ...)
{
	struct err *e;
	va_list args;

	va_start(args, format);
	e = add(l, n, n->key_line, n->key_col, format, args);
	va_end(args);
	return e;
}
