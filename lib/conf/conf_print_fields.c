/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of keys itself. In: nothing but the table; out: JSON for programs, Markdown for
 * docs/config.md.
 */
#include "conf_internal.h"

static void
print_json_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\":\"", key);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void
conf_print_fields_json(FILE *out)
{
	fputc('[', out);
	for (size_t i = 0; i < conf_field_count; i++) {
		const struct conf_field *f = &conf_fields[i];

		fputs(i > 0 ? ",\n{" : "\n{", out);
		print_json_text(out, "key", f->path);
		fputc(',', out);
		print_json_text(out, "type", conf_type_name(f->type));
		fputc(',', out);
		print_json_text(out, "default", f->standard);
		if (f->max != 0)
			fprintf(out, ",\"min\":%llu,\"max\":%llu", (unsigned long long)f->min,
				(unsigned long long)f->max);
		if (f->words != NULL) {
			fputs(",\"words\":[", out);
			for (size_t w = 0; f->words[w] != NULL; w++)
				fprintf(out, "%s\"%s\"", w > 0 ? "," : "", f->words[w]);
			fputc(']', out);
		}
		fprintf(out, ",\"restart\":%s,", f->restart ? "true" : "false");
		print_json_text(out, "help", f->help);
		fputc('}', out);
	}
	fputs("\n]\n", out);
}

/* In a table cell a bar would be the next cell. */
static void
print_cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void
print_row(FILE *out, const struct conf_field *f)
{
	bool list = f->type == CONF_LIST || f->type == CONF_PORTS || f->type == CONF_PAIRS;
	char range[512];
	struct str s;

	str_open(&s, range, sizeof(range));
	if (list) {
		str_add(&s, conf_type_name(f->type));
		if (f->words != NULL)
			str_add(&s, " of ");
	}
	if (!list || f->words != NULL)
		conf_range_text(f, &s);
	fprintf(out, "| `%s` | ", f->path);
	print_cell(out, range);
	if (f->type == CONF_VARS)
		fputs(" | see `config/postern.yaml`", out);
	else if (f->standard[0] == '\0')
		fputs(" | ", out);
	else
		fprintf(out, list ? " | `[%s]`" : " | `%s`", f->standard);
	fprintf(out, " | %s | ", f->restart ? "restart" : "reload");
	print_cell(out, f->help);
	fputs(" |\n", out);
}

void
conf_print_fields_markdown(FILE *out)
{
	const char *before = "";

	fputs("# Configuration\n\n"
	      "One YAML file, `postern -c FILE`. Every key has a default; an unknown key is an error.\n"
	      "`postern -c FILE --check` names all errors at once, `--print-config` shows what is in\n"
	      "force. Sizes may be written as `65536`, `64KiB`, `1MiB`, and where the range allows it\n"
	      "as `off` (0) or `unlimited` (the largest allowed); durations as `30`, `30s`, `5m`,\n"
	      "`2h`, `1d`. Values in quotes are texts. `changes by` says whether a reload is enough.\n"
	      "\nThis page is made from the program's own table of keys.\n", out);
	for (size_t i = 0; i < conf_field_count; i++) {
		const char *path = conf_fields[i].path;
		size_t len = strcspn(path, ".");
		bool top = path[len] == '\0';

		/* Keys without a family share one table, too. */
		if (i == 0 || (top ? strchr(before, '.') != NULL : strncmp(path, before, len + 1) != 0))
			fprintf(out, "\n## %.*s\n\n| key | value | default | changes by | meaning |\n"
				"|---|---|---|---|---|\n", top ? 14 : (int)len,
				top ? "Rules and mode" : path);
		print_row(out, &conf_fields[i]);
		before = path;
	}
}
