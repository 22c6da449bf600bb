/* SPDX-License-Identifier: BSD-3-Clause */
/* Classes of alerts: those built in, those of a file, and what a file may not hold. */
#include "parse.h"

#define SHIPPED TEST_DATA "/../../../config/classification.config"

/* The priority that a rule of this class gets; 0 and a warning: the class is not known. */
static uint32_t
priority(const char *path, const char *class)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	char text[256];
	uint32_t out;

	assert_non_null(s);
	if (path != NULL)
		rules_source_classes(s, path);
	snprintf(text, sizeof(text), "alert tcp any any -> any any (classtype:%s; sid:1;)\n", class);
	assert_int_equal(rules_source_text(s, "t.rules", span_str(text)), 0);
	if (rules_error_count(s) > 0)
		print_diags(s);
	assert_int_equal(rules_error_count(s), 0);
	out = rules_diag_count(s) == 0 ? first_rule(s)->pub.priority : 0;
	rules_source_destroy(s);
	return out;
}

/* The file that is shipped says what is built in. */
static void
test_shipped(void **state)
{
	char line[256], name[64];
	FILE *f = fopen(SHIPPED, "r");
	unsigned classes = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "config classification: %63[^,]", name) != 1)
			continue;
		classes++;
		assert_true(priority(NULL, name) > 0);
		assert_int_equal(priority(SHIPPED, name), priority(NULL, name));
	}
	fclose(f);
	assert_true(classes > 40);
	assert_int_equal(priority(SHIPPED, "trojan-activity"), 1);
	assert_int_equal(priority(SHIPPED, "none-such"), 0);
}

static const char *
written(const char *text)
{
	static const char path[] = "classes.config";
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
	return path;
}

/* A file takes the place of what is built in. */
static void
test_own(void **state)
{
	const char *path = written("# ours\n\nconfig classification: spam,Mail, that nobody wants,7\r\n"
				   "config classification:bulk, ,2\n");

	(void)state;
	assert_int_equal(priority(path, "spam"), 7);
	assert_int_equal(priority(path, "bulk"), 2);
	assert_int_equal(priority(path, "spam; priority:3"), 3);
	assert_int_equal(priority(path, "trojan-activity"), 0);
	remove(path);
}

static void
refused(const char *text, const char *code, unsigned line, const char *under)
{
	struct rules_source *s = rules_source_create(NULL, 0, NULL);
	const struct rules_diag *d;

	assert_non_null(s);
	rules_source_classes(s, written(text));
	if (rules_diag_count(s) != 1)
		print_diags(s);
	assert_int_equal(rules_diag_count(s), 1);
	d = rules_diag(s, 0);
	assert_string_equal(d->code, code);
	assert_string_equal(d->file, "classes.config");
	assert_int_equal(d->line, line);
	if (line > 0) {
		assert_int_equal(d->len, strlen(under));
		assert_int_equal(strncmp(d->source + d->col - 1, under, d->len), 0);
	}
	rules_source_destroy(s);
	remove("classes.config");
}

static void
test_refused(void **state)
{
	const char *spam = "config classification: spam,text,1\n";
	char twice[128];

	(void)state;
	snprintf(twice, sizeof(twice), "%s%s", spam, spam);
	refused(twice, "R055", 2, "spam");
	refused("config classification: spam,text,0\n", "R055", 1, "0");
	refused("config classification: spam,text,256\n", "R055", 1, "256");
	refused("config classification: spam,text,high\n", "R055", 1, "high");
	refused("config classification: a spam,text,1\n", "R055", 1, "a spam");
	refused("spam,text,1\n", "R055", 1, "spam,text,1");
	refused("config reference: url http://\n", "R055", 1, "config reference: url http://");
	refused("# nothing\n", "R055", 0, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped), cmocka_unit_test(test_own),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
