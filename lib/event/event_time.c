/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time stamps of events. In: microseconds since 1970; out: 31 characters with a numeric zone, which
 * readers index by position. The time is an argument, no clock is read.
 */
#include "event_time.h"

#include <stdio.h>
#include <time.h>

#define SECOND_US 1000000
#define LAST_SECOND 253402214399 /* 9999-12-30T23:59:59Z: year 9999 in every zone */

void
event_time_text(char buf[EVENT_TIME_SIZE], uint64_t time_us, bool utc)
{
	time_t second = (time_t)(time_us / SECOND_US);
	unsigned us = (unsigned)(time_us % SECOND_US);
	struct tm tm;
	long minutes;

	if (time_us / SECOND_US > LAST_SECOND) {
		second = LAST_SECOND;
		us = SECOND_US - 1;
	}
	if (utc)
		gmtime_r(&second, &tm);
	else
		localtime_r(&second, &tm);
	minutes = tm.tm_gmtoff / 60;
	/* The remainders tell the compiler what the calendar says: each field keeps its width. */
	snprintf(buf, EVENT_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06u%c%02u%02u",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100, us % SECOND_US, minutes < 0 ? '-' : '+',
		 (unsigned)((minutes < 0 ? -minutes : minutes) / 60) % 100,
		 (unsigned)((minutes < 0 ? -minutes : minutes) % 60));
}
