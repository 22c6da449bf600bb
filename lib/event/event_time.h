/* SPDX-License-Identifier: BSD-3-Clause */
/* Times as EVE writes them. */
#ifndef EVENT_TIME_H
#define EVENT_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_TIME_SIZE 32 /* 31 characters and the terminator */

/* "2026-11-28T04:00:00.000000+0000"; in the machine's zone unless utc. Always 31 characters: times
 * after the year 9999 are written as its end. */
void event_time_text(char buf[EVENT_TIME_SIZE], uint64_t time_us, bool utc);

#endif
