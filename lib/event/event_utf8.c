/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UTF-8 by characters. In: bytes; out: how many form the next character, or the next broken one.
 * The line builder calls it. It neither copies nor replaces anything.
 */
#include "event_utf8.h"

/* RFC 3629 section 4: what the second byte may be after this first byte; length 0: no first byte. */
struct lead {
	int len;
	uint8_t low, high;
};

static struct lead
lead_of(uint8_t c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return (struct lead){ 2, 0x80, 0xbf };
	if (c == 0xe0)
		return (struct lead){ 3, 0xa0, 0xbf }; /* not shorter than needed */
	if (c == 0xed)
		return (struct lead){ 3, 0x80, 0x9f }; /* no surrogates */
	if (c >= 0xe1 && c <= 0xef)
		return (struct lead){ 3, 0x80, 0xbf };
	if (c == 0xf0)
		return (struct lead){ 4, 0x90, 0xbf };
	if (c >= 0xf1 && c <= 0xf3)
		return (struct lead){ 4, 0x80, 0xbf };
	if (c == 0xf4)
		return (struct lead){ 4, 0x80, 0x8f }; /* not above U+10FFFF */
	return (struct lead){ 0, 0, 0 };
}

int
event_utf8_next(struct span s)
{
	struct lead lead;
	int i;

	if (s.ptr[0] < 0x80)
		return 1;
	lead = lead_of(s.ptr[0]);
	if (lead.len == 0)
		return -1;
	for (i = 1; i < lead.len; i++) {
		uint8_t low = i == 1 ? lead.low : 0x80;
		uint8_t high = i == 1 ? lead.high : 0xbf;

		if ((size_t)i >= s.len || s.ptr[i] < low || s.ptr[i] > high)
			return -i;
	}
	return lead.len;
}
