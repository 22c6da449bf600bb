/* SPDX-License-Identifier: BSD-3-Clause */
/* Time stamps: 31 characters, whatever the time and the zone. */
#include "record.h"

#include <time.h>

#include "event_time.h"

static void
check(uint64_t time_us, bool utc, const char *want)
{
	char buf[EVENT_TIME_SIZE];

	event_time_text(buf, time_us, utc);
	assert_int_equal(strlen(buf), 31);
	assert_string_equal(buf, want);
}

static void
set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void
test_utc(void **state)
{
	(void)state;
	set_zone("XXX-2");
	check(0, true, "1970-01-01T00:00:00.000000+0000");
	check(NOON, true, "2026-11-28T04:00:00.000000+0000");
	check(NOON + 42, true, "2026-11-28T04:00:00.000042+0000");
	check(1709164799999999, true, "2024-02-28T23:59:59.999999+0000");
	check(1709164800000000, true, "2024-02-29T00:00:00.000000+0000");
}

static void
test_zones(void **state)
{
	(void)state;
	set_zone("AAA-5:30");
	check(NOON, false, "2026-11-28T09:30:00.000000+0530");
	set_zone("BBB+3:30");
	check(NOON, false, "2026-11-28T00:30:00.000000-0330");
	set_zone("UTC");
	check(NOON, false, "2026-11-28T04:00:00.000000+0000");
}

static void
test_far_future_keeps_the_width(void **state)
{
	(void)state;
	check(UINT64_MAX, true, "9999-12-30T23:59:59.999999+0000");
	set_zone("CCC-14");
	check(UINT64_MAX, false, "9999-12-31T13:59:59.999999+1400");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utc),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_far_future_keeps_the_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
