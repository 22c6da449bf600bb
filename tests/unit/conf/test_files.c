/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of config/ and docs/config.md are what the program says. With UPDATE=1 in the
 * environment those that are made from the table are written anew.
 */
#include "reading.h"

#include <dirent.h>

#define ROOT TEST_DATA "/../../../"

static void
print_markdown(const struct conf *c, FILE *out)
{
	(void)c;
	conf_print_fields_markdown(out);
}

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (f == NULL)
		fail_msg("%s: cannot read", path);
	if (fread(text, 1, (1 << 20) - 1, f) == 0)
		fail_msg("%s: empty", path);
	fclose(f);
	return text;
}

static void
check_made(const char *path, void (*print)(const struct conf *, FILE *))
{
	struct conf c;
	char *made, *text;

	assert_int_equal(conf_defaults(&c), 0);
	made = reading_printed(print, &c);
	if (getenv("UPDATE") != NULL) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(made, f);
		fclose(f);
	}
	text = slurp(path);
	if (strcmp(text, made) != 0)
		fail_msg("%s differs from the table: run this test with UPDATE=1", path);
	free(text);
	free(made);
	conf_free(&c);
}

static void
test_full_file(void **state)
{
	(void)state;
	check_made(ROOT "config/postern.yaml", conf_print_commented);
}

static void
test_manual(void **state)
{
	(void)state;
	check_made(ROOT "docs/config.md", print_markdown);
}

static void
test_every_file_loads(void **state)
{
	DIR *dir = opendir(ROOT "config");
	struct dirent *entry;
	int files = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct conf_errors errors = { .err = NULL };
		char path[1024];
		struct conf c;

		if (strlen(entry->d_name) < 5 ||
		    strcmp(entry->d_name + strlen(entry->d_name) - 5, ".yaml") != 0)
			continue;
		snprintf(path, sizeof(path), "%sconfig/%s", ROOT, entry->d_name);
		assert_int_equal(conf_defaults(&c), 0);
		if (conf_load(&c, path, &errors) != 0 || conf_check(&c, &errors) != 0)
			fail_msg("%s", reading_errors(&errors));
		conf_errors_free(&errors);
		conf_free(&c);
		files++;
	}
	closedir(dir);
	assert_true(files >= 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_file),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_every_file_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
