/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration as YAML. In: the typed fields; out: a file that loads back to the same, with or
 * without a comment for each key. `--print-config` and the commented file of config/ come from it.
 */
#include "conf_internal.h"

#define COLUMNS 96

/*
 * Bytes of a character beyond ASCII that a YAML reader refuses or takes for a line break, even in
 * quotes (YAML 1.1, 5.1 and 5.4); 0 for all others. *code is its number.
 */
static size_t
odd_character(const char *text, unsigned *code)
{
	static const struct {
		const char *bytes;
		unsigned code;
	} odd[] = { { "\xe2\x80\xa8", 0x2028 }, { "\xe2\x80\xa9", 0x2029 },
		    { "\xef\xbb\xbf", 0xfeff }, { "\xef\xbf\xbe", 0xfffe },
		    { "\xef\xbf\xbf", 0xffff } };

	*code = (unsigned char)text[0] == 0xc2 ? (unsigned char)text[1] : 0;
	if (*code >= 0x80 && *code < 0xa0)
		return 2;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		*code = odd[i].code;
		if (strncmp(text, odd[i].bytes, 3) == 0)
			return 3;
	}
	return 0;
}

/* In quotes always, so that no text reads as something else. */
static void
print_text(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text != '\0') {
		unsigned char c = (unsigned char)*text;
		unsigned code;
		size_t odd = odd_character(text, &code);

		if (odd > 0)
			fprintf(out, "\\u%04x", code);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
		text += odd > 0 ? odd : 1;
	}
	fputc('"', out);
}

static void
print_list(FILE *out, const struct conf_list *list, bool words)
{
	fputc('[', out);
	for (size_t i = 0; i < list->count; i++) {
		fputs(i > 0 ? ", " : "", out);
		if (words)
			fputs(list->text[i], out);
		else
			print_text(out, list->text[i]);
	}
	fputs("]\n", out);
}

static void
print_pairs(FILE *out, const struct conf_list *ports)
{
	fputc('[', out);
	for (size_t i = 0; i + 1 < ports->count; i += 2) {
		fputs(i > 0 ? ", [" : "[", out);
		print_text(out, ports->text[i]);
		fputs(", ", out);
		print_text(out, ports->text[i + 1]);
		fputc(']', out);
	}
	fputs("]\n", out);
}

static void
print_vars(FILE *out, const struct conf_vars *vars)
{
	fputc('\n', out);
	for (size_t i = 0; i < vars->count; i++) {
		fprintf(out, "    %s: ", vars->var[i].name);
		print_text(out, vars->var[i].value);
		fputc('\n', out);
	}
}

/* Each place in one word, as loading takes it, too. */
static void
print_policies(FILE *out, const struct conf *c)
{
	fputs(c->firewall.policies > 0 ? "\n" : "{}\n", out);
	for (size_t i = 0; i < c->firewall.policies; i++) {
		fputs("    ", out);
		print_text(out, c->firewall.policy[i].place);
		fputs(": ", out);
		print_list(out, &c->firewall.policy[i].actions, false);
	}
}

static void
print_value(FILE *out, const struct conf *c, const struct conf_field *f)
{
	char text[64];
	struct str s;

	switch (f->type) {
	case CONF_TEXT:
		print_text(out, *(char *const *)conf_at(c, f));
		fputc('\n', out);
		break;
	case CONF_LIST:
	case CONF_PORTS:
		print_list(out, conf_at(c, f), f->words != NULL || f->type == CONF_PORTS);
		break;
	case CONF_PAIRS:
		print_pairs(out, conf_at(c, f));
		break;
	case CONF_VARS:
		print_vars(out, conf_at(c, f));
		break;
	case CONF_POLICIES:
		print_policies(out, c);
		break;
	default:
		str_open(&s, text, sizeof(text));
		conf_value_print(c, f, &s);
		fprintf(out, "%s\n", text);
		break;
	}
}

/* Words, wrapped, each line behind the indent and "# ". */
static void
print_comment(FILE *out, int indent, const char *text)
{
	int column = fprintf(out, "%*s#", indent, "");

	for (size_t word; *text != '\0'; text += word + (text[word] == ' ')) {
		word = strcspn(text, " ");
		if (column + 1 + (int)word > COLUMNS)
			column = fprintf(out, "\n%*s#", indent, "") - 1;
		column += fprintf(out, " %.*s", (int)word, text);
	}
	fputc('\n', out);
}

static void
print_help(FILE *out, int indent, const struct conf_field *f)
{
	char text[1024];
	struct str s;

	str_open(&s, text, sizeof(text));
	str_add(&s, f->help);
	if (f->max != 0 || f->words != NULL) {
		str_add(&s, " (");
		conf_range_text(f, &s);
		str_add(&s, ")");
	}
	print_comment(out, indent, text);
}

static int
level(const char *path, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++)
		n += path[i] == '.';
	return n;
}

static void
print_all(const struct conf *c, FILE *out, bool comments)
{
	const char *before = "";

	for (size_t i = 0; i < conf_field_count; i++) {
		const struct conf_field *f = &conf_fields[i];
		size_t at = span_common(span_str(before), span_str(f->path), '.');
		const char *dot;

		if (comments && at == 0)
			fputs(i > 0 ? "\n" : "", out);
		while ((dot = strchr(f->path + at, '.')) != NULL) {
			fprintf(out, "%*s%.*s:\n", 2 * level(f->path, at), "",
				(int)(dot - f->path - (ptrdiff_t)at), f->path + at);
			at = (size_t)(dot - f->path) + 1;
		}
		if (comments)
			print_help(out, 2 * level(f->path, at), f);
		fprintf(out, "%*s%s: ", 2 * level(f->path, at), "", f->path + at);
		print_value(out, c, f);
		before = f->path;
	}
}

void
conf_print(const struct conf *c, FILE *out)
{
	print_all(c, out, false);
}

void
conf_print_commented(const struct conf *c, FILE *out)
{
	fputs("# SPDX-License-Identifier: BSD-3-Clause\n"
	      "# Every key, what it means, and its default, made from the program's own table. A\n"
	      "# configuration needs only the keys that differ.\n\n", out);
	print_all(c, out, true);
}
