/* SPDX-License-Identifier: BSD-3-Clause */
/* See diagnostics.h. */
#include <stdlib.h>
#include <string.h>

#include "diagnostics.h"
#include "str.h"

static FILE *lines; /* NULL: people read */
static char *text;
static size_t size;

void
diagnostics_begin(bool json)
{
	lines = json ? open_memstream(&text, &size) : NULL;
}

void
diagnostics_end(void)
{
	if (lines != NULL)
		fclose(lines);
	free(text);
	lines = NULL;
	text = NULL;
}

FILE *
diagnostics_out(void)
{
	return lines != NULL ? lines : stderr;
}

/* Names of files may be no UTF-8: then escaped, never left out. */
static json_t *
text_json(const char *words)
{
	char buf[2048];
	struct str out;
	json_t *o = json_string(words);

	if (o != NULL)
		return o;
	str_open(&out, buf, sizeof(buf));
	str_add_escaped(&out, span_str(words));
	return json_string(buf);
}

void
diagnostics_say(const struct err *e)
{
	char buf[1200];
	json_t *o;

	if (lines == NULL) {
		fprintf(stderr, "postern: %s\n", err_text(e, buf, sizeof(buf)));
		return;
	}
	o = json_pack("{s:s, s:o, s:i, s:i, s:o, s:o}", "severity", "error", "file",
		      text_json(e->file), "line", (int)e->line, "col", (int)e->col, "text",
		      text_json(e->text), "hint", text_json(e->hint));
	if (o != NULL)
		json_dumpf(o, lines, JSON_COMPACT);
	fputc('\n', lines);
	json_decref(o);
}

json_t *
diagnostics_json(void)
{
	json_t *all = json_array(), *one;
	char *line, *end;

	if (lines == NULL || fflush(lines) != 0)
		return all;
	for (line = text; line != NULL && *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			break;
		one = json_loadb(line, (size_t)(end - line), 0, NULL);
		if (one != NULL)
			json_array_append_new(all, one);
	}
	return all;
}
