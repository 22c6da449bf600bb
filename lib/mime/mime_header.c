/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Header blocks (RFC 5322 2.2, 3.6.8). In: a layer's bytes from the first line of a header block;
 * out: HEADER events, fields for mime_type.c, and the end of the block: a blank line, or a line
 * that is no header field, or a delimiter. mime_parser.c steps it.
 *
 * A line that is no header field begins the body, as mail servers have it (Postfix and Sendmail put
 * the blank line in before it); MALFORMED says so. Lines "From " before the first field (mbox) are
 * passed over. A field is kept up to MIME_LINE_SIZE bytes and counted beyond.
 */
#include "mime_internal.h"

#define NAME_MAX_RFC 75 /* 76 with the colon: Suricata's limit */
#define VALUE_MAX 2000	/* Suricata's header-value-depth */

/* mime.h, "Unfolding". */
static struct span
unfold(struct mime_parser *p, struct span written)
{
	size_t n = 0;

	if (written.len == 0 || memchr(written.ptr, '\n', written.len) == NULL ||
	    mime_buffer(p, &p->unfolded) == NULL)
		return written;
	for (size_t i = 0; i < written.len; i++) {
		uint8_t c = written.ptr[i];

		if (c == '\r' && i + 1 < written.len && written.ptr[i + 1] == '\n')
			continue;
		if (c != '\n')
			p->unfolded[n++] = c;
		else if (i + 1 < written.len && written.ptr[i + 1] == '\t')
			i++;
	}
	return span_trim(span_of(p->unfolded, n));
}

static void
clear_field(struct mime_layer *y)
{
	y->field_len = y->field_kept = y->name_len = 0;
	y->blank_in_name = y->mailbox_line = false;
}

static void
check_field(struct mime_parser *p, const struct mime_layer *y, struct span name)
{
	if (y->blank_in_name) /* obsolete (RFC 5322 4.5), and some readers take no such field */
		mime_odd(p, MIME_ODD_MALFORMED);
	if (name.len > NAME_MAX_RFC)
		mime_odd(p, MIME_ODD_LONG_HEADER_NAME);
	if (p->limits.header_name_max != 0 && name.len > p->limits.header_name_max)
		mime_odd(p, MIME_ODD_HEADER_NAME_LIMIT);
	if (y->field_len - y->name_len - 1 > VALUE_MAX)
		mime_odd(p, MIME_ODD_LONG_HEADER_VALUE);
}

/* The field is complete: the next line does not continue it. */
void
mime_header_field(struct mime_parser *p, struct mime_layer *y)
{
	struct span all = span_of(y->field, y->field_kept), name, written;
	struct mime_event *ev;

	if (!y->mailbox_line && y->field_kept > y->name_len) {
		name = span_trim(span_take(all, y->name_len));
		written = mime_trim(span_skip(all, y->name_len + 1));
		check_field(p, y, name);
		mime_heads_field(p, name, written);
		if (y->header_bytes > p->limits.header_max) {
			mime_odd(p, MIME_ODD_HEADERS);
		} else {
			ev = mime_queue(p, MIME_EV_HEADER);
			ev->offset = y->field_at;
			if (y == p->layer) /* decoded containers have no place of their own */
				ev->end = y->field_at + y->field_len;
			ev->name = name;
			ev->written = written;
			ev->value = unfold(p, written);
			ev->cut = y->field_len > y->field_kept;
		}
	}
	clear_field(y);
}

/* Is the first line, up to here, "From " as mailboxes have it? */
static bool
is_mailbox_line(const struct mime_parser *p, const struct mime_layer *y)
{
	struct span s = span_of(y->field, y->field_kept);

	while (s.len > 0 && s.ptr[0] == '>')
		s = span_skip(s, 1);
	return p->part.number == 0 && y->header_bytes == y->field_len &&
	       span_eq(s, SPAN_LIT("From "));
}

enum name_state { NAME_MORE, NAME_COLON, NAME_NONE };

/* One more character of a field's name. */
static enum name_state
name_char(struct mime_parser *p, struct mime_layer *y, uint8_t c)
{
	if (c == ':')
		return y->field_len > 0 ? NAME_COLON : NAME_NONE;
	if (c == ' ' || c == '\t') {
		y->blank_in_name = true;
		return y->field_len > 0 ? NAME_MORE : NAME_NONE;
	}
	if (c == 0)
		mime_odd(p, MIME_ODD_HEADER_NUL);
	if (c <= ' ' || c >= 0x7f || y->field_len >= MIME_LINE_SIZE)
		return NAME_NONE;
	if (!y->blank_in_name)
		return NAME_MORE;
	y->mailbox_line = is_mailbox_line(p, y);
	if (y->mailbox_line)
		mime_odd(p, MIME_ODD_MALFORMED);
	return y->mailbox_line ? NAME_MORE : NAME_NONE;
}

static void
keep(struct mime_parser *p, struct mime_layer *y, const uint8_t *bytes, size_t len)
{
	size_t room = MIME_LINE_SIZE - y->field_kept;

	if (mime_buffer(p, &y->field) != NULL) {
		size_t n = len < room ? len : room;

		memcpy(y->field + y->field_kept, bytes, n);
		y->field_kept += n;
	}
	y->field_len += len;
	y->header_bytes += len;
}

/* Bytes of the line up to the colon. Returns how many were taken; *none: it is no field. */
static size_t
take_name(struct mime_parser *p, struct mime_layer *y, struct span s, bool *none)
{
	size_t n = 0;

	while (n < s.len && y->name_len == 0 && !y->mailbox_line) {
		enum name_state state = name_char(p, y, s.ptr[n]);

		if (state == NAME_NONE) {
			*none = true;
			break;
		}
		if (state == NAME_COLON)
			y->name_len = y->field_len;
		keep(p, y, s.ptr + n++, 1);
	}
	return n;
}

