/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * uuencode, a line at a time (POSIX uuencode; no RFC). In: whole lines, with or without their line
 * end; out: the name, the decoded bytes, or "this is none"; and the parts of a file in a text:
 *
 *	text part | begin 644 name		the begin line is text still
 *	uu part   | M.... lines			only when the first of them is one
 *		  | end
 *	text part | whatever follows		once something does
 *
 * mime_body.c finds the lines. Strict on purpose: a text line must not vanish into a decoder
 * because "begin 644 x" stood before it. In a body whose own transfer encoding is uuencode the begin
 * line alone is enough. It names the part, so PART_BEGIN waits for it; behind other text or another
 * file it begins the next part, which has the header's names too.
 */
#include "mime_internal.h"

static struct span
chomp(struct span line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\n')
		line.len--;
	while (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

struct span
mime_uu_begin(struct span line)
{
	const struct span word = SPAN_LIT("begin ");
	size_t digits = 0;

	if (!span_starts(line, word))
		return SPAN_NONE;
	line = chomp(span_skip(line, word.len));
	while (digits < line.len && line.ptr[digits] >= '0' && line.ptr[digits] <= '7')
		digits++;
	if (digits < 3 || digits > 4 || digits >= line.len || line.ptr[digits] != ' ')
		return SPAN_NONE;
	return span_trim(span_skip(line, digits));
}

bool
mime_uu_end(struct span line)
{
	return span_eq(span_trim(chomp(line)), SPAN_LIT("end"));
}

/* The first character is the count; digits are 0x20..0x5f, and 0x60 for zero. Blanks at the end may
 * have been lost or a check character added on the way, nothing else. */
int
mime_uu_line(struct span line, uint8_t *out)
{
	uint8_t digit[(MIME_UU_LINE + 2) / 3 * 4] = { 0 };
	size_t count, need, full;

	line = chomp(line);
	if (line.len == 0 || line.ptr[0] < 0x20 || line.ptr[0] > 0x60)
		return -1;
	count = (line.ptr[0] - 0x20u) & 63;
	need = (count * 8 + 5) / 6;
	full = (count + 2) / 3 * 4;
	line = span_skip(line, 1);
	if (line.len < need || line.len > full + 1)
		return -1;
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] < 0x20 || line.ptr[i] > 0x60)
			return -1;
		if (i < full)
			digit[i] = (line.ptr[i] - 0x20) & 63;
	}
	for (size_t i = 0, d = 0; i < count; d += 4) {
		uint32_t bits = (uint32_t)digit[d] << 18 | (uint32_t)digit[d + 1] << 12 |
				(uint32_t)digit[d + 2] << 6 | digit[d + 3];

		for (int shift = 16; shift >= 0 && i < count; shift -= 8)
			out[i++] = (uint8_t)(bits >> shift);
	}
	return (int)count;
}

/* ---- parts */

bool
mime_uu_looks(const struct mime_parser *p)
{
	return p->uu == MIME_UU_LOOK || p->uu == MIME_UU_WAIT;
}

bool
mime_uu_wants_all(const struct mime_parser *p)
{
	return p->uu == MIME_UU_MAYBE || p->uu == MIME_UU_IN;
}

static void
end_part(struct mime_parser *p, bool closed)
{
	p->part.closed = closed;
	mime_digest_end(p);
	mime_queue(p, MIME_EV_PART_END);
}

static void
begin_part(struct mime_parser *p, bool text)
{
	struct mime_part *part = &p->part;

	*part = (struct mime_part){
		.number = p->entities++,
		.depth = part->depth,
		.attachment = !text,
		.is_text = text,
		.encoding = text ? MIME_IDENTITY : MIME_UU,
		.type = text ? p->uu_type : SPAN_NONE,
		.filename = text ? SPAN_NONE : span_of(p->uu_name, p->uu_name_len),
	};
	mime_part_begin(p);
}

/* The body is over: was a file in it that did not end, or none where one was announced? */
bool
mime_uu_failed(const struct mime_parser *p)
{
	return p->uu == MIME_UU_IN || (p->uu == MIME_UU_LOOK && p->uu_direct && !p->uu_begun);
}

/* Bytes come behind a file's end: they are a text part again. Or before its begin. */
bool
mime_uu_resume(struct mime_parser *p)
{
	bool waits = p->uu == MIME_UU_WAIT;

	if (p->uu != MIME_UU_AFTER && !waits)
		return false;
	p->uu = MIME_UU_LOOK;
	if (waits)
		mime_part_begin(p);
	else
		begin_part(p, true);
	return true;
}

