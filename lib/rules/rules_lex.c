/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines of a rule file. In: the text of a file; out: one struct rules_text a rule, comments and
 * empty lines gone, lines that end in a backslash joined, with a map back to physical places.
 * Called by rules_source_*. It knows nothing of what stands in a rule.
 *
 * Strict where Suricata is silent: an indented rule line would be skipped there, and the firewall
 * would lack a rule that its owner sees in the file.
 */
#include "rules_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>

struct lexer {
	struct rules_source *source;
	const struct rules_file *file;
	struct rules_text *text; /* the rule under way */
	bool open;		 /* the last line ended in a backslash */
	bool too_long;
	unsigned line;
};

struct rules_place
rules_place_of(const struct rules_text *t, struct span token)
{
	size_t off = token.ptr != NULL ? (size_t)((const char *)token.ptr - t->text) : 0;
	const struct rules_piece *piece = &t->piece[0];
	size_t end = t->len, len = token.len;

	for (unsigned i = 1; i < t->pieces && t->piece[i].begin <= off; i++)
		piece = &t->piece[i];
	if (piece + 1 < t->piece + t->pieces)
		end = piece[1].begin;
	if (off + len > end) /* carets end with their line */
		len = end > off ? end - off : 1;
	return (struct rules_place){ piece->line, piece->col + (unsigned)(off - piece->begin),
				     len > 0 ? (unsigned)len : 1 };
}

static void
line_error(struct lexer *x, unsigned col, unsigned len, const char *code, const char *hint,
	   const char *text)
{
	rules_report(x->source, RULES_ERROR, code, x->file->name, x->line, col, len, hint, "%s",
		     text);
}

static bool
line_clean(struct lexer *x, struct span line)
{
	size_t n;

	for (size_t i = 0; i < line.len; i += n) {
		uint8_t c = line.ptr[i];

		n = rules_utf8_len(span_skip(line, i));
		if (n == 0) {
			line_error(x, (unsigned)i + 1, 1, "R002",
				   "write the byte in hexadecimal: |ff|", "this byte is not UTF-8");
			return false;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			line_error(x, (unsigned)i + 1, 1, "R002",
				   "remove it, or write it in hexadecimal: |00|",
				   "a control character");
			return false;
		}
	}
	return true;
}

static void
add_piece(struct lexer *x, struct span line, unsigned col)
{
	struct rules_text *t = x->text;

	if (t->len + line.len > RULES_TEXT_MAX || t->pieces == RULES_PIECES) {
		x->too_long = true;
		if (t->pieces == 0) /* where the rule begins is told all the same */
			t->piece[t->pieces++] = (struct rules_piece){ 0, x->line, col };
		return;
	}
	t->piece[t->pieces++] = (struct rules_piece){ t->len, x->line, col };
	if (line.len > 0)
		memcpy(t->text + t->len, line.ptr, line.len);
	t->len += line.len;
}

static void
end_rule(struct lexer *x)
{
	if (x->too_long)
		rules_report(x->source, RULES_ERROR, "R003", x->file->name, x->text->piece[0].line,
			     1, 1, "split it, or put long lists into $VARIABLES and data sets",
			     "this rule is longer than %d bytes or %d lines", RULES_TEXT_MAX,
			     RULES_PIECES);
	else if (x->text->len > 0)
		rules_parse(x->source, x->text);
	x->text->len = x->text->pieces = 0;
	x->open = x->too_long = false;
}

/* A backslash at the end joins the next line. */
static void
take_line(struct lexer *x, struct span line)
{
	struct span trimmed = span_trim(line);
	bool joins = trimmed.len > 0 && trimmed.ptr[trimmed.len - 1] == '\\';
	size_t at = (size_t)(trimmed.ptr - line.ptr) + trimmed.len; /* the backslash, from 1 */

	if (joins && at < line.len)
		line_error(x, (unsigned)at, 1, "R005", "remove the blanks behind it",
			   "a backslash continues a rule only as the last byte of its line");
	add_piece(x, joins ? span_take(line, at - 1) : line, 1);
	x->open = joins;
	if (!joins)
		end_rule(x);
}

