/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of one thing a line that rules refer to. In: a path; out: a call a line. Called by the
 * readers of such files, rules_reputation_load.c and rules_classes.c; knows none of their forms.
 */
#include "rules_lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

bool
rules_lines(struct rules_source *s, const char *path,
	    void (*each)(const struct rules_line *l, void *ctx), void *ctx)
{
	struct rules_line line = { .source = s, .file = path };
	struct span rest;
	size_t len;
	char *text = rules_read_all(path, &len);

	if (text == NULL) {
		rules_report(s, RULES_ERROR, "R054", path, 0, 0, 1,
			     "check the name and the permissions", "cannot read it: %s",
			     strerror(errno));
		return false;
	}
	rules_file_add(s, path, text, len);
	for (rest = span_of(text, len); rest.len > 0;) {
		ptrdiff_t end = span_chr(rest, '\n');
		size_t n = end < 0 ? rest.len : (size_t)end;

		line.begin = (const char *)rest.ptr;
		line.number++;
		line.text = span_take(rest, n);
		if (line.text.len > 0 && line.text.ptr[line.text.len - 1] == '\r')
			line.text.len--;
		line.text = span_trim(line.text);
		if (line.text.len > 0 && line.text.ptr[0] != '#')
			each(&line, ctx);
		rest = span_skip(rest, n + 1);
	}
	return true;
}

void
rules_line_report(const struct rules_line *l, enum rules_severity severity, struct span token,
		  const char *code, const char *hint, const char *format, ...)
{
	struct span at = token.len > 0 ? token : l->text;
	unsigned col = (unsigned)((const char *)at.ptr - l->begin) + 1;
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rules_report(l->source, severity, code, l->file, l->number, col, (unsigned)at.len, hint, "%s",
		     text);
}

struct span
rules_column(struct span *rest)
{
	ptrdiff_t comma = span_chr(*rest, ',');
	struct span out = comma < 0 ? *rest : span_take(*rest, (size_t)comma);

	*rest = comma < 0 ? SPAN_NONE : span_skip(*rest, (size_t)comma + 1);
	return span_trim(out);
}
