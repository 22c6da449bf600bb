/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Base's pure parts against plain ones: searching and numbers, the text builder, the nearest word,
 * and the timer wheel against a table of due ticks. Byte 0 says which.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "span.h"
#include "str.h"
#include "wheel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static ptrdiff_t
plain_find(struct span hay, struct span needle, bool nocase)
{
	for (size_t at = 0; at + needle.len <= hay.len; at++) {
		size_t same = 0;

		while (same < needle.len) {
			uint8_t a = hay.ptr[at + same], b = needle.ptr[same];

			if (nocase ? span_lower(a) != span_lower(b) : a != b)
				break;
			same++;
		}
		if (same == needle.len)
			return (ptrdiff_t)at;
	}
	return -1;
}

static void
try_spans(struct span in)
{
	size_t split = in.len > 0 ? in.ptr[0] % in.len : 0;
	struct span needle = span_take(in, split), hay = span_skip(in, split);
	ptrdiff_t at = plain_find(hay, needle, false), at_nocase = plain_find(hay, needle, true);
	struct span trimmed = span_trim(in);

	CHECK(span_find(hay, needle) == at);
	CHECK(span_find_nocase(hay, needle) == at_nocase);
	CHECK(span_starts(hay, needle) == (at == 0));
	CHECK(span_starts_nocase(hay, needle) == (at_nocase == 0));
	CHECK(!span_ends(hay, needle) || at >= 0);
	CHECK(span_eq_nocase(in, in) && trimmed.len <= in.len);
	CHECK(span_eq(span_trim(trimmed), trimmed));
}

/* A number is its own text again, leading zeros aside. */
static void
try_number(struct span in)
{
	uint64_t max = in.len > 0 ? UINT64_MAX >> in.ptr[0] % 64 : 0, value = 0;
	struct span digits = span_skip(in, 1);
	int result = span_to_u64(digits, max, &value);
	char text[24];

	CHECK(result == 0 || result == -EINVAL || result == -ERANGE);
	if (result != 0)
		return;
	CHECK(value <= max);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	while (digits.len > 1 && digits.ptr[0] == '0')
		digits = span_skip(digits, 1);
	CHECK(span_eq(digits, span_str(text)));
}

static void
try_text(struct span in)
{
	size_t size = in.len > 0 ? in.ptr[0] + 1u : 1;
	char *buf = malloc(size);
	struct str s;

	str_open(&s, buf, size);
	str_add_escaped(&s, in);
	str_add_hex(&s, in);
	str_add_span(&s, in);
	CHECK(s.len < size && buf[s.len] == '\0');
	CHECK(s.cut || s.len >= 4 * in.len);
	free(buf);
}

static void
try_word(struct span in)
{
	static const char *const words[] = { "ports", "policy", "logging", "smtp", "", NULL };
	char word[100];
	const char *nearest;
	struct str s;

	str_open(&s, word, sizeof(word));
	str_add_span(&s, in);
	nearest = err_nearest(word, words);
	CHECK(nearest == NULL || strlen(nearest) <= strlen(word) + strlen(word) / 3);
	for (unsigned i = 0; words[i] != NULL; i++)
		CHECK(strcmp(word, words[i]) != 0 || nearest == words[i]);
}

#define TIMERS 16
#define TICK ((uint64_t)1 << WHEEL_TICK_SHIFT)

struct alarm {
	struct wheel_timer timer;
	uint64_t due; /* tick, 0: idle */
};

static void
take_expired(struct wheel *w, struct alarm *alarms, uint64_t tick)
{
	struct wheel_timer *t;
	uint64_t last = 0;

	while ((t = wheel_next(w)) != NULL) {
		struct alarm *a = wheel_entry(t, struct alarm, timer);

		CHECK(a->due != 0 && a->due <= tick && a->due >= last);
		last = a->due;
		a->due = 0;
	}
	for (unsigned i = 0; i < TIMERS; i++)
		CHECK(alarms[i].due == 0 || alarms[i].due > tick);
}

/* Three bytes a step: what, which timer or how far (a power of two), how much. */
static void
try_wheel(struct span in)
{
	struct alarm alarms[TIMERS] = { 0 };
	uint64_t now = 0, tick = 0;
	struct wheel w;

	wheel_open(&w, 0);
	for (; in.len >= 3; in = span_skip(in, 3)) {
		struct alarm *a = &alarms[in.ptr[0] / 4 % TIMERS];
		uint64_t span = (uint64_t)in.ptr[2] << in.ptr[1] % 33; /* to 193 days */

		switch (in.ptr[0] % 4) {
		case 0:
			wheel_cancel(&w, &a->timer);
			a->due = 0;
			break;
		case 1:
			now += span;
			tick = now / TICK;
			wheel_advance(&w, now);
			take_expired(&w, alarms, tick);
			break;
		default:
			wheel_arm(&w, &a->timer, now + span);
			a->due = (now + span + TICK - 1) / TICK;
			if (a->due <= tick)
				a->due = tick + 1;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct span) = { try_spans, try_number, try_text, try_word,
						      try_wheel };

	if (size > 0 && size < 4096)
		tries[data[0] % 5](span_of(data + 1, size - 1));
	return 0;
}