static void
continue_rule(struct lexer *x, struct span line)
{
	struct span t = span_trim(line);

	if (t.len == 0) {
		line_error(x, 1, 1, "R005", "remove the backslash at the end of the line above",
			   "a rule is continued here, but this line is empty");
		end_rule(x);
		return;
	}
	if (t.ptr[0] == '#')
		line_error(x, (unsigned)(t.ptr - line.ptr) + 1, (unsigned)t.len, "R005",
			   "move the comment above the rule",
			   "a comment cannot stand inside a continued rule");
	else
		take_line(x, line);
}

static void
begin_rule(struct lexer *x, struct span line)
{
	struct span t = span_trim(line);

	if (t.len == 0 || t.ptr[0] == '#')
		return;
	if (t.ptr != line.ptr)
		line_error(x, 1, (unsigned)(t.ptr - line.ptr), "R004",
			   "remove the blanks; to continue a rule, end the line above it with a "
			   "backslash",
			   "a rule begins in the first column");
	take_line(x, line);
}

void
rules_lex_file(struct rules_source *s, const struct rules_file *f)
{
	struct lexer x = { .source = s, .file = f };
	struct span rest = span_of(f->text, f->len);
	struct span bom = SPAN_LIT("\xef\xbb\xbf");

	x.text = calloc(1, sizeof(*x.text));
	if (x.text == NULL || (x.text->text = malloc(RULES_TEXT_MAX + 1)) == NULL)
		rules_no_memory();
	x.text->file = f->name;
	while (rest.len > 0) {
		ptrdiff_t end = span_chr(rest, '\n');
		struct span line = end < 0 ? rest : span_take(rest, (size_t)end);

		rest = end < 0 ? SPAN_NONE : span_skip(rest, (size_t)end + 1);
		x.line++;
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (x.line == 1 && span_starts(line, bom))
			line = span_skip(line, bom.len);
		if (!line_clean(&x, line))
			continue;
		if (x.open)
			continue_rule(&x, line);
		else
			begin_rule(&x, line);
	}
	if (x.open) {
		line_error(&x, 1, 1, "R005", "remove the backslash, or add the rest of the rule",
			   "the file ends where a rule is continued");
		end_rule(&x);
	}
	free(x.text->text);
	free(x.text);
}

struct rules_file *
rules_file_add(struct rules_source *s, const char *name, char *text, size_t len)
{
	struct rules_file *f;

	s->files = rules_regrow(s->files, s->file_count, sizeof(*s->files));
	f = &s->files[s->file_count++];
	*f = (struct rules_file){ strdup(name), text, len };
	if (f->name == NULL || f->text == NULL)
		rules_no_memory();
	return f;
}

int
rules_source_text(struct rules_source *s, const char *name, struct span text)
{
	char *copy = malloc(text.len + 1);
	struct rules_file f;

	if (copy == NULL)
		rules_no_memory();
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	/* By value: a parse of this file may not add files, but the array is the source's. */
	f = *rules_file_add(s, name, copy, text.len);
	rules_lex_file(s, &f);
	return 0;
}

char *
rules_read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t n = 1;

	*len = 0;
	if (f == NULL)
		return NULL;
	errno = 0;
	while (n > 0 && *len <= RULES_FILE_MAX) {
		char *more = realloc(text, *len + 65536);

		if (more == NULL)
			rules_no_memory();
		text = more;
		n = fread(text + *len, 1, 65536, f);
		*len += n;
	}
	if (ferror(f) || *len > RULES_FILE_MAX) {
		if (errno == 0)
			errno = EFBIG;
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

int
rules_source_file(struct rules_source *s, const char *path)
{
	size_t len;
	char *text = rules_read_all(path, &len);
	struct rules_file f;

	if (text == NULL) {
		int code = errno;

		rules_report(s, RULES_ERROR, "R001", path, 0, 0, 1,
			     "check the name and the permissions", "cannot read the rule file: %s",
			     strerror(code));
		return -code;
	}
	f = *rules_file_add(s, path, text, len);
	rules_lex_file(s, &f);
	return 0;
}
