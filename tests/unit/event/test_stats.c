/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters with dots as nested objects. */
#include "record.h"

#include "event_stats.h"
#include "stats.h"

static const struct event_writer_settings settings = { .utc = true };

static json_t *
write_counters(const char *const *names, const uint64_t *values, size_t count)
{
	char buf[EVENT_LINE_MAX];
	struct event_line l;

	event_line_open(&l, buf, sizeof(buf));
	assert_int_equal(event_stats_line(&l, &settings, NOON, 42, names, values, count), 0);
	assert_false(l.s.cut);
	return record_parse(buf);
}

static void
test_nesting(void **state)
{
	static const char *const names[] = { "firewall.blocked", "app_layer.tx.smtp", "tcp.sessions",
					     "app_layer.flow.smtp", "firewall.accepted", "uptake",
					     "firewall.drop_reason.rules", "app_layer-2.x" };
	static const uint64_t values[] = { 9, 3, 1, 2, 24, 5, 7, UINT64_MAX / 2 };
	json_t *j = write_counters(names, values, 8);

	(void)state;
	assert_string_equal(record_string(j, "event_type"), "stats");
	assert_string_equal(record_string(j, "timestamp"), "2026-11-28T04:00:00.000000+0000");
	assert_int_equal(record_number(j, "stats.uptime"), 42);
	assert_int_equal(record_number(j, "stats.firewall.blocked"), 9);
	assert_int_equal(record_number(j, "stats.firewall.accepted"), 24);
	assert_int_equal(record_number(j, "stats.firewall.drop_reason.rules"), 7);
	assert_int_equal(record_number(j, "stats.app_layer.tx.smtp"), 3);
	assert_int_equal(record_number(j, "stats.app_layer.flow.smtp"), 2);
	assert_int_equal(record_number(j, "stats.tcp.sessions"), 1);
	assert_int_equal(record_number(j, "stats.uptake"), 5);
	assert_int_equal(record_number(j, "stats.app_layer-2.x"), INT64_MAX);
	json_decref(j);
}

static void
test_no_counters(void **state)
{
	json_t *j = write_counters(NULL, NULL, 0);

	(void)state;
	assert_int_equal(json_object_size(record_at(j, "stats")), 1);
	json_decref(j);
}

/* A name that is also a family would be a key twice: no valid EVE. */
static void
test_name_that_is_a_family(void **state)
{
	static const char *const names[] = { "a.b", "a.b.c", "a.b-c", "a.bc", "z", "z" };
	static const uint64_t values[] = { 1, 2, 5, 3, 4, 4 };
	json_t *j = write_counters(names, values, 6);

	(void)state;
	assert_int_equal(record_number(j, "stats.a.b.c"), 2);
	assert_int_equal(record_number(j, "stats.a.bc"), 3);
	assert_int_equal(record_number(j, "stats.a.b-c"), 5);
	assert_int_equal(record_number(j, "stats.z"), 4);
	json_decref(j);
}

/* Every counter of the project has its place. */
static void
test_the_list(void **state)
{
	static const char *const names[] = {
#define STAT(symbol, name, unit, help) name,
#define DROP(symbol, name, reason, help) name,
#include "stats_list.h"
	};
	uint64_t values[STATS_COUNT];
	json_t *j;

	(void)state;
	for (size_t i = 0; i < STATS_COUNT; i++)
		values[i] = i + 1;
	j = write_counters(names, values, STATS_COUNT);
	for (size_t i = 0; i < STATS_COUNT; i++) {
		char path[128];

		snprintf(path, sizeof(path), "stats.%s", names[i]);
		if (record_number(j, path) != (long long)i + 1)
			fail_msg("%s is not written", names[i]);
	}
	json_decref(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_no_counters),
		cmocka_unit_test(test_name_that_is_a_family),
		cmocka_unit_test(test_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
