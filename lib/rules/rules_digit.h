/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of hexadecimal and base64 digits; -1 for any other byte. Inside lib/rules only. */
#ifndef RULES_DIGIT_H
#define RULES_DIGIT_H

#include <stdint.h>

static inline int
rules_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 4648 section 4 */
static inline int
rules_base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

#endif
