/* SPDX-License-Identifier: BSD-3-Clause */
/* The list itself: every entry whole, names unique and well formed, sentences fit for a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>

#include "stats.h"

static void
test_every_entry_is_whole(void **state)
{
	for (unsigned id = 0; id < STATS_COUNT; id++) {
		const struct stats_info *info = stats_info(id);

		assert_non_null(info->name);
		assert_non_null(info->help);
		/* A capital first, no full stop: the makers of texts add what they need. */
		assert_true(isupper((unsigned char)info->help[0]));
		assert_true(isalnum((unsigned char)info->help[strlen(info->help) - 1]) ||
			    info->help[strlen(info->help) - 1] == ')');
		/* Nothing that Markdown, JSON or Prometheus would have to escape. */
		assert_null(strpbrk(info->help, "|\\\"\n<>"));
	}
	assert_null(stats_info(STATS_COUNT));
}

static void
test_names(void **state)
{
	for (int id = 0; id < STATS_COUNT; id++) {
		const char *name = stats_info(id)->name;

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_."),
				 strlen(name));
		assert_non_null(strchr(name, '.'));
		assert_int_equal(stats_by_name(name), id); /* unique */
	}
	assert_int_equal(stats_by_name("no.such"), -1);
	assert_int_equal(stats_by_name(""), -1);
}

static void
test_units(void **state)
{
	static const char *const units[] = { "packets",	 "bytes",  "sessions",
					     "messages", "events", "times" };

	for (unsigned id = 0; id < STATS_COUNT; id++) {
		unsigned found = 0;

		for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			found += strcmp(stats_info(id)->unit, units[i]) == 0;
		assert_int_equal(found, 1);
	}
}

static void
test_drops_have_reasons(void **state)
{
	unsigned drops = 0;

	for (unsigned id = 0; id < STATS_COUNT; id++) {
		bool named = strncmp(stats_info(id)->name, "drop.", 5) == 0;

		assert_int_equal(stats_info(id)->reason != NULL, named);
		drops += named;
	}
	assert_true(drops > 0);
	assert_string_equal(stats_info(STATS_DROP_RULE)->reason, "firewall rules");
	assert_string_equal(stats_info(STATS_DROP_RULE)->unit, "packets");
}

static void
test_gauges(void **state)
{
	assert_true(stats_info(STATS_FLOWS_ACTIVE)->gauge);
	assert_false(stats_info(STATS_FLOWS)->gauge);
	assert_false(stats_info(STATS_DROP_RULE)->gauge);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_entry_is_whole),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_drops_have_reasons),
		cmocka_unit_test(test_gauges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
