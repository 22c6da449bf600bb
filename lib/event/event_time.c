/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time stamps of events. In: microseconds since 1970; out: 31 characters with a numeric zone, which
 * readers index by position. The time is an argument, no clock is read.
 */
#include "event_time.h"

#include <stdlib.h>
#include <time.h>

#define SECOND_US 1000000
#define LAST_SECOND 253402214399 /* 9999-12-30T23:59:59Z: year 9999 in every zone */

/* The last digits of value, as many as there is width for, and the character behind them. */
static char *
put_digits(char *at, int width, unsigned value, char after)
{
	for (int i = width - 1; i >= 0; i--) {
		at[i] = (char)('0' + value % 10);
		value /= 10;
	}
	at[width] = after;
	return at + width + 1;
}

void
event_time_text(char buf[EVENT_TIME_SIZE], uint64_t time_us, bool utc)
{
	time_t second = (time_t)(time_us / SECOND_US);
	unsigned us = (unsigned)(time_us % SECOND_US), minutes;
	char *at = buf;
	struct tm tm;

	if (time_us / SECOND_US > LAST_SECOND) {
		second = LAST_SECOND;
		us = SECOND_US - 1;
	}
	if (utc)
		gmtime_r(&second, &tm);
	else
		localtime_r(&second, &tm);
	minutes = (unsigned)labs(tm.tm_gmtoff / 60);
	at = put_digits(at, 4, (unsigned)tm.tm_year + 1900, '-');
	at = put_digits(at, 2, (unsigned)tm.tm_mon + 1, '-');
	at = put_digits(at, 2, (unsigned)tm.tm_mday, 'T');
	at = put_digits(at, 2, (unsigned)tm.tm_hour, ':');
	at = put_digits(at, 2, (unsigned)tm.tm_min, ':');
	at = put_digits(at, 2, (unsigned)tm.tm_sec, '.');
	at = put_digits(at, 6, us, tm.tm_gmtoff < 0 ? '-' : '+');
	put_digits(at, 4, minutes / 60 * 100 + minutes % 60, '\0');
}