/* What was taken of a line is body. It may be a begin line of uuencode (mime_uu.c): that is looked at
 * from its first byte. */
static void
to_body(struct mime_parser *p, struct mime_layer *y)
{
	bool at_body = y->where == MIME_AT_BODY, taken = y->field_kept > 0;

	if (at_body && taken && mime_uu_looks(p) && y->field[0] == 'b' &&
	    y->field_kept <= sizeof(y->hold)) {
		memcpy(y->hold, y->field, y->field_kept);
		y->held = (uint16_t)y->field_kept;
		y->line_len = 0;
		y->begin = true;
		return;
	}
	if (at_body)
		mime_uu_resume(p);
	if (taken)
		y->raw[y->raw_count++] = span_of(y->field, y->field_kept);
	y->begin = y->field_len == 0;
}

/* The line is none: the block ends before it, and what was taken of it goes on as body. */
static void
not_a_field(struct mime_parser *p, struct mime_layer *y)
{
	mime_odd(p, MIME_ODD_MALFORMED);
	mime_heads_end(p);
	if (y->where == MIME_AT_BEGIN)
		return; /* another header block: the same bytes are judged again */
	to_body(p, y);
	if (!p->body_begun && y == p->layer) {
		mime_digest_body_add(p, span_of(y->field, y->field_kept));
		mime_digest_body_add(p, y->line);
		mime_digest_body_add(p, y->in);
	}
	p->body_begun = true;
	clear_field(y);
}

static void
line_end(struct mime_parser *p, struct mime_layer *y)
{
	if (y->line_len - y->last_cr > MIME_TEXT_LINE)
		mime_odd(p, MIME_ODD_LONG_LINE);
	if (p->limits.header_line_max != 0 && y->line_len + 1 > p->limits.header_line_max)
		mime_odd(p, MIME_ODD_HEADER_LINE_LIMIT);
	y->begin = true;
	y->line_len = 0;
	y->last_cr = false;
}

static void
take_line(struct mime_parser *p, struct mime_layer *y, struct span *src)
{
	const uint8_t *lf = memchr(src->ptr, '\n', src->len);
	struct span s = span_take(*src, lf != NULL ? (size_t)(lf - src->ptr) + 1 : src->len);
	bool none = false;
	size_t n;

	if (y->begin && y->field_len == 0)
		y->field_at = mime_offset(p) - y->line.len * (src == &y->line);
	y->begin = false;
	n = take_name(p, y, s, &none);
	y->line_len += n;
	*src = span_skip(*src, n);
	if (none) {
		not_a_field(p, y);
		return;
	}
	s = span_skip(s, n);
	if (s.len > 0) {
		if (memchr(s.ptr, 0, s.len) != NULL)
			mime_odd(p, MIME_ODD_HEADER_NUL);
		keep(p, y, s.ptr, s.len);
		*src = span_skip(*src, s.len);
		y->line_len += s.len - (lf != NULL);
		if (s.len > 1 || lf == NULL)
			y->last_cr = s.ptr[s.len - 1 - (lf != NULL)] == '\r';
	}
	if (lf != NULL)
		line_end(p, y);
}

static void
blank_line(struct mime_parser *p, struct mime_layer *y)
{
	y->line = SPAN_NONE;
	if (!p->body_begun && y == p->layer)
		mime_digest_body_add(p, y->in);
	p->body_begun = true;
	mime_heads_end(p);
}

/* One line end, CRs before it or not. More than one is no line end for all readers. */
static bool
is_blank_line(struct mime_parser *p, struct span line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == '\r')
		n++;
	if (n < line.len && line.ptr[n] != '\n')
		return false;
	if (n > 1)
		mime_odd(p, MIME_ODD_MALFORMED);
	return true;
}

enum begin { BEGIN_MORE, BEGIN_DONE, BEGIN_LINE };

static enum begin
line_begin(struct mime_parser *p, struct mime_layer *y)
{
	uint8_t c;

	if (y->held == 0 && y->in.len == 0)
		return BEGIN_MORE;
	c = y->held > 0 ? y->hold[0] : y->in.ptr[0];
	if (y->field_len > 0 && c != ' ' && c != '\t') {
		mime_header_field(p, y);
		return BEGIN_DONE;
	}
	if (c == '\n') {
		y->in = span_skip(y->in, 1);
		blank_line(p, y);
		return BEGIN_DONE;
	}
	if (c != '\r' && !(c == '-' && mime_bounded(p, y)))
		return BEGIN_LINE;
	if (!mime_gather(p, y))
		return BEGIN_MORE;
	if (!y->whole && is_blank_line(p, y->line)) {
		blank_line(p, y);
		return BEGIN_DONE;
	}
	if (!y->whole)
		y->delimiter = mime_delimiter_of(p, y, y->line);
	return y->delimiter.found ? BEGIN_DONE : BEGIN_LINE;
}

bool
mime_header_step(struct mime_parser *p, struct mime_layer *y)
{
	struct span *src;

	if (y->begin && y->line.len == 0) {
		enum begin b = line_begin(p, y);

		if (b == BEGIN_DONE)
			return true;
		if (b == BEGIN_MORE && !y->ending)
			return false;
	}
	src = y->line.len > 0 ? &y->line : &y->in;
	if (src->len > 0) {
		take_line(p, y, src);
	} else if (!y->ending) {
		return false;
	} else if (y->field_len > 0 && y->name_len == 0 && !y->mailbox_line) {
		not_a_field(p, y);
	} else if (y->field_len > 0) {
		mime_header_field(p, y);
	} else {
		mime_heads_end(p);
	}
	return true;
}