/* A begin line where the part's own encoding is uuencode. */
static enum mime_uu_done
direct(struct mime_parser *p, struct mime_layer *y, struct span name)
{
	if (p->uu == MIME_UU_LOOK || p->uu == MIME_UU_IN) { /* the part has begun */
		if (y->eol != MIME_EOL_NONE)
			return MIME_UU_SHIFT;
		if (p->uu == MIME_UU_IN)
			mime_odd(p, MIME_ODD_INVALID_UU);
		if (p->entities < p->limits.parts_max) {
			end_part(p, p->uu == MIME_UU_LOOK);
			p->uu = MIME_UU_NEXT;
			return MIME_UU_AGAIN;
		}
		mime_odd(p, MIME_ODD_PARTS);
	} else {
		if (p->uu == MIME_UU_NEXT) {
			p->part.number = p->entities++;
			p->part.size = 0;
			p->part.digests = 0;
		}
		mime_heads_name(p, name);
		mime_part_begin(p);
	}
	p->uu = MIME_UU_IN;
	p->uu_begun = true;
	y->skip = y->line.ptr[y->line.len - 1] != '\n';
	return MIME_UU_TAKEN;
}

static enum mime_uu_done
look(struct mime_parser *p, struct mime_layer *y)
{
	struct span name = y->whole ? SPAN_NONE : mime_uu_begin(y->line);

	if (p->uu_direct && name.len > 0)
		return direct(p, y, name);
	if (!mime_uu_resume(p))
		p->uu = MIME_UU_LOOK;
	if (name.len == 0)
		return MIME_UU_TEXT;
	if (name.len > sizeof(p->uu_name))
		mime_odd(p, MIME_ODD_LONG_FILENAME);
	name = span_take(name, sizeof(p->uu_name));
	memcpy(p->uu_name, name.ptr, name.len);
	p->uu_name_len = (uint8_t)name.len;
	p->uu = MIME_UU_MAYBE;
	return MIME_UU_TEXT;
}

static enum mime_uu_done
data(struct mime_parser *p, struct mime_layer *y)
{
	int n = y->whole ? -1 : mime_uu_line(y->line, y->small);

	if (p->uu_direct && mime_uu_begin(y->line).len > 0)
		return direct(p, y, mime_uu_begin(y->line));
	if (n >= 0) {
		if (n > 0)
			mime_deliver(p, y, span_of(y->small, (size_t)n));
		return MIME_UU_TAKEN;
	}
	if (!mime_uu_end(y->line))
		mime_odd(p, MIME_ODD_INVALID_UU);
	if (p->uu_direct) {
		p->uu = MIME_UU_LOOK;
		return mime_uu_end(y->line) ? MIME_UU_TAKEN : look(p, y);
	}
	end_part(p, mime_uu_end(y->line));
	p->uu = MIME_UU_AFTER;
	return p->part.closed ? MIME_UU_TAKEN : MIME_UU_AGAIN;
}

/* y->line is a line of a body, or the part of one that showed that it is none of ours. */
enum mime_uu_done
mime_uu_step(struct mime_parser *p, struct mime_layer *y)
{
	switch (p->uu) {
	case MIME_UU_MAYBE:
		if (y->whole || mime_uu_line(y->line, y->small) <= 0)
			return look(p, y);
		if (p->entities >= p->limits.parts_max) {
			mime_odd(p, MIME_ODD_PARTS);
			p->uu = MIME_UU_OFF;
			return MIME_UU_TEXT;
		}
		p->uu = MIME_UU_END_TEXT;
		p->url_flush = true;
		return MIME_UU_SHIFT;
	case MIME_UU_END_TEXT:
		p->uu_type = p->part.type;
		end_part(p, true);
		p->uu = MIME_UU_BEGIN;
		return MIME_UU_AGAIN;
	case MIME_UU_BEGIN:
		begin_part(p, false);
		p->uu = MIME_UU_IN;
		return MIME_UU_AGAIN;
	case MIME_UU_IN:
		return data(p, y);
	case MIME_UU_AFTER:
		mime_uu_resume(p);
		return MIME_UU_AGAIN;
	default:
		return look(p, y);
	}
}
