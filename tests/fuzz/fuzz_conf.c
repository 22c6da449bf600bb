/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a configuration: errors that say where, or a configuration that prints and loads
 * back to what prints the same. Called by libFuzzer or by standalone.c.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "require.h"

static char *
print(const struct conf *c, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	require(out != NULL, "no memory");
	conf_print(c, out);
	fclose(out);
	return text;
}

static void
check_round(const struct conf *c)
{
	struct conf_errors errors = { .err = NULL };
	size_t size, again_size;
	char *text = print(c, &size), *again_text;
	struct conf again;

	require(conf_defaults(&again) == 0, "no defaults");
	if (conf_parse(&again, "again", text, size, &errors) != 0) {
		fprintf(stderr, "%u: %s\n%s\n", errors.err[0].line, errors.err[0].text, text);
		require(false, "what was printed does not load");
	}
	again_text = print(&again, &again_size);
	require(strcmp(text, again_text) == 0, "what was printed loads to something else");
	free(again_text);
	free(text);
	conf_free(&again);
	conf_errors_free(&errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_errors errors = { .err = NULL };
	struct conf c;

	require(conf_defaults(&c) == 0, "no defaults");
	if (conf_parse(&c, "fuzz", (const char *)data, size, &errors) != 0) {
		require(errors.count > 0, "an error that nobody hears of");
		for (size_t i = 0; i < errors.count; i++)
			require(errors.err[i].text[0] != '\0', "an error that says nothing");
	} else {
		require(errors.count == 0, "errors of a good file");
		conf_check(&c, &errors);
		check_round(&c);
	}
	conf_errors_free(&errors);
	conf_free(&c);
	return 0;
}
