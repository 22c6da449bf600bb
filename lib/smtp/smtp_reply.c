/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One reply line taken apart (RFC 5321 section 4.2): code, whether more lines follow, text. In: a
 * line without its end; out: struct smtp_reply, code 0 when it is none. Codes are known by their
 * class: any 2yz to 5yz is a reply. Pure; what a reply changes is in smtp_answer.c.
 */
#include "smtp_internal.h"

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

void
smtp_reply_parse(struct span line, struct smtp_reply *r)
{
	*r = (struct smtp_reply){ .text = line };
	if (line.len < 3 || line.ptr[0] < '2' || line.ptr[0] > '5' || !is_digit(line.ptr[1]) ||
	    !is_digit(line.ptr[2]))
		return;
	if (line.len > 3 && line.ptr[3] != ' ' && line.ptr[3] != '-')
		return;
	r->code = (uint16_t)(100 * (line.ptr[0] - '0') + 10 * (line.ptr[1] - '0') + line.ptr[2] -
			     '0');
	r->more = line.len > 3 && line.ptr[3] == '-';
	r->text = span_of(line.ptr + (line.len > 3 ? 4 : 3), line.len - (line.len > 3 ? 4 : 3));
}
