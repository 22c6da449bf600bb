/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bodies as lines: leaves, preambles, epilogues, encoded containers. In: a layer's bytes behind a
 * header block; out: raw spans for mime_decode.c, delimiters for mime_boundary.c, uuencoded files
 * in text. mime_parser.c steps it.
 *
 * Bytes are passed on as spans of the input, many lines at a time; only a line's begin that may be
 * something special is set aside. The line end before a delimiter belongs to it (RFC 2046 5.1.1):
 * where a delimiter can come, a span's last line end waits in y->eol.
 */
#include "mime_internal.h"

#define ENCODED_LINE_MAX 76 /* RFC 2045 6.7, 6.8 */

static const uint8_t crlf[2] = { '\r', '\n' };

static struct span
eol_bytes(enum mime_eol eol)
{
	switch (eol) {
	case MIME_EOL_CR:
		return span_of(crlf, 1);
	case MIME_EOL_CRLF:
		return span_of(crlf, 2);
	case MIME_EOL_LF:
		return span_of(crlf + 1, 1);
	default:
		return SPAN_NONE;
	}
}

/* The leaf's name is known. */
void
mime_part_begin(struct mime_parser *p)
{
	p->part.cut = false;
	mime_digest_begin(p);
	mime_url_begin(p);
	mime_utf8_begin(p);
	mime_queue(p, MIME_EV_PART_BEGIN);
}

/* A body begins: a leaf's (MIME_AT_BODY), an encoded container's (MIME_AT_NEST; its decoder has
 * begun), or what stands around the parts of a multipart. */
void
mime_body_begin(struct mime_parser *p, struct mime_layer *y, enum mime_where where)
{
	enum mime_encoding e = p->part.encoding;

	y->where = where;
	y->raw_count = 0;
	y->eol = MIME_EOL_NONE;
	if (where == MIME_AT_NEST)
		return;
	mime_url_begin(p);
	y->decoder = MIME_IDENTITY;
	if (where != MIME_AT_BODY)
		return;
	p->uu = MIME_UU_OFF;
	p->uu_direct = e == MIME_UU && !p->limits.decode_off;
	p->uu_begun = false;
	if (p->uu_direct) {
		p->uu = MIME_UU_WAIT;
		return;
	}
	if (!p->limits.decode_off) {
		if (p->part.is_text && e != MIME_BASE64 && e != MIME_QP)
			p->uu = MIME_UU_LOOK;
		mime_decoder_begin(p, y, e);
	}
	mime_part_begin(p);
}

/* The decoder gives what it holds, and the last URL ends; MIME_AT_CLOSE is next. */
bool
mime_body_flush(struct mime_parser *p, struct mime_layer *y)
{
	struct span last = p->part.cut ? SPAN_NONE : mime_decoder_end(p, y);

	if (last.len > 0)
		mime_deliver(p, y, last);
	p->url_flush = true;
	y->where = MIME_AT_CLOSE;
	return true;
}

void
mime_body_close(struct mime_parser *p, struct mime_layer *y)
{
	if (p->uu == MIME_UU_WAIT)
		mime_uu_resume(p);
	if (mime_uu_failed(p))
		mime_odd(p, MIME_ODD_INVALID_UU);
	if (p->uu != MIME_UU_AFTER) {
		p->part.closed = !p->flat && (y->delimiter.found || !mime_bounded(p, y));
		mime_digest_end(p);
		mime_queue(p, MIME_EV_PART_END);
	}
	y->where = MIME_AT_BETWEEN;
}

static void
raw_push(struct mime_layer *y, struct span s)
{
	if (s.len > 0)
		y->raw[y->raw_count++] = s;
}

static void
check_length(struct mime_parser *p, const struct mime_layer *y, size_t len)
{
	if (len > MIME_TEXT_LINE)
		mime_odd(p, MIME_ODD_LONG_LINE);
	if (len > ENCODED_LINE_MAX && (y->where == MIME_AT_BODY || y->where == MIME_AT_NEST) &&
	    (y->decoder == MIME_BASE64 || y->decoder == MIME_QP))
		mime_odd(p, MIME_ODD_LONG_ENC_LINE);
}

/*
 * Some servers break a long line, at 990, 998 or 2048 bytes: what stands there is a delimiter to who
 * reads it then. Of the line under way those parts are kept in y->hold, which only its begin needs.
 */
#define FOLD_MIN 990

static void
look_at_folds(struct mime_parser *p, struct mime_layer *y, const uint8_t *at, size_t len, bool ends)
{
	static const struct {
		size_t from, lines[2];
	} windows[] = { { FOLD_MIN, { 0, 998 - FOLD_MIN } }, { 2048, { 0, 0 } } };
	size_t total = y->line_len + len;

	for (int i = 0; i < 2 && total > windows[i].from; i++) {
		size_t begin = windows[i].from, end = begin + MIME_HOLD_SIZE;
		size_t from = y->line_len > begin ? y->line_len : begin;
		size_t to = total < end ? total : end;

		if (from < to)
			memcpy(y->hold + (from - begin), at + (from - y->line_len), to - from);
		if (!(ends && total < end) && !(from < to && to == end))
			continue; /* more will come, or it was looked at */
		for (int k = 0; k < 2; k++) {
			struct span line = span_skip(span_of(y->hold, to - begin),
						     windows[i].lines[k]);

			if (mime_delimiter_of(p, y, line).found)
				mime_odd(p, MIME_ODD_ODD_BOUNDARY);
		}
	}
}

