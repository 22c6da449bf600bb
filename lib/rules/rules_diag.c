/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the rule parser tells people. In: reports with a place in a file; out: a list of
 * diagnostics, and their text in the manner of rustc: code, place, the line, carets, hint.
 * Called by all of the build half and by the programs that print. Memory of a rule lives here too,
 * since both belong to what a source holds. It judges nothing.
 */
#include "rules_parse.h"
#include "rules_reputation.h"

#include <stdarg.h>
#include <stdlib.h>
#include "match_build.h"

#define LINE_SHOWN 120 /* bytes of a source line that are printed */
#define LEAD_SHOWN 40  /* of these in front of the caret when the line is cut */

struct rules_block {
	struct rules_block *next;
	max_align_t bytes[];
};

_Noreturn void
rules_no_memory(void)
{
	fputs("rules: out of memory\n", stderr);
	abort();
}

void *
rules_alloc(struct rule *r, size_t size)
{
	struct rules_block *b = calloc(1, sizeof(*b) + size);

	if (b == NULL)
		rules_no_memory();
	b->next = r->blocks;
	r->blocks = b;
	return b->bytes;
}

char *
rules_text_copy(struct rule *r, struct span s)
{
	char *text = rules_alloc(r, s.len + 1);

	if (s.len > 0)
		memcpy(text, s.ptr, s.len);
	return text;
}

/* Arrays double when their count is a power of two, so that no size need be kept. */
void *
rules_grow(struct rule *r, void *array, size_t count, size_t size)
{
	void *more;

	if ((count & (count - 1)) != 0)
		return array;
	more = rules_alloc(r, (count == 0 ? 1 : 2 * count) * size);
	if (count > 0)
		memcpy(more, array, count * size);
	return more;
}

void *
rules_regrow(void *array, size_t count, size_t size)
{
	size_t room = count == 0 ? 1 : 2 * count;

	if ((count & (count - 1)) != 0)
		return array;
	array = realloc(array, room * size);
	if (array == NULL)
		rules_no_memory();
	memset((char *)array + count * size, 0, (room - count) * size);
	return array;
}

void
rules_rule_clear(struct rule *r)
{
	struct rules_block *next;

	for (unsigned g = 0; g < r->group_count; g++)
		for (unsigned c = 0; c < r->group[g].cond_count; c++)
			if (r->group[g].cond[c].kind == RULES_COND_PCRE &&
			    r->group[g].cond[c].regex.program != NULL)
				match_regex_free(r->group[g].cond[c].regex.program);
	for (; r->blocks != NULL; r->blocks = next) {
		next = r->blocks->next;
		free(r->blocks);
	}
	memset(r, 0, sizeof(*r));
}

void
rules_parsed_free(struct rules_parsed *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		rules_rule_clear(&p->rule[i]);
	for (size_t i = 0; i < p->flow_bits + p->tx_bits + p->host_bits; i++)
		free(p->bit_name[i]);
	for (size_t i = 0; i < p->dataset_count; i++)
		rules_dataset_free(p->dataset[i]);
	rules_reputation_free(p->reputation);
	free(p->rule);
	free(p->bit_name);
	free(p->dataset);
	free(p);
}

struct rules_source *
rules_source_create(const struct rules_var *vars, size_t count, const char *const *events)
{
	struct rules_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->parsed = calloc(1, sizeof(*s->parsed));
	if (s->parsed == NULL) {
		free(s);
		return NULL;
	}
	s->vars = vars;
	s->var_count = count;
	s->events = events;
	return s;
}

void
rules_source_destroy(struct rules_source *s)
{
	if (s == NULL)
		return;
	rules_parsed_free(s->parsed);
	for (unsigned space = 0; space < RULES_SPACES; space++) {
		for (size_t i = 0; i < s->names[space].count; i++)
			free(s->names[space].name[i].name);
		free(s->names[space].name);
	}
	for (size_t i = 0; i < s->diag_count; i++) {
		free((void *)s->diags[i].text);
		free((void *)s->diags[i].hint);
		free((void *)s->diags[i].file);
		free((void *)s->diags[i].source);
	}
	for (size_t i = 0; i < s->file_count; i++) {
		free(s->files[i].name);
		free(s->files[i].text);
	}
	for (size_t i = 0; i < s->class_count; i++)
		free(s->classes[i].name);
	free(s->classes);
	free(s->files);
	free(s->diags);
	free(s->sid_slot);
	free(s);
}

struct rules_parsed *
rules_source_parsed(struct rules_source *s)
{
	if (!s->finished && s->parsed != NULL)
		rules_finish(s);
	s->finished = true;
	return s->parsed;
}

void
rules_source_release(struct rules_source *s)
{
	s->parsed = NULL;
}

unsigned
rules_name_index(struct rules_source *s, enum rules_space space, struct span name)
{
	struct rules_names *n = &s->names[space];

	for (size_t i = 0; i < n->count; i++)
		if (span_eq(span_str(n->name[i].name), name))
			return (unsigned)i;
	n->name = rules_regrow(n->name, n->count, sizeof(*n->name));
	n->name[n->count].name = strndup((const char *)name.ptr, name.len);
	if (n->name[n->count].name == NULL)
		rules_no_memory();
	return (unsigned)n->count++;
}

/* ---- diagnostics ---- */

size_t
rules_utf8_len(struct span s)
{
	uint8_t c = s.ptr[0];
	size_t n = c < 0x80		   ? 1
		   : c >= 0xc2 && c < 0xe0 ? 2
		   : c >= 0xe0 && c < 0xf0 ? 3
		   : c >= 0xf0 && c < 0xf5 ? 4
					   : 0;

	if (n == 0 || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s.ptr[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && s.ptr[1] < 0xa0) || (c == 0xed && s.ptr[1] > 0x9f) ||
	    (c == 0xf0 && s.ptr[1] < 0x90) || (c == 0xf4 && s.ptr[1] > 0x8f))
		return 0;
	return n;
}

