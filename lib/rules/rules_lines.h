/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of one thing a line that rules refer to: classes, categories, lists of networks. A token is a span
 * into the file's text, so that what is wrong is told with its place. Inside lib/rules only.
 */
#ifndef RULES_LINES_H
#define RULES_LINES_H

#include "rules_parse.h"

struct rules_line {
	struct rules_source *source;
	const char *file;
	unsigned number;
	const char *begin; /* of the line in the text */
	struct span text;  /* without blanks around it */
};

/* Calls `each` for every line but empty ones and those that begin with #. False: reported that it
 * cannot be read. */
bool rules_lines(struct rules_source *s, const char *path,
		 void (*each)(const struct rules_line *l, void *ctx), void *ctx);
void rules_line_report(const struct rules_line *l, enum rules_severity severity,
		       struct span token, const char *code, const char *hint,
		       const char *format, ...) __attribute__((format(printf, 6, 7)));
/* The part before the next comma, trimmed; *rest is what is behind it. */
struct span rules_column(struct span *rest);

#endif
