/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rule files of any bytes: parsed, finished, every diagnostic printed. Checked on the way: carets
 * lie in their line, every code is explained, a file without errors has as many rules as it has
 * when it is read again.
 */
#define POSTERN_LIB_RULES /* the build half's inside: parse without compiling */
#include "require.h"
#include "rules_internal.h"

#define INPUT_MAX 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rules_var vars[] = {
	{ "HOME_NET", "[10.0.0.0/8,192.168.0.0/16]", false },
	{ "EXTERNAL_NET", "!$HOME_NET", false },
	{ "LOOP", "[$LOOP,$LOOP]", false },
	{ "SMTP_PORTS", "[25,465,587]", true },
};
static const char *const events[] = { "bare_lf", "duplicate_fields", NULL };

static struct rules_source *
parse(const uint8_t *data, size_t size)
{
	struct rules_source *s = rules_source_create(vars, sizeof(vars) / sizeof(vars[0]), events);

	require(s != NULL, "no source");
	rules_source_text(s, "fuzz.rules", span_of(data, size));
	require(rules_source_parsed(s) != NULL, "no result");
	return s;
}

static void
check_clean(const char *text)
{
	for (; *text != '\0'; text++)
		require(*text == '\t' || ((unsigned char)*text >= 0x20 && *text != 0x7f),
			"a control character is shown");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct rules_source *s, *again;

	if (out == NULL)
		out = fopen("/dev/null", "w");
	require(out != NULL, "no sink");
	if (size > INPUT_MAX)
		return 0;
	s = parse(data, size);
	for (size_t i = 0; i < rules_diag_count(s); i++) {
		const struct rules_diag *d = rules_diag(s, i);

		rules_diag_print(d, out);
		check_clean(d->text);
		check_clean(d->hint);
		check_clean(d->source);
		require(rules_code_explain(d->code) != NULL, "a code without a text");
		require(d->line == 0 || (d->col >= 1 && d->len >= 1), "an empty caret");
		require(d->line == 0 || d->col - 1 + d->len <= strlen(d->source) + 1,
			"a caret outside of its line");
	}
	if (rules_error_count(s) == 0) {
		again = parse(data, size);
		require(rules_source_parsed(again)->count == rules_source_parsed(s)->count,
			"read twice, other rules");
		require(rules_error_count(again) == 0, "read twice, other errors");
		rules_source_destroy(again);
	}
	rules_source_destroy(s);
	return 0;
}