/* Is the line from at to lf a delimiter, or could one that is cut off be? */
static bool
is_delimiter(const struct mime_parser *p, const struct mime_layer *y, const uint8_t *at,
	     const uint8_t *lf)
{
	return lf == NULL || mime_delimiter_of(p, y, span_of(at, (size_t)(lf + 1 - at))).found;
}

/* Where whole lines end that are nothing special: at a line begin to look at, or at the end. */
static const uint8_t *
pass_lines(struct mime_parser *p, struct mime_layer *y, const uint8_t *at, const uint8_t *end,
	   bool bounded, bool checked)
{
	bool uu = y->where == MIME_AT_BODY && p->uu != MIME_UU_OFF;

	while (at < end) {
		const uint8_t *lf;
		size_t len;

		lf = memchr(at, '\n', (size_t)(end - at));
		if (y->begin && !checked &&
		    ((uu && *at == 'b') || (bounded && *at == '-' && is_delimiter(p, y, at, lf))))
			break;
		checked = false;
		len = (size_t)((lf != NULL ? lf : end) - at);
		if (bounded && y->line_len + len > FOLD_MIN)
			look_at_folds(p, y, at, len, lf != NULL);
		if (lf == NULL) {
			y->line_len += (size_t)(end - at);
			y->last_cr = end[-1] == '\r';
			y->begin = false;
			if (y->line_len > MIME_TEXT_LINE + 1)
				check_length(p, y, y->line_len - 1);
			return end;
		}
		len = y->line_len + (size_t)(lf - at);
		len -= lf > at ? lf[-1] == '\r' : y->last_cr;
		if (len > ENCODED_LINE_MAX)
			check_length(p, y, len);
		y->line_len = 0;
		y->last_cr = false;
		y->begin = true;
		at = lf + 1;
	}
	return at;
}

/* Moves plain bytes from *src on. checked: its first line is known to be nothing special. */
static void
pass(struct mime_parser *p, struct mime_layer *y, struct span *src, bool checked)
{
	bool bounded = mime_bounded(p, y);
	const uint8_t *stop, *from = src->ptr;

	if (y->eol == MIME_EOL_CR && *from == '\n') {
		stop = pass_lines(p, y, from, from + 1, true, true);
		y->eol = MIME_EOL_CRLF;
		*src = span_skip(*src, 1);
		return;
	}
	if (y->decoder != MIME_BASE64) /* which has no use for line ends */
		raw_push(y, eol_bytes(y->eol));
	y->eol = MIME_EOL_NONE;
	stop = pass_lines(p, y, from, from + src->len, bounded, checked);
	*src = span_skip(*src, (size_t)(stop - from));
	if (bounded && stop > from) {
		if (y->begin) {
			bool cr = stop - from > 1 && stop[-2] == '\r';

			y->eol = cr ? MIME_EOL_CRLF : MIME_EOL_LF;
			stop -= 1 + cr;
		} else if (stop[-1] == '\r') {
			y->eol = MIME_EOL_CR;
			stop--;
		}
	}
	raw_push(y, span_of(from, (size_t)(stop - from)));
}

static bool
release_eol(struct mime_layer *y)
{
	if (y->eol == MIME_EOL_NONE)
		return false;
	raw_push(y, eol_bytes(y->eol));
	y->eol = MIME_EOL_NONE;
	return true;
}

/* Is the line that begins here to be set aside? */
static bool
is_special(const struct mime_parser *p, const struct mime_layer *y)
{
	uint8_t c = y->held > 0 ? y->hold[0] : y->in.ptr[0];

	if (y->where == MIME_AT_BODY &&
	    (mime_uu_wants_all(p) || (mime_uu_looks(p) && c == 'b')))
		return true;
	if (c != '-' || !mime_bounded(p, y))
		return false;
	return y->held > 0 || is_delimiter(p, y, y->in.ptr, memchr(y->in.ptr, '\n', y->in.len));
}

/* The layer's bytes have ended. */
static bool
end(struct mime_parser *p, struct mime_layer *y)
{
	if (release_eol(y))
		return true;
	check_length(p, y, y->line_len);
	if (y->line_len > FOLD_MIN && mime_bounded(p, y))
		look_at_folds(p, y, NULL, 0, true);
	if (y->where == MIME_AT_BODY) {
		y->where = MIME_AT_FLUSH;
	} else if (y->where == MIME_AT_NEST) {
		y->where = MIME_AT_DRAIN;
	} else {
		p->url_flush = true;
		y->where = MIME_AT_BETWEEN;
	}
	return true;
}

bool
mime_body_step(struct mime_parser *p, struct mime_layer *y)
{
	if (y->raw_count > 0)
		return mime_decode_step(p, y);
	if (y->line.len == 0) {
		if (y->held == 0 && y->in.len == 0)
			return y->ending && end(p, y);
		if (!y->begin || !is_special(p, y)) {
			if (y->where != MIME_AT_BODY || !mime_uu_resume(p))
				pass(p, y, &y->in, false);
			return true;
		}
		if (!mime_gather(p, y))
			return false;
		if (!y->whole)
			y->delimiter = mime_delimiter_of(p, y, y->line);
		if (y->delimiter.found)
			return true;
	}
	if (y->where == MIME_AT_BODY && y->begin && p->uu != MIME_UU_OFF) {
		switch (mime_uu_step(p, y)) {
		case MIME_UU_TAKEN:
			y->line = SPAN_NONE;
			return true;
		case MIME_UU_AGAIN:
			return true;
		case MIME_UU_SHIFT:
			release_eol(y);
			return true;
		case MIME_UU_TEXT:
			break;
		}
	}
	pass(p, y, &y->line, true);
	return true;
}