/* What is shown may hold bytes of a file: no control characters, valid UTF-8, same length. */
static void
clean(char *text)
{
	struct span s = span_str(text);
	size_t n;

	for (size_t i = 0; i < s.len; i += n) {
		uint8_t c = s.ptr[i];

		n = rules_utf8_len(span_skip(s, i));
		if (n == 0 || (c < 0x20 && c != '\t') || c == 0x7f) {
			text[i] = '?';
			n = 1;
		}
	}
}

static const struct rules_file *
file_by_name(const struct rules_source *s, const char *name)
{
	/* Newest first: a name given twice means the text read last. */
	for (size_t i = s->file_count; i > 0; i--)
		if (strcmp(s->files[i - 1].name, name) == 0)
			return &s->files[i - 1];
	return NULL;
}

static char *
line_of(const struct rules_source *s, const char *file, unsigned line)
{
	const struct rules_file *f = line > 0 ? file_by_name(s, file) : NULL;
	struct span rest, text;
	ptrdiff_t end;

	if (f == NULL)
		return strdup("");
	rest = span_of(f->text, f->len);
	for (unsigned n = 1; n < line; n++) {
		end = span_chr(rest, '\n');
		rest = end < 0 ? SPAN_NONE : span_skip(rest, (size_t)end + 1);
	}
	end = span_chr(rest, '\n');
	text = end < 0 ? rest : span_take(rest, (size_t)end);
	if (text.len > 0 && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text.len > 0 ? strndup((const char *)text.ptr, text.len) : strdup("");
}

void
rules_report(struct rules_source *s, enum rules_severity severity, const char *code,
	     const char *file, unsigned line, unsigned col, unsigned len, const char *hint,
	     const char *format, ...)
{
	struct rules_diag *d;
	char *text = NULL;
	size_t *kept;
	va_list args;

	if (severity == RULES_ERROR)
		s->error_count++;
	/* Apart, so that many warnings hide no error. */
	kept = &s->kept[severity == RULES_ERROR ? 0 : 1];
	if (*kept > RULES_DIAGS_MAX)
		return;
	if ((*kept)++ == RULES_DIAGS_MAX) {
		severity = RULES_NOTE;
		code = "R049";
		hint = "correct these, and check again";
		format = "there is more to say, but this is enough for one time";
	}
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		rules_no_memory();
	va_end(args);
	s->diags = rules_regrow(s->diags, s->diag_count, sizeof(*s->diags));
	d = &s->diags[s->diag_count++];
	*d = (struct rules_diag){ .severity = severity,
				  .code = code,
				  .file = strdup(file),
				  .line = line,
				  .col = col,
				  .len = len > 0 ? len : 1,
				  .text = text,
				  .hint = strdup(hint != NULL ? hint : ""),
				  .source = line_of(s, file, line) };
	if (d->file == NULL || d->hint == NULL || d->source == NULL)
		rules_no_memory();
	clean((char *)d->text);
	clean((char *)d->hint);
	clean((char *)d->source);
}

bool
rules_diags_full(const struct rules_source *s)
{
	return s->kept[0] > RULES_DIAGS_MAX;
}

size_t
rules_diag_count(const struct rules_source *s)
{
	return s->diag_count;
}

const struct rules_diag *
rules_diag(const struct rules_source *s, size_t i)
{
	return i < s->diag_count ? &s->diags[i] : NULL;
}

size_t
rules_error_count(const struct rules_source *s)
{
	return s->error_count;
}

static bool
inside_char(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80; /* a UTF-8 byte that takes no column */
}

/* The line and the carets below it; long lines are cut around the place. */
static void
print_line(const struct rules_diag *d, int margin, FILE *out)
{
	size_t len = strlen(d->source), begin = 0, end, col = d->col - 1;

	if (len > LINE_SHOWN && col > LEAD_SHOWN)
		begin = col - LEAD_SHOWN;
	while (begin > 0 && inside_char(d->source[begin]))
		begin--;
	end = len - begin > LINE_SHOWN ? begin + LINE_SHOWN : len;
	while (end < len && inside_char(d->source[end]))
		end++;
	fprintf(out, "%*s |\n%*u | %s%.*s%s\n", margin, "", margin, d->line, begin > 0 ? "..." : "",
		(int)(end - begin), d->source + begin, end < len ? "..." : "");
	fprintf(out, "%*s | %s", margin, "", begin > 0 ? "   " : "");
	for (size_t i = begin; i < col && i < end; i++)
		if (!inside_char(d->source[i]))
			fputc(d->source[i] == '\t' ? '\t' : ' ', out);
	for (size_t i = col; i < col + d->len && (i == col || i < end); i++)
		if (i >= len || !inside_char(d->source[i]))
			fputc('^', out);
	fputc('\n', out);
}

void
rules_diag_print(const struct rules_diag *d, FILE *out)
{
	static const char *const severity[] = { "error", "warning", "note" };
	int margin = snprintf(NULL, 0, "%u", d->line);

	fprintf(out, "%s[%s]: %s\n", severity[d->severity], d->code, d->text);
	if (d->line == 0) {
		fprintf(out, " --> %s\n", d->file);
		margin = 1;
	} else {
		fprintf(out, "%*s--> %s:%u:%u\n", margin, "", d->file, d->line, d->col);
		print_line(d, margin, out);
	}
	if (d->hint[0] != '\0')
		fprintf(out, "%*s = hint: %s\n", margin, "", d->hint);
}
